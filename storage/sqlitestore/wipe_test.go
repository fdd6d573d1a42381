package sqlitestore_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// release takes the reference to content out of an entry.
func release(t *testing.T, store *sqlitestore.Store, uid string, blob storage.Blob) {
	t.Helper()
	ctx := t.Context()
	err := store.Prune(ctx, func(w storage.PruneWriter) error {
		entries, err := w.Ledger().Lookup(ctx, []mailbox.Key{{Mailbox: "m", UID: uid}})
		if err != nil || len(entries) != 1 {
			return errors.Join(err, errors.New("the entry is not found"))
		}
		entries[0].Raw = storage.Blob{}
		return errors.Join(w.Ledger().Put(ctx, &entries[0]), w.Release(ctx, blob))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// takeAway takes the only reference to content out of an entry, and discards it.
func takeAway(t *testing.T, store *sqlitestore.Store, uid string, blob storage.Blob) {
	t.Helper()
	release(t, store, uid, blob)
	if n, err := store.Discard(t.Context()); n != 1 || err != nil {
		t.Fatalf("Discard = %d, %v, want 1", n, err)
	}
}

// TestWipeSparesNeighbours: small content may stand behind big content, in the
// file that the big one began, and stays when the big one goes.
func TestWipeSparesNeighbours(t *testing.T) {
	big, small := bytes.Repeat([]byte("b"), 2<<20), []byte("small")
	for name, ended := range map[string]bool{"while written to": false, "when the writer has ended": true} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tickets.db")
			store, err := sqlitestore.New(t.Context(), openDB(t, file), nil)
			if err != nil {
				t.Fatal(err)
			}
			blob := stage(t, store, big)
			keep(t, store, "big", blob)
			keep(t, store, "small", stage(t, store, small))
			if n := len(blobFiles(t, store)); n != 1 {
				t.Fatalf("%d files, want 1: the test needs both in one", n)
			}
			if ended {
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
				store = openFile(t, file)
			} else {
				defer store.Close()
			}
			takeAway(t, store, "big", blob)
			if _, err := store.Open(t.Context(), blob); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("discarded content: %v, want storage.ErrNotFound", err)
			}
			readBack(t, store, small)
			other := openFile(t, file) // sweeps
			readBack(t, other, small)
			keep(t, other, "after", stage(t, other, []byte("after")))
			readBack(t, store, []byte("after"))
			readBack(t, other, small)
		})
	}
}

// TestWipeRemovesOwnFile: big content that is alone in its file takes it along.
func TestWipeRemovesOwnFile(t *testing.T) {
	store := openNew(t)
	blob := stage(t, store, bytes.Repeat([]byte("b"), 2<<20))
	keep(t, store, "big", blob)
	takeAway(t, store, "big", blob)
	if paths := blobFiles(t, store); len(paths) != 0 {
		t.Errorf("%d files are left, want none", len(paths))
	}
	keep(t, store, "small", stage(t, store, []byte("small")))
	readBack(t, store, []byte("small"))
}
