package sqlitestore_test

import (
	"errors"
	"path/filepath"
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
	"example.com/ticketmail/storage/storetest"
)

func TestStore(t *testing.T) {
	var clock storetest.Clock
	storetest.Run(t, func(t *testing.T) storage.Store {
		db := openDB(t, filepath.Join(t.TempDir(), "tickets.db"))
		store, err := sqlitestore.New(t.Context(), db, &sqlitestore.Options{Now: clock.Now, Search: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		return store
	}, &storetest.Options{Advance: clock.Advance})
}

func TestDurable(t *testing.T) {
	storetest.RunDurable(t, func(t *testing.T, dir string) (storage.Store, func() error) {
		db := openDB(t, filepath.Join(dir, "tickets.db"))
		store, err := sqlitestore.New(t.Context(), db, nil)
		if err != nil {
			t.Fatal(err)
		}
		return store, func() error { return errors.Join(store.Close(), db.Close()) }
	}, nil)
}

func TestBlobs(t *testing.T) {
	storetest.RunBlobs(t, func(t *testing.T) storage.Blobs { return openNew(t) }, nil)
}
