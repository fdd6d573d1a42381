package storage

import "context"

// A Pruner is a [Store] that can take away what the other interfaces only add
// to. It is an optional capability: retention and erasure need it.
//
// Content that a store keeps goes in two steps, so that neither a writer nor a
// crash in between can make a reference dangle. In the transaction that takes
// a reference away the content is released; Discard then removes what was
// released and is found to be referred to by nobody. A record put meanwhile
// that refers to it, or somebody who stages it anew, keeps it. Who had staged it
// before it was released, and refers to it after it was removed, is refused
// with ErrNotFound, as for any content that is not there, and stages it again. Stores whose
// content is kept elsewhere do nothing in either step: there the Blobs' own
// sweep does it.
type Pruner interface {
	Store

	// Prune is Update with a writer that can take away. What it takes away or
	// replaces is not left readable in the files of the store, as far as the
	// database can be told so.
	Prune(ctx context.Context, fn func(w PruneWriter) error) error

	// Discard removes released content that no record refers to, and returns
	// how many pieces that were. It reads all references of the store if there
	// is any such content, holds no lock meanwhile, and may be repeated after
	// a crash. It is called after the Prune that released the content.
	Discard(ctx context.Context) (removed int, err error)
}

// A PruneWriter is a [Writer] that can take away.
type PruneWriter interface {
	Writer

	// DeleteMails removes outgoing mails. Unknown ids do not matter.
	DeleteMails(ctx context.Context, ids ...string) error

	// ReplaceChange replaces the line of history with the number c.Seq, or
	// fails with ErrNotFound. It is for erasure: history is not corrected.
	ReplaceChange(ctx context.Context, c Change) error

	// Release notes that a reference to content was taken away, in this
	// transaction. What is referred to elsewhere, or is unknown, does not
	// matter.
	Release(ctx context.Context, blobs ...Blob) error
}
