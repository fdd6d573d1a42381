package sqlitestore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"sync"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// bufferBytes is how much of a piece of content is held in memory; more goes
// to a file of its own.
const bufferBytes = 1 << 20

// buffers are reused: a drain needs two at a time.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// A spool is content being written: in a buffer with room for a record's
// header in front, or in a file.
type spool struct {
	ctx   context.Context // of Create; Finish has none
	blobs *blobs
	sum   hash.Hash
	size  int64
	buf   *[]byte  // nil: ended
	big   *segment // nil: all is in buf
	err   error    // of a Write; the content is lost
}

var errSpoolEnded = errors.New("blob was finished or discarded")

func newSpool(ctx context.Context, b *blobs) *spool {
	s := &spool{ctx: ctx, blobs: b, sum: sha256.New(), buf: buffers.Get().(*[]byte)}
	*s.buf = (*s.buf)[:recordHeader]
	return s
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
		if len(*s.buf) >= bufferBytes {
			if s.err = s.spill(); s.err != nil {
				return 0, s.err
			}
		}
		n := min(len(rest), bufferBytes-len(*s.buf))
		*s.buf = append(*s.buf, rest[:n]...)
		rest = rest[n:]
	}
	return len(p), nil
}

// spill moves the buffer to the content's file, which it begins if needed. The
// header that stands in front is filled in by Finish.
func (s *spool) spill() error {
	if s.big == nil {
		seg, err := s.blobs.createFile()
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		s.big = seg
	}
	if _, err := s.big.file.WriteAt(*s.buf, s.big.size); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	s.big.size += int64(len(*s.buf))
	*s.buf = (*s.buf)[:0]
	return nil
}

// Finish stages the content, unless it is staged or lasting already.
func (s *spool) Finish() (message.Blob, error) {
	if s.buf == nil {
		return message.Blob{}, errSpoolEnded
	}
	defer s.Discard()
	blob := storage.Blob{SHA256: [32]byte(s.sum.Sum(nil)), Size: s.size}
	err := s.err
	if err == nil {
		err = s.stage(blob)
	}
	if err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", err)
	}
	return blob, nil
}

func (s *spool) stage(blob storage.Blob) error {
	if known, err := s.blobs.kept(s.ctx, blob); known || err != nil {
		return err
	}
	if s.big == nil {
		return s.blobs.append(s.ctx, *s.buf, blob)
	}
	if err := s.spill(); err != nil {
		return err
	}
	header := make([]byte, recordHeader)
	putHeader(header, blob)
	if _, err := s.big.file.WriteAt(header, 0); err != nil {
		return err
	}
	if s.blobs.adopt(s.big, blob) {
		s.big = nil
	}
	return nil
}

// Discard throws the content away, or what Finish left of it.
func (s *spool) Discard() {
	if s.buf != nil {
		buffers.Put(s.buf)
		s.buf = nil
	}
	if s.big != nil {
		s.blobs.remove(s.big)
		s.big = nil
	}
}
