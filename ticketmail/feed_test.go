package ticketmail_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestChanges: a host reads everything that happened, in pieces.
func TestChanges(t *testing.T) {
	h := build(t, nil)
	for range 5 {
		h.create(ticketmail.NewTicket{})
	}
	var after int64
	var seen []int64
	for {
		list, err := h.Changes(t.Context(), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, c := range list {
			seen = append(seen, c.Seq)
		}
		after = list[len(list)-1].Seq
	}
	if !slices.IsSorted(seen) || len(seen) != 5 {
		t.Errorf("seen %v, want 5 changes in order", seen)
	}
}

// TestFollow: a follower gets what happened before and what happens, goes on
// where it was, and gets a batch again that it did not finish.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t, nil)
		for range 250 {
			h.create(ticketmail.NewTicket{})
		}
		var seen []int64
		broken := errors.New("ERP is down")
		fail := true
		follow := func(ctx context.Context, changes []storage.Change) error {
			if len(seen) >= 100 && fail {
				return broken
			}
			for _, c := range changes {
				seen = append(seen, c.Seq)
			}
			return nil
		}
		if err := h.Follow(t.Context(), "erp", follow); !errors.Is(err, broken) {
			t.Fatalf("Follow = %v, want what the function returned", err)
		}
		fail = false
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.Follow(ctx, "erp", follow) }()
		synctest.Wait()
		if len(seen) != 250 {
			t.Errorf("%d changes seen, want 250 and none twice", len(seen))
		}
		started := time.Now()
		h.create(ticketmail.NewTicket{})
		synctest.Wait()
		if len(seen) != 251 || time.Since(started) != 0 {
			t.Errorf("%d changes seen after %v, want the new one at once", len(seen), time.Since(started))
		}
		// What another process commits is seen soon.
		other, err := ticketmail.New(t.Context(), h.cfg(nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.CreateTicket(t.Context(), bea, ticketmail.NewTicket{Subject: "s", Task: "helpdesk"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if len(seen) != 252 {
			t.Errorf("%d changes seen, want that of another engine", len(seen))
		}
		// What was handled is not handed out again, also if the end came meanwhile.
		last, stop := context.WithCancel(t.Context())
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Follow = %v, want the end of its context", err)
		}
		if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
			t.Error("changes came out of order or twice")
		}
		h.create(ticketmail.NewTicket{})
		if err := h.Follow(last, "erp", func(context.Context, []storage.Change) error { stop(); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("Follow = %v", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = h.Follow(ctx, "erp", func(_ context.Context, c []storage.Change) error {
			t.Errorf("%d changes again", len(c))
			return nil
		})
	})
}

// TestFollowTakesTurns: of two followers of one name one works, and the other
// takes over.
func TestFollowTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t, nil)
		counts := make([]int, 2)
		var stop [2]context.CancelFunc
		ended := make(chan error, 2)
		for i := range 2 {
			var ctx context.Context
			ctx, stop[i] = context.WithCancel(t.Context())
			go func() {
				ended <- h.Follow(ctx, "erp", func(_ context.Context, c []storage.Change) error { counts[i] += len(c); return nil })
			}()
			synctest.Wait()
		}
		h.create(ticketmail.NewTicket{})
		synctest.Wait()
		if counts[0] != 1 || counts[1] != 0 {
			t.Errorf("counts %v, want the first at work", counts)
		}
		stop[0]()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v, want the end of its context", err)
		}
		time.Sleep(3 * time.Second)
		h.create(ticketmail.NewTicket{})
		synctest.Wait()
		if counts[0] != 1 || counts[1] != 1 {
			t.Errorf("counts %v, want the second to go on", counts)
		}
		stop[1]()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v, want the end of its context", err)
		}
	})
}

func TestFeedRefusesWhatCannotBe(t *testing.T) {
	h := build(t, nil)
	for name, err := range map[string]error{
		"no name":        h.Follow(t.Context(), "", func(context.Context, []storage.Change) error { return nil }),
		"negative after": second(h.Changes(t.Context(), -1, 0)),
		"negative limit": second(h.Changes(t.Context(), 0, -1)),
	} {
		if !errors.Is(err, ticketmail.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}
