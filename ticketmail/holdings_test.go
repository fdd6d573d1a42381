package ticketmail_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestHoldings: whoever looks at the store sees which process polls and
// follows, and nothing of what is over.
func TestHoldings(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	h, server := withServer(t, nil)
	h.create(ticketmail.NewTicket{})
	err = h.store.Update(t.Context(), func(w storage.Writer) error {
		_, err := w.Leases().Acquire(t.Context(), "nightly", "the host's own job", time.Hour, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	look := func() []ticketmail.Holding {
		held, err := ticketmail.Holdings(t.Context(), h.store)
		if err != nil {
			t.Fatal(err)
		}
		for i := range held {
			if held[i].Left <= 0 || held[i].Left > time.Hour || held[i].Lease.Fence != 1 {
				t.Errorf("held for another %s with fence %d", held[i].Left, held[i].Lease.Fence)
			}
			held[i].Left, held[i].Lease = 0, storage.Lease{Name: held[i].Lease.Name}
		}
		return held
	}
	var during []ticketmail.Holding
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpList {
			during = look()
		}
		return nil
	})
	h.poll()
	nightly := ticketmail.Holding{Lease: storage.Lease{Name: "nightly"}}
	want := []ticketmail.Holding{{Mailbox: "support", Host: host, Process: os.Getpid(), Lease: storage.Lease{Name: "mailbox/support"}}, nightly}
	if diff := cmp.Diff(want, during); diff != "" {
		t.Errorf("during a poll (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]ticketmail.Holding{nightly}, look()); diff != "" {
		t.Errorf("after the poll (-want +got):\n%s", diff)
	}
	seen := errors.New("seen")
	err = h.Follow(t.Context(), "erp", func(context.Context, []storage.Change) error {
		during = look()
		return seen
	})
	if !errors.Is(err, seen) {
		t.Fatal(err)
	}
	want = []ticketmail.Holding{{Follower: "erp", Host: host, Process: os.Getpid(), Lease: storage.Lease{Name: "feed/erp"}}, nightly}
	if diff := cmp.Diff(want, during); diff != "" {
		t.Errorf("while somebody follows (-want +got):\n%s", diff)
	}
}

// plainStore is a store without capabilities beyond the contract.
type plainStore struct{ storage.Store }

func TestHoldingsOfAPlainStore(t *testing.T) {
	held, err := ticketmail.Holdings(t.Context(), plainStore{build(t, nil).store})
	if !errors.Is(err, errors.ErrUnsupported) || held != nil {
		t.Errorf("Holdings = %v, %v, want errors.ErrUnsupported", held, err)
	}
}
