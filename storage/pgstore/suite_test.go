package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/dirblobs"
	"example.com/ticketmail/storage/pgstore"
	"example.com/ticketmail/storage/storetest"
)

// The clock of leases is the database's, so that the checks of expiry wait.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storage.Store {
		pool := sharedPool(t)
		return openWith(t, pool, &pgstore.Options{Schema: newSchema(t, pool), Search: true})
	}, nil)
}

func TestBlobs(t *testing.T) {
	storetest.RunBlobs(t, func(t *testing.T) storage.Blobs { return openNew(t) }, nil)
}

func TestDurable(t *testing.T) {
	schemaOf := make(map[string]string)
	storetest.RunDurable(t, func(t *testing.T, dir string) (storage.Store, func() error) {
		pool, err := pgxpool.New(t.Context(), server.DSN(t))
		if err != nil {
			t.Fatal(err)
		}
		if schemaOf[dir] == "" {
			schemaOf[dir] = newSchema(t, sharedPool(t))
		}
		store, err := pgstore.New(t.Context(), pool, &pgstore.Options{Schema: schemaOf[dir], IdleTimeout: rests})
		if err != nil {
			t.Fatal(err)
		}
		return store, func() error {
			err := store.Close()
			pool.Close()
			return errors.Join(err)
		}
	}, nil)
}

// Content may be kept in Blobs of the host.
func TestElsewhere(t *testing.T) {
	schemaOf := make(map[string]string)
	open := func(t *testing.T, dir string) (*pgstore.Store, func() error) {
		blobs, err := dirblobs.New(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		if schemaOf[dir] == "" {
			schemaOf[dir] = newSchema(t, sharedPool(t))
		}
		store, err := pgstore.New(t.Context(), sharedPool(t), &pgstore.Options{Schema: schemaOf[dir], Blobs: blobs, IdleTimeout: rests})
		if err != nil {
			t.Fatal(err)
		}
		return store, func() error { return errors.Join(store.Close(), blobs.Close()) }
	}
	storetest.RunDurable(t, func(t *testing.T, dir string) (storage.Store, func() error) { return open(t, dir) }, nil)
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
		pool := sharedPool(t)
		prefix := newSchema(t, pool)
		tenants, err := pgstore.NewTenants(pool, &pgstore.Options{Schema: prefix + "_", IdleTimeout: rests})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			for id, err := range tenants.All(context.WithoutCancel(t.Context())) {
				if err != nil {
					t.Error(err)
				}
				if _, err := pool.Exec(context.WithoutCancel(t.Context()), fmt.Sprintf(`DROP SCHEMA "%s_%s" CASCADE`, prefix, id)); err != nil {
					t.Error(err)
				}
			}
			if err := tenants.Close(); err != nil {
				t.Error(err)
			}
		})
		return tenants
	}, nil)
}
