package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/pop3box"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// withPOP3 builds a house whose mailbox is read over POP3, with the engine's
// own connector unless change sets another.
func withPOP3(t *testing.T, address, user, password string, change func(*ticketmail.Config)) house {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	h := build(t, func(c *ticketmail.Config) {
		m := &c.Routes.Mailboxes[0]
		m.Protocol, m.Host, m.Port, m.Security = mailbox.POP3, a.IP.String(), a.Port, mailbox.None
		m.User, m.Password = user, mailbox.NewSecret(password)
		if change != nil {
			change(c)
		}
	})
	if err := h.Consent(t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	return h
}

// matters are mails about different things.
func matters(n int) []string {
	mails := make([]string, n)
	for i := range mails {
		mails[i] = mail("x@y.example", fmt.Sprintf("matter %d", i), fmt.Sprintf("%d@y.example", i), fmt.Sprintf(".dots\r\n.\r\ntext %d", i))
	}
	return mails
}

// checkRaws wants the bytes of every mail to be in the ledger once, and as
// many tickets as mails.
func (h house) checkRaws(mails []string) {
	h.t.Helper()
	var sizes, got []int64
	for _, m := range mails {
		sizes = append(sizes, int64(len(m)))
	}
	h.view(func(r storage.Reader) error {
		for e, err := range r.Ledger().List(h.t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			got = append(got, e.Raw.Size)
			if !e.Settled() {
				h.t.Errorf("mail %s is %s", e.UID, e.Outcome)
			}
		}
		return nil
	})
	slices.Sort(sizes)
	slices.Sort(got)
	if diff := cmp.Diff(sizes, got); diff != "" {
		h.t.Errorf("sizes of the mails in the ledger (-want +got):\n%s", diff)
	}
	if n := len(h.tickets()); n != len(mails) {
		h.t.Errorf("%d tickets of %d mails", n, len(mails))
	}
}

// emptied returns how many mails count as removed.
func (h house) emptied() (n int) {
	h.view(func(r storage.Reader) error {
		for e, err := range r.Ledger().List(h.t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			if !e.EmptiedAt.IsZero() {
				n++
			}
		}
		return nil
	})
	return n
}

// TestPOP3IsEmptied: one poll takes everything, in several sessions, and
// nothing is marked before it is durable.
func TestPOP3IsEmptied(t *testing.T) {
	var h house
	var mu sync.Mutex
	var retrieved []int // of each session
	s := pop3test.Start(t, pop3test.Options{OnCommand: func(c pop3test.Command) string {
		mu.Lock()
		defer mu.Unlock()
		switch c.Verb {
		case "AUTH":
			retrieved = append(retrieved, 0)
		case "RETR":
			retrieved[len(retrieved)-1]++
		case "DELE":
			h.view(func(r storage.Reader) error {
				e, err := r.Ledger().Lookup(t.Context(), []mailbox.Key{{Mailbox: "support", UID: c.UID}})
				if err != nil || len(e) != 1 || !e[0].Settled() {
					t.Errorf("mail %s is removed, and the ledger says %+v, %v", c.UID, e, err)
				}
				return nil
			})
		}
		return ""
	}})
	waiting := 0
	h = withPOP3(t, s.Address, pop3test.User, pop3test.Password, func(c *ticketmail.Config) {
		c.Progress = func(p ticketmail.Progress) { waiting = p.Waiting }
	})
	mails := matters(120)
	s.Add(mails...)
	if r := h.poll(); r.Tickets != 120 || r.Deleted != 120 || r.Left != 0 {
		t.Errorf("poll = %+v", r)
	}
	if waiting != 120 {
		t.Errorf("the host is told that %d mails waited, want 120", waiting)
	}
	if r := h.poll(); r != (ticketmail.Report{}) {
		t.Errorf("the second poll = %+v", r)
	}
	if diff := cmp.Diff([]int{60, 50, 10, 0}, retrieved); diff != "" {
		t.Errorf("mails of each session (-want +got):\n%s", diff)
	}
	h.checkRaws(mails)
	if n := len(s.Raws()); n > 0 || h.emptied() != 120 {
		t.Errorf("%d mails are left, %d count as removed", n, h.emptied())
	}
}

// TestPOP3WithoutQUIT is THREATS H65: without a good answer to QUIT nothing
// counts as removed, and nothing is taken twice.
func TestPOP3WithoutQUIT(t *testing.T) {
	for name, answer := range map[string]string{
		"cut":          pop3test.Cut,
		"refused":      "-ERR [SYS/TEMP] some messages were not deleted\r\n" + pop3test.Cut,
		"half a word":  "+O" + pop3test.Cut,
		"another word": "* BYE\r\n" + pop3test.Cut,
	} {
		t.Run(name, func(t *testing.T) {
			broken, fetches := true, 0
			s := pop3test.Start(t, pop3test.Options{OnCommand: func(c pop3test.Command) string {
				if c.Verb == "RETR" {
					fetches++
				}
				if c.Verb == "QUIT" && broken {
					return answer
				}
				return ""
			}})
			h := withPOP3(t, s.Address, pop3test.User, pop3test.Password, nil)
			mails := matters(3)
			s.Add(mails...)
			if r, err := h.Poll(t.Context(), "support"); err == nil || r.Tickets != 3 || r.Deleted != 0 {
				t.Errorf("Poll = %+v, %v, want 3 tickets, nothing deleted, an error", r, err)
			}
			if h.emptied() > 0 || len(s.Raws()) != 3 {
				t.Errorf("%d mails count as removed, %d are there", h.emptied(), len(s.Raws()))
			}
			broken = false
			s.Wait()
			if r := h.poll(); r.Received != 0 || r.Deleted != 3 {
				t.Errorf("the next poll = %+v", r)
			}
			h.checkRaws(mails)
			if len(s.Raws()) > 0 || fetches != 3 || h.emptied() != 3 {
				t.Errorf("%d mails are left, %d were fetched, %d count as removed", len(s.Raws()), fetches, h.emptied())
			}
		})
	}
}

// TestPOP3TurnsUsAway: a server that wants time between two sessions gets it,
// and what the first one did is no failure.
func TestPOP3TurnsUsAway(t *testing.T) {
	signedIn := 0
	s := pop3test.Start(t, pop3test.Options{OnCommand: func(c pop3test.Command) string {
		if c.Verb == "AUTH" {
			if signedIn++; signedIn%2 == 0 {
				return "-ERR [LOGIN-DELAY] not so fast\r\n"
			}
		}
		return ""
	}})
	h := withPOP3(t, s.Address, pop3test.User, pop3test.Password, nil)
	mails := matters(60)
	s.Add(mails...)
	if r := h.poll(); r.Tickets != 50 {
		t.Errorf("poll = %+v, want 50 tickets and no error", r)
	}
	if r := h.poll(); r.Tickets != 10 {
		t.Errorf("the next poll = %+v", r)
	}
	h.checkRaws(mails)
	if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, mailbox.ErrLater) {
		t.Errorf("Poll = %v, want ErrLater where nothing at all could be done", err)
	}
}

