package ticketmail_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// looping is a mail that goes to quarantine.
func looping(id string) string {
	return strings.Repeat("Received: from a by b\r\n", 60) + mail("mia@kunde.example", "Printer", id, "It burns.")
}

// quarantined puts a mail into quarantine and returns its key.
func (h house) quarantined() mailbox.Key {
	h.t.Helper()
	list, err := h.Quarantine(h.t.Context(), nil, 0)
	if err != nil || len(list) != 1 {
		h.t.Fatalf("quarantine: %+v, %v", list, err)
	}
	return list[0].Key
}

// TestReplay: an administrator decides about a mail in quarantine, once, and
// what becomes of it is what becomes of any mail.
func TestReplay(t *testing.T) {
	t.Run("new ticket", func(t *testing.T) {
		h, server := withServer(t, nil)
		server.Add("INBOX", looping("a@x"))
		h.poll()
		key := h.quarantined()
		got, err := h.Replay(t.Context(), bea, key, ticketmail.Verdict{Task: "elsewhere"})
		if err != nil || got.Outcome != mailbox.Ticket {
			t.Fatalf("Replay = %+v, %v", got, err)
		}
		k := h.get(got.Ticket)
		if k.Task != "elsewhere" || k.CustomerContact != "mia" || k.Subject != "Printer" {
			t.Errorf("ticket = %+v", k)
		}
		if _, err := h.Replay(t.Context(), bea, key, ticketmail.Verdict{Task: "elsewhere"}); !errors.Is(err, ticketmail.ErrInvalid) {
			t.Errorf("decided twice: %v", err)
		}
		if n := len(h.tickets()); n != 1 {
			t.Errorf("%d tickets", n)
		}
	})
	t.Run("comment", func(t *testing.T) {
		h, server := withServer(t, nil)
		k := h.create(ticketmail.NewTicket{Assignee: "carl"})
		server.Add("INBOX", looping("a@x"))
		h.poll()
		before := len(h.mails())
		got, err := h.Replay(t.Context(), bea, h.quarantined(), ticketmail.Verdict{Ticket: k.ID})
		if err != nil || got.Outcome != mailbox.Comment || got.Ticket != k.ID || got.Reasons[0].Code != "verdict" {
			t.Fatalf("Replay = %+v, %v", got, err)
		}
		if got := h.since(before); len(got) != 1 || got[0] != "comment_added carl@erp.example" {
			t.Errorf("told: %v", got)
		}
	})
	t.Run("decided as new", func(t *testing.T) {
		reject := true
		h, server := withServer(t, func(c *ticketmail.Config) {
			c.Hooks.Scan = func(context.Context, message.Attachment, io.Reader) (string, error) {
				if reject {
					return "virus", nil
				}
				return "", nil
			}
		})
		server.Add("INBOX", mail("x@y.example", "c", "c@x", "data", "Content-Type: application/octet-stream; name=a.bin"))
		h.poll()
		got, err := h.Replay(t.Context(), bea, h.quarantined(), ticketmail.Verdict{})
		if err != nil || got.Outcome != mailbox.Quarantine {
			t.Fatalf("still rejected: %+v, %v", got, err)
		}
		reject = false
		got, err = h.Replay(t.Context(), bea, h.quarantined(), ticketmail.Verdict{})
		if err != nil || got.Outcome != mailbox.Ticket || len(h.comments(got.Ticket)[0].Attachments) != 1 {
			t.Errorf("afterwards: %+v, %v", got, err)
		}
	})
	t.Run("an internal answer", func(t *testing.T) {
		h, server := withServer(t, nil)
		k := h.create(ticketmail.NewTicket{Assignee: "carl"})
		if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "secret", Internal: true}); err != nil {
			t.Fatal(err)
		}
		sent := h.outgoing("internal_comment_added")[0]
		server.Add("INBOX", strings.Repeat("Received: from a by b\r\n", 60)+mail("carl@erp.example", "Re", "a@x", "secret too", "In-Reply-To: <"+sent.MessageID+">"))
		h.poll()
		got, err := h.Replay(t.Context(), bea, h.quarantined(), ticketmail.Verdict{Ticket: k.ID})
		if err != nil {
			t.Fatal(err)
		}
		if all := h.comments(got.Ticket); !all[len(all)-1].Internal {
			t.Error("an answer to something internal became public by a verdict")
		}
	})
}

