package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// blobs keeps content in the files of a directory.
type blobs struct {
	dir   string
	db    *sql.DB
	wrap  func(blobFile) blobFile // tests put their disk between
	find  *sql.Stmt               // place of lasting content
	calls sync.Mutex              // one Sync at a time

	mu     sync.Mutex
	closed bool
	staged map[[32]byte]*stagedBlob
	active *segment              // takes small content; nil: to be opened
	open   map[*segment]struct{} // files with something staged, and active
	newDir bool                  // a file was made whose name may not be on disk
}

// A stagedBlob is content that no commit of this Store refers to yet.
type stagedBlob struct {
	blob   storage.Blob
	seg    *segment
	offset int64
	lost   bool // could not be flushed

	// referred says that a transaction wrote its place down. It may have been
	// committed without our knowing, and the content discarded: see stands.
	referred bool
}

// end returns where the record ends in its file.
func (s *stagedBlob) end() int64 { return s.offset + recordHeader + s.blob.Size }

// Sync implements [storage.Blobs]. It flushes each file written to once.
func (s *Store) Sync(ctx context.Context) error {
	if s.other != nil {
		return s.other.Sync(ctx)
	}
	return s.blobs.sync(ctx)
}

// Open implements [storage.Blobs].
func (s *Store) Open(ctx context.Context, blob storage.Blob) (io.ReadCloser, error) {
	if s.isClosed() {
		return nil, storage.ErrClosed
	}
	if s.other != nil {
		return s.other.Open(ctx, blob)
	}
	at, ok, err := s.blobs.place(ctx, blob)
	if err == nil && !ok {
		err = storage.ErrNotFound
	}
	var r io.ReadCloser
	if err == nil {
		r, err = s.blobs.openRecord(ctx, blob, at)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %x: %w", blob.SHA256, err)
	}
	return r, nil
}

