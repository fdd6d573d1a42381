package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

func TestNewRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options)
		want    string
	}{
		"one connection": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			db := openDB(t, file)
			db.SetMaxOpenConns(1)
			return db, nil
		}, "2 or more"},
		"in memory": {func(t *testing.T, _ string) (*sql.DB, *sqlitestore.Options) {
			return openDB(t, ":memory:"), nil
		}, "memstore"},
		"newer release": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			db := openDB(t, file)
			newer := migrationFiles(t)
			add(newer, "CREATE TABLE more (x)")
			if err := sqlitestore.Migrate(t.Context(), db, newer); err != nil {
				t.Fatal(err)
			}
			return db, nil
		}, "newer release"},
		"edited migration": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			db := openDB(t, file)
			edited := migrationFiles(t)
			edited["migrations/0001_tickets.sql"].Data = append(edited["migrations/0001_tickets.sql"].Data, "-- edited"...)
			if err := sqlitestore.Migrate(t.Context(), db, edited); err != nil {
				t.Fatal(err)
			}
			return db, nil
		}, "differs"},
		"read-only": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return openDB(t, "file:"+file+"?mode=ro"), nil
		}, "pragma journal_mode"},
		"not a database": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			if err := os.WriteFile(file, []byte(strings.Repeat("From nobody\n", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
			return openDB(t, file), nil
		}, "not a database"},
		"UTF-16": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			return openDB(t, file+"?_pragma=encoding('UTF-16le')"), nil
		}, "pragma encoding"},
		"another's blobs": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			openFile(t, file+"-other")
			return openDB(t, file), &sqlitestore.Options{BlobDir: file + "-other-blobs"}
		}, "another database"},
		"lost blobs": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			store := openFile(t, file)
			raw := stage(t, store, []byte("mail"))
			update(t, store, func(w storage.Writer) error { return putEntry(t.Context(), w, "1", raw) })
			return openDB(t, file), &sqlitestore.Options{BlobDir: t.TempDir()}
		}, "not the right one"},
		"blobs in a file": {func(t *testing.T, file string) (*sql.DB, *sqlitestore.Options) {
			if err := os.WriteFile(file+"-blobs", nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return openDB(t, file), nil
		}, "blob directory"},
	} {
		t.Run(name, func(t *testing.T) {
			db, opts := tt.prepare(t, filepath.Join(t.TempDir(), "tickets.db"))
			store, err := sqlitestore.New(t.Context(), db, opts)
			if err == nil {
				store.Close()
				t.Fatal("New succeeded")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: %v, want it to say %q", err, tt.want)
			}
			if n := db.Stats().InUse; n != 0 {
				t.Errorf("%d connections are still in use", n)
			}
		})
	}
}