func TestReplayRefuses(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", looping("a@x"))
	server.Add("INBOX", mail("x@y.example", "fine", "b@x", "text"))
	h.poll()
	key := h.quarantined()
	fine := key
	fine.UID = "2"
	gone := key
	gone.UID = "99"
	for name, tt := range map[string]struct {
		key  mailbox.Key
		v    ticketmail.Verdict
		want error
	}{
		"not in quarantine": {fine, ticketmail.Verdict{}, ticketmail.ErrInvalid},
		"no such mail":      {gone, ticketmail.Verdict{}, storage.ErrNotFound},
		"no such ticket":    {key, ticketmail.Verdict{Ticket: "99"}, storage.ErrNotFound},
		"no such task":      {key, ticketmail.Verdict{Task: "nowhere"}, storage.ErrNotFound},
		"both":              {key, ticketmail.Verdict{Task: "helpdesk", Ticket: "1"}, ticketmail.ErrInvalid},
	} {
		if _, err := h.Replay(t.Context(), bea, tt.key, tt.v); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if n := len(h.tickets()); n != 1 {
		t.Errorf("%d tickets after refusals", n)
	}
}

// twoBoxes is a house with a second mailbox for another task.
func twoBoxes(t *testing.T, policy ticketmail.CopyPolicy) (house, func(raw string)) {
	t.Helper()
	h, server := withServer(t, func(c *ticketmail.Config) {
		c.Threading.Copies = policy
		c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{ID: "sales", Address: "sales@erp.example", Host: "mail.example", User: "support", Folders: []string{"Sales"}})
		c.Routes.Assignments = append(c.Routes.Assignments, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"})
	})
	server.AddFolder("Sales")
	if err := h.Consent(t.Context(), ticketmail.Actor{}, "sales", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	return h, func(raw string) {
		t.Helper()
		server.Add("INBOX", "Delivered-To: support@erp.example\r\n"+raw)
		server.Add("Sales", "Delivered-To: sales@erp.example\r\n"+raw)
		h.poll()
		if _, err := h.Poll(t.Context(), "sales"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCopies: one mail in two mailboxes, by policy; the same Message-ID with
// other content is another mail always (THREATS H39).
func TestCopies(t *testing.T) {
	for name, tt := range map[string]struct {
		policy  ticketmail.CopyPolicy
		tickets int
		follows string
	}{
		"each":   {ticketmail.CopiesOpen, 2, ""},
		"linked": {ticketmail.CopiesLinked, 2, "1"},
		"once":   {ticketmail.CopiesOnce, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, both := twoBoxes(t, tt.policy)
			both(mail("mia@kunde.example", "Order", "a@x", "We need paper."))
			all := h.tickets()
			if len(all) != tt.tickets {
				t.Fatalf("%d tickets, want %d: %v", len(all), tt.tickets, h.journal())
			}
			if last := all[len(all)-1]; string(last.Follows) != tt.follows {
				t.Errorf("the last ticket follows %q, want %q", last.Follows, tt.follows)
			}
			// An answer in both mailboxes is one comment, whatever the policy.
			both(mail("mia@kunde.example", "Re: "+h.Referencer().Token(all[0].ID), "b@x", "Quickly."))
			if n := len(h.comments(all[0].ID)); n != 2 {
				t.Errorf("%d comments, want the answer once", n)
			}
			both(mail("mia@kunde.example", "Order", "a@x", "Other words under the same id."))
			if n := len(h.tickets()); n != tt.tickets*2 {
				t.Errorf("%d tickets after another mail with the same id, want %d", n, tt.tickets*2)
			}
		})
	}
}
