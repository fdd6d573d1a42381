package dirblobs

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// maxFiles is how many staged files are kept open until Sync. More are flushed
// one by one when they are finished.
const maxFiles = 256

// A spool is content being written.
type spool struct {
	ctx   context.Context // of Create; Write and Finish have none
	blobs *Blobs
	sum   hash.Hash
	size  int64
	path  string
	file  *os.File // nil: ended
	buf   *bufio.Writer
	err   error // of a Write; the content is lost
}

var errSpoolEnded = errors.New("blob was finished or discarded")

func newSpool(ctx context.Context, b *Blobs) (*spool, error) {
	path := b.spool + "/" + rand.Text()
	f, err := b.root.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create blob: %w", err)
	}
	return &spool{ctx: ctx, blobs: b, sum: sha256.New(), path: path, file: f, buf: bufio.NewWriterSize(f, 64<<10)}, nil
}

// Write takes content.
func (s *spool) Write(p []byte) (int, error) {
	switch {
	case s.file == nil:
		return 0, errSpoolEnded
	case s.err != nil:
		return 0, s.err
	case s.ctx.Err() != nil:
		return 0, context.Cause(s.ctx)
	}
	s.sum.Write(p)
	s.size += int64(len(p))
	n, err := s.buf.Write(p)
	if err != nil {
		s.err = fmt.Errorf("spool: %w", err)
	}
	return n, s.err
}

// Finish stages the content, unless it is there already.
func (s *spool) Finish() (message.Blob, error) {
	if s.file == nil {
		return message.Blob{}, errSpoolEnded
	}
	defer s.Discard()
	blob := storage.Blob{SHA256: [32]byte(s.sum.Sum(nil)), Size: s.size}
	err := s.err
	if err == nil {
		err = s.blobs.usable(s.ctx)
	}
	if err == nil {
		err = s.stage(blob)
	}
	if err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", err)
	}
	return blob, nil
}

func (s *spool) stage(blob storage.Blob) error {
	if known, err := s.blobs.renew(blob); known || err != nil {
		return err
	}
	if err := s.buf.Flush(); err != nil {
		return err
	}
	b := s.blobs
	b.mu.Lock()
	many := b.files >= maxFiles
	b.mu.Unlock()
	staged := &stagedFile{blob: blob, path: s.path, file: s.file}
	if many {
		if err := errors.Join(s.file.Sync(), s.file.Close()); err != nil {
			return err
		}
		staged.file = nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return storage.ErrClosed
	}
	if _, ok := b.staged[blob.SHA256]; ok {
		return nil
	}
	b.staged[blob.SHA256] = staged
	delete(b.lost, blob.SHA256)
	if staged.file != nil {
		b.files++
	}
	s.file = nil // it is not ours to remove any more
	return nil
}

// Discard throws the content away, or what Finish left of it.
func (s *spool) Discard() {
	if s.file != nil {
		s.blobs.drop(&stagedFile{path: s.path, file: s.file})
		s.file = nil
	}
}

// renewAfter is the age from which content that is staged anew becomes young
// again. It saves a system call for what comes with every mail.
const renewAfter = time.Hour

// renew reports whether content has a name already, and keeps it for another
// day. The name may be another process's, which has not flushed it yet.
func (b *Blobs) renew(blob storage.Blob) (known bool, err error) {
	unlock, err := lock(b.root, false) // it must not be swept between the look and the new time
	if err != nil {
		return false, err
	}
	defer unlock()
	info, err := b.root.Stat(name(blob.SHA256))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil || info.Size() != blob.Size { // a damaged file is replaced
		return false, err
	}
	now := b.now()
	b.mu.Lock()
	_, again := b.lost[blob.SHA256]
	delete(b.lost, blob.SHA256)
	young := now.Sub(info.ModTime()) < renewAfter
	if young || again {
		b.names[shard(blob.SHA256)] = struct{}{}
	}
	b.mu.Unlock()
	if young {
		return true, nil
	}
	return true, b.root.Chtimes(name(blob.SHA256), now, now)
}

// A reader reads content and compares it with its name.
type reader struct {
	ctx  context.Context // of Open; Read has none
	file *os.File
	sum  hash.Hash
	read int64
	blob storage.Blob
}

func newReader(ctx context.Context, f *os.File, blob storage.Blob) *reader {
	return &reader{ctx: ctx, file: f, sum: sha256.New(), blob: blob}
}

var errDamaged = errors.New("stored content is damaged")

// Read reads content. Instead of io.EOF it returns an error where the content
// is not what was stored.
func (r *reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n, err := r.file.Read(p)
	r.sum.Write(p[:n])
	r.read += int64(n)
	if errors.Is(err, io.EOF) && (r.read != r.blob.Size || [32]byte(r.sum.Sum(nil)) != r.blob.SHA256) {
		return n, fmt.Errorf("blob %x: %w", r.blob.SHA256, errDamaged)
	}
	return n, err
}

// Close ends reading.
func (r *reader) Close() error { return r.file.Close() }
