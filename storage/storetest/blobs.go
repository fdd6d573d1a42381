package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"example.com/ticketmail/storage"
)

// A blobEnv is what a check of Blobs works with.
type blobEnv struct {
	ctx   context.Context
	blobs storage.Blobs
}

func blobOf(content string) storage.Blob {
	return storage.Blob{SHA256: sha256.Sum256([]byte(content)), Size: int64(len(content))}
}

// write stages content in pieces of uneven size.
func write(ctx context.Context, blobs storage.Blobs, content string) (storage.Blob, error) {
	spool, err := blobs.Create(ctx)
	if err != nil {
		return storage.Blob{}, err
	}
	defer spool.Discard()
	for n := 1; content != ""; n = n*3 + 1 {
		piece := content[:min(n, len(content))]
		content = content[len(piece):]
		if _, err := io.WriteString(spool, piece); err != nil {
			return storage.Blob{}, err
		}
	}
	return spool.Finish()
}

func (e *blobEnv) read(b storage.Blob) (string, error) {
	r, err := e.blobs.Open(e.ctx, b)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

// keeps writes content and reads it again.
func (e *blobEnv) keeps(content string) error {
	b, err := write(e.ctx, e.blobs, content)
	if err != nil {
		return err
	}
	if want := blobOf(content); b != want {
		return fmt.Errorf("content of %d bytes is called %x with %d bytes, want %x", len(content), b.SHA256, b.Size, want.SHA256)
	}
	for _, when := range []string{"staged", "synced"} {
		got, err := e.read(b)
		if err != nil {
			return fmt.Errorf("read %s content of %d bytes: %w", when, len(content), err)
		}
		if got != content {
			return fmt.Errorf("%s content of %d bytes came back with %d bytes or changed", when, len(content), len(got))
		}
		if err := e.blobs.Sync(e.ctx); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
	}
	return nil
}

func blobContent(e *blobEnv) error {
	for _, content := range []string{"", "x", hostile, "\r\n.\r\n", strings.Repeat("0123456789abcdef", 1<<17) + "end"} {
		if err := e.keeps(content); err != nil {
			return err
		}
	}
	return nil
}

func blobSame(e *blobEnv) error {
	for range 3 {
		if err := e.keeps("the same mail"); err != nil {
			return err
		}
	}
	return nil
}

func blobUnknown(e *blobEnv) error {
	b, err := write(e.ctx, e.blobs, "known")
	if err != nil {
		return err
	}
	_, err = e.blobs.Open(e.ctx, blobOf("unknown"))
	if err := wants("open unknown content", err, storage.ErrNotFound); err != nil {
		return err
	}
	b.Size++
	_, err = e.blobs.Open(e.ctx, b)
	return wants("open known content of another size", err, storage.ErrNotFound)
}

func blobDiscard(e *blobEnv) error {
	spool, err := e.blobs.Create(e.ctx)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(spool, "thrown away"); err != nil {
		return err
	}
	spool.Discard()
	spool.Discard()
	_, err = e.blobs.Open(e.ctx, blobOf("thrown away"))
	if err := wants("open discarded content", err, storage.ErrNotFound); err != nil {
		return err
	}
	return e.keeps("kept") // whose spool is discarded after Finish
}

func blobFinished(e *blobEnv) error {
	spool, err := e.blobs.Create(e.ctx)
	if err != nil {
		return err
	}
	if _, err := spool.Finish(); err != nil {
		return err
	}
	if _, err := spool.Write([]byte("x")); err == nil {
		return errors.New("Write after Finish gave no error")
	}
	if _, err := spool.Finish(); err == nil {
		return errors.New("a second Finish gave no error")
	}
	return nil
}

func blobParallel(e *blobEnv) error {
	return parallel(8, func(i int) error {
		for n := range 10 {
			content := fmt.Sprintf("%d %d", i/2, n) // pairs write the same
			if err := e.keeps(strings.Repeat(content, 1+n*n*n)); err != nil {
				return err
			}
		}
		return nil
	})
}

func blobCancelled(e *blobEnv) error {
	b, err := write(e.ctx, e.blobs, "content")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	_, err = write(ctx, e.blobs, "other")
	if err := wants("write with a context that is done", err, context.Canceled); err != nil {
		return err
	}
	r, err := e.blobs.Open(ctx, b)
	if err == nil {
		_, err = io.ReadAll(r)
		err = errors.Join(err, r.Close())
	}
	return wants("read with a context that is done", err, context.Canceled)
}

// blobMemory writes and reads 32 MiB and looks at the heap on the way.
func blobMemory(e *blobEnv) error {
	const pieces, size, most = 512, 64 << 10, 8 << 20
	piece := bytes.Repeat([]byte("ticket\r\n"), size/8)
	before := heap()
	spool, err := e.blobs.Create(e.ctx)
	if err != nil {
		return err
	}
	defer spool.Discard()
	for i := range pieces {
		piece[0] = byte(i) // no two alike
		if _, err := spool.Write(piece); err != nil {
			return err
		}
	}
	writing := heap() - before
	b, err := spool.Finish()
	if err != nil {
		return err
	}
	r, err := e.blobs.Open(e.ctx, b)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{r}, piece)
	if err != nil {
		return err
	}
	if reading := heap() - before; max(writing, reading) > most {
		return fmt.Errorf("%d MiB of content took %d MiB of memory while written and %d while read, want at most %d",
			pieces*size>>20, writing>>20, reading>>20, most>>20)
	}
	if n != pieces*size || [32]byte(sum.Sum(nil)) != b.SHA256 {
		return fmt.Errorf("%d bytes came back, or changed; want %d", n, pieces*size)
	}
	return nil
}

// heap returns the bytes in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
