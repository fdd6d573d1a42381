package sqlitestore

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/ticketmail/storage"
)

const (
	segmentBytes  = 64 << 20                   // a segment takes no more records beyond this
	reusableBytes = segmentBytes - bufferBytes // a file that ends before this has room for more
	recordHeader  = 48                         // bytes in front of a record's content
	fileSuffix    = ".blobs"
)

// recordMagic begins every record. The last byte is the format's version.
var recordMagic = [8]byte{'t', 'm', 'b', 'l', 'o', 'b', 0, 1}

// putHeader writes the header of a record: magic, length of the content (64
// bits, little endian), its SHA-256. A record thus says itself what it is, if
// the database is ever lost.
func putHeader(b []byte, blob storage.Blob) {
	copy(b, recordMagic[:])
	binary.LittleEndian.PutUint64(b[8:], uint64(blob.Size))
	copy(b[16:], blob.SHA256[:])
}

// A blobFile is a file that records are written to.
type blobFile interface {
	io.WriterAt
	Sync() error
	Truncate(size int64) error
	Close() error
}

// A segment is a file of records that this Store writes: many small ones, or a
// single big one. It is locked until nothing staged stands in it any more.
type segment struct {
	id     int64
	file   blobFile
	size   int64 // where the next record goes
	synced int64 // what stands before is on disk
	staged int   // records that are staged
	sealed bool  // takes no more records
}

// A place is where a record stands.
type place struct {
	file   int64
	offset int64
}

// filePath returns the path of the file with a number.
func filePath(dir string, id int64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x", id)+fileSuffix)
}

// fileID is the inverse of filePath for a name without its directory.
func fileID(name string) (int64, bool) {
	digits, ok := strings.CutSuffix(name, fileSuffix)
	id, err := strconv.ParseInt(digits, 16, 64)
	return id, ok && err == nil && len(digits) == 16
}

// createFile makes a new locked file under a number of its own.
func (b *blobs) createFile() (*segment, error) {
	for {
		var random [8]byte
		_, _ = rand.Read(random[:]) // never fails
		id := int64(binary.LittleEndian.Uint64(random[:]) >> 1)
		seg, err := b.lockFile(id, os.O_RDWR|os.O_CREATE|os.O_EXCL)
		if seg != nil || err != nil && !errors.Is(err, os.ErrExist) {
			return seg, err
		}
	}
}

// lockFile opens a file and locks it, or returns nil if it is another's. Another
// process may sweep the file between the two steps, hence the look at the name.
func (b *blobs) lockFile(id int64, flag int) (*segment, error) {
	path := filePath(b.dir, id)
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	locked, err := tryLock(f)
	if err == nil && locked {
		named, statErr := os.Stat(path)
		opened, err := f.Stat()
		if statErr == nil && err == nil && os.SameFile(named, opened) {
			return &segment{id: id, file: b.wrap(f), size: opened.Size()}, nil
		}
	}
	_ = f.Close()
	return nil, err
}

// reuse takes over a segment that another process left with room in it, or
// returns nil. What stands behind the last lasting record is of nobody: its
// owner is gone.
func (b *blobs) reuse(ctx context.Context) (*segment, error) {
	if !canLock {
		return nil, nil
	}
	ids, err := b.fileIDs(ctx, `SELECT id FROM tm_blob_files WHERE used < ? LIMIT 8`, reusableBytes)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		seg, err := b.lockFile(id, os.O_RDWR)
		if err != nil || seg == nil {
			continue // swept, another's or damaged: a new one serves as well
		}
		// Read only now: before, its owner may have committed more.
		used, ok, err := b.used(ctx, id)
		if err == nil && ok && used < reusableBytes && used <= seg.size {
			if err = seg.file.Truncate(used); err == nil {
				seg.size, seg.synced = used, used
				return seg, nil
			}
		}
		_ = seg.file.Close()
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// fileIDs returns what a query for numbers of files finds.
func (b *blobs) fileIDs(ctx context.Context, query string, args ...any) (ids []int64, err error) {
	rows, err := b.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// used returns where the last lasting record of a file ends.
func (b *blobs) used(ctx context.Context, id int64) (int64, bool, error) {
	var used int64
	err := retryBusy(ctx, func() error {
		return b.db.QueryRowContext(ctx, `SELECT used FROM tm_blob_files WHERE id = ?`, id).Scan(&used)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return used, err == nil, err
}

// openRecord opens the record of blob at a place.
func (b *blobs) openRecord(ctx context.Context, blob storage.Blob, at place) (io.ReadCloser, error) {
	f, err := os.Open(filePath(b.dir, at.file))
	if err != nil {
		return nil, err
	}
	var got, want [recordHeader]byte
	putHeader(want[:], blob)
	if _, err := f.ReadAt(got[:], at.offset); err != nil || !bytes.Equal(got[:], want[:]) {
		_ = f.Close()
		if err == nil || errors.Is(err, io.EOF) {
			err = errDamaged
		}
		return nil, fmt.Errorf("record at %d of %s: %w", at.offset, f.Name(), err)
	}
	return &recordReader{ctx, f, io.NewSectionReader(f, at.offset+recordHeader, blob.Size), sha256.New(), blob}, nil
}

var errDamaged = errors.New("stored content is damaged")

// A recordReader reads a record's content and compares it with its name.
type recordReader struct {
	ctx  context.Context // of Open; Read has none
	file *os.File
	body *io.SectionReader
	sum  hash.Hash
	blob storage.Blob
}

// Read reads content. Instead of io.EOF it returns an error where the content
// is not what was stored.
func (r *recordReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n, err := r.body.Read(p)
	r.sum.Write(p[:n])
	if err != io.EOF {
		return n, err
	}
	if read, _ := r.body.Seek(0, io.SeekCurrent); read != r.blob.Size || [32]byte(r.sum.Sum(nil)) != r.blob.SHA256 {
		return n, fmt.Errorf("blob %x: %w", r.blob.SHA256, errDamaged)
	}
	return n, io.EOF
}

// Close ends reading.
func (r *recordReader) Close() error { return r.file.Close() }
