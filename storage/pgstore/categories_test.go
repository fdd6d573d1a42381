package pgstore_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// fillCategories makes n tickets, each in some categories: "half" and "tenth"
// of them all over, "early" in the first and "late" in the last 700, "rare" in
// five, and none at all.
func fillCategories(t *testing.T, store *pgstore.Store, n int) {
	t.Helper()
	update(t, store, func(w storage.Writer) error {
		for i := range n {
			ticket := storage.Ticket{Status: storage.New, Task: "t"}
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
