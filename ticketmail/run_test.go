package ticketmail_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

func TestRunPollsAndDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, server := withServer(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		time.AfterFunc(90*time.Second, func() { server.Add("INBOX", mail("x@y.example", "help", "a@x", "text")) })
		if err := h.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v, want the cause of its context", err)
		}
		if n := server.Count(mailboxtest.OpConnect); n != 3 {
			t.Errorf("polls in 2.5 minutes at an interval of one = %d, want 3", n)
		}
		if n := len(h.sender.Mails()); n != 2 {
			t.Errorf("%d mails were sent, want one to each task member", n)
		}
		if server.Open() != 0 {
			t.Error("a session stayed open")
		}
	})
}

func TestRunBacksOffAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, server := withServer(t, nil)
		down := true
		var mu sync.Mutex
		server.OnCall(func(mailboxtest.Call) error {
			mu.Lock()
			defer mu.Unlock()
			if down {
				return errors.New("connection refused")
			}
			return nil
		})
		server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		time.AfterFunc(time.Hour, func() {
			mu.Lock()
			defer mu.Unlock()
			down = false
		})
		_ = h.Run(ctx)
		if n := server.Count(mailboxtest.OpConnect); n > 75 {
			t.Errorf("%d polls in two hours, one of them with the server down: no back-off", n)
		}
		if len(h.tickets()) != 1 {
			t.Error("the mail was not taken after the server came back")
		}
	})
}

// TestStalledPollEnds: a server that keeps the connection alive and does
// nothing else does not hold the mailbox for ever.
func TestStalledPollEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, server := withServer(t, nil)
		server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
		release := make(chan struct{})
		server.OnCall(func(c mailboxtest.Call) error {
			if c.Op == mailboxtest.OpList {
				<-release
			}
			return nil
		})
		time.AfterFunc(time.Hour, func() { close(release) }) // as a closed connection would
		if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, ticketmail.ErrStalled) {
			t.Errorf("Poll = %v, want ErrStalled", err)
		}
		server.OnCall(nil)
		if r := h.poll(); r.Tickets != 1 {
			t.Errorf("the next poll did %+v", r)
		}
	})
}

// TestNodesDoTheWorkOnce runs five engines on one store and one mailbox.
func TestNodesDoTheWorkOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // or a node that gets no processor time loses its lease
		h, server := withServer(t, nil)
		const mails = 300
		for range mails {
			server.Add("INBOX", mail("x@y.example", "help", "", "text"))
		}
		var wg sync.WaitGroup
		for range 5 {
			node := build(t, func(c *ticketmail.Config) {
				c.Store, c.Blobs = h.store, h.store
				c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
			})
			wg.Go(func() {
				for len(server.UIDs("INBOX")) > 0 {
					_, err := node.Poll(t.Context(), "support")
					if _, held := errors.AsType[*storage.HeldError](err); err != nil && !held {
						t.Errorf("Poll = %v", err)
						return
					}
				}
			})
		}
		wg.Wait()
		if n := len(h.tickets()); n != mails {
			t.Errorf("%d tickets of %d mails", n, mails)
		}
	})
}

// TestLostLeaseStopsTheNode takes the lease away while a node is draining:
// nothing more is committed or removed by it.
func TestLostLeaseStopsTheNode(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) { c.Drain = mailbox.DrainOptions{Window: 4, BatchMails: 2} })
	for range 40 {
		server.Add("INBOX", mail("x@y.example", "help", "", "text"))
	}
	stolen := false
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpBody && c.UIDs[0] == "20" && !stolen {
			stolen = true
			return h.store.Update(t.Context(), func(w storage.Writer) error {
				l, err := w.Leases().Acquire(t.Context(), "mailbox/support", "thief", time.Hour, 1)
				if err == nil && l.Fence <= 1 {
					t.Errorf("fence = %d, want more than that of the holder before", l.Fence)
				}
				return err
			})
		}
		if stolen && c.Op == mailboxtest.OpRemove {
			t.Errorf("mails %v removed after the lease was lost", c.UIDs)
		}
		return nil
	})
	if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, storage.ErrLeaseLost) {
		t.Errorf("Poll = %v, want ErrLeaseLost", err)
	}
	if n := len(h.tickets()); n > 20 {
		t.Errorf("%d tickets: some were committed without the lease", n)
	}
}

// A slowDirectory fails until it is healed.
type failingDirectory struct {
	escalation.Directory
	err error
}

func (d *failingDirectory) PersonByAddress(ctx context.Context, a string) (escalation.Person, error) {
	if d.err != nil {
		return escalation.Person{}, d.err
	}
	return d.Directory.PersonByAddress(ctx, a)
}

func TestFailingDirectoryLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := &failingDirectory{err: errors.New("LDAP is down")}
		h, server := withServer(t, func(c *ticketmail.Config) { dir.Directory, c.Directory = c.Directory, dir })
		server.Add("INBOX", mail("carl@erp.example", "help", "a@x", "text"))
		for range 10 {
			if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, dir.err) {
				t.Fatalf("Poll = %v, want the directory's error", err)
			}
		}
		if len(server.UIDs("INBOX")) != 1 {
			t.Fatal("the mail is gone from the server")
		}
		dir.err = nil
		if r := h.poll(); r.Tickets != 1 {
			t.Errorf("poll = %+v, want the ticket", r)
		}
		if k := h.tickets()[0]; k.Creator != "carl" {
			t.Errorf("creator = %q", k.Creator)
		}
	})
}

func TestDeliver(t *testing.T) {
	h := build(t, nil)
	h.create(ticketmail.NewTicket{})
	k := h.create(ticketmail.NewTicket{Assignee: "carl"})
	refused := &notify.RecipientError{Address: "carl@erp.example", Status: "5.1.1", Err: errors.New("no such user")}
	h.sender.Fail("carl@erp.example", 2, refused)
	r, err := h.Deliver(t.Context())
	if err != nil || r.Failed != 2 {
		t.Fatalf("Deliver = %+v, %v, want two refused mails", r, err)
	}
	// The refused address is marked: the chain tells the next who can be mailed.
	if _, err := h.AddComment(t.Context(), ticketmail.Actor{Person: "mia"}, k.ID, ticketmail.NewComment{Text: "?"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.sender.To("bea@erp.example"); len(got) != 1 || got[0].Event != notify.CommentAdded {
		t.Errorf("mails to bea = %+v, want the comment meant for carl", got)
	}
}

func TestDeliverPausesWhenRefused(t *testing.T) {
	h := build(t, nil)
	h.create(ticketmail.NewTicket{})
	h.sender.Fail("", 1, &notify.ConfigError{Step: "AUTH", Err: errors.New("535 wrong password")})
	_, err := h.Deliver(t.Context())
	if _, ok := errors.AsType[*notify.ConfigError](err); !ok {
		t.Errorf("Deliver = %v, want the ConfigError", err)
	}
}