// TestPOP3TellsWhatStays: a mail that stays is counted once, whether the poll
// comes to its end or is turned away before.
func TestPOP3TellsWhatStays(t *testing.T) {
	for name, polite := range map[string]bool{"to the end": true, "turned away": false} {
		t.Run(name, func(t *testing.T) {
			signedIn := 0
			s := pop3test.Start(t, pop3test.Options{OnCommand: func(c pop3test.Command) string {
				if c.Verb == "AUTH" {
					if signedIn++; signedIn%2 == 0 && !polite {
						return "-ERR [LOGIN-DELAY] not so fast\r\n"
					}
				}
				return ""
			}})
			h := withPOP3(t, s.Address, pop3test.User, pop3test.Password, func(c *ticketmail.Config) {
				c.Routes.Mailboxes[0].MaxMessageBytes = 2000
			})
			s.Add(mail("x@y.example", "big", "big@y.example", strings.Repeat("text\r\n", 1000)))
			s.Add(matters(60)...)
			if r := h.poll(); r.Left != 1 {
				t.Errorf("poll = %+v, want one mail to stay", r)
			}
		})
	}
}

// TestPOP3RemovesNothing: where the server says that it removed mails and goes
// on listing them, each poll ends nevertheless, and takes in what is new.
func TestPOP3RemovesNothing(t *testing.T) {
	for _, lacks := range []string{"nothing", "UIDL"} {
		t.Run("lacks "+lacks, func(t *testing.T) {
			sessions := 0
			s := pop3test.Start(t, pop3test.Options{Lacks: []string{lacks}, OnCommand: func(c pop3test.Command) string {
				switch c.Verb {
				case "AUTH":
					sessions++
				case "QUIT":
					return "+OK all gone\r\n" + pop3test.Cut
				}
				return ""
			}})
			h := withPOP3(t, s.Address, pop3test.User, pop3test.Password, func(c *ticketmail.Config) { c.Drain.Window, c.Drain.BatchMails = 10, 1 })
			const step = 70
			mails := matters(3 * step)
			for from := 0; from < len(mails); from += step {
				s.Add(mails[from : from+step]...)
				for range 3 {
					sessions = 0
					h.poll()
					s.Wait()
					if n := len(h.tickets()); n != from+step || sessions > 2 {
						t.Errorf("%d tickets of %d mails after a poll of %d sessions, which should see in two that nothing is removed", n, from+step, sessions)
					}
				}
			}
		})
	}
}

