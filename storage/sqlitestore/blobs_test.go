package sqlitestore_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

func blobFiles(t *testing.T, store *sqlitestore.Store) []string {
	t.Helper()
	paths, err := store.BlobPaths()
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// keep commits a reference to content.
func keep(t *testing.T, store *sqlitestore.Store, uid string, blob storage.Blob) {
	t.Helper()
	update(t, store, func(w storage.Writer) error { return putEntry(t.Context(), w, uid, blob) })
}

func TestBlobSizes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store := openFile(t, file)
	var contents [][]byte
	for _, size := range []int{0, 1, 100, 1<<20 - 49, 1<<20 - 48, 1<<20 - 47, 1 << 20, 3<<20 + 7} {
		content := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		contents = append(contents, content)
		readBackAfter := stage(t, store, content)
		readBack(t, store, content) // staged
		keep(t, store, fmt.Sprint(size), readBackAfter)
	}
	other := openFile(t, file)
	for _, content := range contents {
		readBack(t, other, content)
	}
	for _, path := range append(blobFiles(t, store), filepath.Join(filepath.Dir(blobFiles(t, store)[0]), "database-id")) {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, error %v, want 0600", path, info.Mode(), err)
		}
	}
}

// TestSameContentOnce stages content again while it is staged, and when it is
// lasting, small and big.
func TestSameContentOnce(t *testing.T) {
	for name, size := range map[string]int{"small": 5000, "big": 2 << 20} {
		t.Run(name, func(t *testing.T) {
			store := openNew(t)
			content := bytes.Repeat([]byte("x"), size)
			blob := stage(t, store, content)
			total := func() (n int64) {
				for _, path := range blobFiles(t, store) {
					info, err := os.Stat(path)
					if err != nil {
						t.Fatal(err)
					}
					n += info.Size()
				}
				return n
			}
			want := total()
			stage(t, store, content)
			keep(t, store, "1", blob)
			keep(t, store, "2", stage(t, store, content))
			if got := total(); got != want {
				t.Errorf("%d bytes are stored, want %d", got, want)
			}
			readBack(t, store, content)
		})
	}
}

func TestUnknownContent(t *testing.T) {
	store := openNew(t)
	staged := stage(t, store, []byte("staged"))
	for name, blob := range map[string]storage.Blob{
		"never staged": {SHA256: [32]byte{1}, Size: 3},
		"other size":   {SHA256: staged.SHA256, Size: staged.Size + 1},
	} {
		t.Run(name, func(t *testing.T) {
			err := store.Update(t.Context(), func(w storage.Writer) error { return putEntry(t.Context(), w, "1", blob) })
			if !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("Update = %v, want storage.ErrNotFound", err)
			}
			if _, err := store.Open(t.Context(), blob); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("Open = %v, want storage.ErrNotFound", err)
			}
		})
	}
}

// TestDamage changes one byte at a time of what is on disk.
func TestDamage(t *testing.T) {
	store := openNew(t)
	content := bytes.Repeat([]byte("mail "), 1000)
	blob := stage(t, store, content)
	keep(t, store, "1", blob)
	path := blobFiles(t, store)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"magic":          append([]byte("X"), whole[1:]...),
		"length":         append(append(bytes.Clone(whole[:8]), 0xff), whole[9:]...),
		"hash":           append(append(bytes.Clone(whole[:20]), whole[20]^1), whole[21:]...),
		"content":        append(append(bytes.Clone(whole[:3000]), whole[3000]^1), whole[3001:]...),
		"last byte":      append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1),
		"cut in content": whole[:len(whole)-1],
		"cut in header":  whole[:20],
		"empty":          nil,
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := store.Open(t.Context(), blob)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
				r.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("reading: %v, want an error that says damaged", err)
			}
		})
	}
}

// TestSweep: what is staged lives as long as its process, and what is
// referred to for ever.
func TestSweep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	big := bytes.Repeat([]byte("b"), 2<<20)
	other := openFile(t, file) // as another process
	first, err := sqlitestore.New(t.Context(), openDB(t, file), nil)
	if err != nil {
		t.Fatal(err)
	}
	stage(t, first, []byte("small"))
	stage(t, first, big)
	sweepTo := func(want int) {
		t.Helper()
		if err := other.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(blobFiles(t, other)); n != want {
			t.Errorf("%d blob files after Sweep, want %d", n, want)
		}
	}
	sweepTo(2)
	keep(t, first, "1", stage(t, first, big))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	sweepTo(1)
	readBack(t, other, big)
	spool, err := other.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spool.Write(append(big, 'x')); err != nil {
		t.Fatal(err)
	}
	spool.Discard()
	sweepTo(1)
}

