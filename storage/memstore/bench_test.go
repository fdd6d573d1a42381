package memstore_test

import (
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
)

// BenchmarkUpdate changes one of 100,000 tickets in an Update.
func BenchmarkUpdate(b *testing.B) {
	ctx := b.Context()
	store := memstore.New(nil)
	var t storage.Ticket
	err := store.Update(ctx, func(w storage.Writer) error {
		for range 100_000 {
			t = storage.Ticket{Subject: "t", Status: storage.New}
			if err := w.Tickets().Put(ctx, &t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := store.Update(ctx, func(w storage.Writer) error { return w.Tickets().Put(ctx, &t) }); err != nil {
			b.Fatal(err)
		}
	}
}