// TestPOP3WithoutUIDL: mails that look alike are all found, also where the
// server did not confirm that it removed them.
func TestPOP3WithoutUIDL(t *testing.T) {
	alike := []string{
		mail("x@y.example", "same", "", "one"), mail("x@y.example", "same", "", "two"),
		mail("x@y.example", "same", "", "two"), mail("x@y.example", "other", "", "three"),
	}
	for name, answer := range map[string]string{"sound": "", "without QUIT": pop3test.Cut} {
		for _, lacks := range []string{"UIDL", "nothing"} {
			t.Run(name+", lacks "+lacks, func(t *testing.T) {
				quits := 0
				s := pop3test.Start(t, pop3test.Options{Hashes: true, Lacks: []string{lacks}, OnCommand: func(c pop3test.Command) string {
					if c.Verb == "QUIT" {
						if quits++; quits == 1 {
							return answer
						}
					}
					return ""
				}})
				h := withPOP3(t, s.Address, pop3test.User, pop3test.Password, nil)
				s.Add(alike...)
				_, _ = h.Poll(t.Context(), "support")
				s.Wait()
				h.poll()
				s.Add(mail("x@y.example", "same", "", "six")) // looks like one that is gone
				h.poll()
				if n := len(s.Raws()); n > 0 {
					t.Errorf("%d mails are left", n)
				}
				var texts []string
				for _, k := range h.tickets() {
					texts = append(texts, strings.TrimSpace(h.comments(k.ID)[0].Text))
				}
				slices.Sort(texts)
				if diff := cmp.Diff([]string{"one", "six", "three", "two", "two"}, texts); diff != "" {
					t.Errorf("tickets (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestPOP3CutAnywhere is THREATS R8: the connection breaks after every byte of
// a poll, in either direction.
func TestPOP3CutAnywhere(t *testing.T) {
	mails := matters(9)
	run := func(t *testing.T, c *cutter) house {
		s := pop3test.Start(t, pop3test.Options{})
		s.Add(mails...)
		h := withPOP3(t, s.Address, pop3test.User, pop3test.Password, func(cfg *ticketmail.Config) {
			cfg.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.POP3: pop3box.New(&pop3box.Options{Dial: c.dial})}
			cfg.Sender = nil
		})
		first, err := h.Poll(t.Context(), "support")
		if c.left > 0 && err != nil {
			t.Fatalf("uncut poll = %+v, %v", first, err)
		}
		if c.left > 0 {
			return h
		}
		c.left = 1 << 30
		for polls := 1; len(s.Raws()) > 0; polls++ {
			s.Wait()
			if _, err := h.Poll(t.Context(), "support"); err != nil {
				t.Errorf("poll %d after the cut: %v", polls, err)
			}
			if polls > 3 {
				t.Fatalf("%d mails are still there", len(s.Raws()))
			}
		}
		h.checkRaws(mails)
		return h
	}
	whole := &cutter{left: 1 << 30}
	run(t, whole)
	length := 1<<30 - whole.left
	t.Logf("%d bytes", length)
	if length < 1000 {
		t.Errorf("a whole poll is %d bytes long, want 1,000 places to cut", length)
	}
	for n := range length {
		if t.Run(fmt.Sprint(n), func(t *testing.T) { run(t, &cutter{left: n}) }); t.Failed() {
			return
		}
	}
}

// A cutter breaks its connections once so many bytes went over them, in both
// directions together.
type cutter struct {
	mu   sync.Mutex
	left int
}

func (c *cutter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return cutConn{conn, c}, nil
}

// take returns how many of n bytes still go over.
func (c *cutter) take(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n = min(n, c.left)
	c.left -= n
	return n
}

type cutConn struct {
	net.Conn
	c *cutter
}

func (c cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return c.pass(n, err)
}

func (c cutConn) Write(p []byte) (int, error) {
	n, err := c.pass(len(p), nil)
	if _, failed := c.Conn.Write(p[:n]); failed != nil && err == nil {
		return 0, failed
	}
	return n, err
}

// pass lets n bytes over, or fewer and the cut.
func (c cutConn) pass(n int, err error) (int, error) {
	if passed := c.c.take(n); passed < n {
		defer c.Conn.Close()
		return passed, errCut
	}
	return n, err
}

// TestPOP3OnDovecot empties a mailbox again and again.
func TestPOP3OnDovecot(t *testing.T) {
	s := dovecot.Start(t, &dovecot.Options{POP3: true})
	h := withPOP3(t, s.POP3, "engine", dovecot.Password, nil)
	var all []string
	for round := range 4 {
		mails := matters(round * 40)
		for i := range mails {
			mails[i] = fmt.Sprintf("X-Round: %d\r\n", round) + strings.ReplaceAll(mails[i], "@y.example", fmt.Sprintf("-%d@y.example", round))
		}
		if err := s.Put("engine", mails...); err != nil {
			t.Fatal(err)
		}
		all = append(all, mails...)
		if r := h.poll(); r.Tickets != len(mails) || r.Deleted != len(mails) {
			t.Errorf("poll of %d mails = %+v", len(mails), r)
		}
		if n, err := s.Count("engine"); n > 0 || err != nil {
			t.Errorf("%d mails are left, %v", n, err)
		}
		if r := h.poll(); r != (ticketmail.Report{}) {
			t.Errorf("the second poll = %+v", r)
		}
	}
	h.checkRaws(all)
}
