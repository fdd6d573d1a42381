package sqlitestore_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"example.com/ticketmail/storage"
)

// TestStagedAfterDiscard: what a host's transaction made lasting is still
// staged here, by all we know, when it is discarded. Nothing refers to its
// former place after that.
func TestStagedAfterDiscard(t *testing.T) {
	for name, content := range map[string][]byte{"small": []byte("mail"), "big": bytes.Repeat([]byte("b"), 2<<20)} {
		for by, other := range map[string]bool{"this process": false, "another": true} {
			t.Run(name+", discarded by "+by, func(t *testing.T) {
				ctx := t.Context()
				file := filepath.Join(t.TempDir(), "tickets.db")
				db := openDB(t, file+"?_txlock=immediate")
				store := openFile(t, file)
				blob := stage(t, store, content)
				tx, err := db.BeginTx(ctx, nil)
				if err != nil {
					t.Fatal(err)
				}
				update(t, store.Within(tx), func(w storage.Writer) error { return putEntry(ctx, w, "1", blob) })
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
				discarder := store
				if other {
					discarder = openFile(t, file)
				}
				takeAway(t, discarder, "1", blob)

				err = store.Update(ctx, func(w storage.Writer) error { return putEntry(ctx, w, "2", blob) })
				if !errors.Is(err, storage.ErrNotFound) {
					t.Errorf("reference to discarded content: %v, want storage.ErrNotFound", err)
				}
				if _, err := store.Open(ctx, blob); !errors.Is(err, storage.ErrNotFound) {
					t.Errorf("Open of discarded content: %v, want storage.ErrNotFound", err)
				}
				keep(t, store, "3", stage(t, store, content))
				readBack(t, store, content)
				readBack(t, openFile(t, file), content)
			})
		}
	}
}

// TestStagedAnewAfterRelease: content that is staged anew after its release
// stays, also where this process had it staged all the time.
func TestStagedAnewAfterRelease(t *testing.T) {
	ctx := t.Context()
	file := filepath.Join(t.TempDir(), "tickets.db")
	db := openDB(t, file+"?_txlock=immediate")
	store, content := openFile(t, file), []byte("mail")
	blob := stage(t, store, content)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	update(t, store.Within(tx), func(w storage.Writer) error { return putEntry(ctx, w, "1", blob) })
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	release(t, store, "1", blob)
	stage(t, store, content)
	if err := store.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := openFile(t, file).Discard(ctx); n != 1 || err != nil {
		t.Fatalf("Discard = %d, %v, want 1", n, err)
	}
	keep(t, store, "2", blob)
	readBack(t, store, content)
	readBack(t, openFile(t, file), content)
}
