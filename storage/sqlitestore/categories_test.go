package sqlitestore_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// TestCategoriesUseIndex looks at the plans: the index of categories leads to
// the tickets, which are looked up by number or by another index and number.
func TestCategoriesUseIndex(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store := openFile(t, file)
	db := openDB(t, file)
	const (
		lead   = "SEARCH tm_ticket_categories USING PRIMARY KEY (category=? AND ticket>? AND ticket<?)"
		lookUp = "SEARCH tm_tickets USING INTEGER PRIMARY KEY (rowid=?)"
		probe  = "SEARCH tm_ticket_categories USING PRIMARY KEY (category=? AND ticket=?)"
		own    = "USING COVERING INDEX tm_ticket_categories_ticket (ticket=?)"
	)
	two := []string{"a", "b"}
	for name, tt := range map[string]struct {
		q    storage.TicketQuery
		want []string
	}{
		"any of one":      {storage.TicketQuery{AnyCategory: two[:1]}, []string{lead, lookUp}},
		"any of several":  {storage.TicketQuery{AnyCategory: two}, []string{lead, lookUp}},
		"all of one":      {storage.TicketQuery{AllCategories: two[:1]}, []string{lead, lookUp}},
		"all of several":  {storage.TicketQuery{AllCategories: two}, []string{lead, lookUp, probe}},
		"any and all":     {storage.TicketQuery{AnyCategory: two, AllCategories: two}, []string{lead, lookUp, probe, own}},
		"with the status": {storage.TicketQuery{AnyCategory: two, Status: storage.New}, []string{lead, "tm_tickets_status (status=? AND rowid=?)"}},
		"with the task":   {storage.TicketQuery{AllCategories: two, Task: "t"}, []string{lead, "tm_tickets_task (task=? AND rowid=?)", probe}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := planOf(t, store, db, tt.q)
			for _, want := range tt.want {
				if !strings.Contains(plan, want) {
					t.Errorf("plan without %s:\n%s", want, plan)
				}
			}
			if strings.Contains(plan, "SCAN tm_") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("plan that reads a whole table, or sorts:\n%s", plan)
			}
		})
	}
}

// fillCategories makes n tickets, each in some categories: "half" and "tenth"
// of them all over, "early" in the first and "late" in the last 700, "rare" in
// five, and none at all.
func fillCategories(t *testing.T, store *sqlitestore.Store, n int) {
	t.Helper()
	for from := 0; from < n; from += 1000 {
		update(t, store, func(w storage.Writer) error {
			for i := from; i < min(from+1000, n); i++ {
				ticket := storage.Ticket{Subject: mailText, Status: storage.New, Task: "t"}
				for id, has := range map[string]bool{
					"half": i%2 == 0, "tenth": i%10 == 0, "early": i < 700, "late": i >= n-700, "rare": i%(n/5) == 11,
				} {
					if has {
						ticket.Categories = append(ticket.Categories, id)
					}
				}
				if err := w.Tickets().Put(t.Context(), &ticket); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// TestCategoryWindows compares listings of more tickets than are looked at
// together with what the catalog says of each ticket.
func TestCategoryWindows(t *testing.T) {
	store := openNew(t)
	fillCategories(t, store, 3000)
	r := rand.New(rand.NewPCG(1, 2))
	some := func() (ids []string) {
		for range r.IntN(4) {
			ids = append(ids, []string{"half", "tenth", "early", "late", "rare", "unknown"}[r.IntN(6)])
		}
		return ids
	}
	err := store.View(t.Context(), func(reader storage.Reader) error {
		all := collect(t, reader.Tickets().List(t.Context(), storage.TicketQuery{}))
		for range 100 {
			q := storage.TicketQuery{AnyCategory: some(), AllCategories: some(), Limit: r.IntN(3) * 400}
			start := r.IntN(len(all))
			q.After = all[start].ID
			rest := slices.Clone(all[start+1:])
			if q.Newest = r.IntN(2) == 0; q.Newest {
				rest = slices.Clone(all[:start])
				slices.Reverse(rest)
			}
			var want []storage.TicketID
			for _, k := range rest {
				if catalog.HasAny(k.Categories, q.AnyCategory) && catalog.HasAll(k.Categories, q.AllCategories) {
					want = append(want, k.ID)
				}
			}
			if q.Limit > 0 {
				want = want[:min(len(want), q.Limit)]
			}
			var got []storage.TicketID
			for _, k := range collect(t, reader.Tickets().List(t.Context(), q)) {
				got = append(got, k.ID)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%+v finds other tickets (-want +got):\n%s", q, cmp.Diff(want, got))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFewOfMany measures that a listing costs what it yields: few tickets in a
// category are found at once among many, and a page of many too.
func TestFewOfMany(t *testing.T) {
	n := 10_000
	if os.Getenv("TICKETMAIL_LONG") != "" {
		n = 100_000
	}
	store := openNew(t)
	fillCategories(t, store, n)
	many := []string{"rare"}
	for i := range 200 {
		many = append(many, fmt.Sprint("unknown", i))
	}
	whole := listingTime(t, store, storage.TicketQuery{}, n)
	for _, tt := range []struct {
		q    storage.TicketQuery
		want int
		part int // takes at most this part of the time that all tickets take
	}{
		{storage.TicketQuery{AnyCategory: []string{"rare"}}, 5, 20},
		{storage.TicketQuery{AnyCategory: many}, 5, 20},
		{storage.TicketQuery{AllCategories: []string{"half", "rare", "half"}}, 0, 20},
		{storage.TicketQuery{AllCategories: []string{"half", "late"}, AnyCategory: many[1:]}, 0, 5},
		{storage.TicketQuery{AnyCategory: []string{"half"}, AllCategories: []string{"late"}, Limit: 50}, 50, 5},
		{storage.TicketQuery{AnyCategory: []string{"half"}, Limit: 50}, 50, 5},
		{storage.TicketQuery{AnyCategory: []string{"half", "tenth"}}, n / 2, 0},
	} {
		took := listingTime(t, store, tt.q, tt.want)
		for tries := 0; tt.part > 0 && took > whole/time.Duration(tt.part) && tries < 20; tries++ { // other work on the machine does not last
			took = min(took, listingTime(t, store, tt.q, tt.want))
		}
		if tt.part > 0 && took > whole/time.Duration(tt.part) {
			t.Errorf("any of %d and all of %q takes %v, all %d tickets %v: want at most 1/%d", len(tt.q.AnyCategory), tt.q.AllCategories, took, n, whole, tt.part)
		}
	}
}

// listingTime returns the shortest of some times that a listing of n tickets takes.
func listingTime(t *testing.T, store *sqlitestore.Store, q storage.TicketQuery, n int) time.Duration {
	t.Helper()
	best := time.Hour
	for range 3 {
		began := time.Now()
		err := store.View(t.Context(), func(r storage.Reader) error {
			if got := len(collect(t, r.Tickets().List(t.Context(), q))); got != n {
				t.Errorf("%d tickets found, want %d", got, n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(began))
	}
	t.Logf("%10v for %6d tickets in any of %d and all of %q, limit %d", best, n, len(q.AnyCategory), q.AllCategories, q.Limit)
	return best
}
