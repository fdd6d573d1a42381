package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// A blob is one file of the directory, named by its hash. It is written under
// another name, flushed and renamed by Finish; Sync flushes the directory, once
// for all names given since.

const stagedPrefix = "staged-"

func (s *Store) path(sum [32]byte) string { return filepath.Join(s.dir, hex.EncodeToString(sum[:])) }

// refer notes that the transaction refers to content, which must be there.
func (t *tx) refer(ctx context.Context, b storage.Blob) error {
	if b.IsZero() {
		return nil
	}
	if err := t.store.has(b); err != nil {
		return err
	}
	t.refers = true
	_, err := t.exec(ctx, `INSERT INTO tm_blob VALUES (?) ON CONFLICT DO NOTHING`, b.SHA256[:])
	return err
}

func (s *Store) has(b storage.Blob) error {
	info, err := os.Stat(s.path(b.SHA256))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() != b.Size {
		err = storage.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("blob %x of %d bytes: %w", b.SHA256, b.Size, err)
	}
	return nil
}

// Sync implements [storage.Blobs].
func (s *Store) Sync(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.mu.Lock() // who comes second waits for the flush that he relies on
	defer s.mu.Unlock()
	if !s.unsynced {
		return nil
	}
	if err := syncDir(s.dir); err != nil {
		return fmt.Errorf("sync blobs: %w", err)
	}
	s.unsynced = false
	return nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Sweep removes content that nothing refers to and that is older than age,
// which must be longer than a process may take from staging content to its
// Update: a day is. Call it now and then; the store does not do so by itself.
func (s *Store) Sweep(ctx context.Context, age time.Duration) error {
	return s.write(ctx, func(t *tx) error { // the lock keeps new references out
		kept := make(map[string]bool)
		err := t.each(ctx, func(rows *sql.Rows) error {
			var sum []byte
			err := rows.Scan(&sum)
			kept[hex.EncodeToString(sum)] = true
			return err
		}, `SELECT sha256 FROM tm_blob`)
		if err != nil {
			return err
		}
		files, err := os.ReadDir(s.dir)
		for _, f := range files {
			info, err := f.Info()
			if err == nil && !kept[f.Name()] && time.Since(info.ModTime()) > age {
				err = os.Remove(filepath.Join(s.dir, f.Name()))
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("sweep blobs: %w", err)
			}
		}
		return err
	})
}

// Create implements [message.Sink].
func (s *Store) Create(ctx context.Context) (message.Spool, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	file, err := os.CreateTemp(s.dir, stagedPrefix)
	if err != nil {
		return nil, fmt.Errorf("stage blob: %w", err)
	}
	return &spool{ctx: ctx, store: s, file: file, sum: sha256.New()}, nil
}

// A spool is content being written.
type spool struct {
	ctx   context.Context // of Create: Write has none
	store *Store
	file  *os.File // nil: finished or discarded
	sum   hash.Hash
	size  int64
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil {
		return 0, fs.ErrClosed
	}
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.file.Write(p)
	s.sum.Write(p[:n])
	s.size += int64(n)
	return n, err
}

// Finish implements [message.Spool]. The rename replaces the same content, if it
// is there, by a copy whose age begins now, so that no Sweep takes it.
func (s *spool) Finish() (message.Blob, error) {
	if s.file == nil {
		return message.Blob{}, fs.ErrClosed
	}
	defer s.Discard() // does nothing after the rename
	if s.ctx.Err() != nil {
		return message.Blob{}, context.Cause(s.ctx)
	}
	b := message.Blob{SHA256: [32]byte(s.sum.Sum(nil)), Size: s.size}
	if err := s.file.Sync(); err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", err)
	}
	if err := os.Rename(s.file.Name(), s.store.path(b.SHA256)); err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", err)
	}
	s.store.mu.Lock()
	s.store.unsynced = true
	s.store.mu.Unlock()
	return b, nil
}

func (s *spool) Discard() {
	if s.file == nil {
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
	s.file = nil
}

// Open implements [storage.Blobs].
func (s *Store) Open(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := s.has(b); err != nil {
		return nil, err
	}
	file, err := os.Open(s.path(b.SHA256))
	if err != nil {
		return nil, err
	}
	return &content{ctx: ctx, file: file, sum: sha256.New(), want: b}, nil
}

// content is a blob being read. What is damaged fails instead of ending.
type content struct {
	file *os.File        // not embedded: its WriteTo would pass by Read
	ctx  context.Context // of Open: Read has none
	sum  hash.Hash
	want storage.Blob
}

func (c *content) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.file.Read(p)
	c.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && [32]byte(c.sum.Sum(nil)) != c.want.SHA256 {
		return n, fmt.Errorf("blob %x is damaged", c.want.SHA256)
	}
	return n, err
}

func (c *content) Close() error { return c.file.Close() }
