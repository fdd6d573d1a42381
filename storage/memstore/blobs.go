package memstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// blobs keeps content. What is staged stays until the process ends, as
// referenced content does, so the two need not be told apart.
type blobs struct {
	mu      sync.RWMutex
	content map[storage.Blob][]byte
}

// get returns content, which is never changed.
func (b *blobs) get(blob storage.Blob) ([]byte, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	content, ok := b.content[blob]
	return content, ok
}

// keep takes over content, unless it is there already.
func (b *blobs) keep(blob storage.Blob, content []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.content[blob]; !ok {
		b.content[blob] = content
	}
}

// refer makes sure that content a record names is there.
func (b *blobs) refer(blob storage.Blob) error {
	if blob.IsZero() {
		return nil
	}
	if _, ok := b.get(blob); !ok {
		return fmt.Errorf("blob %x of %d bytes: %w", blob.SHA256, blob.Size, storage.ErrNotFound)
	}
	return nil
}

// Sync implements [storage.Blobs]. It does nothing.
func (s *Store) Sync(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Open implements [storage.Blobs].
func (s *Store) Open(ctx context.Context, blob storage.Blob) (io.ReadCloser, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("open blob %x: %w", blob.SHA256, context.Cause(ctx))
	}
	content, ok := s.blobs.get(blob)
	if !ok {
		return nil, fmt.Errorf("open blob %x: %w", blob.SHA256, storage.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// Create implements [message.Sink]. The spool serves one goroutine.
func (s *Store) Create(ctx context.Context) (message.Spool, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return &spool{ctx: ctx, blobs: &s.blobs}, nil
}

// A spool is content being written.
type spool struct {
	ctx   context.Context // of Create; Write and Finish have none
	blobs *blobs
	buf   bytes.Buffer
	ended bool
}

var errSpoolEnded = errors.New("blob was finished or discarded")

// Write takes content.
func (s *spool) Write(p []byte) (int, error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	return s.buf.Write(p)
}

// Finish keeps the content and returns its name.
func (s *spool) Finish() (message.Blob, error) {
	if err := s.usable(); err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", err)
	}
	content := bytes.Clone(s.buf.Bytes()) // without the spare room of the buffer
	s.Discard()
	blob := message.Blob{SHA256: sha256.Sum256(content), Size: int64(len(content))}
	s.blobs.keep(blob, content)
	return blob, nil
}

// Discard throws the content away, or does nothing after Finish.
func (s *spool) Discard() {
	s.ended = true
	s.buf = bytes.Buffer{}
}

func (s *spool) usable() error {
	if s.ended {
		return errSpoolEnded
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return nil
}
