package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
		bounded, cancel := context.WithTimeout(ctx, patience)
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

// TestRenewalDoesNotQueue: with more writers waiting than the pool serves, a
// lease is taken, renewed and given back at once. The writers get their turn
// after that, also those that begin with a lease.
func TestRenewalDoesNotQueue(t *testing.T) {
	pool := openPool(t, server.DSN(t)+" pool_max_conns=4")
	schema := newSchema(t, pool)
	store := openSchema(t, pool, schema)
	host := sharedPool(t)
	tx, err := host.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	execute(t, tx, "LOCK TABLE "+schema+".tm_writer IN EXCLUSIVE MODE")

	const writers = 20
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			err := store.Update(t.Context(), func(w storage.Writer) error {
				if i%2 == 1 {
					if _, err := w.Leases().Acquire(t.Context(), fmt.Sprint(i), "h", time.Minute, 0); err != nil {
						return err
					}
				}
				return countUp(t, w)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	awaitWaiter(t, host)
	for range 30 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		var l storage.Lease
		for _, step := range []func(storage.Leases) error{
			func(p storage.Leases) (err error) { l, err = p.Acquire(ctx, "mine", "h", time.Hour, 0); return err },
			func(p storage.Leases) error { return p.Renew(ctx, l, time.Hour) },
			func(p storage.Leases) error { return p.Release(ctx, l) },
		} {
			if err := store.Update(ctx, func(w storage.Writer) error { return step(w.Leases()) }); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if n := scalar[int](t, host, "SELECT count(*) FROM "+schema+".tm_tickets"); n != writers {
		t.Errorf("%d tickets, want %d", n, writers)
	}
}
