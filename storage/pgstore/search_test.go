package pgstore_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// found returns the subjects of the tickets that hold some words, or "no
// search" where the store has no index.
func found(t *testing.T, store storage.Store, text string) (subjects string) {
	t.Helper()
	err := store.View(t.Context(), func(r storage.Reader) error {
		s, ok := r.Tickets().(storage.Searcher)
		if !ok {
			subjects = "no search"
			return nil
		}
		var all []string
		for _, k := range collect(t, s.Search(t.Context(), text, false, storage.TicketQuery{})) {
			all = append(all, k.Subject)
		}
		subjects = strings.Join(all, ",")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return subjects
}

func putTicket(t *testing.T, store storage.Store, subject string) {
	t.Helper()
	update(t, store, func(w storage.Writer) error {
		return w.Tickets().Put(t.Context(), &storage.Ticket{Subject: subject, Status: storage.New})
	})
}

// TestSearchIsOptional: without the option there is no search; who sets it has
// what exists indexed; and then the index is kept by all, also by those that
// were opened before and by those that do not ask for it.
func TestSearchIsOptional(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	before := openSchema(t, pool, schema)
	for n := range 150 {
		putTicket(t, before, fmt.Sprintf("old%d printer", n))
	}
	if got := found(t, before, "printer"); got != "no search" {
		t.Errorf("without the option is found %q", got)
	}
	store := openWith(t, pool, &pgstore.Options{Schema: schema, Search: true})
	if got := found(t, store, "old149 PRINTER"); got != "old149 printer" {
		t.Errorf("of what was there is found %q", got)
	}
	if n := strings.Count(found(t, store, "printer"), ","); n != 149 {
		t.Errorf("%d tickets are found, want 150", n+1)
	}
	putTicket(t, before, "new one")
	if got := found(t, store, "new one"); got != "new one" {
		t.Errorf("of what was put by a store opened before is found %q", got)
	}
	after := openSchema(t, pool, schema)
	putTicket(t, after, "newer one")
	if got := found(t, after, "one"); got != "new one,newer one" {
		t.Errorf("without the option, on a database with an index, is found %q", got)
	}
}
