package dirblobs_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/dirblobs"
	"example.com/ticketmail/storage/storetest"
)

func open(t *testing.T, dir string, opts *dirblobs.Options) *dirblobs.Blobs {
	t.Helper()
	b, err := dirblobs.New(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestBlobs(t *testing.T) {
	storetest.RunBlobs(t, func(t *testing.T) storage.Blobs { return open(t, t.TempDir(), nil) }, nil)
}

// stage writes content without a Sync.
func stage(t *testing.T, b storage.Blobs, content string) storage.Blob {
	t.Helper()
	s, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	if _, err := io.WriteString(s, content); err != nil {
		t.Fatal(err)
	}
	blob, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// keep writes content and makes it durable.
func keep(t *testing.T, b storage.Blobs, content string) storage.Blob {
	t.Helper()
	blob := stage(t, b, content)
	if err := b.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	return blob
}

func read(t *testing.T, b storage.Blobs, blob storage.Blob) (string, error) {
	t.Helper()
	r, err := b.Open(t.Context(), blob)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

// refer keeps a reference in the ledger of store.
func refer(t *testing.T, store storage.Store, uid string, blob storage.Blob) {
	t.Helper()
	if err := store.Update(t.Context(), func(w storage.Writer) error { return w.Ledger().Put(t.Context(), entry(uid, blob)) }); err != nil {
		t.Fatal(err)
	}
}

// A name stands for whole content: there is none before Sync, and what a dead
// process left without a name is never found.
func TestNamesOnlyWhatIsFlushed(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, nil)
	blob := stage(t, b, "a mail")
	path := filepath.Join(dir, hex.EncodeToString(blob.SHA256[:1]), hex.EncodeToString(blob.SHA256[:]))
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("content has its name before Sync: %v", err)
	}
	other := open(t, dir, nil) // as another process sees it
	if _, err := read(t, other, blob); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("another process finds content that is not flushed: %v", err)
	}
	if err := b.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	onDisk, err := os.ReadFile(path)
	if err != nil || string(onDisk) != "a mail" {
		t.Errorf("file holds %q, %v", onDisk, err)
	}
	if got, err := read(t, other, blob); got != "a mail" || err != nil {
		t.Errorf("another process reads %q, %v", got, err)
	}
}

// More than fit into the open files of a process.
func TestManyStaged(t *testing.T) {
	b := open(t, t.TempDir(), nil)
	var blobs []storage.Blob
	for i := range 700 {
		blobs = append(blobs, stage(t, b, strings.Repeat("x", i)))
	}
	for range 2 {
		for i, blob := range blobs {
			if got, err := read(t, b, blob); len(got) != i || err != nil {
				t.Fatalf("content %d has %d bytes, %v", i, len(got), err)
			}
		}
		if err := b.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamage(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, nil)
	store := records(b)
	whole, changed, short, gone := keep(t, b, "whole"), keep(t, b, "changed"), keep(t, b, "short"), keep(t, b, "gone")
	loose := keep(t, b, "loose")
	path := func(blob storage.Blob) string {
		return filepath.Join(dir, hex.EncodeToString(blob.SHA256[:1]), hex.EncodeToString(blob.SHA256[:]))
	}
	for i, blob := range []storage.Blob{whole, changed, short, gone} {
		refer(t, store, string(rune('1'+i)), blob)
	}
	for p, content := range map[string]string{path(changed): "chAnged", path(short): "sh", path(loose): "LOOSE"} {
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(path(gone)); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]bool) // uid: whether it is missing
	v, err := storage.Verify(t.Context(), store, b, func(d storage.Damage) error {
		uid := ""
		if d.Entry != nil {
			uid = d.Entry.UID
		}
		got[uid] = errors.Is(d.Err, storage.ErrNotFound)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The short file is missing by its size, and damaged by its name.
	if diff := cmp.Diff(map[string]bool{"2": false, "3": true, "4": true, "": false}, got); diff != "" {
		t.Errorf("damages (-want +got):\n%s", diff)
	}
	if v.References != 4 || v.Damaged != 5 {
		t.Errorf("verified %+v, want 4 references and 5 damages", v)
	}
	for _, content := range []string{"changed", "short"} { // what comes again with another size replaces it
		keep(t, b, content)
	}
	if got, err := read(t, b, short); got != "short" || err != nil {
		t.Errorf("content staged anew reads %q, %v", got, err)
	}
}

// Nothing outside of the directory is read or written, whatever stands in it.
func TestNoWayOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	sum := sha256.Sum256([]byte("secret"))
	blob := storage.Blob{SHA256: sum, Size: 6}
	name := hex.EncodeToString(sum[:])
	if err := os.WriteFile(filepath.Join(outside, name), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := open(t, dir, nil)
	if err := os.Symlink(filepath.Join(outside, name), filepath.Join(dir, name[:2], name)); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, b, blob); err == nil {
		t.Errorf("a link out of the directory was followed: %q", got)
	}
}

func TestClosed(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, nil)
	blob := keep(t, b, "kept")
	stage(t, b, "staged")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Create(t.Context()); !errors.Is(err, storage.ErrClosed) {
		t.Errorf("Create after Close: %v", err)
	}
	if _, err := b.Open(t.Context(), blob); !errors.Is(err, storage.ErrClosed) {
		t.Errorf("Open after Close: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "spool"))
	if err != nil || len(left) != 0 {
		t.Errorf("Close leaves %d staged files, %v", len(left), err)
	}
}

func later(d time.Duration) *dirblobs.Options {
	return &dirblobs.Options{Now: func() time.Time { return time.Now().Add(d) }}
}
