package sqlitestore_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"io"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// openDB opens a database file for the length of the test.
func openDB(t testing.TB, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// openFile opens a store on a file for the length of the test.
func openFile(t testing.TB, file string) *sqlitestore.Store {
	t.Helper()
	store, err := sqlitestore.New(t.Context(), openDB(t, file), nil)
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

func openNew(t testing.TB) *sqlitestore.Store {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "tickets.db"))
}

// stage stages content.
func stage(t testing.TB, blobs storage.Blobs, content []byte) storage.Blob {
	t.Helper()
	spool, err := blobs.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spool.Write(content); err != nil {
		t.Fatal(err)
	}
	blob, err := spool.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if want := (storage.Blob{SHA256: sha256.Sum256(content), Size: int64(len(content))}); blob != want {
		t.Fatalf("Finish = %x of %d bytes, want %x of %d", blob.SHA256, blob.Size, want.SHA256, want.Size)
	}
	return blob
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

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123456000, time.UTC)