// migrationFiles returns this release's migrations, to be changed.
func migrationFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	names, err := fs.Glob(sqlitestore.Migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	files := make(fstest.MapFS)
	for _, name := range names {
		text, err := fs.ReadFile(sqlitestore.Migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// add adds a migration behind the last one.
func add(files fstest.MapFS, sql string) {
	files[fmt.Sprintf("migrations/%04d_more.sql", len(files)+1)] = &fstest.MapFile{Data: []byte(sql)}
}

// migrationsBefore returns those before the one called so.
func migrationsBefore(t *testing.T, name string) fstest.MapFS {
	t.Helper()
	files := migrationFiles(t)
	names := slices.Sorted(maps.Keys(files))
	at := slices.IndexFunc(names, func(file string) bool { return strings.HasSuffix(file, "_"+name+".sql") })
	for _, file := range names[at:] {
		delete(files, file)
	}
	return files
}

// TestMigrateFromEarlierRelease: a database of each earlier release opens, and
// what is in it is there still.
func TestMigrateFromEarlierRelease(t *testing.T) {
	all := migrationFiles(t)
	names := slices.Sorted(maps.Keys(all))
	for n := 1; n < len(names); n++ {
		earlier := make(fstest.MapFS)
		for _, name := range names[:n] {
			earlier[name] = all[name]
		}
		db := openDB(t, filepath.Join(t.TempDir(), "tickets.db"))
		if err := sqlitestore.Migrate(t.Context(), db, earlier); err != nil {
			t.Fatal(err)
		}
		_, err := db.ExecContext(t.Context(), `INSERT INTO tm_tickets (id, parent, subject, status, task, project, creator, assignee, last_assignee,
			customer_contact, sender_name, sender_address, mailbox, version) VALUES ('7', '', 'old', 'new', 't', '', '', '', '', '', '', '', '', 3)`)
		if err != nil {
			t.Fatal(err)
		}
		store, err := sqlitestore.New(t.Context(), db, nil)
		if err != nil {
			t.Fatalf("from %s: %v", names[n-1], err)
		}
		err = store.View(t.Context(), func(r storage.Reader) error {
			k, err := r.Tickets().Get(t.Context(), "7")
			if err == nil && (k.Subject != "old" || k.Version != 3) {
				t.Errorf("from %s: ticket = %+v", names[n-1], k)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestMigrationFailsWhole(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "tickets.db"))
	broken := migrationFiles(t)
	add(broken, "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)")
	if err := sqlitestore.Migrate(t.Context(), db, broken); err == nil {
		t.Fatal("a broken migration was applied")
	}
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = 'half'`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d tables of the failed migration are left, error %v", n, err)
	}
	store, err := sqlitestore.New(t.Context(), db, nil) // as after a kill before the second one
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
}

// TestFirstOpenTogether opens a database that does not exist yet from many
// sides, each with a pool of its own, as processes have.
func TestFirstOpenTogether(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		db := openDB(t, file)
		wg.Go(func() {
			store, err := sqlitestore.New(t.Context(), db, nil)
			if err == nil {
				err = store.Update(t.Context(), func(w storage.Writer) error {
					return w.Tickets().Put(t.Context(), &storage.Ticket{Subject: fmt.Sprint(i)})
				})
				err = errors.Join(err, store.Close())
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	n := 0
	store := openFile(t, file)
	err := store.View(t.Context(), func(r storage.Reader) error {
		for _, err := range r.Tickets().List(t.Context(), storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil || n != len(errs) {
		t.Errorf("%d tickets, error %v, want %d", n, err, len(errs))
	}
}

func TestPragmas(t *testing.T) {
	// The host's settings do not count: NORMAL could lose a commit.
	db := openDB(t, filepath.Join(t.TempDir(), "tickets.db")+"?_pragma=synchronous(normal)&_pragma=mmap_size(1000000)")
	store, err := sqlitestore.New(t.Context(), db, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	check := func() {
		t.Helper()
		for name, want := range map[string]string{
			"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "mmap_size": "0", "busy_timeout": "10000",
		} {
			if got, err := store.WritePragma(t.Context(), name); err != nil || got != want {
				t.Errorf("pragma %s = %q, error %v, want %q", name, got, err, want)
			}
		}
		if !store.Durable() {
			t.Error("Durable = false")
		}
	}
	check()
	store.BreakWriteConn()
	put := func(w storage.Writer) error { return w.Settings().Put(t.Context(), "k", "a", []byte("v")) }
	if err := store.Update(t.Context(), put); err == nil {
		t.Fatal("Update on a dead connection succeeded")
	}
	update(t, store, put) // on a new connection
	check()
}

func TestClosed(t *testing.T) {
	store := openNew(t)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, createErr := store.Create(ctx)
	_, openErr := store.Open(ctx, storage.Blob{})
	for name, err := range map[string]error{
		"Update": store.Update(ctx, func(storage.Writer) error { return nil }),
		"View":   store.View(ctx, func(storage.Reader) error { return nil }),
		"Sync":   store.Sync(ctx),
		"Create": createErr,
		"Open":   openErr,
	} {
		if !errors.Is(err, storage.ErrClosed) {
			t.Errorf("%s after Close: %v, want storage.ErrClosed", name, err)
		}
	}
}

// TestWaitEnds shows that waiting for another process ends with the context.
func TestWaitEnds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store, other := openFile(t, file), openFile(t, file)
	update(t, other, func(storage.Writer) error {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- store.Update(ctx, func(storage.Writer) error { return nil }) }()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Update under another's lock: %v, want context.Canceled", err)
		}
		return nil
	})
	update(t, store, func(w storage.Writer) error { return w.Settings().Put(t.Context(), "k", "a", nil) })
}
