package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/ticketmail"
)

// byUser are accounts, each on a server of its own.
type byUser map[string]*mailboxtest.Server

// Connect implements [mailbox.Connector].
func (b byUser) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	return b[m.User].Connect(ctx, m)
}

// Another mailbox comes to read what one has read before: what was taken in
// already and is still there is not found again.
func TestFolderIsHandedOver(t *testing.T) {
	cut := errors.New("cut")
	for name, change := range map[string]func(support, orders *mailbox.Mailbox){
		"one of two folders":          func(support, _ *mailbox.Mailbox) { support.Folders = []string{"Other"} },
		"the mailbox is switched off": func(support, _ *mailbox.Mailbox) { support.User = "off" },
		"two exchange accounts":       func(support, _ *mailbox.Mailbox) { support.User = "another" },
		"over POP3": func(support, orders *mailbox.Mailbox) {
			support.Folders = []string{"Other"}
			orders.Protocol = mailbox.POP3
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, other := mailboxtest.NewServer(), mailboxtest.NewServer()
			server.AddFolder("Other")
			servers := func(c *ticketmail.Config) {
				accounts := byUser{"support": server, "another": other}
				c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: accounts, mailbox.POP3: accounts}
			}
			h := build(t, servers)
			h.consent(all)
			server.Add("INBOX", mail("x@y.example", "paper", "a@x", "text"))
			server.Add("INBOX", mail("x@y.example", "pens", "", "text"))
			server.FailCall(mailboxtest.OpRemove, 1, cut)
			if r, err := h.Poll(t.Context(), "support"); !errors.Is(err, cut) || r.Tickets != 2 {
				t.Fatalf("poll = %+v, %v, want two tickets and nothing removed", r, err)
			}
			h = h.restarted(func(c *ticketmail.Config) {
				servers(c)
				orders := c.Routes.Mailboxes[0]
				orders.ID, orders.Address = "orders", "orders@erp.example"
				change(&c.Routes.Mailboxes[0], &orders)
				c.Routes.Mailboxes = append(c.Routes.Mailboxes, orders)
				c.Routes.Assignments = append(c.Routes.Assignments, mailbox.Assignment{Mailbox: "orders", Task: "elsewhere"})
			})
			if name == "two exchange accounts" {
				h.poll()
			}
			must(t, h.Consent(t.Context(), ticketmail.Actor{}, "orders", ticketmail.Terms{}))
			server.Add("INBOX", mail("x@y.example", "ink", "b@x", "text"))
			r, err := h.Poll(t.Context(), "orders")
			if err != nil || r.Tickets != 1 || r.Records != 2 || r.Deleted != 3 {
				t.Errorf("poll = %+v, %v, want a ticket of the new mail, and two that are known", r, err)
			}
			if r, err := h.Poll(t.Context(), "orders"); err != nil || r != (ticketmail.Report{}) {
				t.Errorf("a further poll = %+v, %v", r, err)
			}
		})
	}
}

// A folder goes to another mailbox and comes back: what the other one has taken
// in and left there is not found again.
func TestFolderComesBack(t *testing.T) {
	server := mailboxtest.NewServer()
	cut := errors.New("cut")
	reads := func(other bool) func(*ticketmail.Config) {
		return func(c *ticketmail.Config) {
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
			orders := c.Routes.Mailboxes[0]
			orders.ID, orders.Address = "orders", "orders@erp.example"
			idle := &orders
			if other {
				idle = &c.Routes.Mailboxes[0]
			}
			idle.Folders = []string{"Other"}
			c.Routes.Mailboxes = append(c.Routes.Mailboxes, orders)
			c.Routes.Assignments = append(c.Routes.Assignments, mailbox.Assignment{Mailbox: "orders", Task: "elsewhere"})
		}
	}
	server.AddFolder("Other")
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpRemove {
			return cut
		}
		return nil
	})
	h := build(t, reads(false))
	h.consent(all)
	must(t, h.Consent(t.Context(), ticketmail.Actor{}, "orders", ticketmail.Terms{}))
	for i, id := range []mailbox.ID{"support", "orders", "support", "orders"} {
		h = h.restarted(reads(id == "orders"))
		if i == 1 {
			must(t, h.Consent(t.Context(), ticketmail.Actor{}, "orders", ticketmail.Terms{}))
		}
		server.Add("INBOX", mail("x@y.example", fmt.Sprint("matter ", i), "", "text"))
		r, err := h.Poll(t.Context(), id)
		if !errors.Is(err, cut) || r.Tickets != 1 {
			t.Errorf("poll %d = %+v, %v, want one ticket", i, r, err)
		}
	}
	cut = nil
	h.restarted(reads(false)).poll()
	if n := len(h.tickets()); n != 4 {
		t.Errorf("%d tickets, want 4", n)
	}
}
