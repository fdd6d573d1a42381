package cloudblobs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"time"

	"gocloud.dev/blob"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// bufferBytes is how much content is held in memory; more is uploaded while it
// comes in, before its name is known.
const bufferBytes = 1 << 20

// A spool is content being written.
type spool struct {
	ctx    context.Context // of Create; Write and Finish have none
	cancel context.CancelFunc
	blobs  *Blobs
	sum    hash.Hash
	size   int64
	buf    []byte
	ended  bool
	key    string       // of the upload; empty: all is in buf
	upload *blob.Writer // nil: there is none, or it is closed
	err    error        // of a Write; the content is lost
}

var errSpoolEnded = errors.New("blob was finished or discarded")

func newSpool(ctx context.Context, b *Blobs) *spool {
	ctx, cancel := context.WithCancel(ctx)
	return &spool{ctx: ctx, cancel: cancel, blobs: b, sum: sha256.New()}
}

// Write takes content.
func (s *spool) Write(p []byte) (int, error) {
	switch {
	case s.ended:
		return 0, errSpoolEnded
	case s.err != nil:
		return 0, s.err
	case s.ctx.Err() != nil:
		return 0, context.Cause(s.ctx)
	}
	s.sum.Write(p)
	s.size += int64(len(p))
	if s.upload == nil && len(s.buf)+len(p) <= bufferBytes {
		s.buf = append(s.buf, p...)
		return len(p), nil
	}
	if s.err = s.spill(p); s.err != nil {
		return 0, s.err
	}
	return len(p), nil
}

// spill sends what is in the buffer, and p.
func (s *spool) spill(p []byte) (err error) {
	if s.upload == nil {
		s.key = spoolDir + rand.Text()
		if s.upload, err = s.blobs.writer(s.ctx, s.key, bufferBytes); err != nil {
			return err
		}
		if _, err = s.upload.Write(s.buf); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		s.buf = nil
	}
	if _, err = s.upload.Write(p); err != nil {
		return fmt.Errorf("spool: %w", cause(s.ctx, err))
	}
	return nil
}

func (b *Blobs) writer(ctx context.Context, key string, buffer int) (*blob.Writer, error) {
	w, err := b.bucket.NewWriter(ctx, key, &blob.WriterOptions{
		ContentType: "application/octet-stream", DisableContentTypeDetection: true, BufferSize: buffer, MaxConcurrency: 1,
	})
	if err != nil {
		return nil, cause(ctx, err)
	}
	return w, nil
}

// Finish stages the content, unless a young copy of it is there.
func (s *spool) Finish() (message.Blob, error) {
	if s.ended {
		return message.Blob{}, errSpoolEnded
	}
	defer s.Discard()
	content := storage.Blob{SHA256: [32]byte(s.sum.Sum(nil)), Size: s.size}
	err := s.err
	if err == nil && s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	if err == nil {
		err = s.stage(content)
	}
	if err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", cause(s.ctx, err))
	}
	return content, nil
}

// fresh is how long a copy serves those who stage the same content anew. A copy
// is not removed until keep after that.
const (
	fresh = 24 * time.Hour
	keep  = 24 * time.Hour
)

func (s *spool) stage(content storage.Blob) error {
	b := s.blobs
	last, ok, err := b.youngest(s.ctx, content)
	if err != nil || ok && time.Since(last.at) < fresh {
		return err
	}
	key := prefix(content) + rand.Text()
	if s.key == "" {
		w, err := b.writer(s.ctx, key, len(s.buf))
		if err != nil {
			return err
		}
		_, err = w.Write(s.buf)
		if err != nil {
			s.cancel() // so that Close does not keep what was written
		}
		return errors.Join(err, w.Close())
	}
	w := s.upload
	s.upload = nil
	if err := w.Close(); err != nil {
		return err
	}
	return b.bucket.Copy(s.ctx, key, s.key, nil)
}

// cleanUpTime bounds how long what Discard removes may take.
const cleanUpTime = 10 * time.Second

// Discard throws the content away, or what Finish left of it. What cannot be
// removed now is swept later.
func (s *spool) Discard() {
	if s.ended {
		return
	}
	s.ended, s.buf = true, nil
	s.cancel()
	if s.upload != nil {
		_ = s.upload.Close() // it is cancelled: nothing is written
	}
	if s.key == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), cleanUpTime)
	defer cancel()
	_ = s.blobs.bucket.Delete(ctx, s.key)
}
