package sqlitestore

import (
	"context"
	"errors"
	"os"

	"example.com/ticketmail/storage"
)

// A hole is where a record stood that is gone.
type hole struct {
	place
	size int64
}

// ownFile reports whether the record began a file of its own. Others may stand
// behind it by now, see reuse.
func (h hole) ownFile() bool { return h.offset == 0 && h.size-recordHeader > bufferBytes }

// wipe makes the bytes of records that are gone unreadable, and gives their
// room back where the file system can.
func (s *Store) wipe(ctx context.Context) error {
	for {
		holes, err := s.holes(ctx)
		if err != nil || len(holes) == 0 {
			return err
		}
		var gone []hole
		for _, h := range holes {
			removed, err := s.blobs.wipe(ctx, h)
			if err != nil {
				return err
			}
			if removed {
				gone = append(gone, h)
			}
		}
		err = s.Update(ctx, func(w storage.Writer) error {
			t := w.(writer).tx
			for _, h := range holes {
				if _, err := t.exec(ctx, `DELETE FROM tm_holes WHERE file = ? AND offset = ?`, h.file, h.offset); err != nil {
					return err
				}
			}
			for _, h := range gone {
				if _, err := t.exec(ctx, `DELETE FROM tm_blob_files WHERE id = ? AND used = ?`, h.file, h.size); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

func (s *Store) holes(ctx context.Context) (holes []hole, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT file, offset, size FROM tm_holes ORDER BY file, offset LIMIT 1000`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var h hole
		if err := rows.Scan(&h.file, &h.offset, &h.size); err != nil {
			return nil, err
		}
		holes = append(holes, h)
	}
	return holes, rows.Err()
}

// wipe wipes out one record. Who reads it just now finds it damaged. If nothing
// else stands in its file, and nobody may append to it, the file goes too.
func (b *blobs) wipe(ctx context.Context, h hole) (removed bool, err error) {
	path := filePath(b.dir, h.file)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return h.ownFile(), nil // wiped, before a crash
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if err := punch(f, h.offset, h.size); err != nil {
		if err := zero(f, h.offset, h.size); err != nil {
			return false, err
		}
	}
	if err := f.Sync(); err != nil || !h.ownFile() {
		return false, err
	}
	return b.removeAlone(ctx, h)
}

// removeAlone removes the file of a wiped record if that was all in it.
func (b *blobs) removeAlone(ctx context.Context, h hole) (bool, error) {
	seg, err := b.lockFile(h.file, os.O_RDWR)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if seg == nil || err != nil {
		return false, err // a writer has it, us included: its zeros stay
	}
	defer seg.file.Close()
	// Asked only now that nobody else can append to it.
	used, ok, err := b.used(ctx, h.file)
	if err != nil || !ok || used != h.size {
		return false, err
	}
	return true, os.Remove(filePath(b.dir, h.file))
}

// zero writes zeros.
func zero(f *os.File, offset, size int64) error {
	zeros := make([]byte, min(size, 64<<10))
	for size > 0 {
		n := min(size, int64(len(zeros)))
		if _, err := f.WriteAt(zeros[:n], offset); err != nil {
			return err
		}
		offset, size = offset+n, size-n
	}
	return nil
}