// TestReuse: a store takes over the segment of one that ended, cuts what
// nothing refers to, and leaves that of a living one alone.
func TestReuse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	open := func() *sqlitestore.Store {
		store, err := sqlitestore.New(t.Context(), openDB(t, file), nil)
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	first := open()
	keep(t, first, "1", stage(t, first, []byte("one")))
	stage(t, first, bytes.Repeat([]byte("tail"), 1000))
	second := open()
	keep(t, second, "2", stage(t, second, []byte("two")))
	if n := len(blobFiles(t, second)); n != 2 {
		t.Errorf("%d files of two living stores, want 2", n)
	}
	first.Close()
	second.Close()
	third := openFile(t, file)
	keep(t, third, "3", stage(t, third, []byte("three")))
	var size int64
	for _, path := range blobFiles(t, third) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if n := len(blobFiles(t, third)); n != 2 || size > 5000 {
		t.Errorf("%d files of %d bytes, want 2 and no new one", n, size)
	}
	for _, s := range []string{"one", "two", "three"} {
		readBack(t, third, []byte(s))
	}
}

// TestRotation fills more than one segment, from several goroutines.
func TestRotation(t *testing.T) {
	store := openNew(t)
	var wg sync.WaitGroup
	const writers, each = 4, 20
	content := func(i, n int) []byte {
		return append(bytes.Repeat([]byte{byte(i), byte(n)}, 500_000), fmt.Sprint(i, n)...)
	}
	for i := range writers {
		wg.Go(func() {
			for n := range each {
				blob := stage(t, store, content(i, n))
				if n%2 == 0 {
					keep(t, store, fmt.Sprint(i, n), blob)
				}
			}
		})
	}
	wg.Wait()
	if n := len(blobFiles(t, store)); n != 2 {
		t.Errorf("%d segments for 80 MB, want 2", n)
	}
	for i := range writers {
		for n := range each {
			readBack(t, store, content(i, n))
		}
	}
}

// A faulty disk fails when told to.
type faulty struct {
	sqlitestore.BlobFile
	fail *error
	sync *error
}

func (f faulty) WriteAt(p []byte, at int64) (int, error) {
	if *f.fail != nil {
		n, _ := f.BlobFile.WriteAt(p[:len(p)/2], at)
		return n, *f.fail
	}
	return f.BlobFile.WriteAt(p, at)
}

func (f faulty) Sync() error {
	if *f.sync != nil {
		return *f.sync
	}
	return f.BlobFile.Sync()
}

// TestFaultyDisk: an error is told, nothing half-written is ever referred to,
// and the store goes on when the disk does.
func TestFaultyDisk(t *testing.T) {
	var writeErr, syncErr error
	db := openDB(t, filepath.Join(t.TempDir(), "tickets.db"))
	store, err := sqlitestore.New(t.Context(), db, sqlitestore.WithFile(sqlitestore.Options{}, func(f sqlitestore.BlobFile) sqlitestore.BlobFile {
		return faulty{f, &writeErr, &syncErr}
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	small, big := []byte("small"), bytes.Repeat([]byte("b"), 2<<20)
	try := func(content []byte) error {
		spool, err := store.Create(t.Context())
		if err != nil {
			return err
		}
		defer spool.Discard()
		if _, err := spool.Write(content); err != nil {
			return err
		}
		_, err = spool.Finish()
		return err
	}
	stage(t, store, []byte("before"))
	writeErr = syscall.ENOSPC
	for _, content := range [][]byte{small, big} {
		if err := try(content); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("writing %d bytes to a full disk: %v", len(content), err)
		}
	}
	writeErr = nil
	keep(t, store, "1", stage(t, store, small))
	readBack(t, store, small)

	lost := stage(t, store, []byte("lost"))
	lostBig := stage(t, store, big)
	syncErr = syscall.EIO
	if err := store.Sync(t.Context()); !errors.Is(err, syscall.EIO) {
		t.Errorf("Sync on a bad disk: %v", err)
	}
	syncErr = nil
	for _, blob := range []storage.Blob{lost, lostBig} {
		// The second flush of a file would succeed: its pages count as clean.
		err := store.Update(t.Context(), func(w storage.Writer) error { return putEntry(t.Context(), w, "2", blob) })
		if !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("reference to content that was not flushed: %v, want storage.ErrNotFound", err)
		}
	}
	keep(t, store, "2", stage(t, store, []byte("lost")))
	readBack(t, store, []byte("lost"))
	readBack(t, store, small)

	unsynced := stage(t, store, []byte("not flushed before the update"))
	syncErr = syscall.EIO
	err = store.Update(t.Context(), func(w storage.Writer) error { return putEntry(t.Context(), w, "3", unsynced) })
	if !errors.Is(err, syscall.EIO) {
		t.Errorf("Update on a bad disk: %v, want %v", err, syscall.EIO)
	}
	syncErr = nil
	keep(t, store, "3", stage(t, store, []byte("again")))
}

func TestSpoolEnds(t *testing.T) {
	store := openNew(t)
	spool, err := store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spool.Finish(); err != nil {
		t.Fatal(err)
	}
	spool.Discard()
	if _, err := spool.Write([]byte("x")); err == nil {
		t.Error("Write after Finish succeeded")
	}
	if _, err := spool.Finish(); err == nil {
		t.Error("second Finish succeeded")
	}
}
