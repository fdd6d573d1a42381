package sqlitestore_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/dirblobs"
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

// Content may be kept in Blobs of the host.
func TestElsewhere(t *testing.T) {
	open := func(t *testing.T, dir string) (*sqlitestore.Store, func() error) {
		db := openDB(t, filepath.Join(dir, "tickets.db"))
		blobs, err := dirblobs.New(filepath.Join(dir, "content"), nil)
		if err != nil {
			t.Fatal(err)
		}
		store, err := sqlitestore.New(t.Context(), db, &sqlitestore.Options{Blobs: blobs})
		if err != nil {
			t.Fatal(err)
		}
		return store, func() error { return errors.Join(store.Close(), db.Close(), blobs.Close()) }
	}
	storetest.RunDurable(t, func(t *testing.T, dir string) (storage.Store, func() error) { return open(t, dir) }, nil)
	storetest.RunBlobs(t, func(t *testing.T) storage.Blobs {
		store, closeAll := open(t, t.TempDir())
		t.Cleanup(func() {
			if err := closeAll(); err != nil {
				t.Error(err)
			}
		})
		return store
	}, nil)
	t.Run("References", func(t *testing.T) {
		store, closeAll := open(t, t.TempDir())
		defer func() { _ = closeAll() }()
		raw := storage.Blob{SHA256: [32]byte{1}, Size: 1}
		err := store.Update(t.Context(), func(w storage.Writer) error {
			return w.Ledger().Put(t.Context(), &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: "1"}, Outcome: mailbox.Record, Raw: raw})
		})
		if !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("a reference to content that is nowhere: %v", err)
		}
	})
}

func TestPruner(t *testing.T) {
	storetest.RunPruner(t, func(t *testing.T) storage.Pruner { return openNew(t) }, nil)
}

func TestTenants(t *testing.T) {
	storetest.RunTenants(t, func(t *testing.T) storage.Tenants {
		tenants, err := sqlitestore.NewTenants(t.TempDir(), func(file string) (*sql.DB, error) {
			return sql.Open("sqlite", "file:"+file)
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := tenants.Close(); err != nil {
				t.Error(err)
			}
		})
		return tenants
	}, nil)
}
