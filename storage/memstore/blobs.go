package memstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// blobs keeps content. What is staged stays until the process ends, as
// referenced content does, so the two need not be told apart.
type blobs struct {
	mu       sync.RWMutex
	content  map[storage.Blob][][]byte // in pieces of pieceSize, the last one shorter
	released map[[32]byte]struct{}     // see Discard
}

// pieceSize is how much content is kept in one piece. In one slice that grows
// a large mail would take three times its size while it comes in.
const pieceSize = 64 << 10

// get returns content, which is never changed.
func (b *blobs) get(blob storage.Blob) ([][]byte, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	content, ok := b.content[blob]
	return content, ok
}

// keep takes over content, unless it is there already.
func (b *blobs) keep(blob storage.Blob, content [][]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.released, blob.SHA256)
	if _, ok := b.content[blob]; !ok {
		b.content[blob] = content
	}
}

// refer makes sure that content a record names is there.
func (t *tx) refer(ctx context.Context, blob storage.Blob) error {
	if blob.IsZero() {
		return nil
	}
	if other := t.store.other; other != nil {
		if err := storage.CheckReference(ctx, other, blob); err != nil {
			return err
		}
		if t.known == nil {
			t.known = make(map[storage.Blob]struct{})
		}
		t.known[blob] = struct{}{}
		return nil
	}
	if _, ok := t.store.blobs.get(blob); !ok {
		return fmt.Errorf("blob %x of %d bytes: %w", blob.SHA256, blob.Size, storage.ErrNotFound)
	}
	return nil
}

// Sync implements [storage.Blobs]. It does nothing for content in memory.
func (s *Store) Sync(ctx context.Context) error {
	if s.other != nil {
		return s.other.Sync(ctx)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Open implements [storage.Blobs].
func (s *Store) Open(ctx context.Context, blob storage.Blob) (io.ReadCloser, error) {
	if s.other != nil {
		return s.other.Open(ctx, blob)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("open blob %x: %w", blob.SHA256, context.Cause(ctx))
	}
	content, ok := s.blobs.get(blob)
	if !ok {
		return nil, fmt.Errorf("open blob %x: %w", blob.SHA256, storage.ErrNotFound)
	}
	pieces := make([]io.Reader, len(content))
	for i, p := range content {
		pieces[i] = bytes.NewReader(p)
	}
	return io.NopCloser(io.MultiReader(pieces...)), nil
}

// Create implements [message.Sink]. The spool serves one goroutine.
func (s *Store) Create(ctx context.Context) (message.Spool, error) {
	if s.other != nil {
		return s.other.Create(ctx)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return &spool{ctx: ctx, blobs: &s.blobs, hash: sha256.New()}, nil
}

// A spool is content being written.
type spool struct {
	ctx    context.Context // of Create; Write and Finish have none
	blobs  *blobs
	hash   hash.Hash
	size   int64
	pieces [][]byte
	ended  bool
}

var errSpoolEnded = errors.New("blob was finished or discarded")

// Write takes content.
func (s *spool) Write(p []byte) (int, error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	s.hash.Write(p)
	s.size += int64(len(p))
	for rest := p; len(rest) > 0; {
		last := len(s.pieces) - 1
		if last < 0 || len(s.pieces[last]) == pieceSize {
			s.pieces = append(s.pieces, nil)
			last++
		}
		n := min(len(rest), pieceSize-len(s.pieces[last]))
		s.pieces[last] = append(s.pieces[last], rest[:n]...)
		rest = rest[n:]
	}
	return len(p), nil
}

// Finish keeps the content and returns its name.
func (s *spool) Finish() (message.Blob, error) {
	if err := s.usable(); err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", err)
	}
	blob := message.Blob{SHA256: [32]byte(s.hash.Sum(nil)), Size: s.size}
	if last := len(s.pieces) - 1; last >= 0 {
		s.pieces[last] = bytes.Clone(s.pieces[last]) // without spare room
	}
	s.blobs.keep(blob, s.pieces)
	s.Discard()
	return blob, nil
}

// Discard throws the content away, or does nothing after Finish.
func (s *spool) Discard() { s.ended, s.pieces = true, nil }

func (s *spool) usable() error {
	if s.ended {
		return errSpoolEnded
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return nil
}
