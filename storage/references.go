package storage

import (
	"context"
	"errors"
	"io"
	"iter"

	"example.com/ticketmail/mailbox"
)

// A Reference is a place in a record that content is kept for.
type Reference struct {
	Blob    Blob
	Ticket  TicketID     // of the comment; of an entry: what became of the mail, may be empty
	Comment string       // id; empty: the reference is an entry's
	File    string       // display name of the attachment; empty: a raw mail
	Entry   *mailbox.Key // nil: the reference is a comment's
}

// References yields all references to content among the records that r sees:
// the raw mail and the files of each comment, and the raw mail of each entry
// of the ledger. The same content comes as often as it is referred to. It
// reads all tickets, comments and entries, and holds none of them.
func References(ctx context.Context, r Reader) iter.Seq2[Reference, error] {
	return func(yield func(Reference, error) bool) {
		for t, err := range r.Tickets().List(ctx, TicketQuery{}) {
			if err != nil {
				yield(Reference{}, err)
				return
			}
			for ref, err := range ticketReferences(ctx, r, t.ID) {
				if !yield(ref, err) || err != nil {
					return
				}
			}
		}
		for e, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{}) {
			if err != nil {
				yield(Reference{}, err)
				return
			}
			if !e.Raw.IsZero() && !yield(Reference{Blob: e.Raw, Ticket: e.Ticket, Entry: &e.Key}, nil) {
				return
			}
		}
	}
}

func ticketReferences(ctx context.Context, r Reader, id TicketID) iter.Seq2[Reference, error] {
	return func(yield func(Reference, error) bool) {
		for c, err := range r.Tickets().Comments(ctx, id) {
			if err != nil {
				yield(Reference{}, err)
				return
			}
			if !c.Raw.IsZero() && !yield(Reference{Blob: c.Raw, Ticket: id, Comment: c.ID}, nil) {
				return
			}
			for _, a := range c.Attachments {
				if !a.Blob.IsZero() && !yield(Reference{Blob: a.Blob, Ticket: id, Comment: c.ID, File: a.Display}, nil) {
					return
				}
			}
		}
	}
}

// Unreferenced takes out of candidates, which are SHA-256s, all content that a
// record of store refers to, as of one moment after the call. What is left may be removed by
// whoever made sure that nobody stages it meanwhile: a record refers to
// content that was staged before, or that another record refers to already.
//
// It reads the whole store in one View; call it with many candidates at once.
func Unreferenced(ctx context.Context, store Store, candidates map[[32]byte]struct{}) error {
	return store.View(ctx, func(r Reader) error {
		for ref, err := range References(ctx, r) {
			if err != nil {
				return err
			}
			delete(candidates, ref.Blob.SHA256)
			if len(candidates) == 0 {
				return nil
			}
		}
		return nil
	})
}

// A Lister is a [Blobs] that can tell what it holds. It is an optional
// capability, found by [Verify].
type Lister interface {
	// All yields each piece of content once, in no order that matters.
	All(ctx context.Context) iter.Seq2[Blob, error]
}

// A Damage is content that is not as it should be.
type Damage struct {
	Reference       // Ticket, Comment and Entry are empty: nothing refers to it
	Err       error // ErrNotFound: it is missing; others: what reading it said
}

// A Verified counts what [Verify] looked at.
type Verified struct {
	References int   // to content, in the store
	Blobs      int   // pieces of content read
	Bytes      int64 // of them
	Damaged    int   // places that were reported
}

// remembered is how many pieces of content a Verify remembers: 32 bytes each.
const remembered = 1 << 20

// Verify reads the content behind every reference in store, which proves each
// byte by its SHA-256, and then whatever else blobs holds if that is a
// [Lister]. Each damage is told to report, also the same content under several
// references; an error of report, of the store or of ctx ends it. It changes
// nothing, and may run while the store is used. Of content that is referred to
// more than once all but the first reading are saved, for up to a million
// pieces.
func Verify(ctx context.Context, store Store, blobs Blobs, report func(Damage) error) (Verified, error) {
	v := verifier{blobs: blobs, report: report, seen: make(map[Blob]error)}
	err := store.View(ctx, func(r Reader) error {
		for ref, err := range References(ctx, r) {
			if err != nil {
				return err
			}
			v.References++
			if err := v.check(ctx, ref); err != nil {
				return err
			}
		}
		return nil
	})
	if l, ok := blobs.(Lister); ok && err == nil {
		for b, listErr := range l.All(ctx) {
			if listErr != nil {
				return v.Verified, listErr
			}
			if _, ok := v.seen[b]; ok {
				continue
			}
			if err := v.check(ctx, Reference{Blob: b}); err != nil {
				return v.Verified, err
			}
		}
	}
	return v.Verified, err
}

type verifier struct {
	Verified
	blobs  Blobs
	report func(Damage) error
	seen   map[Blob]error
}

// check reads the content of one reference, and reports it if it is damaged.
// What nothing refers to may be swept while it is looked at.
func (v *verifier) check(ctx context.Context, ref Reference) error {
	damage, ok := v.seen[ref.Blob]
	if !ok {
		var n int64
		n, damage = readAll(ctx, v.blobs, ref.Blob)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		v.Blobs++
		v.Bytes += n
		if len(v.seen) >= remembered {
			clear(v.seen)
		}
		v.seen[ref.Blob] = damage
	}
	loose := ref.Comment == "" && ref.Entry == nil
	if damage == nil || loose && errors.Is(damage, ErrNotFound) {
		return nil
	}
	v.Damaged++
	return v.report(Damage{ref, damage})
}

// readAll reads content to its end, which is reached only if it is right.
func readAll(ctx context.Context, blobs Blobs, b Blob) (n int64, err error) {
	r, err := blobs.Open(ctx, b)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(io.Discard, r)
	return n, errors.Join(err, r.Close())
}
