package dirblobs

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"time"

	"example.com/ticketmail/storage"
)

// keep is how long content stays after it was last staged, at least.
const keep = 24 * time.Hour

// sweepBatch is how many files are held against the stores at once, about
// 25 MB of memory.
const sweepBatch = 1 << 18

// Sweep removes content that none of stores refers to and that was not staged
// for a day, and returns how many files that were. stores must be all that
// refer to this directory; without one Sweep fails. It may be called while the
// directory is used, by any process, and reads each store once for every
// 262,144 old files.
//
// It cannot race with a writer: what is removed was old when it was listed,
// was referred to by nobody after that, and is still old under a lock that
// everybody takes who stages content which is there already. On systems
// without file locks it fails with [errors.ErrUnsupported].
func (b *Blobs) Sweep(ctx context.Context, stores ...storage.Store) (removed int, err error) {
	switch err := b.usable(ctx); {
	case err != nil:
		return 0, err
	case len(stores) == 0:
		return 0, errors.New("sweep blobs: no store was named that may refer to them")
	case !canLock:
		return 0, fmt.Errorf("sweep blobs: no file locks here: %w", errors.ErrUnsupported)
	}
	if err := b.sweepSpools(ctx); err != nil {
		return 0, fmt.Errorf("sweep blobs: %w", err)
	}
	old := make(map[[32]byte]struct{})
	flush := func() error {
		n, err := b.sweep(ctx, old, stores)
		removed += n
		clear(old)
		return err
	}
	for f, err := range b.named(ctx) {
		if err != nil {
			return removed, fmt.Errorf("sweep blobs: %w", err)
		}
		if b.young(f.info) {
			continue
		}
		old[f.blob.SHA256] = struct{}{}
		if len(old) == sweepBatch {
			if err := flush(); err != nil {
				return removed, fmt.Errorf("sweep blobs: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return removed, fmt.Errorf("sweep blobs: %w", err)
	}
	if removed > 0 {
		b.log.LogAttrs(ctx, slog.LevelInfo, "removed unreferenced blobs", slog.Int("blobs", removed))
	}
	return removed, nil
}

// young reports whether a file may have been staged within a day.
func (b *Blobs) young(info fs.FileInfo) bool {
	return b.now().Sub(info.ModTime()) < keep+renewAfter
}

// sweep removes those of old that no store refers to.
func (b *Blobs) sweep(ctx context.Context, old map[[32]byte]struct{}, stores []storage.Store) (removed int, err error) {
	for _, s := range stores {
		if len(old) == 0 {
			return 0, nil
		}
		if err := storage.Unreferenced(ctx, s, old); err != nil {
			return 0, err
		}
	}
	for sum := range old {
		if ctx.Err() != nil {
			return removed, context.Cause(ctx)
		}
		gone, err := b.remove(sum)
		if err != nil {
			return removed, err
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

// remove removes a file, unless it has become young.
func (b *Blobs) remove(sum [32]byte) (bool, error) {
	unlock, err := lock(b.root, true)
	if err != nil {
		return false, err
	}
	defer unlock()
	info, err := b.root.Stat(name(sum))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil || b.young(info) {
		return false, err
	}
	return true, b.root.Remove(name(sum))
}

// sweepSpools removes what processes that are gone had not named yet.
func (b *Blobs) sweepSpools(ctx context.Context) error {
	dirs, err := fs.ReadDir(b.root.FS(), spoolDir)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		info, err := dir.Info()
		if err == nil && !b.young(info) { // a young one may be about to be locked
			err = b.sweepSpool(spoolDir + "/" + dir.Name())
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// sweepSpool removes one directory, unless its process lives.
func (b *Blobs) sweepSpool(path string) error {
	alone, err := lockedFile(b.root, path+"/"+lockFile)
	if err != nil || alone == nil {
		return err
	}
	_ = alone.Close() // nobody else takes it: its name is used once
	return b.root.RemoveAll(path)
}

// A found is content in the directory.
type found struct {
	blob storage.Blob
	info fs.FileInfo
}

// named yields all content that has a name.
func (b *Blobs) named(ctx context.Context) iter.Seq2[found, error] {
	return func(yield func(found, error) bool) {
		for i := range 256 {
			dir := hex.EncodeToString([]byte{byte(i)})
			files, err := fs.ReadDir(b.root.FS(), dir)
			if err == nil && ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(found{}, err)
				return
			}
			for _, entry := range files {
				f, ok, err := fileOf(dir, entry)
				if err != nil || ok {
					if !yield(f, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

// fileOf returns the content that a file is. Others, which are not ours, and
// such as are gone by now are none.
func fileOf(dir string, entry fs.DirEntry) (f found, ok bool, err error) {
	sum, notHex := hex.DecodeString(entry.Name())
	if ours := notHex == nil && len(sum) == 32 && dir == entry.Name()[:2] && entry.Type().IsRegular(); !ours {
		return f, false, nil
	}
	info, err := entry.Info()
	if errors.Is(err, os.ErrNotExist) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	return found{storage.Blob{SHA256: [32]byte(sum), Size: info.Size()}, info}, true, nil
}

// All implements [storage.Lister].
func (b *Blobs) All(ctx context.Context) iter.Seq2[storage.Blob, error] {
	return func(yield func(storage.Blob, error) bool) {
		if err := b.usable(ctx); err != nil {
			yield(storage.Blob{}, err)
			return
		}
		for f, err := range b.named(ctx) {
			if !yield(f.blob, err) {
				return
			}
		}
	}
}
