package ticketmail_test

import (
	"context"
	"errors"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/storetest/fault"
	"example.com/ticketmail/ticketmail"
)

// TestFailedLeaseIsNotWaitedFor lets the store fail, before or after its work,
// when the lease of a mailbox is taken or given back: the engine holds it then,
// and polls the mailbox all the same.
func TestFailedLeaseIsNotWaitedFor(t *testing.T) {
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		call   string       // of the leases
		moment fault.Moment // of the Update that makes it
		fails  bool         // the poll that it is in
	}{
		"not taken":                   {"leases.acquire", fault.Commit, true},
		"taken, the answer lost":      {"leases.acquire", fault.After, true},
		"not given back":              {"leases.release", fault.Commit, false},
		"given back, the answer lost": {"leases.release", fault.After, false},
	} {
		t.Run(name, func(t *testing.T) {
			armed, seen := true, false
			in := &fault.Injector{Within: true, Plan: func(_ context.Context, p fault.Point) error {
				seen = seen || string(p.Op) == tt.call
				if !armed || !seen || p.Op != fault.Update || p.Moment != tt.moment {
					return nil
				}
				armed = false
				return broken
			}}
			server := mailboxtest.NewServer()
			h := build(t, func(c *ticketmail.Config) {
				c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
				c.Store, c.Blobs = in.Store(c.Store), c.Store.(storage.Blobs)
			})
			if err := h.Consent(t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Poll(t.Context(), "support"); errors.Is(err, broken) != tt.fails {
				t.Errorf("the poll = %v, want it broken: %t", err, tt.fails)
			}
			if armed {
				t.Fatal("nothing was broken")
			}
			if _, err := h.Poll(t.Context(), "support"); err != nil {
				t.Errorf("the next poll = %v", err)
			}
		})
	}
}
