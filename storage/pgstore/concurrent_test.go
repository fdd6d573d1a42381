package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// twoNodes opens two stores on one schema, as two processes do.
func twoNodes(t *testing.T) (a, b *pgstore.Store, pool *pgxpool.Pool) {
	t.Helper()
	pool = sharedPool(t)
	schema := newSchema(t, pool)
	return openSchema(t, pool, schema), openSchema(t, sharedPool(t), schema), pool
}

// awaitWaiter waits until a session waits for a lock.
func awaitWaiter(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for scalar[int](t, pool, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 0 {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// TestTwoNodes counts up from two stores, from several goroutines each: no step
// is lost.
func TestTwoNodes(t *testing.T) {
	a, b, _ := twoNodes(t)
	const workers, steps = 4, 25
	var wg sync.WaitGroup
	for i := range workers {
		store := []*pgstore.Store{a, b}[i%2]
		wg.Go(func() {
			for range steps {
				if err := store.Update(t.Context(), func(w storage.Writer) error { return countUp(t, w) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	err := a.View(t.Context(), func(r storage.Reader) error {
		value, err := r.Settings().Get(t.Context(), "k", "count")
		if want := strconv.Itoa(workers * steps); string(value) != want {
			t.Errorf("count = %s, want %s", value, want)
		}
		if n := len(collect(t, r.Tickets().List(t.Context(), storage.TicketQuery{}))); n != workers*steps {
			t.Errorf("%d tickets, want %d", n, workers*steps)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func countUp(t *testing.T, w storage.Writer) error {
	value, err := w.Settings().Get(t.Context(), "k", "count")
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	n, _ := strconv.Atoi(string(value)) // nothing counts as 0
	if err := w.Tickets().Put(t.Context(), &storage.Ticket{Subject: fmt.Sprint(n)}); err != nil {
		return err
	}
	return w.Settings().Put(t.Context(), "k", "count", strconv.AppendInt(nil, int64(n+1), 10))
}

// TestUniqueKey: of eight attempts at a key from two nodes one wins; 1,000
// attempts with TICKETMAIL_LONG.
func TestUniqueKey(t *testing.T) {
	a, b, pool := twoNodes(t)
	const each = 8
	keys := 15
	if os.Getenv("TICKETMAIL_LONG") != "" {
		keys = 125
	}
	var won atomic.Int64
	for n := range keys {
		var wg sync.WaitGroup
		for i := range each {
			store := []*pgstore.Store{a, b}[i%2]
			wg.Go(func() {
				err := store.Update(t.Context(), func(w storage.Writer) error {
					return w.Ledger().Put(t.Context(), &mailbox.Entry{Key: ledgerKey(n), Outcome: mailbox.Pending})
				})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, storage.ErrExists) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if won.Load() != int64(keys) || pool.Stat().AcquiredConns() != 0 {
		t.Errorf("%d of %d attempts won, want %d", won.Load(), keys*each, keys)
	}
}

// TestChangesInOrderOfCommits: while a number is given out and not committed,
// nobody commits a higher one, so that who follows the history misses none.
func TestChangesInOrderOfCommits(t *testing.T) {
	a, b, pool := twoNodes(t)
	add := func(w storage.Writer) (int64, error) {
		c := storage.Change{Ticket: "1"}
		err := w.Tickets().AddChange(t.Context(), &c)
		return c.Seq, err
	}
	var first, second int64
	done := make(chan error, 1)
	update(t, a, func(w storage.Writer) (err error) {
		first, err = add(w)
		go func() {
			done <- b.Update(t.Context(), func(w storage.Writer) (err error) {
				second, err = add(w)
				return err
			})
		}()
		awaitWaiter(t, pool)
		select {
		case err := <-done:
			t.Errorf("another change was committed (error %v) before change %d", err, first)
		default:
		}
		return err
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if second <= first {
		t.Errorf("change %d was committed after change %d", second, first)
	}
}

// TestLeasesWaitForNoWriter: a lease is taken while another node writes, or
// hangs in the middle of it.
func TestLeasesWaitForNoWriter(t *testing.T) {
	a, b, _ := twoNodes(t)
	update(t, a, func(w storage.Writer) error {
		if err := w.Settings().Put(t.Context(), "k", "a", nil); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return b.Update(ctx, func(w storage.Writer) error {
			l, err := w.Leases().Acquire(ctx, "poll/m1", "b", time.Hour, 0)
			if err == nil {
				err = w.Leases().Renew(ctx, l, time.Hour)
			}
			return err
		})
	})
}

// TestHungUpdate: an Update that does nothing for too long is rolled back, and
// those who wait for it go on.
func TestHungUpdate(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	hung, err := pgstore.New(t.Context(), pool, &pgstore.Options{Schema: schema, IdleTimeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer hung.Close()
	other := openSchema(t, pool, schema)
	// On a busy machine an Update may rest for that long where it does not mean
	// to: then it is made again.
	end := time.Now().Add(patience)
	for rests := false; !rests && time.Now().Before(end); {
		err = hung.Update(t.Context(), func(w storage.Writer) error {
			if err := w.Settings().Put(t.Context(), "k", "hung", nil); err != nil {
				return err
			}
			rests = true
			update(t, other, func(w storage.Writer) error { return w.Settings().Put(t.Context(), "k", "other", nil) })
			return nil
		})
	}
	if err == nil {
		t.Error("an Update that lost its transaction succeeded")
	}
	if keys := scalar[string](t, pool, "SELECT string_agg(convert_from(key, 'UTF8'), ' ') FROM "+schema+".tm_settings"); keys != "other" {
		t.Errorf("settings are %q, want only the other's", keys)
	}
	for end = time.Now().Add(patience); err != nil && time.Now().Before(end); {
		err = hung.Update(t.Context(), func(w storage.Writer) error { return w.Settings().Put(t.Context(), "k", "again", nil) })
	}
	if err != nil {
		t.Errorf("an Update after the hung one: %v", err)
	}
}

// TestDeadlock: two Updates that take two leases in opposite order wait for
// each other. The server ends one of them, which is then tried again.
func TestDeadlock(t *testing.T) {
	a, b, _ := twoNodes(t)
	var calls atomic.Int64
	var bothHaveOne sync.WaitGroup
	bothHaveOne.Add(2)
	take := func(store *pgstore.Store, names ...string) error {
		first := true
		return store.Update(t.Context(), func(w storage.Writer) error {
			calls.Add(1)
			for i, name := range names {
				if _, err := w.Leases().Acquire(t.Context(), name, "same", time.Hour, 0); err != nil {
					return err
				}
				if i == 0 && first {
					first = false
					bothHaveOne.Done()
					bothHaveOne.Wait()
				}
			}
			return w.Settings().Put(t.Context(), "k", names[0], nil)
		})
	}
	var wg sync.WaitGroup
	errs := make([]error, 2)
	wg.Go(func() { errs[0] = take(a, "x", "y") })
	wg.Go(func() { errs[1] = take(b, "y", "x") })
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	// The one may have its first lease again before the server wakes the other,
	// and they meet once more.
	if n := calls.Load(); n < 3 {
		t.Errorf("the functions were called %d times, want 3 or more: one of the two again", n)
	}
}

// TestWaitEnds shows that waiting for another node ends with the context.
func TestWaitEnds(t *testing.T) {
	a, b, pool := twoNodes(t)
	update(t, a, func(w storage.Writer) error {
		if err := w.Settings().Put(t.Context(), "k", "a", nil); err != nil {
			return err
		}
		cause := errors.New("had enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- b.Update(ctx, func(w storage.Writer) error { return w.Settings().Put(ctx, "k", "b", nil) })
		}()
		awaitWaiter(t, pool)
		cancel(cause)
		if err := <-done; !errors.Is(err, cause) {
			t.Errorf("Update under another's lock: %v, want the cause", err)
		}
		return nil
	})
	update(t, b, func(w storage.Writer) error { return w.Settings().Put(t.Context(), "k", "a", nil) })
}

// TestSmallPool: Updates that write content and look at what is committed never
// wait for each other's connections.
func TestSmallPool(t *testing.T) {
	pool := openPool(t, server.DSN(t)+" pool_max_conns=2")
	store := openSchema(t, pool, newSchema(t, sharedPool(t)))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			err := store.Update(t.Context(), func(w storage.Writer) error {
				if err := w.Settings().Put(t.Context(), "k", fmt.Sprint(i), nil); err != nil {
					return err
				}
				raw, err := tryStage(t.Context(), store, []byte(fmt.Sprint(i)))
				if err != nil {
					return err
				}
				if err := store.View(t.Context(), func(r storage.Reader) error {
					_, err := r.Ledger().Lookup(t.Context(), []mailbox.Key{ledgerKey(i)})
					return err
				}); err != nil {
					return err
				}
				return w.Ledger().Put(t.Context(), &mailbox.Entry{Key: ledgerKey(i), Outcome: mailbox.Record, Raw: raw})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestIDsAreNotGivenTwice: nor after a rollback, and none that a host took.
func TestIDsAreNotGivenTwice(t *testing.T) {
	store := openNew(t)
	var ids []storage.TicketID
	put := func(fail error) {
		t.Helper()
		ticket := storage.Ticket{}
		err := store.Update(t.Context(), func(w storage.Writer) error {
			if err := w.Tickets().Put(t.Context(), &ticket); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		ids = append(ids, ticket.ID)
	}
	put(nil)
	put(errors.New("rolled back"))
	update(t, store, func(w storage.Writer) error { return w.Tickets().Put(t.Context(), &storage.Ticket{ID: "4"}) })
	put(nil)
	put(nil)
	last := 0
	for _, id := range ids {
		n, err := strconv.Atoi(string(id))
		if err != nil || n <= last || n == 4 {
			t.Fatalf("ids given out are %v, want them to grow without 4", ids)
		}
		last = n
	}
}

// TestTimeoutsOfTheHost: what bounds the host's statements does not bound
// waiting for another writer.
func TestTimeoutsOfTheHost(t *testing.T) {
	shared := sharedPool(t)
	schema := newSchema(t, shared)
	a := openSchema(t, shared, schema)
	b := openSchema(t, openPool(t, server.DSN(t)+" options='-c statement_timeout=2s -c lock_timeout=2s'"), schema)
	done := make(chan error, 1)
	update(t, a, func(w storage.Writer) error {
		if err := w.Settings().Put(t.Context(), "k", "a", nil); err != nil {
			return err
		}
		go func() {
			done <- b.Update(t.Context(), func(w storage.Writer) error { return w.Settings().Put(t.Context(), "k", "b", nil) })
		}()
		awaitWaiter(t, shared)
		execute(t, shared, "SELECT pg_sleep(2.5)") // less would be too little for statements that wait for nobody, on a busy machine
		return nil
	})
	if err := <-done; err != nil {
		t.Errorf("Update that waited longer than the host's statements may take: %v", err)
	}
}
