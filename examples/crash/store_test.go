package crash_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/pgstore"
	"example.com/ticketmail/storage/sqlitestore"
)

// A product is what keeps the tickets.
type product string

const (
	sqlite     product = "SQLite"
	postgreSQL product = "PostgreSQL"
	memory     product = "memory" // for tests that kill nobody
)

var products = []product{sqlite, postgreSQL}

// A where is a store that several processes can open: a file, or a schema and
// the connection string of its database.
type where struct {
	Product product
	File    string
	Schema  string
	DSN     string
	Pages   int // of SQLite's database at most; 0: any number
}

// A vault is a store and its content.
type vault interface {
	storage.Store
	storage.Blobs
}

// open opens the store. Whoever is done with it calls done.
func (w where) open(ctx context.Context) (store vault, done func(), err error) {
	if w.Product == memory {
		return memstore.New(nil), func() {}, nil
	}
	if w.Product == postgreSQL {
		pool, err := pgxpool.New(ctx, w.DSN+" pool_max_conns=6")
		if err != nil {
			return nil, nil, err
		}
		s, err := pgstore.New(ctx, pool, &pgstore.Options{Schema: w.Schema})
		if err != nil {
			pool.Close()
			return nil, nil, err
		}
		return s, func() { _ = s.Close(); pool.Close() }, nil
	}
	name := "file:" + w.File + "?_pragma=busy_timeout(10000)"
	if w.Pages > 0 {
		name += fmt.Sprintf("&_pragma=max_page_count(%d)", w.Pages)
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, nil, err
	}
	s, err := sqlitestore.New(ctx, db, nil)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return s, func() { _, _ = s.Close(), db.Close() }, nil
}

// newWhere returns an empty store that ends with the test. dsn is that of a
// PostgreSQL other than the shared one.
func newWhere(t testing.TB, p product, dsn string) where {
	t.Helper()
	if p != postgreSQL {
		return where{Product: p, File: filepath.Join(t.TempDir(), "tickets.db")}
	}
	if dsn == "" {
		dsn = server.DSN(t)
	}
	w := where{Product: p, DSN: dsn, Schema: strings.ToLower("crash_" + strings.NewReplacer("/", "_", " ", "_", "#", "_", "-", "_").Replace(t.Name()))}
	if len(w.Schema) > 60 {
		w.Schema = w.Schema[:20] + w.Schema[len(w.Schema)-40:]
	}
	drop := func() {
		ctx := context.WithoutCancel(t.Context())
		conn, err := pgx.Connect(ctx, w.DSN)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, fmt.Sprintf("DROP SCHEMA IF EXISTS %q CASCADE", w.Schema)); err != nil {
			t.Fatal(err)
		}
	}
	drop()
	t.Cleanup(drop)
	return w
}
