package ticketmail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// loop is a mail that goes to quarantine.
var loop = strings.Repeat("Received: from a by b\r\n", 51) + mail("x@y.example", "loop", "", "text")

func moving(c *ticketmail.Config) {
	m := &c.Routes.Mailboxes[0]
	m.After, m.MoveTo, m.MoveFailing = mailbox.AfterMove, "Done", "Failing"
}

func flagging(c *ticketmail.Config) { c.Routes.Mailboxes[0].After = mailbox.AfterFlag }

func TestMailsAreMovedByOutcome(t *testing.T) {
	h, server := withServer(t, moving)
	fine := mail("x@y.example", "help", "a@x", "text")
	server.Add("INBOX", fine)
	server.Add("INBOX", loop)
	r := h.poll()
	if r.Tickets != 1 || r.Quarantined != 1 || r.Moved != 2 || r.Deleted != 0 {
		t.Errorf("poll = %+v, want a ticket, a mail in quarantine, and both moved", r)
	}
	got := [][]string{server.Raws("INBOX"), server.Raws("Done"), server.Raws("Failing")}
	if diff := cmp.Diff([][]string{nil, {fine}, {loop}}, got); diff != "" {
		t.Errorf("mails in INBOX, Done and Failing (-want +got):\n%s", diff)
	}
	if r := h.poll(); r != (ticketmail.Report{}) {
		t.Errorf("a further poll did %+v", r)
	}
}

func TestMailsAreMarked(t *testing.T) {
	var told []ticketmail.Progress
	h, server := withServer(t, func(c *ticketmail.Config) {
		flagging(c)
		c.Progress = func(p ticketmail.Progress) { told = append(told, p) }
	})
	server.Add("INBOX", mail("x@y.example", "help", "", "text"))
	server.Add("INBOX", loop)
	if r := h.poll(); r.Received != 2 || r.Kept != 2 || r.Deleted+r.Moved != 0 {
		t.Errorf("poll = %+v, want two mails kept", r)
	}
	server.Add("INBOX", mail("x@y.example", "help again", "", "text"))
	told = nil
	if r := h.poll(); r.Received != 1 || r.Kept != 3 {
		t.Errorf("poll = %+v, want one mail received and three kept", r)
	}
	if told[0].Waiting != 1 {
		t.Errorf("%d mails were said to wait, want the new one", told[0].Waiting)
	}
	// Everything is listed anew, under keys that the ledger does not know.
	server.SetValidity("INBOX", 7)
	if r := h.poll(); r.Records != 3 || r.Tickets+r.Comments+r.Quarantined != 0 || len(h.tickets()) != 2 {
		t.Errorf("poll after UIDVALIDITY changed = %+v, %d tickets, want all mails recognised", r, len(h.tickets()))
	}
	if r := h.poll(); r != (ticketmail.Report{Kept: 3}) {
		t.Errorf("a further poll did %+v", r)
	}
	if len(server.UIDs("INBOX")) != 3 || len(server.Kept("INBOX")) != 3 {
		t.Errorf("in INBOX %q, marked %q", server.UIDs("INBOX"), server.Kept("INBOX"))
	}
}

// A confirmation that is lost repeats the move, and nothing else.
func TestLostMoveIsRepeated(t *testing.T) {
	for name, fail := range map[string]func(*mailboxtest.Server, error){
		"before": func(s *mailboxtest.Server, err error) { s.FailCall(mailboxtest.OpMove, 1, err) },
		"after":  func(s *mailboxtest.Server, err error) { s.FailAfter(mailboxtest.OpMove, 1, err) },
	} {
		h, server := withServer(t, moving)
		server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
		cut := errors.New("cut")
		fail(server, cut)
		if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, cut) {
			t.Errorf("%s: Poll = %v, want the failure", name, err)
		}
		bodies := server.Count(mailboxtest.OpBody)
		h.poll()
		if server.Count(mailboxtest.OpBody) != bodies || len(h.tickets()) != 1 || len(server.UIDs("Done")) != 1 || len(server.UIDs("INBOX")) != 0 {
			t.Errorf("%s: in INBOX %q, in Done %q, %d tickets", name, server.UIDs("INBOX"), server.UIDs("Done"), len(h.tickets()))
		}
	}
}

func TestNothingIsMovedWithoutTheLease(t *testing.T) {
	for name, change := range map[string]func(*ticketmail.Config){"move": moving, "flag": flagging} {
		h, server := withServer(t, change)
		server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
		server.OnCall(func(c mailboxtest.Call) error {
			if c.Op == mailboxtest.OpMove || c.Op == mailboxtest.OpFlag {
				t.Errorf("%s after the lease was lost", c.Op)
			}
			if c.Op != mailboxtest.OpBody {
				return nil
			}
			return h.store.Update(t.Context(), func(w storage.Writer) error {
				_, err := w.Leases().Acquire(t.Context(), "mailbox/support", "thief", time.Hour, 1)
				return err
			})
		})
		if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, storage.ErrLeaseLost) {
			t.Errorf("%s: Poll = %v, want ErrLeaseLost", name, err)
		}
	}
}

// A folder that holds mail needs consent also where none will be deleted.
func TestConsentBeforeKeeping(t *testing.T) {
	for want, change := range map[string]func(*ticketmail.Config){"be moved": moving, "be marked": flagging, "be deleted": nil} {
		server := mailboxtest.NewServer()
		h := build(t, func(c *ticketmail.Config) {
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
			if change != nil {
				change(c)
			}
		})
		server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
		_, err := h.Poll(t.Context(), "support")
		if e, ok := errors.AsType[*ticketmail.ConsentError](err); !ok || !strings.Contains(e.Error(), want) {
			t.Errorf("Poll = %v, want a ConsentError that says the mails would %s", err, want)
		}
		if server.Count(mailboxtest.OpFetch) != 0 || len(server.Kept("INBOX")) != 0 || len(server.UIDs("INBOX")) != 1 {
			t.Errorf("%s: something was done without consent", want)
		}
	}
}

func TestServerThatCannotKeep(t *testing.T) {
	h, server := withServer(t, moving)
	server.SetDeleteOnly(true)
	server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
	if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, mailbox.ErrCannotKeep) {
		t.Errorf("Poll = %v, want ErrCannotKeep", err)
	}
	if len(server.UIDs("INBOX")) != 1 || len(h.tickets()) != 0 {
		t.Error("the mail was taken or deleted")
	}
}

// A folder whose mails cannot be kept does not stop the next one.
func TestFolderThatCannotKeep(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) {
		flagging(c)
		c.Routes.Mailboxes[0].Folders = []string{"INBOX", "Orders"}
	})
	server.AddFolder("Orders")
	must(t, h.Consent(t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}))
	server.SetCloseAfter("INBOX", 1)
	server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
	server.Add("Orders", mail("x@y.example", "paper", "b@x", "text"))
	r, err := h.Poll(t.Context(), "support")
	if !errors.Is(err, mailbox.ErrCannotKeep) || r.Tickets != 1 || r.Kept != 1 || len(server.UIDs("INBOX")) != 1 {
		t.Errorf("Poll = %+v, %v, want the mail of the second folder to be taken in", r, err)
	}
}
