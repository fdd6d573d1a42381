package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// putMails puts n mails.
func putMails(ctx context.Context, w storage.Writer, n int) error {
	for n := range n {
		if err := w.Outbox().Put(ctx, &notify.Mail{ID: fmt.Sprint("mail", n), Ticket: "1", State: notify.Waiting}); err != nil {
			return err
		}
	}
	return nil
}

// fillFlight puts mails, so many that some are on their way, and one of them
// twice. Nobody is told of that yet.
func fillFlight(ctx context.Context, w storage.Writer) error {
	if err := putMails(ctx, w, 1); err != nil {
		return err
	}
	return putMails(ctx, w, 200)
}

// TestFlightsEnd: however an Update ends while statements are on their way, its
// connection is given back, nothing of it stays, and whoever caused the end is
// told.
func TestFlightsEnd(t *testing.T) {
	store := openWith(t, openPool(t, server.DSN(t)+" pool_max_conns=2"), nil)
	given := errors.New("given up")
	for round := range 3 { // were a connection lost each time, there would be none any more
		t.Run(fmt.Sprint("duplicate", round), func(t *testing.T) {
			err := store.Update(t.Context(), func(w storage.Writer) error { return fillFlight(t.Context(), w) })
			if !errors.Is(err, storage.ErrExists) {
				t.Errorf("Update that puts a mail twice = %v, want ErrExists", err)
			}
		})
		t.Run(fmt.Sprint("error", round), func(t *testing.T) {
			attempts := 0
			err := store.Update(t.Context(), func(w storage.Writer) error {
				if attempts++; attempts == 1 {
					_ = fillFlight(t.Context(), w)
				}
				return given
			})
			if !errors.Is(err, given) || attempts != 2 {
				t.Errorf("Update = %v after %d attempts, want what fn returned, once it knew of the duplicate", err, attempts)
			}
		})
		t.Run(fmt.Sprint("panic", round), func(t *testing.T) {
			defer func() {
				if p := recover(); p != given { //nolint:errorlint // it is what was thrown
					t.Errorf("Update panics with %v, want what fn threw", p)
				}
			}()
			_ = store.Update(t.Context(), func(w storage.Writer) error {
				_ = fillFlight(t.Context(), w)
				panic(given)
			})
		})
		t.Run(fmt.Sprint("context", round), func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			err := store.Update(ctx, func(w storage.Writer) error {
				err := fillFlight(ctx, w)
				cancel(given)
				return err
			})
			if !errors.Is(err, given) {
				t.Errorf("Update = %v, want the cause of its context's end", err)
			}
		})
	}
	wantNothing(t, store)
}

// wantNothing finds nothing stored.
func wantNothing(t *testing.T, store storage.Store) {
	t.Helper()
	err := store.View(t.Context(), func(r storage.Reader) error {
		if all, err := everything(t.Context(), r.Tickets(), r.Outbox(), r.Ledger(), r.Settings()); err != nil || !slices.Equal(all, nil) {
			t.Errorf("stored: %v, %v; want nothing", all, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFlightsOutliveCalls: what a call has taken goes on its way although the
// call's own context ends with it.
func TestFlightsOutliveCalls(t *testing.T) {
	store := openNew(t)
	update(t, store, func(w storage.Writer) error {
		for n := range 200 {
			ctx, cancel := context.WithCancel(t.Context())
			err := w.Outbox().Put(ctx, &notify.Mail{ID: fmt.Sprint("mail", n), Ticket: "1", State: notify.Waiting})
			cancel()
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TestFlightsOverSilence: the end of an Update does not wait for a server that
// says nothing, longer than it would with nothing on its way.
func TestFlightsOverSilence(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	store := openSchema(t, pool, schema)
	given := errors.New("given up")
	for name, end := range map[string]func(cancel func()) error{
		"error":   func(func()) error { return given },
		"panic":   func(func()) error { panic(given) },
		"context": func(cancel func()) error { cancel(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			silence, err := pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = silence.Rollback(context.WithoutCancel(t.Context())) }()
			execute(t, silence, fmt.Sprintf(`LOCK TABLE %q.tm_outbox IN SHARE MODE`, schema))
			ended := make(chan any, 1)
			go func() {
				defer func() {
					if p := recover(); p != nil {
						ended <- p
					}
				}()
				ctx, cancel := context.WithCancelCause(t.Context())
				ended <- store.Update(ctx, func(w storage.Writer) error {
					if err := putMails(t.Context(), w, 100); err != nil {
						return err
					}
					return end(func() { cancel(given) })
				})
			}()
			select {
			case got := <-ended:
				if err, _ := got.(error); !errors.Is(err, given) {
					t.Errorf("Update ends with %v, want %v", got, given)
				}
			case <-time.After(patience):
				t.Fatal("Update waits for the server")
			}
		})
	}
	wantNothing(t, store)
}

// TestFlightsLost: where the connection is lost while statements are on their
// way, Update fails whatever fn makes of it.
func TestFlightsLost(t *testing.T) {
	pool := sharedPool(t)
	store := openSchema(t, pool, newSchema(t, pool))
	for cut := 40; cut < 200; cut += 7 {
		err := store.Update(t.Context(), func(w storage.Writer) error {
			var pid int
			for n := range 200 {
				err := w.Outbox().Put(t.Context(), &notify.Mail{ID: fmt.Sprint("mail", n), Ticket: "1", State: notify.Waiting})
				if err == nil && n == 0 {
					pid, err = pgstore.Backend(t.Context(), w)
				}
				if err != nil {
					return nil //nolint:nilerr // as a careless host does it
				}
				if n == cut {
					execute(t, pool, `SELECT pg_terminate_backend($1)`, pid)
				}
			}
			return nil
		})
		if err == nil {
			t.Fatalf("Update whose connection was lost after mail %d = nil", cut)
		}
	}
	wantNothing(t, store)
}

// A grim tracer panics at what it is told of, once it is switched on.
type grim struct{ on atomic.Bool }

func (g *grim) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	if g.on.Load() {
		panic("grim")
	}
	return ctx
}
func (*grim) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*grim) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}
func (*grim) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData)     {}
func (*grim) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TestFlightsPanic: code of the host that panics beside fn does not end the
// host's process.
func TestFlightsPanic(t *testing.T) {
	cfg, err := pgxpool.ParseConfig(server.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	var tracer grim
	cfg.ConnConfig.Tracer = &tracer
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store := openSchema(t, pool, newSchema(t, pool))
	tracer.on.Store(true)
	if err := store.Update(t.Context(), func(w storage.Writer) error { return putMails(t.Context(), w, 65) }); err == nil {
		t.Error("Update = nil, want what was thrown")
	}
	tracer.on.Store(false)
	wantNothing(t, store)
}
