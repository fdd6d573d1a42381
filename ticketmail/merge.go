package ticketmail

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/storage"
)

// A MergedError reports an action on a ticket that was merged into another.
type MergedError struct {
	Ticket, Into TicketID
}

func (e *MergedError) Error() string {
	return fmt.Sprintf("ticket %s was merged into ticket %s", e.Ticket, e.Into)
}

// Merge makes a ticket part of another one: both are the same matter. What was
// written stays where it is; answers to mails about the first become comments
// on the second, and actions on the first are refused with a *MergedError. An
// empty into takes it back. It is a line of both histories, and raises no
// event.
//
// ErrInvalid reports a ticket merged into itself, or into one that was merged
// itself; storage.ErrNotFound one that does not exist.
func (e *Engine) Merge(ctx context.Context, by Actor, id, into TicketID) error {
	if err := e.merge(ctx, by, id, into); err != nil {
		return fmt.Errorf("merge ticket %s into %s: %w", id, into, err)
	}
	return nil
}

func (e *Engine) merge(ctx context.Context, by Actor, id, into TicketID) error {
	if id == into {
		return fmt.Errorf("%w: a ticket cannot be merged into itself", ErrInvalid)
	}
	return e.update(ctx, e.newAnswers(), func(t *tx) error {
		if err := t.known(ctx, by.Person); err != nil {
			return err
		}
		k, err := t.w.Tickets().Get(ctx, id)
		if err != nil || k.MergedInto == into {
			return err
		}
		if into != "" {
			target, err := t.w.Tickets().Get(ctx, into)
			if err != nil {
				return err
			}
			if target.MergedInto != "" {
				return fmt.Errorf("%w: ticket %s was merged into %s itself", ErrInvalid, into, target.MergedInto)
			}
			if err := t.change(ctx, storage.Change{Ticket: into, Actor: by.Person, Field: storage.FieldAbsorbed, New: string(id)}); err != nil {
				return err
			}
		}
		if err := t.change(ctx, storage.Change{Ticket: id, Actor: by.Person, Field: storage.FieldMergedInto, Old: string(k.MergedInto), New: string(into)}); err != nil {
			return err
		}
		k.MergedInto, k.ChangedAt = into, t.now
		return t.w.Tickets().Put(ctx, &k)
	})
}

// open returns a ticket that something is done to: one that was merged is
// refused.
func (t *tx) open(ctx context.Context, id TicketID) (Ticket, error) {
	k, err := t.w.Tickets().Get(ctx, id)
	if err == nil && k.MergedInto != "" {
		err = &MergedError{Ticket: id, Into: k.MergedInto}
	}
	return k, err
}

// maxMerges bounds how often a merged ticket is followed: others may have been
// merged into the first before it was merged itself.
const maxMerges = 16

// current returns the ticket that an answer on k goes to: k, unless it was
// merged. A merge that leads nowhere ends at the last ticket there is.
func (t *tx) current(ctx context.Context, k Ticket) (Ticket, error) {
	for range maxMerges {
		if k.MergedInto == "" {
			break
		}
		next, err := t.w.Tickets().Get(ctx, k.MergedInto)
		if err != nil {
			if errors.Is(err, storage.ErrNotFound) {
				return k, nil
			}
			return k, err
		}
		k = next
	}
	return k, nil
}
