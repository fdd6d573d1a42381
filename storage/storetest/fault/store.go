package fault

import (
	"context"
	"io"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// Store returns s with its calls numbered. Where s is a [storage.Blobs] too,
// so is what is returned; other optional capabilities of s are hidden.
//
// An error at Commit rolls the Update back, one at After hides that it was
// committed.
func (in *Injector) Store(s storage.Store) storage.Store {
	w := store{s, in}
	if b, ok := s.(storage.Blobs); ok {
		return storeWithBlobs{w, blobs{b, in}}
	}
	return w
}

// Blobs returns b with its calls numbered.
func (in *Injector) Blobs(b storage.Blobs) storage.Blobs { return blobs{b, in} }

type store struct {
	storage.Store
	in *Injector
}

type storeWithBlobs struct {
	store
	blobs
}

// View implements [storage.Store].
func (s store) View(ctx context.Context, fn func(storage.Reader) error) error {
	return s.in.around(ctx, View, func() error {
		return s.Store.View(ctx, func(r storage.Reader) error { return fn(reader{r, s.in}) })
	})
}

// Update implements [storage.Store].
func (s store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	return s.in.around(ctx, Update, func() error {
		return s.Store.Update(ctx, func(w storage.Writer) error {
			if err := fn(writer{w, s.in}); err != nil {
				return err
			}
			return s.in.reach(ctx, Update, Commit)
		})
	})
}

type blobs struct {
	b  storage.Blobs
	in *Injector
}

// Create implements [storage.Blobs].
func (b blobs) Create(ctx context.Context) (sp message.Spool, err error) {
	err = b.in.around(ctx, Create, func() error {
		sp, err = b.b.Create(ctx)
		return err
	})
	if err != nil && sp != nil { // made, and the answer lost
		sp.Discard()
		sp = nil
	}
	if err != nil {
		return nil, err
	}
	return spool{ctx, sp, b.in}, nil
}

// Sync implements [storage.Blobs].
func (b blobs) Sync(ctx context.Context) error {
	return b.in.around(ctx, Sync, func() error { return b.b.Sync(ctx) })
}

// Open implements [storage.Blobs].
func (b blobs) Open(ctx context.Context, blob storage.Blob) (io.ReadCloser, error) {
	if err := b.in.reach(ctx, Open, Before); err != nil {
		return nil, err
	}
	return b.b.Open(ctx, blob)
}

// A spool is content being written. It keeps the context in which it was
// made, since its own methods have none.
type spool struct {
	ctx context.Context //nolint:containedctx // of Create, for the plan
	s   message.Spool
	in  *Injector
}

// Write implements [message.Spool].
func (s spool) Write(p []byte) (int, error) {
	if err := s.in.within(s.ctx, "write"); err != nil {
		return 0, err
	}
	return s.s.Write(p)
}

// Finish implements [message.Spool].
func (s spool) Finish() (b storage.Blob, err error) {
	err = s.in.around(s.ctx, Finish, func() error {
		b, err = s.s.Finish()
		return err
	})
	if err != nil {
		return storage.Blob{}, err
	}
	return b, nil
}

// Discard implements [message.Spool].
func (s spool) Discard() { s.s.Discard() }
