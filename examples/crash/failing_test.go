package crash_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/storage/storetest/fault"
	"example.com/ticketmail/ticketmail"
)

// mixed has a bit of everything, in several batches.
func mixed() scenario {
	return scenario{name: "mixed mails", window: 4, mails: func(a marks) []given {
		reply := eml(customer, "Re: The printer "+a.token, "re@customer.example", "It still burns.")
		loop := eml(customer, "Round", "loop@customer.example", "Again.", strings.Repeat("Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0100\n", 60))
		return inbox(append(few(4), reply, loop, few(1)[0], withFiles("files@customer.example", 2000))...)
	}}
}

var errBroken = errors.New("broken by the test")

// TestCrashFaults lets each call that the engine makes fail once, before its
// work, at the commit and after it, on every store (THREATS R6): nothing is
// removed that is not saved, and the next poll does all that was left.
func TestCrashFaults(t *testing.T) {
	for _, p := range []product{memory, sqlite, postgreSQL} {
		t.Run(string(p), func(t *testing.T) {
			what := row{Kind: "store", Scenario: "each call fails once", Store: string(p), Server: string(uidplus)}
			if tableHas(t, what) {
				t.Log("in the table already")
				return
			}
			whole := faulty(p, func() fault.Plan { return nil })
			whole.take(t)
			what.Steps = whole.points
			wanted := min(pick(4, 15, whole.points), whole.points)
			var mu sync.Mutex
			t.Run("fail", func(t *testing.T) {
				for i := range wanted {
					n := 1 + i*whole.points/wanted
					t.Run(fmt.Sprint("at ", n), func(t *testing.T) {
						t.Parallel()
						one := faulty(p, func() fault.Plan { return fault.At(n, fault.Fail(errBroken)) })
						one.once, one.killed = true, true
						one.take(t)
						compare(t, whole.outcome, one.outcome)
						mu.Lock()
						defer mu.Unlock()
						what.add(*one)
					})
				}
			})
			what.record(t)
		})
	}
}

// faulty is a step whose first round has a plan.
func faulty(p product, plan func() fault.Plan) *step {
	s := &step{scenario: mixed(), product: p, dialect: uidplus}
	s.disturb = func(t *testing.T, j job, store vault) error {
		var over atomic.Bool // a round may have fewer calls than the one that was counted
		do := plan()
		in := &fault.Injector{Within: true, Plan: func(ctx context.Context, p fault.Point) error {
			if do == nil || over.Load() {
				return nil
			}
			return do(ctx, p)
		}}
		err := s.round(t, j, store, in)
		over.Store(true)
		s.points = in.Count()
		return err
	}
	return s
}

// TestCrashRandomFaults breaks calls at random, several in each poll.
func TestCrashRandomFaults(t *testing.T) {
	for _, p := range []product{memory, sqlite, postgreSQL} {
		t.Run(string(p), func(t *testing.T) {
			what := row{Kind: "store", Scenario: "random faults", Store: string(p), Server: string(uidplus)}
			if tableHas(t, what) {
				t.Log("in the table already")
				return
			}
			random := newRandom(t)
			for faults, wanted := 0, pick(5, 20, 200); faults < wanted; {
				var mu sync.Mutex
				t.Run(fmt.Sprint("after ", faults), func(t *testing.T) {
					s := &step{scenario: mixed(), product: p, dialect: uidplus}
					s.disturb = func(t *testing.T, j job, store vault) (err error) {
						calm := false
						in := &fault.Injector{Within: true, Plan: func(ctx context.Context, pt fault.Point) error {
							mu.Lock()
							defer mu.Unlock()
							if calm || random.IntN(40) > 0 {
								return nil
							}
							faults++
							return fault.Fail(errBroken)(ctx, pt)
						}}
						for range 4 {
							err = s.round(t, j, store, in)
						}
						mu.Lock()
						defer mu.Unlock()
						calm = true
						return err
					}
					s.take(t)
					what.add(*s)
				})
				what.Runs = faults
			}
			what.record(t)
		})
	}
}

