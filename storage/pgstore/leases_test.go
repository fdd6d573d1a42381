package pgstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/ticketmail/storage"
)

// TestRenewalDoesNotWait: while an Update that renewed a lease goes on, as a
// long ingest does, the holder renews it from elsewhere, and who asks for it is
// told whose it is: neither waits. Who may take it, because it ran out, waits,
// and finds it extended.
func TestRenewalDoesNotWait(t *testing.T) {
	store := openNew(t)
	ctx := t.Context()
	acquire := func(holder string, ttl time.Duration, dead int64) (l storage.Lease, err error) {
		err = store.Update(ctx, func(w storage.Writer) error {
			l, err = w.Leases().Acquire(ctx, "mailbox/m", holder, ttl, dead)
			return err
		})
		return l, err
	}
	l, err := acquire("a", time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	renew := func(ttl time.Duration) error {
		bounded, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		return store.Update(bounded, func(w storage.Writer) error { return w.Leases().Renew(bounded, l, ttl) })
	}
	taken := make(chan error, 1)
	update(t, store, func(w storage.Writer) error {
		if err := w.Leases().Renew(ctx, l, time.Hour); err != nil {
			return err
		}
		if err := ingest(t, w, 1); err != nil { // it has the lock of writers
			return err
		}
		for range 3 {
			if err := renew(time.Hour); err != nil {
				t.Errorf("renewal during an ingest: %v", err)
			}
		}
		if held, ok := errors.AsType[*storage.HeldError](func() error { _, err := acquire("b", time.Hour, 0); return err }()); !ok || held.Lease != l {
			t.Errorf("another one's Acquire during an ingest = %+v, want that %+v holds it", held, l)
		}
		if err := renew(-time.Second); err != nil { // it has run out
			t.Error(err)
		}
		go func() {
			_, err := acquire("b", time.Hour, 0)
			taken <- err
		}()
		select {
		case err := <-taken:
			t.Errorf("a lease that ran out was taken during the ingest that renewed it: %v", err)
			taken <- err
		case <-time.After(500 * time.Millisecond):
		}
		return nil
	})
	if err := <-taken; !errors.As(err, new(*storage.HeldError)) {
		t.Errorf("Acquire after the ingest = %v, want that the ingest extended the lease", err)
	}

	// A holder known to be dead is waited for as long as his transaction lives.
	update(t, store, func(w storage.Writer) error {
		if err := w.Leases().Renew(ctx, l, time.Hour); err != nil {
			return err
		}
		go func() {
			_, err := acquire("b", time.Hour, l.Fence)
			taken <- err
		}()
		return ingest(t, w, 2)
	})
	if err := <-taken; err != nil {
		t.Errorf("Acquire from the dead: %v", err)
	}
	if err := renew(time.Hour); !errors.Is(err, storage.ErrLeaseLost) {
		t.Errorf("renewal of a lease that was taken = %v, want ErrLeaseLost", err)
	}
}
