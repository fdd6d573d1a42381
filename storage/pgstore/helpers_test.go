package pgstore_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// server is where the tests of this package work, each in schemas of its own.
var server postgres.Shared

func TestMain(m *testing.M) {
	if isChild(os.Getenv) {
		if err := child(os.Getenv); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	server.Close()
	os.Exit(code)
}

// patience is more than anything here takes that does not hang, on a machine
// that is slow and has other work.
const patience = 3 * time.Minute

// openPool opens a pool for the length of the test.
func openPool(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// sharedPool opens a pool of ten connections to the shared server.
func sharedPool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return openPool(t, server.DSN(t)+" pool_max_conns=10")
}

var schemas atomic.Int64

// newSchema names a schema that is dropped with the test, where the server is
// not ours.
func newSchema(t testing.TB, pool *pgxpool.Pool) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	if os.Getenv("TICKETMAIL_TEST_POSTGRES") == "" {
		return name
	}
	t.Cleanup(func() {
		if _, err := pool.Exec(context.WithoutCancel(t.Context()), "DROP SCHEMA IF EXISTS "+name+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	return name
}

// rests is how long an Update of a test may rest: one that gets no processor time
// in the middle of it is not hung.
const rests = time.Hour

// openSchema opens a store for the length of the test.
func openSchema(t testing.TB, pool *pgxpool.Pool, schema string) *pgstore.Store {
	t.Helper()
	return openWith(t, pool, &pgstore.Options{Schema: schema})
}

// openWith opens one with these options, and Updates that may rest.
func openWith(t testing.TB, pool *pgxpool.Pool, opts *pgstore.Options) *pgstore.Store {
	t.Helper()
	o := pgstore.Options{}
	if opts != nil {
		o = *opts
	}
	o.IdleTimeout = cmp.Or(o.IdleTimeout, rests)
	store, err := pgstore.New(t.Context(), pool, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return store
}

// openNew opens an empty store.
func openNew(t testing.TB) *pgstore.Store {
	t.Helper()
	pool := sharedPool(t)
	return openSchema(t, pool, newSchema(t, pool))
}

// stage stages content.
func stage(t testing.TB, blobs storage.Blobs, content []byte) storage.Blob {
	t.Helper()
	blob, err := tryStage(t.Context(), blobs, content)
	if err != nil {
		t.Fatal(err)
	}
	if want := (storage.Blob{SHA256: sha256.Sum256(content), Size: int64(len(content))}); blob != want {
		t.Fatalf("Finish = %x of %d bytes, want %x of %d", blob.SHA256, blob.Size, want.SHA256, want.Size)
	}
	return blob
}

func tryStage(ctx context.Context, blobs storage.Blobs, content []byte) (storage.Blob, error) {
	spool, err := blobs.Create(ctx)
	if err != nil {
		return storage.Blob{}, err
	}
	defer spool.Discard()
	if _, err := spool.Write(content); err != nil {
		return storage.Blob{}, err
	}
	blob, err := spool.Finish()
	if err != nil {
		return storage.Blob{}, err
	}
	return blob, blobs.Sync(ctx) // small content is not on the server before
}

// readBack reports what is wrong with stored content.
func readBack(t testing.TB, blobs storage.Blobs, content []byte) {
	t.Helper()
	r, err := blobs.Open(t.Context(), storage.Blob{SHA256: sha256.Sum256(content), Size: int64(len(content))})
	if err != nil {
		t.Error(err)
		return
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
		t.Errorf("read back %d bytes, error %v, want the %d stored", len(got), err, len(content))
	}
}

// update runs an Update that must succeed.
func update(t testing.TB, store storage.Store, fn func(storage.Writer) error) {
	t.Helper()
	if err := store.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// collect reads a listing to its end.
func collect[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Error(err)
			break
		}
		all = append(all, v)
	}
	return all
}

// scalar returns the only value of a query.
func scalar[T any](t testing.TB, pool *pgxpool.Pool, query string, args ...any) (v T) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// execute runs a statement of the test's own.
func execute(t testing.TB, on interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}, query string, args ...any,
) {
	t.Helper()
	rows, err := on.Query(t.Context(), query, args...)
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	if err != nil {
		t.Fatalf("%s: %v", strings.TrimSpace(query), err)
	}
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123456000, time.UTC)