// Create implements [storage.Blobs]. The spool serves one goroutine.
func (s *Store) Create(ctx context.Context) (message.Spool, error) {
	if s.isClosed() {
		return nil, storage.ErrClosed
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if s.other != nil {
		return s.other.Create(ctx)
	}
	return newSpool(ctx, s.blobs), nil
}

// place returns where content stands, staged or lasting.
func (b *blobs) place(ctx context.Context, blob storage.Blob) (place, bool, error) {
	if s, ok, err := b.held(ctx, blob); ok || err != nil {
		if err != nil {
			return place{}, false, err
		}
		return s.place(), true, nil
	}
	return b.lasting(ctx, blob)
}

// kept reports whether content need not be written: it is staged, or lasting
// and not about to be discarded.
func (b *blobs) kept(ctx context.Context, blob storage.Blob) (bool, error) {
	if _, ok, err := b.held(ctx, blob); ok || err != nil {
		return ok, err
	}
	if _, ok, err := b.lasting(ctx, blob); !ok || err != nil {
		return false, err
	}
	released, err := b.isReleased(ctx, blob)
	return !released, err
}

// lasting returns where content stands by the database.
func (b *blobs) lasting(ctx context.Context, blob storage.Blob) (at place, ok bool, err error) {
	if ctx.Err() != nil {
		return at, false, context.Cause(ctx)
	}
	plain := context.WithoutCancel(ctx) // see tx.exec
	err = retryBusy(ctx, func() error {
		return b.find.QueryRowContext(plain, blob.SHA256[:], blob.Size).Scan(&at.file, &at.offset)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return at, false, nil
	}
	return at, err == nil, err
}

// append stages small content. record has room for the header in front.
func (b *blobs) append(ctx context.Context, record []byte, blob storage.Blob) error {
	putHeader(record, blob)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return storage.ErrClosed
	}
	if _, ok := b.staged[blob.SHA256]; ok {
		return nil
	}
	if err := b.activate(ctx, int64(len(record))); err != nil {
		return err
	}
	seg := b.active
	if _, err := seg.file.WriteAt(record, seg.size); err != nil {
		return err // the next record overwrites what was written
	}
	b.stage(blob, seg)
	return nil
}

// activate makes active a segment with room for n bytes.
func (b *blobs) activate(ctx context.Context, n int64) (err error) {
	if b.active != nil && b.active.size+n <= segmentBytes {
		return nil
	}
	if b.active != nil {
		b.seal(b.active)
		b.active = nil
	}
	seg, err := b.reuse(ctx)
	if err == nil && seg == nil {
		b.newDir = true
		seg, err = b.createFile()
	}
	if err != nil {
		return err
	}
	b.active = seg
	b.open[seg] = struct{}{}
	return nil
}

// stage notes the record at the end of seg.
func (b *blobs) stage(blob storage.Blob, seg *segment) {
	s := &stagedBlob{blob: blob, seg: seg, offset: seg.size}
	seg.size = s.end()
	seg.staged++
	b.staged[blob.SHA256] = s
}

// unstage forgets a staged record: it is lasting now, or lost.
func (b *blobs) unstage(s *stagedBlob) {
	if b.staged[s.blob.SHA256] != s {
		return
	}
	delete(b.staged, s.blob.SHA256)
	s.seg.staged--
	if s.seg.sealed {
		b.seal(s.seg)
	}
}

// seal ends writing to a file, and closes it once nothing staged stands in it.
// Until then its lock keeps other processes from sweeping it.
func (b *blobs) seal(seg *segment) {
	seg.sealed = true
	if seg.staged > 0 {
		return
	}
	delete(b.open, seg)
	_ = seg.file.Close() // what matters was synced
}

// sync makes everything staged so far durable.
func (b *blobs) sync(ctx context.Context) error {
	b.calls.Lock()
	defer b.calls.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return storage.ErrClosed
	}
	dirty := make(map[*segment]int64)
	for seg := range b.open {
		if seg.synced < seg.size {
			dirty[seg] = seg.size
		}
	}
	newDir := b.newDir
	b.newDir = false
	b.mu.Unlock()

	err := b.flush(dirty)
	if err == nil && newDir {
		err = syncDir(b.dir)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.newDir = b.newDir || newDir && err != nil
	if err != nil {
		for seg := range dirty {
			b.abandon(seg)
		}
		return fmt.Errorf("sync blobs: %w", err)
	}
	for seg, size := range dirty {
		seg.synced = size
	}
	return nil
}

// flush is called without mu: content may be staged meanwhile.
func (b *blobs) flush(dirty map[*segment]int64) error {
	var errs []error
	for seg := range dirty {
		errs = append(errs, seg.file.Sync())
	}
	return errors.Join(errs...)
}

// abandon gives up a file whose flush failed, and what is staged in it and not
// on disk: a second flush may succeed although the first one's pages are lost.
func (b *blobs) abandon(seg *segment) {
	if seg == b.active {
		b.active = nil
	}
	seg.sealed = true
	for _, s := range b.staged {
		if s.seg == seg && s.end() > seg.synced {
			s.lost = true
			b.unstage(s)
		}
	}
	if _, ok := b.open[seg]; ok {
		b.seal(seg)
	}
}

// close gives up all files, and with them what is staged.
func (b *blobs) close() error {
	b.calls.Lock() // no flush is under way
	defer b.calls.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	clear(b.staged)
	var errs []error
	for seg := range b.open {
		errs = append(errs, seg.file.Close())
	}
	clear(b.open)
	b.active = nil
	return errors.Join(append(errs, b.find.Close())...)
}

// All implements [storage.Lister], for content that is lasting.
func (s *Store) All(ctx context.Context) iter.Seq2[storage.Blob, error] {
	if l, ok := s.other.(storage.Lister); ok {
		return l.All(ctx)
	}
	return func(yield func(storage.Blob, error) bool) {
		last := []byte{}
		for {
			page, err := s.blobs.page(ctx, last)
			for _, b := range page {
				if !yield(b, nil) {
					return
				}
				last = b.SHA256[:]
			}
			if err != nil {
				yield(storage.Blob{}, fmt.Errorf("list blobs: %w", err))
			}
			if len(page) == 0 || err != nil {
				return
			}
		}
	}
}

// page returns lasting content behind a hash, in order.
func (b *blobs) page(ctx context.Context, after []byte) (page []storage.Blob, err error) {
	rows, err := b.db.QueryContext(ctx, `SELECT sha256, size FROM tm_blobs WHERE sha256 > ? ORDER BY sha256 LIMIT 1000`, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var blob storage.Blob
		if err := rows.Scan(hashColumn{&blob.SHA256}, &blob.Size); err != nil {
			return nil, err
		}
		page = append(page, blob)
	}
	return page, rows.Err()
}

var _ storage.Lister = (*Store)(nil)
