package ticketmail

import (
	"context"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// A leasedSession changes a folder only while the mailbox is ours: it asks the
// store before, since the background may not have noticed a loss yet.
type leasedSession struct {
	mailbox.Session
	lease *heldLease
	store storage.Store
}

// leased returns s under the lease, as a mailbox.Keeper if it is one.
func leased(s mailbox.Session, lease *heldLease, store storage.Store) mailbox.Session {
	l := leasedSession{s, lease, store}
	if k, ok := s.(mailbox.Keeper); ok {
		return leasedKeeper{l, k}
	}
	return l
}

func (s leasedSession) ours(ctx context.Context) error {
	return s.store.Update(ctx, func(w storage.Writer) error { return s.lease.renew(ctx, w) })
}

// Remove implements [mailbox.Session].
func (s leasedSession) Remove(ctx context.Context, items []mailbox.Item) error {
	if err := s.ours(ctx); err != nil {
		return err
	}
	return s.Session.Remove(ctx, items)
}

type leasedKeeper struct {
	leasedSession
	keeper mailbox.Keeper
}

// Move implements [mailbox.Keeper].
func (s leasedKeeper) Move(ctx context.Context, items []mailbox.Item, folder string) error {
	if err := s.ours(ctx); err != nil {
		return err
	}
	return s.keeper.Move(ctx, items, folder)
}

// Flag implements [mailbox.Keeper].
func (s leasedKeeper) Flag(ctx context.Context, items []mailbox.Item) error {
	if err := s.ours(ctx); err != nil {
		return err
	}
	return s.keeper.Flag(ctx, items)
}
