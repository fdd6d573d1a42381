package storage

import (
	"context"
	"fmt"
	"io"

	"example.com/ticketmail/mailbox/message"
)

// Blobs keeps raw mails and files, named by the SHA-256 of their content.
//
// A blob is staged while and after it is written; it becomes lasting with the
// Update that commits a reference to it (in a Comment or a ledger Entry), and
// the same content is kept once. Staged blobs that are never referenced are
// swept by the implementation, but not while a process that staged them lives;
// where that cannot be told, not sooner than a day after staging. An outgoing
// mail's Attachments are no reference of their own and need none: they are
// files of a comment, which is committed no later than the mail.
//
// Implementations are safe for concurrent use, stream, hold at most a bounded
// buffer of a blob in memory, and pass storetest.RunBlobs.
type Blobs interface {
	message.Sink

	// Sync makes all blobs finished before the call durable, in as few disk
	// flushes as possible. It is called before the Update that references
	// them, so that a committed reference never dangles.
	Sync(ctx context.Context) error

	// Open streams a blob, staged or lasting. It returns ErrNotFound for
	// unknown content, also where only the size differs. The caller closes
	// it. Reading damaged content fails before io.EOF.
	Open(ctx context.Context, b Blob) (io.ReadCloser, error)
}

var _ message.Sink = Blobs(nil)

// A Checker is a [Blobs] that can tell at little cost whether it has content.
// It is an optional capability: a store whose content is kept in Blobs of the
// host refuses references to what a Checker lacks, and trusts any other.
type Checker interface {
	// Has reports whether content is there, staged or lasting.
	Has(ctx context.Context, b Blob) (bool, error)
}

// CheckReference returns an error that is ErrNotFound for a reference to
// content that blobs, a [Checker], does not have.
func CheckReference(ctx context.Context, blobs Blobs, b Blob) error {
	c, ok := blobs.(Checker)
	if !ok || b.IsZero() {
		return nil
	}
	has, err := c.Has(ctx, b)
	if err == nil && !has {
		err = fmt.Errorf("blob %x of %d bytes: %w", b.SHA256, b.Size, ErrNotFound)
	}
	return err
}

// SyncReferences makes content durable that a transaction refers to, before
// its commit. It calls Sync, and then does for each reference what
// [CheckReference] does: content may be lost while others call Sync, and the
// one that is called here need not know of it. A store whose content is kept in
// Blobs of the host calls it.
func SyncReferences(ctx context.Context, blobs Blobs, referred map[Blob]struct{}) error {
	if err := blobs.Sync(ctx); err != nil {
		return err
	}
	for b := range referred {
		if err := CheckReference(ctx, blobs, b); err != nil {
			return err
		}
	}
	return nil
}
