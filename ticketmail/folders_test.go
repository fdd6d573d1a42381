package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/ticketmail"
)

// A folder that cannot be drained, for whatever reason and however often, does
// not stop those behind it.
func TestFolderDoesNotStopTheNext(t *testing.T) {
	cut := errors.New("cut")
	for name, fail := range map[string]func(c mailboxtest.Call) error{
		"select": func(c mailboxtest.Call) error {
			if c.Op == mailboxtest.OpSelect && c.Folder == "INBOX" {
				return cut
			}
			return nil
		},
		"list": func(c mailboxtest.Call) error {
			if c.Op == mailboxtest.OpList && c.Folder == "INBOX" {
				return cut
			}
			return nil
		},
		"hook": nil,
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, func(c *ticketmail.Config) {
				c.Routes.Mailboxes[0].Folders = []string{"INBOX", "Orders", "Returns"}
				c.Hooks.Route = func(_ context.Context, in ticketmail.Inbound) (r ticketmail.Routing, err error) {
					if strings.Contains(in.Message.Subject, "bad") {
						err = cut
					}
					return r, err
				}
			})
			server.OnCall(fail)
			server.Add("INBOX", mail("x@y.example", "bad", "a@x", "text"))
			server.Add("Orders", mail("x@y.example", "order", "b@x", "text"))
			server.Add("Returns", mail("x@y.example", "return", "c@x", "text"))
			for range 3 {
				if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, cut) {
					t.Errorf("Poll = %v, want what ails the first folder", err)
				}
			}
			if got := len(h.tickets()); got != 2 {
				t.Errorf("%d tickets, want those of the other folders", got)
			}
			if n := server.Open(); n != 0 {
				t.Errorf("%d sessions are still open", n)
			}
		})
	}
}

// Where the mailbox is somebody else's by now, or was changed, nothing goes on.
func TestNoFolderAfterTheLeaseIsLost(t *testing.T) {
	var h house
	h, server := withServer(t, func(c *ticketmail.Config) {
		c.Routes.Mailboxes[0].Folders = []string{"INBOX", "Orders"}
		c.Hooks.Route = func(ctx context.Context, _ ticketmail.Inbound) (r ticketmail.Routing, err error) {
			return r, h.Consent(ctx, bea, "support", leave)
		}
	})
	server.Add("INBOX", mail("x@y.example", "a", "a@x", "text"))
	server.Add("Orders", mail("x@y.example", "b", "b@x", "text"))
	if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, ticketmail.ErrChanged) {
		t.Errorf("Poll = %v, want ErrChanged", err)
	}
	if n := server.Count(mailboxtest.OpConnect); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}

// A server that lets nobody into any folder is not signed in to for each.
func TestFoldersOfADeadServer(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) {
		for i := range 30 {
			c.Routes.Mailboxes[0].Folders = append(c.Routes.Mailboxes[0].Folders, fmt.Sprint("F", i))
		}
	})
	cut := errors.New("cut")
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpSelect {
			return cut
		}
		return nil
	})
	if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, cut) {
		t.Errorf("Poll = %v", err)
	}
	if n := server.Count(mailboxtest.OpConnect); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}
