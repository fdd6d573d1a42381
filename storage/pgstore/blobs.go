package pgstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// chunkBytes is how much content stands in a row, and is held in memory.
const chunkBytes = 256 << 10

// Create implements [storage.Blobs]. The spool serves one goroutine.
func (s *Store) Create(ctx context.Context) (message.Spool, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	if s.other != nil {
		return s.other.Create(ctx)
	}
	return newSpool(ctx, s), nil
}

// Sync implements [storage.Blobs]. Small content goes to the server, where it is
// not there yet. What is staged is committed then, but not flushed:
// a commit that is, of a message to nobody, flushes what was before it in the
// log. The commit of an Update does so too, so a reference that is durable has
// durable content.
func (s *Store) Sync(ctx context.Context) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	if s.other != nil {
		return s.other.Sync(ctx)
	}
	select {
	case s.syncing <- struct{}{}: // whoever finds nothing unsaved must not overtake who is still flushing it
		defer func() { <-s.syncing }()
	case <-ctx.Done():
		return fmt.Errorf("sync blobs: %w", context.Cause(ctx))
	}
	if err := s.settle(ctx); err != nil {
		return fmt.Errorf("sync blobs: %w", err)
	}
	if !s.unsaved.Swap(false) {
		return nil
	}
	_, err := s.pool.Exec(ctx, `SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
		WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true), pg_logical_emit_message(true, 'ticketmail', '')`)
	if err != nil {
		s.unsaved.Store(true)
		return fmt.Errorf("sync blobs: %w", cause(ctx, err))
	}
	return nil
}

// Open implements [storage.Blobs]. No connection is held between reads.
func (s *Store) Open(ctx context.Context, blob storage.Blob) (io.ReadCloser, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	if s.other != nil {
		return s.other.Open(ctx, blob)
	}
	r := &blobReader{ctx: ctx, store: s, blob: blob, sum: sha256.New()}
	if data, pending := s.staged.content(blob); pending {
		r.chunk = data
		return r, nil
	}
	err := s.pool.QueryRow(ctx, s.sql(`SELECT id, data FROM tm.blobs LEFT JOIN tm.blob_chunks ON blob = id AND n = 0
		WHERE sha256 = $1 AND size = $2`), blob.SHA256[:], blob.Size).Scan(&r.id, &r.chunk)
	if errors.Is(err, pgx.ErrNoRows) {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %x: %w", blob.SHA256, cause(ctx, err))
	}
	return r, nil
}

var errDamaged = errors.New("stored content is damaged")

var errReaderClosed = errors.New("blob is closed")

// A blobReader reads content chunk by chunk and compares it with its name.
type blobReader struct {
	ctx   context.Context // of Open; Read has none
	store *Store
	blob  storage.Blob
	sum   hash.Hash

	id     int64
	n      int    // of chunk
	chunk  []byte // what is left of it
	read   int64
	closed bool
}

// Read reads content. Instead of io.EOF it returns an error where the content
// is not what was stored.
func (r *blobReader) Read(p []byte) (int, error) {
	switch {
	case r.closed:
		return 0, errReaderClosed
	case r.ctx.Err() != nil:
		return 0, context.Cause(r.ctx)
	case len(p) == 0:
		return 0, nil
	}
	if len(r.chunk) == 0 {
		if r.read >= r.blob.Size {
			return 0, r.end()
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.chunk)
	r.chunk = r.chunk[n:]
	r.read += int64(n)
	r.sum.Write(p[:n])
	return n, nil
}

// next reads the next chunk. Where it is missing or empty the content is too
// short.
func (r *blobReader) next() error {
	if r.read > 0 {
		r.n++
		err := r.store.pool.QueryRow(r.ctx, r.store.sql(`SELECT data FROM tm.blob_chunks WHERE blob = $1 AND n = $2`), r.id, r.n).Scan(&r.chunk)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("read blob %x: %w", r.blob.SHA256, cause(r.ctx, err))
		}
	}
	if len(r.chunk) == 0 {
		return fmt.Errorf("blob %x: %w", r.blob.SHA256, errDamaged)
	}
	return nil
}

// end returns io.EOF for content that is what it is called.
func (r *blobReader) end() error {
	if r.read != r.blob.Size || [32]byte(r.sum.Sum(nil)) != r.blob.SHA256 {
		return fmt.Errorf("blob %x: %w", r.blob.SHA256, errDamaged)
	}
	return io.EOF
}

// Close ends reading.
func (r *blobReader) Close() error {
	r.closed, r.chunk = true, nil
	return nil
}

// All implements [storage.Lister].
func (s *Store) All(ctx context.Context) iter.Seq2[storage.Blob, error] {
	if l, ok := s.other.(storage.Lister); ok {
		return l.All(ctx)
	}
	return func(yield func(storage.Blob, error) bool) {
		if err := s.settle(ctx); err != nil {
			yield(storage.Blob{}, fmt.Errorf("list blobs: %w", err))
			return
		}
		for last := []byte{}; ; {
			page, err := s.page(ctx, last)
			for _, b := range page {
				if !yield(b, nil) {
					return
				}
				last = b.SHA256[:]
			}
			if err != nil {
				yield(storage.Blob{}, fmt.Errorf("list blobs: %w", cause(ctx, err)))
			}
			if len(page) == 0 || err != nil {
				return
			}
		}
	}
}

// page returns content behind a hash, in order.
func (s *Store) page(ctx context.Context, after []byte) (page []storage.Blob, err error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, s.sql(`SELECT sha256, size FROM tm.blobs WHERE sha256 > $1 ORDER BY sha256 LIMIT 1000`), after)
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
