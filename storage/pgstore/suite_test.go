package pgstore_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/storage"
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
		store, err := pgstore.New(t.Context(), pool, &pgstore.Options{Schema: schemaOf[dir]})
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
