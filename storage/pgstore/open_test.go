package pgstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

func TestNewRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(t *testing.T, schema string) (*pgxpool.Pool, *pgstore.Options)
		want    string
	}{
		"one connection": {func(t *testing.T, _ string) (*pgxpool.Pool, *pgstore.Options) {
			return openPool(t, server.DSN(t)+" pool_max_conns=1"), nil
		}, "2 or more"},
		"newer release": {func(t *testing.T, schema string) (*pgxpool.Pool, *pgstore.Options) {
			newer := readMigrations()
			newer[fmt.Sprintf("migrations/%04d_more.sql", len(newer)+1)] = &fstest.MapFile{Data: []byte("CREATE TABLE more (x integer)")}
			return migrated(t, schema, newer), nil
		}, "newer release"},
		"edited migration": {func(t *testing.T, schema string) (*pgxpool.Pool, *pgstore.Options) {
			edited := readMigrations()
			first := edited["migrations/0001_tickets.sql"]
			first.Data = append(first.Data, "-- edited"...)
			return migrated(t, schema, edited), nil
		}, "differs"},
		"read-only": {func(t *testing.T, _ string) (*pgxpool.Pool, *pgstore.Options) {
			return openPool(t, server.DSN(t)+" options='-c default_transaction_read_only=on'"), nil
		}, "read-only"},
		"other client encoding": {func(t *testing.T, _ string) (*pgxpool.Pool, *pgstore.Options) {
			return openPool(t, server.DSN(t)+" client_encoding=LATIN1"), nil
		}, "client_encoding"},
		"other quotes": {func(t *testing.T, _ string) (*pgxpool.Pool, *pgstore.Options) {
			return openPool(t, server.DSN(t)+" options='-c standard_conforming_strings=off'"), nil
		}, "standard_conforming_strings"},
		"long name": {func(t *testing.T, _ string) (*pgxpool.Pool, *pgstore.Options) {
			return sharedPool(t), &pgstore.Options{Schema: strings.Repeat("s", 64)}
		}, "longer than 63"},
		"no time": {func(t *testing.T, _ string) (*pgxpool.Pool, *pgstore.Options) {
			return sharedPool(t), &pgstore.Options{IdleTimeout: time.Microsecond}
		}, "IdleTimeout"},
		"nobody there": {func(t *testing.T, _ string) (*pgxpool.Pool, *pgstore.Options) {
			return openPool(t, "host="+t.TempDir()+" user=x"), nil
		}, "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			schema := newSchema(t, sharedPool(t))
			pool, opts := tt.prepare(t, schema)
			if opts == nil {
				opts = &pgstore.Options{}
			}
			if opts.Schema == "" {
				opts.Schema = schema
			}
			store, err := pgstore.New(t.Context(), pool, opts)
			if err == nil {
				store.Close()
				t.Fatal("New succeeded")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: %v, want it to say %q", err, tt.want)
			}
			if n := pool.Stat().AcquiredConns(); n != 0 {
				t.Errorf("%d connections are still in use", n)
			}
		})
	}
}

// migrated returns a pool after a schema was brought to some migrations.
func migrated(t *testing.T, schema string, files fs.FS) *pgxpool.Pool {
	t.Helper()
	pool := sharedPool(t)
	if err := pgstore.Migrate(t.Context(), pool, schema, files); err != nil {
		t.Fatal(err)
	}
	return pool
}

