package pgstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// buffers are reused: a drain needs two at a time.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

// A spool is content being written: in a buffer, and what is too much for that
// in rows of a blob that has no name yet.
type spool struct {
	ctx   context.Context // of Create; Finish has none
	store *Store
	sum   hash.Hash
	size  int64
	buf   *[]byte // nil: ended
	id    int64   // of the blob; 0: all is in buf
	next  int     // number of the next chunk
	err   error   // of a Write; the content is lost
}

var errSpoolEnded = errors.New("blob was finished or discarded")

func newSpool(ctx context.Context, s *Store) *spool {
	p := &spool{ctx: ctx, store: s, sum: sha256.New(), buf: buffers.Get().(*[]byte)}
	*p.buf = (*p.buf)[:0]
	return p
}

// Write takes content.
func (s *spool) Write(p []byte) (int, error) {
	switch {
	case s.buf == nil:
		return 0, errSpoolEnded
	case s.err != nil:
		return 0, s.err
	case s.ctx.Err() != nil:
		return 0, context.Cause(s.ctx)
	}
	s.sum.Write(p)
	s.size += int64(len(p))
	for rest := p; len(rest) > 0; {
		if len(*s.buf) >= chunkBytes {
			if s.err = s.spill(); s.err != nil {
				return 0, s.err
			}
		}
		n := min(len(rest), chunkBytes-len(*s.buf))
		*s.buf = append(*s.buf, rest[:n]...)
		rest = rest[n:]
	}
	return len(p), nil
}

// unflushed begins a statement whose commit need not wait for the disk: one
// that refers to what it wrote will, see [Store.Sync].
const unflushed = `WITH quick AS (SELECT set_config('synchronous_commit', 'off', true)), `

// spill moves the buffer into the next row.
func (s *spool) spill() error {
	query, args := unflushed+`blob AS (INSERT INTO tm.blobs (size) SELECT 0 FROM quick RETURNING id)
		INSERT INTO tm.blob_chunks (blob, n, data) SELECT id, $1, $2 FROM blob RETURNING blob`, []any{s.next, *s.buf}
	if s.id != 0 {
		query, args = unflushed+`blob AS (SELECT b.id FROM tm.blobs b, quick WHERE b.id = $3 FOR KEY SHARE OF b)
			INSERT INTO tm.blob_chunks (blob, n, data) SELECT id, $1, $2 FROM blob RETURNING blob`, append(args, s.id)
	}
	err := s.store.pool.QueryRow(s.ctx, s.store.sql(query), args...).Scan(&s.id)
	if errors.Is(err, pgx.ErrNoRows) {
		return errLostChunk // swept: it took days
	}
	if err != nil {
		return fmt.Errorf("spool: %w", cause(s.ctx, err))
	}
	s.next++
	*s.buf = (*s.buf)[:0]
	return nil
}

// Finish stages the content. What is staged or lasting already is not written
// again.
func (s *spool) Finish() (message.Blob, error) {
	if s.buf == nil {
		return message.Blob{}, errSpoolEnded
	}
	defer s.Discard()
	blob := storage.Blob{SHA256: [32]byte(s.sum.Sum(nil)), Size: s.size}
	err := s.err
	if err == nil && s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	if err == nil {
		err = s.stage(blob)
	}
	if err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", cause(s.ctx, err))
	}
	s.store.unsaved.Store(true)
	return blob, nil
}

// errLostChunk reports content of which something is gone since it was written:
// chunks are not flushed one by one, and a server that crashed in between has
// forgotten the last; or all was swept, because it took longer than two days.
var errLostChunk = errors.New("a part of it was lost by the database server, or swept, meanwhile")

// stage gives the content its name, if all of it is there.
func (s *spool) stage(blob storage.Blob) error {
	if s.id == 0 && s.next == 0 {
		return s.stageChunk(blob)
	}
	if err := s.spill(); err != nil {
		return err
	}
	for {
		known, err := s.touch(blob)
		if known || err != nil {
			return err
		}
		tag, err := s.store.pool.Exec(s.ctx, s.store.sql(unflushed+`blob AS (SELECT $1::bytea AS sum FROM quick)
			UPDATE tm.blobs SET sha256 = sum, size = $2, staged_at = clock_timestamp() FROM blob
			WHERE id = $3 AND sha256 IS NULL AND (SELECT count(*) FROM tm.blob_chunks WHERE blob = $3) = $4`),
			blob.SHA256[:], blob.Size, s.id, s.next)
		if err == nil && tag.RowsAffected() != 1 {
			return errLostChunk
		}
		if err == nil {
			s.id = 0 // it is not ours to remove any more
		}
		if !hasState(err, stateUnique) {
			return err
		}
	}
}

// stageChunk stages content that is all in the buffer, later if it is small.
func (s *spool) stageChunk(blob storage.Blob) error {
	p := pending{blob, s.buf}
	if blob.Size > smallBytes {
		return s.store.send(s.ctx, []pending{p})
	}
	if cap(*s.buf) > smallBytes { // a big mail was in it: so much must not wait
		data := slices.Clone(*s.buf)
		p.data = &data
	}
	for !s.store.staged.add(p) {
		if err := s.store.settle(s.ctx); err != nil {
			return err
		}
	}
	if p.data == s.buf {
		s.buf = nil // it is not ours any more
	}
	return nil
}

// touch reports whether the content is known, and keeps it for another day.
func (s *spool) touch(blob storage.Blob) (known bool, err error) {
	err = s.store.pool.QueryRow(s.ctx, s.store.sql(`SELECT `+isKept), blob.SHA256[:]).Scan(&known)
	if known || err != nil {
		return known, err
	}
	tag, err := s.store.pool.Exec(s.ctx, s.store.sql(`UPDATE tm.blobs SET staged_at = clock_timestamp() WHERE sha256 = $1`), blob.SHA256[:])
	return tag.RowsAffected() > 0, err
}

// Discard throws the content away, or what Finish left of it. What cannot be
// removed now is swept later.
func (s *spool) Discard() {
	if s.buf != nil {
		buffers.Put(s.buf)
		s.buf = nil
	}
	if s.id == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), rollbackTime)
	defer cancel()
	_, _ = s.store.pool.Exec(ctx, s.store.sql(`WITH gone AS (DELETE FROM tm.blobs WHERE id = $1 AND sha256 IS NULL RETURNING id)
		DELETE FROM tm.blob_chunks USING gone WHERE blob = gone.id`), s.id)
	s.id = 0
}
