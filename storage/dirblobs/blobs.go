// Package dirblobs keeps raw mails and files in a directory, one file for each
// content: for stores that keep none themselves, and for content that shall
// stand on another disk than the database.
//
//	blobs, err := dirblobs.New("/var/lib/tickets/blobs", nil)
//
// A file is called by the SHA-256 of its content in hexadecimal, in a
// directory called by the first two digits, so that sha256sum proves it and
// any tool copies it. No name comes from outside, and no symbolic link leads
// out ([os.Root]). Several processes may use the directory at once.
//
// # Durability
//
// Content is written to a file without a name of its own; [Blobs.Sync] flushes
// all such files, side by side, gives them their names and flushes the
// directories with new names once each. So a name stands for content that is
// whole, whatever happens in between.
//
// Content that cannot be flushed is given up: it is not found any more, and
// has to be staged anew. Since Sync is for the content of all callers, it then
// fails for a minute, or until all of that content was staged anew.
//
// # Removal
//
// Nothing is removed but by [Blobs.Sweep], which asks the stores what they
// refer to. A backup is taken of the database first and then of the directory.
package dirblobs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// Options say how [Blobs] work. The zero value is the default.
type Options struct {
	Now    func() time.Time // the clock of Sweep; nil: time.Now
	Logger *slog.Logger     // nil: no logging
}

// Blobs is a [storage.Blobs] and [storage.Lister] on a directory. It is safe
// for concurrent use. [New] makes it.
type Blobs struct {
	root  *os.Root
	spool string   // directory of what has no name yet
	alive *os.File // locked in it while we live, see sweepSpools
	now   func() time.Time
	log   *slog.Logger
	calls sync.Mutex // one Sync at a time

	mu     sync.Mutex
	closed bool
	staged map[[32]byte]*stagedFile
	files  int                 // open among staged
	lost   lost                // given up
	names  map[string]struct{} // directories with names that may not be on disk
}

// A stagedFile is content that has no name yet.
type stagedFile struct {
	blob storage.Blob
	path string   // where it is
	file *os.File // nil: it is flushed and closed
}

var (
	_ storage.Blobs  = (*Blobs)(nil)
	_ storage.Lister = (*Blobs)(nil)
)

const (
	spoolDir = "spool" // content without a name, in a directory for each opening
	lockFile = "lock"  // see lock
)

// New opens the directory, and makes it if it is missing. Only its owner may
// read what is made. opts may be nil.
func New(dir string, opts *Options) (*Blobs, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	root, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("open blob directory: %w", err)
	}
	b := &Blobs{
		root: root, spool: spoolDir + "/" + rand.Text(), now: o.Now, log: o.Logger,
		staged: make(map[[32]byte]*stagedFile), names: make(map[string]struct{}), lost: make(lost),
	}
	if err := b.live(); err != nil {
		_ = root.Close()
		return nil, fmt.Errorf("open blob directory: %w", err)
	}
	return b, nil
}

// live makes the directory of what is staged here, and keeps others from
// sweeping it.
func (b *Blobs) live() (err error) {
	if err := b.root.Mkdir(b.spool, 0o700); err != nil {
		return err
	}
	b.alive, err = lockedFile(b.root, b.spool+"/"+lockFile)
	return err
}

// open makes all directories at once, so that none has to be made durable in
// the middle of a Sync.
func open(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	err = root.MkdirAll(spoolDir, 0o700)
	for i := 0; i < 256 && err == nil; i++ {
		err = root.MkdirAll(hex.EncodeToString([]byte{byte(i)}), 0o700)
	}
	if err == nil {
		err = errors.Join(syncDir(root, "."), syncParent(dir))
	}
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	return root, nil
}

// shard returns the directory of content, and name its file.
func shard(sum [32]byte) string { return hex.EncodeToString(sum[:1]) }
func name(sum [32]byte) string  { return shard(sum) + "/" + hex.EncodeToString(sum[:]) }

// Close gives up what is staged. Later calls fail with [storage.ErrClosed].
func (b *Blobs) Close() error {
	b.calls.Lock() // no flush is under way
	defer b.calls.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	for _, s := range b.staged {
		b.drop(s)
	}
	clear(b.staged)
	_ = b.alive.Close()
	_ = b.root.RemoveAll(b.spool) // else it is swept later
	return b.root.Close()
}

// drop removes a staged file that has no name.
func (b *Blobs) drop(s *stagedFile) {
	if s.file != nil {
		_ = s.file.Close() // first: not every system removes an open file
		s.file = nil
	}
	_ = b.root.Remove(s.path) // else it is swept later
}

