package pgstore_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// news follows what a store is told, for the length of the test.
func news(t *testing.T, store *pgstore.Store) (told chan storage.News, ended chan error) {
	t.Helper()
	told, ended = make(chan storage.News, 1000), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { ended <- store.Watch(ctx, func(n storage.News) { told <- n }) }()
	t.Cleanup(stop)
	return told, ended
}

// await waits for news that fit.
func await(t *testing.T, told chan storage.News, fit func(storage.News) bool) {
	t.Helper()
	for late := time.After(patience); ; {
		select {
		case n := <-told:
			if fit(n) {
				return
			}
		case <-late:
			t.Fatalf("not told within %s", patience)
		}
	}
}

func missed(n storage.News) bool { return n.Missed }

// TestWatchOtherNode: a node is told of what another one commits, also in a
// transaction of the host; it is connected again after its connection was
// ended, and Close ends the watch. The first test logs how long news take.
func TestWatchOtherNode(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	store := openSchema(t, pool, schema)
	otherPool := openPool(t, server.DSN(t)+" application_name=watching")
	other := openSchema(t, otherPool, schema)
	told, ended := news(t, other)
	await(t, told, missed)

	const rounds = 20
	var took []time.Duration
	mail := func(w storage.Writer) error {
		return w.Outbox().Put(t.Context(), &notify.Mail{ID: time.Now().Format("150405.000000000"), State: notify.Waiting})
	}
	outbox := func(n storage.News) bool { return n.Outbox && !n.Changes }
	for range rounds {
		update(t, store, mail)
		began := time.Now()
		await(t, told, outbox)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("news of a commit took %v, half of them at most, and %v at most", took[rounds/2], took[rounds-1])

	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Within(tx).Update(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, told, outbox)

	listening := scalar[int](t, pool, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'watching' AND query LIKE 'LISTEN%'`)
	if listening != 1 {
		t.Fatalf("%d connections listened, want 1", listening)
	}
	await(t, told, missed)
	update(t, store, mail)
	await(t, told, outbox)

	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, storage.ErrClosed) {
		t.Errorf("Watch = %v after Close, want ErrClosed", err)
	}
}

// TestWatchHostListens: a host whose pool handles notifications itself does not
// take ours, and its other settings of a connection hold for the watch.
func TestWatchHostListens(t *testing.T) {
	config, err := pgxpool.ParseConfig(server.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.OnNotification = func(*pgconn.PgConn, *pgconn.Notification) {}
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		c.RuntimeParams["application_name"] = "before"
		return nil
	}
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SELECT set_config('application_name', 'host_' || current_setting('application_name'), false)")
		return err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store := openSchema(t, pool, newSchema(t, pool))
	told, _ := news(t, store)
	await(t, told, missed)
	update(t, store, func(w storage.Writer) error {
		return w.Outbox().Put(t.Context(), &notify.Mail{ID: "m", State: notify.Waiting})
	})
	await(t, told, func(n storage.News) bool { return n.Outbox && !n.Missed })
	const listening = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'host_before' AND query LIKE 'LISTEN%'`
	if n := scalar[int](t, pool, listening); n != 1 {
		t.Errorf("%d connections listen as the pool connects, want 1", n)
	}
}