// TestCrashFullDisk lets SQLite run out of pages at different times.
func TestCrashFullDisk(t *testing.T) {
	what := row{Kind: "store", Scenario: "disk full", Store: string(sqlite), Server: string(uidplus)}
	if tableHas(t, what) {
		t.Skip("TICKETMAIL_LONG: in the table already")
	}
	failed := 0
	for more := range pick(3, 8, 60) {
		t.Run(fmt.Sprint(more, " pages"), func(t *testing.T) {
			s := &step{scenario: mixed(), product: sqlite, dialect: uidplus, once: true, killed: true}
			s.disturb = func(t *testing.T, j job, _ vault) error {
				j.Where.Pages = pagesOf(t, j.Where.File) + more
				store, done, err := j.Where.open(t.Context())
				if err == nil {
					var e *ticketmail.Engine
					var end func()
					if e, end, err = j.engine(t.Context(), store, new(fault.Injector)); err == nil {
						err = oneRound(t.Context(), e)
						end()
					}
					done()
				}
				if err != nil {
					failed++
				}
				return err
			}
			s.take(t)
			what.add(*s)
		})
	}
	if failed == 0 {
		t.Error("the disk was never full")
	}
	what.record(t)
}

func pagesOf(t testing.TB, file string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCrashDatabase disturbs a PostgreSQL amid the work: it is restarted, made
// read-only, or has a deadlock with somebody else.
func TestCrashDatabase(t *testing.T) {
	private := postgres.Start(t, "deadlock_timeout=100ms")
	for name, disturb := range map[string]func(t *testing.T, j job) fault.Plan{
		"restarted": func(t *testing.T, _ job) fault.Plan {
			return func(context.Context, fault.Point) error {
				private.Stop()
				return private.Start()
			}
		},
		"read-only": func(t *testing.T, j job) fault.Plan {
			t.Cleanup(func() {
				execute(t, j.Where.DSN, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
			})
			return func(context.Context, fault.Point) error {
				execute(t, j.Where.DSN, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
				return nil
			}
		},
		"deadlock": func(t *testing.T, j job) fault.Plan {
			return func(context.Context, fault.Point) error { lockAcross(t, j.Where); return nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			what := row{Kind: "store", Scenario: "database " + name, Store: string(postgreSQL), Server: string(uidplus)}
			if tableHas(t, what) {
				t.Log("in the table already")
				return
			}
			for i := range pick(1, 1, 20) {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					s := &step{scenario: mixed(), product: postgreSQL, dialect: uidplus, dsn: private.DSN, once: true, killed: true}
					s.disturb = func(t *testing.T, j job, store vault) error {
						plan, nth, once := disturb(t, j), 0, sync.Mutex{}
						in := &fault.Injector{Within: true, Plan: func(ctx context.Context, p fault.Point) error {
							once.Lock()
							defer once.Unlock()
							if p.Op != "tickets.put" {
								return nil
							}
							if nth++; nth != 1+i%4 {
								return nil
							}
							return plan(ctx, p)
						}}
						err := s.round(t, j, store, in)
						if name == "read-only" {
							execute(t, j.Where.DSN, "SET default_transaction_read_only = off", "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
						}
						return err
					}
					s.take(t)
					what.add(*s)
				})
			}
			what.record(t)
		})
	}
}

// execute carries out statements on a connection of their own.
func execute(t testing.TB, dsn string, statements ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // it also cleans up
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// lockAcross takes the lock of the tickets and asks for that of the writer,
// which an Update under way takes the other way round.
func lockAcross(t testing.TB, w where) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.DSN)
	if err != nil {
		t.Error(err)
		return
	}
	tx, err := conn.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), fmt.Sprintf("LOCK TABLE %q.tm_tickets IN EXCLUSIVE MODE", w.Schema))
	}
	if err != nil {
		t.Error(err)
		return
	}
	ended := make(chan struct{})
	t.Cleanup(func() { <-ended })
	go func() {
		defer close(ended)
		ctx := context.WithoutCancel(t.Context())
		_, _ = tx.Exec(ctx, fmt.Sprintf("LOCK TABLE %q.tm_writer IN EXCLUSIVE MODE", w.Schema)) // or is the victim
		_ = conn.Close(ctx)
	}()
}
