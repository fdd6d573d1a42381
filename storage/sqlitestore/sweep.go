package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"example.com/ticketmail/storage"
)

// openBlobs makes the directory if it is missing, and checks that it belongs to
// the database: another's files would look unreferenced and be swept.
func openBlobs(ctx context.Context, db *sql.DB, o Options) (*blobs, error) {
	b := &blobs{
		dir: o.BlobDir, db: db, wrap: o.wrapFile,
		staged: make(map[[32]byte]*stagedBlob), open: make(map[*segment]struct{}),
	}
	if b.wrap == nil {
		b.wrap = func(f blobFile) blobFile { return f }
	}
	if err := b.claimDir(ctx); err != nil {
		return nil, fmt.Errorf("blob directory: %w", err)
	}
	var err error
	b.find, err = db.PrepareContext(ctx, `SELECT file, offset FROM tm_blobs WHERE sha256 = ? AND size = ?`)
	return b, err
}

// claimDir writes the database's id into an empty directory, or compares it.
func (b *blobs) claimDir(ctx context.Context) error {
	var id string
	var files int
	err := b.db.QueryRowContext(ctx, `SELECT value, (SELECT count(*) FROM tm_blob_files) FROM tm_meta WHERE key = 'id'`).Scan(&id, &files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(b.dir, "database-id")
	has, err := os.ReadFile(path)
	switch {
	case err == nil && strings.TrimSpace(string(has)) == id:
		return nil
	case err == nil:
		return fmt.Errorf("%s belongs to another database (id %.40q, not %s)", b.dir, strings.TrimSpace(string(has)), id)
	case !errors.Is(err, os.ErrNotExist):
		return err
	case files > 0:
		return fmt.Errorf("%s is empty or not the right one: the database refers to %d files in it", b.dir, files)
	}
	return b.writeID(path, id)
}

// writeID makes the id appear whole or not at all; several processes may.
func (b *blobs) writeID(path, id string) error {
	f, err := os.CreateTemp(b.dir, "database-id-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(id + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return errors.Join(syncDir(b.dir), syncDir(filepath.Dir(b.dir)))
}

// adopt stages the content of a file of its own, and reports false if the same
// content was staged meanwhile.
func (b *blobs) adopt(seg *segment, blob storage.Blob) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.staged[blob.SHA256]; ok || b.closed {
		return false
	}
	b.newDir = true
	b.open[seg] = struct{}{}
	seg.size, seg.sealed = 0, true
	b.stage(blob, seg)
	return true
}

// remove deletes a file that only this process knows of.
func (b *blobs) remove(seg *segment) {
	_ = seg.file.Close()                   // first: not every system removes an open file
	_ = os.Remove(filePath(b.dir, seg.id)) // else it is swept later
}

// Sweep removes content that is staged by no living process and that no
// commit refers to, as far as it fills files of its own; New does so too. It is
// cheap, and may be called while the Store is used.
func (s *Store) Sweep(ctx context.Context) error {
	removed, err := s.blobs.sweep(ctx)
	if removed > 0 {
		s.log.LogAttrs(ctx, slog.LevelInfo, "removed unreferenced blob files", slog.Int("files", removed))
	}
	if err != nil {
		return fmt.Errorf("sweep blobs: %w", err)
	}
	return nil
}

func (b *blobs) sweep(ctx context.Context) (removed int, err error) {
	if !canLock {
		return 0, nil
	}
	if err := b.settle(ctx); err != nil {
		return 0, err
	}
	lasting, err := b.lastingFiles(ctx)
	if err != nil {
		return 0, err
	}
	names, err := os.ReadDir(b.dir)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		id, ok := fileID(name.Name())
		if !ok || lasting[id] {
			continue
		}
		gone, err := b.sweepFile(ctx, id)
		if err != nil {
			return removed, err
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

// lastingFiles returns the files that commits refer to.
func (b *blobs) lastingFiles(ctx context.Context) (map[int64]bool, error) {
	ids, err := b.fileIDs(ctx, `SELECT id FROM tm_blob_files`)
	lasting := make(map[int64]bool, len(ids))
	for _, id := range ids {
		lasting[id] = true
	}
	return lasting, err
}

// sweepFile removes a file if it has neither owner nor reference.
func (b *blobs) sweepFile(ctx context.Context, id int64) (bool, error) {
	seg, err := b.lockFile(id, os.O_RDWR)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if seg == nil || err != nil {
		return false, err
	}
	defer seg.file.Close()
	// Asked only now that nobody else can refer to it: its owner may have
	// committed and ended since the list was read.
	if _, referenced, err := b.used(ctx, id); referenced || err != nil {
		return false, err
	}
	return true, os.Remove(filePath(b.dir, id))
}

// settle forgets what is staged here and has become lasting by a host's
// transaction, whose commit nobody told us about. What was released and staged
// anew stands in another place, and is needed there.
func (b *blobs) settle(ctx context.Context) error {
	b.mu.Lock()
	staged := make([]*stagedBlob, 0, len(b.staged))
	for _, s := range b.staged {
		staged = append(staged, s)
	}
	b.mu.Unlock()
	for _, s := range staged {
		at, ok, err := b.lasting(ctx, s.blob)
		if ok && at != s.place() {
			var released bool
			released, err = b.isReleased(ctx, s.blob)
			ok = !released
		}
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		b.mu.Lock()
		b.unstage(s)
		b.mu.Unlock()
	}
	return nil
}