func (b *Blobs) usable(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return storage.ErrClosed
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Create implements [storage.Blobs]. The spool serves one goroutine.
func (b *Blobs) Create(ctx context.Context) (message.Spool, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	return newSpool(ctx, b)
}

// Has reports whether content is there, staged or lasting, without reading it.
func (b *Blobs) Has(ctx context.Context, blob storage.Blob) (bool, error) {
	f, err := b.find(ctx, blob)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for blob %x: %w", blob.SHA256, err)
	}
	return true, f.Close()
}

// Open implements [storage.Blobs].
func (b *Blobs) Open(ctx context.Context, blob storage.Blob) (io.ReadCloser, error) {
	f, err := b.find(ctx, blob)
	if err != nil {
		return nil, fmt.Errorf("open blob %x: %w", blob.SHA256, err)
	}
	return newReader(ctx, f, blob), nil
}

// find opens the file of content. A staged one may get its name between the
// two looks, never the other way round.
func (b *Blobs) find(ctx context.Context, blob storage.Blob) (*os.File, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	s := b.staged[blob.SHA256]
	b.mu.Unlock()
	if s != nil {
		if f, err := b.root.Open(s.path); err == nil {
			return sized(f, blob)
		}
	}
	f, err := b.root.Open(name(blob.SHA256))
	if errors.Is(err, os.ErrNotExist) {
		return nil, storage.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return sized(f, blob)
}

// sized returns f if it has the size of blob. Content of that SHA-256 with
// another size does not exist; a damaged file does, and is ours to report.
func sized(f *os.File, blob storage.Blob) (*os.File, error) {
	info, err := f.Stat()
	if err == nil && info.Size() == blob.Size {
		return f, nil
	}
	if err == nil {
		err = storage.ErrNotFound
	}
	return nil, errors.Join(err, f.Close())
}

// Sync implements [storage.Blobs].
func (b *Blobs) Sync(ctx context.Context) error {
	b.calls.Lock()
	defer b.calls.Unlock()
	if err := b.usable(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	staged := slices.Collect(maps.Values(b.staged))
	names := b.names
	b.names = make(map[string]struct{})
	earlier := b.lost.check(b.now())
	b.mu.Unlock()
	err := b.sync(staged, names)
	if err != nil {
		b.mu.Lock()
		maps.Copy(b.names, names)
		b.mu.Unlock()
	}
	if err = errors.Join(earlier, err); err != nil {
		return fmt.Errorf("sync blobs: %w", err)
	}
	return nil
}

// sync flushes staged files, names them and flushes the names. A file whose
// flush failed is given up: a second flush may succeed although the first
// one's pages are lost.
func (b *Blobs) sync(staged []*stagedFile, names map[string]struct{}) error {
	errs := make([]error, len(staged))
	side(len(staged), func(i int) { errs[i] = staged[i].flush() })
	for i, s := range staged {
		if errs[i] != nil {
			b.unstage(s, errs[i])
		}
	}
	unlock, err := lock(b.root, false)
	if err != nil {
		return errors.Join(errors.Join(errs...), err)
	}
	for i, s := range staged {
		if errs[i] != nil {
			continue
		}
		if errs[i] = b.place(s); errs[i] == nil {
			names[shard(s.blob.SHA256)] = struct{}{}
		}
		b.unstage(s, errs[i])
	}
	unlock()
	dirs := slices.Collect(maps.Keys(names))
	dirErrs := make([]error, len(dirs))
	side(len(dirs), func(i int) { dirErrs[i] = syncDir(b.root, dirs[i]) })
	return errors.Join(errors.Join(errs...), errors.Join(dirErrs...))
}

// unstage forgets a staged file: it has its name, or is given up because of err.
func (b *Blobs) unstage(s *stagedFile, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.file != nil {
		b.files--
	}
	if err != nil {
		b.drop(s)
		b.lost[s.blob.SHA256] = loss{err, b.now()}
	}
	s.file = nil
	delete(b.staged, s.blob.SHA256)
}

func (s *stagedFile) flush() error {
	if s.file == nil {
		return nil
	}
	return s.file.Sync()
}

// place gives a flushed file its name. Its time is that of staging.
func (b *Blobs) place(s *stagedFile) error {
	if s.file != nil {
		if err := s.file.Close(); err != nil {
			return err
		}
	}
	if err := b.root.Rename(s.path, name(s.blob.SHA256)); err != nil {
		return err
	}
	now := b.now()
	return b.root.Chtimes(name(s.blob.SHA256), now, now)
}

// side calls fn for 0 to n-1, at most eight at once: the disk then needs fewer
// flushes than there are files.
func side(n int, fn func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			fn(i)
		})
	}
	wg.Wait()
}
