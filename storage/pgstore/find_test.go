package pgstore_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// fillWords writes n tickets and what they are found by, %[1]s is the schema,
// %[2]d is n: all have "printer", three have "needle", each has one of its own;
// half of them are "half", one in 10,000 is "rare". Of words between, of which the
// server would learn that others are rarer, there are none.
const fillWords = `
ALTER TABLE %[1]s.tm_tickets DISABLE TRIGGER USER;
ALTER TABLE %[1]s.tm_search DISABLE TRIGGER ALL;
DROP INDEX %[1]s.tm_search_public;
INSERT INTO %[1]s.tm_tickets
	SELECT i, i::text, '', '', '', 'Printer on the second floor', 'new', 'task' || i %% 100, 'project' || i %% 50, '', '', '', '', '', '',
		array_remove(ARRAY[CASE WHEN i %% 2 = 0 THEN 'half' END, CASE WHEN i %% 10000 = 11 THEN 'rare' END], NULL), '', now(), now(), 1
	FROM generate_series(1, %[2]d) i;
INSERT INTO %[1]s.tm_ticket_categories SELECT c, seq FROM %[1]s.tm_tickets, unnest(categories) c;
INSERT INTO %[1]s.tm_search
	SELECT i, ('printer:1 serial' || i || ':2' || CASE WHEN i IN (7, 5007, 12007) THEN ' needle:3' ELSE '' END)::tsvector, ''
	FROM generate_series(1, %[2]d) i;
CREATE INDEX tm_search_public ON %[1]s.tm_search USING gin (public);
VACUUM ANALYZE %[1]s.tm_tickets, %[1]s.tm_ticket_categories, %[1]s.tm_search`

// statements notes what is asked of a server.
type statements struct {
	mu  sync.Mutex
	all []pgx.TraceQueryStartData
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, q)
	return ctx
}
func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// tracedPool opens a pool whose statements are noted.
func tracedPool(t *testing.T) (*pgxpool.Pool, *statements) {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(server.DSN(t) + " pool_max_conns=4")
	if err != nil {
		t.Fatal(err)
	}
	asked := new(statements)
	cfg.ConnConfig.Tracer = asked
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool, asked
}

// begin forgets what was noted.
func (s *statements) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = nil
}

// pages returns how many pages of 8 KiB the queries look at that were asked since
// begin, by running them again, and their plans.
func (s *statements) pages(t *testing.T, pool *pgxpool.Pool) (n int, plans string) {
	t.Helper()
	s.mu.Lock()
	asked := s.all
	s.mu.Unlock()
	for _, q := range asked {
		if !strings.HasPrefix(q.SQL, "SELECT seq") {
			continue
		}
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			execute(t, tx, "SET LOCAL enable_seqscan = off")
			rows, err := tx.Query(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) "+q.SQL, q.Args...)
			if err != nil {
				return err
			}
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			plan := strings.Join(lines, "\n")
			n, plans = n+pagesOf(plan), plans+plan+"\n"
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n, plans
}

// TestPlansOfWords: whether all tickets have some words, few have, or none, a page
// of them takes no more the more tickets there are. The whole of 20,000 tickets and
// their words has some 1,700 pages.
func TestPlansOfWords(t *testing.T) {
	n := 100_000
	if os.Getenv("TICKETMAIL_LONG") != "" {
		n = 1_000_000
	}
	pool, asked := tracedPool(t)
	schema := newSchema(t, pool)
	openSchema(t, pool, schema) // without search nothing is noted as stale
	for stmt := range strings.SplitSeq(fmt.Sprintf(fillWords, schema, n), ";\n") {
		execute(t, pool, stmt)
	}
	store := openWith(t, pool, &pgstore.Options{Schema: schema, Search: true})
	for name, tt := range map[string]struct {
		text  string
		query storage.TicketQuery
		found int // at least
		pages int // at most
	}{
		"all have it":              {"printer", storage.TicketQuery{}, 50, 1500},
		"few have it":              {"needle", storage.TicketQuery{}, 3, 300},
		"none has it":              {"giraffe", storage.TicketQuery{}, 0, 300},
		"oldest first":             {fmt.Sprint("serial", n-3), storage.TicketQuery{}, 1, 300},
		"in a category of many":    {"needle", storage.TicketQuery{AllCategories: []string{"half"}}, 0, 1500},
		"of all, in one of few":    {"printer", storage.TicketQuery{AnyCategory: []string{"rare"}}, 2, 1500},
		"in a project":             {"needle", storage.TicketQuery{Project: "project7"}, 3, 800},
		"of all, in no such state": {"printer", storage.TicketQuery{Status: storage.Done}, 0, 1500},
	} {
		t.Run(name, func(t *testing.T) {
			q := tt.query
			q.Newest, q.Limit = name != "oldest first", 50
			asked.begin()
			found := 0
			err := store.View(t.Context(), func(r storage.Reader) (err error) {
				found, err = count(r.Tickets().(storage.Searcher).Search(t.Context(), tt.text, false, q))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			pages, plans := asked.pages(t, pool)
			t.Logf("%d tickets found with %d pages of %d tickets", found, pages, n)
			if found < tt.found {
				t.Errorf("%d tickets are found, want %d at least", found, tt.found)
			}
			if pages < 1 || pages > tt.pages {
				t.Errorf("%d pages are looked at, want 1 to %d:\n%s", pages, tt.pages, plans)
			}
		})
	}
}

// TestSearchGoesOn: what is found a part at a time is found once and in order, from
// either side, from any place, and again by the same sequence.
func TestSearchGoesOn(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	store := openWith(t, pool, &pgstore.Options{Schema: schema, Search: true})
	const n = 700 // more than one walk and one page
	update(t, store, func(w storage.Writer) (err error) {
		for i := 1; i <= n && err == nil; i++ {
			k := storage.Ticket{Subject: "printer", Status: storage.New}
			if i%100 == 3 {
				k.Subject = "needle"
			}
			err = w.Tickets().Put(t.Context(), &k)
		}
		return err
	})
	for text, all := range map[string]func(i int) bool{
		"printer": func(i int) bool { return i%100 != 3 },
		"needle":  func(i int) bool { return i%100 == 3 },
		"giraffe": func(int) bool { return false },
	} {
		for _, after := range []int{0, 1, 3, 257, 444, n} {
			for _, newest := range []bool{false, true} {
				var want []storage.TicketID
				for i := 1; i <= n; i++ {
					if all(i) && (after == 0 || newest == (i < after) && i != after) {
						want = append(want, storage.TicketID(strconv.Itoa(i)))
					}
				}
				q := storage.TicketQuery{Newest: newest}
				if after > 0 {
					q.After = storage.TicketID(strconv.Itoa(after))
				}
				if newest {
					slices.Reverse(want)
				}
				check := func(s storage.Searcher) error {
					seq := s.Search(t.Context(), text, false, q)
					for range 2 {
						var got []storage.TicketID
						for _, k := range collect(t, seq) {
							got = append(got, k.ID)
						}
						if diff := cmp.Diff(want, got); diff != "" {
							t.Errorf("%s after %d, newest %t (-want +got):\n%s", text, after, newest, diff)
						}
					}
					return nil
				}
				err := store.View(t.Context(), func(r storage.Reader) error { return check(r.Tickets().(storage.Searcher)) })
				if err != nil {
					t.Error(err)
				}
				update(t, store, func(w storage.Writer) error { return check(w.Tickets().(storage.Searcher)) })
			}
		}
	}
}
