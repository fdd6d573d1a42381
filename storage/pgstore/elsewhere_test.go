package pgstore_test

import (
	"context"
	"errors"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// Content that is lost between the look at it and the commit is not referred to.
func TestLostElsewhere(t *testing.T) {
	blobs := &losing{}
	pool := sharedPool(t)
	store, err := pgstore.New(t.Context(), pool, &pgstore.Options{Schema: newSchema(t, pool), Blobs: blobs, IdleTimeout: rests})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	raw := storage.Blob{SHA256: [32]byte{1}, Size: 1}
	put := func(w storage.Writer) error {
		return w.Ledger().Put(t.Context(), &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: "1"}, Outcome: mailbox.Record, Raw: raw})
	}
	err = store.Update(t.Context(), func(w storage.Writer) error {
		if err := put(w); err != nil {
			t.Errorf("a reference to content that is there: %v", err)
		}
		blobs.lost = true // another caller's Sync gave it up
		return nil
	})
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("commit of a reference to lost content: %v, want storage.ErrNotFound", err)
	}
	blobs.lost = false
	if err = store.Update(t.Context(), put); err != nil {
		t.Error(err)
	}
}

// Blobs with everything, or nothing.
type losing struct {
	storage.Blobs
	lost bool
}

func (l *losing) Has(context.Context, storage.Blob) (bool, error) { return !l.lost, nil }
func (l *losing) Sync(context.Context) error                      { return nil }
