// Package cloudblobs keeps raw mails and files in an object store: S3, Google
// Cloud Storage, Azure, or whatever else gocloud.dev/blob has a driver for.
// The host opens the bucket, with its own credentials and options:
//
//	bucket, err := blob.OpenBucket(ctx, "s3://tickets?region=eu-central-1")
//	…
//	blobs := cloudblobs.New(bucket, nil)
//
// The bucket's listings and reads must be strongly consistent, as those of the
// three stores named are, and objects that were written must be durable. Each
// piece of content costs one listing and one upload; over 1 MiB it is uploaded
// while it comes in, and then copied within the bucket.
//
// # Names and removal
//
// An object is called by the SHA-256 and the size of its content, and by what
// no other object has: so the same content may be there in several copies, of
// which readers take the youngest. That is what lets [Blobs.Sweep] remove
// objects where no lock holds off a writer: content that is staged anew
// counts as there only while a copy is younger than a day, and only copies
// that are older than two days are ever removed.
package cloudblobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// Options say how [Blobs] work. The zero value is the default.
type Options struct {
	Logger *slog.Logger // nil: no logging
}

// Blobs is a [storage.Blobs] and [storage.Lister] on a bucket. It is safe for
// concurrent use. [New] makes it.
type Blobs struct {
	bucket *blob.Bucket
	log    *slog.Logger
}

var (
	_ storage.Blobs  = (*Blobs)(nil)
	_ storage.Lister = (*Blobs)(nil)
)

// New returns Blobs in bucket, which stays the caller's. For a part of a bucket
// use blob.PrefixedBucket. opts may be nil.
func New(bucket *blob.Bucket, opts *Options) *Blobs {
	b := &Blobs{bucket: bucket, log: slog.New(slog.DiscardHandler)}
	if opts != nil && opts.Logger != nil {
		b.log = opts.Logger
	}
	return b
}

const (
	contentDir = "content/" // then prefix and a name of the copy
	spoolDir   = "spool/"   // content that is still coming in
)

// prefix returns what the names of all copies of content begin with.
func prefix(b storage.Blob) string {
	sum := hex.EncodeToString(b.SHA256[:])
	return contentDir + sum[:2] + "/" + sum + "-" + strconv.FormatInt(b.Size, 10) + "/"
}

// parse is the inverse of prefix for the key of a copy.
func parse(key string) (b storage.Blob, ok bool) {
	rest, ok := strings.CutPrefix(key, contentDir)
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 {
		return b, false
	}
	sum, size, _ := strings.Cut(parts[1], "-")
	raw, err := hex.DecodeString(sum)
	if err != nil || len(raw) != sha256.Size {
		return b, false
	}
	n, err := strconv.ParseInt(size, 10, 64)
	return storage.Blob{SHA256: [32]byte(raw), Size: n}, err == nil && n >= 0
}

// A stored is one copy of content.
type stored struct {
	key string
	at  time.Time // when it was written, by the bucket's clock
}

// youngest returns the copy of content that was written last.
func (b *Blobs) youngest(ctx context.Context, content storage.Blob) (last stored, ok bool, err error) {
	for o, err := range b.list(ctx, prefix(content)) {
		if err != nil {
			return last, false, err
		}
		if o.Size == content.Size && (!ok || o.ModTime.After(last.at)) {
			last, ok = stored{o.Key, o.ModTime}, true
		}
	}
	return last, ok, nil
}

// list yields the objects whose names begin with prefix, by name.
func (b *Blobs) list(ctx context.Context, prefix string) iter.Seq2[*blob.ListObject, error] {
	return func(yield func(*blob.ListObject, error) bool) {
		for it := b.bucket.List(&blob.ListOptions{Prefix: prefix}); ; {
			o, err := it.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

// Sync implements [storage.Blobs]. It does nothing: content is durable when it
// is finished.
func (b *Blobs) Sync(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Open implements [storage.Blobs]. A copy that is swept between the look and
// the opening was not the youngest, or nothing refers to it.
func (b *Blobs) Open(ctx context.Context, content storage.Blob) (io.ReadCloser, error) {
	at, ok, err := b.youngest(ctx, content)
	if err == nil && !ok {
		err = storage.ErrNotFound
	}
	var r *blob.Reader
	if err == nil {
		r, err = b.bucket.NewReader(ctx, at.key, nil)
	}
	if gcerrors.Code(err) == gcerrors.NotFound {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %x: %w", content.SHA256, cause(ctx, err))
	}
	return &reader{ctx: ctx, from: r, sum: sha256.New(), blob: content}, nil
}

// Create implements [storage.Blobs]. The spool serves one goroutine.
func (b *Blobs) Create(ctx context.Context) (message.Spool, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return newSpool(ctx, b), nil
}

// cause returns why ctx ended, where that is what an error is about.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// A reader reads content and compares it with its name.
type reader struct {
	ctx  context.Context // of Open; Read has none
	from *blob.Reader
	sum  hash.Hash
	read int64
	blob storage.Blob
}

var errDamaged = errors.New("stored content is damaged")

// Read reads content. Instead of io.EOF it returns an error where the content
// is not what was stored.
func (r *reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n, err := r.from.Read(p)
	r.sum.Write(p[:n])
	r.read += int64(n)
	if errors.Is(err, io.EOF) && (r.read != r.blob.Size || [32]byte(r.sum.Sum(nil)) != r.blob.SHA256) {
		return n, fmt.Errorf("blob %x: %w", r.blob.SHA256, errDamaged)
	}
	return n, err
}

// Close ends reading.
func (r *reader) Close() error { return r.from.Close() }
