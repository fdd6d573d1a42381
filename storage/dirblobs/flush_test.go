//go:build unix

package dirblobs_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"example.com/ticketmail/storage"
)

// TestNoFlushTwice: a flush that failed counts also if the lock cannot be had.
func TestNoFlushTwice(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, nil)
	lost, kept := stage(t, b, "lost"), stage(t, b, "kept")
	if err := b.BreakFile(lost); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(dir, "lock")
	if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := b.Sync(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Sync = %v, want that the flush failed", err)
	}
	if has, err := b.Has(t.Context(), lost); has || err != nil {
		t.Errorf("Has of what was given up = %t, %v", has, err)
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	keep(t, b, "lost")
	for _, blob := range []storage.Blob{lost, kept} {
		if has, err := b.Has(t.Context(), blob); !has || err != nil {
			t.Errorf("Has = %t, %v, want both at last", has, err)
		}
	}
}