// readMigrations returns this release's migrations, to be changed.
func readMigrations() fstest.MapFS {
	names, err := fs.Glob(pgstore.Migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is sound
	}
	files := make(fstest.MapFS)
	for _, name := range names {
		text, err := fs.ReadFile(pgstore.Migrations, name)
		if err != nil {
			panic(err) // it is embedded
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// migrationsBefore returns those before the one called so.
func migrationsBefore(name string) fstest.MapFS {
	files := readMigrations()
	names := slices.Sorted(maps.Keys(files))
	at := slices.IndexFunc(names, func(file string) bool { return strings.HasSuffix(file, "_"+name+".sql") })
	for _, file := range names[at:] {
		delete(files, file)
	}
	return files
}

// awaitMigration waits until a schema has recorded some migrations.
func awaitMigration(t *testing.T, row func(ctx context.Context, query string, args ...any) pgx.Row, schema string, n int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		var has int
		err := row(t.Context(), "SELECT count(*) FROM "+schema+".tm_migrations").Scan(&has)
		if err == nil && has >= n || n == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// TestRefusesOtherEncoding: a database in SQL_ASCII does not know what text is.
func TestRefusesOtherEncoding(t *testing.T) {
	private := postgres.Start(t)
	execute(t, openPool(t, private.DSN), "CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
	pool := openPool(t, strings.Replace(private.DSN, "dbname=postgres", "dbname=ascii", 1))
	if _, err := pgstore.New(t.Context(), pool, nil); err == nil || !strings.Contains(err.Error(), "UTF8") {
		t.Errorf("New: %v, want it to ask for UTF8", err)
	}
}

// TestWithoutFsync: the store works, says that it is not durable, and sees it
// when that changes.
func TestWithoutFsync(t *testing.T) {
	private := postgres.Start(t, "fsync=off", "full_page_writes=off")
	var log bytes.Buffer
	pool := openPool(t, private.DSN)
	store, err := pgstore.New(t.Context(), pool, &pgstore.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if store.Durable() {
		t.Error("Durable with fsync off")
	}
	for _, want := range []string{"level=WARN msg=\"the server's fsync is off", "level=WARN msg=\"full_page_writes is off"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
	private.Stop()
	private.Set("fsync=on")
	if err := private.Start(); err != nil {
		t.Fatal(err)
	}
	update(t, store, func(w storage.Writer) error { return w.Settings().Put(t.Context(), "k", "a", nil) })
	if !store.Durable() {
		t.Error("not Durable although fsync is on now")
	}
}

// TestSynchronousCommit: the host's setting does not count if it could lose a
// commit, and does if it waits for more.
func TestSynchronousCommit(t *testing.T) {
	schema := newSchema(t, sharedPool(t))
	for set, want := range map[string]string{"off": "on", "on": "on", "local": "local", "remote_apply": "remote_apply"} {
		pool := openPool(t, server.DSN(t)+" options='-c synchronous_commit="+set+"'")
		store := openSchema(t, pool, schema)
		stage(t, store, []byte(set))
		if err := store.Sync(t.Context()); err != nil {
			t.Errorf("Sync with %s: %v", set, err)
		}
		update(t, store, func(w storage.Writer) error {
			got, err := pgstore.ServerSetting(t.Context(), w, "synchronous_commit")
			if got != want {
				t.Errorf("synchronous_commit is %s in an Update where the host has %s, want %s", got, set, want)
			}
			return err
		})
		if !store.Durable() {
			t.Errorf("not durable with synchronous_commit %s", set)
		}
	}
}

// TestManyNodesStart: of several nodes that open a new schema at once each
// finds it whole.
func TestManyNodesStart(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		node := openPool(t, server.DSN(t)+" pool_max_conns=2")
		wg.Go(func() {
			store, err := pgstore.New(t.Context(), node, &pgstore.Options{Schema: schema, IdleTimeout: rests})
			if err == nil {
				err = errors.Join(store.Update(t.Context(), func(w storage.Writer) error {
					return w.Tickets().Put(t.Context(), &storage.Ticket{Subject: fmt.Sprint(i)})
				}), store.Close())
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if n := scalar[int](t, pool, "SELECT count(*) FROM "+schema+".tm_tickets"); n != len(errs) {
		t.Errorf("%d tickets, want %d", n, len(errs))
	}
}

// TestExistingSchema: a user who may not make schemas uses one that is there,
// beside the host's own tables.
func TestExistingSchema(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	execute(t, pool, "CREATE SCHEMA "+schema)
	execute(t, pool, "CREATE TABLE "+schema+".tickets (hosts_own text)")
	store := openSchema(t, pool, schema)
	update(t, store, func(w storage.Writer) error { return w.Tickets().Put(t.Context(), &storage.Ticket{Subject: "s"}) })
}

func TestClosed(t *testing.T) {
	store := openNew(t)
	if err := errors.Join(store.Close(), store.Close()); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, createErr := store.Create(ctx)
	_, openErr := store.Open(ctx, storage.Blob{})
	for name, err := range map[string]error{
		"Update": store.Update(ctx, func(storage.Writer) error { return nil }),
		"View":   store.View(ctx, func(storage.Reader) error { return nil }),
		"Sync":   store.Sync(ctx),
		"Sweep":  store.Sweep(ctx),
		"Create": createErr,
		"Open":   openErr,
	} {
		if !errors.Is(err, storage.ErrClosed) {
			t.Errorf("%s after Close: %v, want storage.ErrClosed", name, err)
		}
	}
}
