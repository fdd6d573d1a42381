package sqlitestore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// TestTwoStores counts up from two stores on one file, as two processes do,
// from several goroutines each: no step is lost.
func TestTwoStores(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	stores := []*sqlitestore.Store{openFile(t, file), openFile(t, file)}
	const workers, steps = 4, 25
	var wg sync.WaitGroup
	for i := range workers {
		store := stores[i%len(stores)]
		wg.Go(func() {
			for range steps {
				if err := store.Update(t.Context(), func(w storage.Writer) error { return countUp(t, w) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	err := stores[0].View(t.Context(), func(r storage.Reader) error {
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

// TestSnapshot: what commits after a View began is not seen in it, not even if
// it had read nothing yet.
func TestSnapshot(t *testing.T) {
	store := openNew(t)
	err := store.View(t.Context(), func(r storage.Reader) error {
		update(t, store, func(w storage.Writer) error { return w.Settings().Put(t.Context(), "k", "a", nil) })
		_, err := r.Settings().Get(t.Context(), "k", "a")
		return err
	})
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("View saw a later commit: %v", err)
	}
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

// TestFiltersUseIndexes looks at the plans: a listing reads what it yields,
// page after page, and sorts nothing.
func TestFiltersUseIndexes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store := openFile(t, file)
	db := openDB(t, file)
	for name, tt := range map[string]struct {
		q    storage.TicketQuery
		want string
	}{
		"all":      {storage.TicketQuery{}, "PRIMARY KEY"},
		"status":   {storage.TicketQuery{Status: storage.New}, "tm_tickets_status"},
		"task":     {storage.TicketQuery{Task: "t"}, "tm_tickets_task"},
		"project":  {storage.TicketQuery{Project: "p"}, "tm_tickets_project"},
		"assignee": {storage.TicketQuery{Assignee: "a"}, "tm_tickets_assignee"},
		"parent":   {storage.TicketQuery{Parent: "1"}, "tm_tickets_parent"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := planOf(t, store, db, tt.q)
			if !strings.Contains(plan, tt.want) || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("plan without %s, or with a sort:\n%s", tt.want, plan)
			}
		})
	}
}

// planOf returns how SQLite reads a page of tickets, one step a line.
func planOf(t *testing.T, store *sqlitestore.Store, db *sql.DB, q storage.TicketQuery) string {
	t.Helper()
	query, args, err := store.TicketSQL(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(step + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
