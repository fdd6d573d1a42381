package dirblobs_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/dirblobs"
)

// TestLostContentIsTold: content that another caller's Sync gave up fails ours
// too, until it is staged anew or a minute has passed.
func TestLostContentIsTold(t *testing.T) {
	now := time.Now()
	b := open(t, t.TempDir(), &dirblobs.Options{Now: func() time.Time { return now }})
	blob := stage(t, b, "lost")
	if err := b.BreakFile(blob); err != nil {
		t.Fatal(err)
	}
	kept := stage(t, b, "kept")
	for range 2 { // another caller's, ours
		if err := b.Sync(t.Context()); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Sync = %v, want that the flush failed", err)
		}
	}
	if _, err := b.Open(t.Context(), blob); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("Open of what was given up: %v, want storage.ErrNotFound", err)
	}
	if got, err := read(t, b, kept); got != "kept" || err != nil {
		t.Errorf("the other content reads %q, %v", got, err)
	}
	keep(t, b, "lost")
	if got, err := read(t, b, blob); got != "lost" || err != nil {
		t.Errorf("content staged anew reads %q, %v", got, err)
	}

	if err := b.BreakFile(stage(t, b, "never staged anew")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	for after, want := range []error{os.ErrClosed, os.ErrClosed, nil} {
		if err := b.Sync(t.Context()); !errors.Is(err, want) {
			t.Errorf("Sync %d = %v, want %v", after, err, want)
		}
		now = now.Add(30 * time.Second)
	}
}

// TestLostUnderAnotherName: another process stored what we gave up.
func TestLostUnderAnotherName(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, nil)
	if err := b.BreakFile(stage(t, b, "lost")); err != nil {
		t.Fatal(err)
	}
	if err := b.Sync(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Fatalf("Sync = %v, want that the flush failed", err)
	}
	keep(t, open(t, dir, nil), "lost")
	keep(t, b, "lost")
}
