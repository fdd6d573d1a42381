package ticketmail

import (
	"context"
	"fmt"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Outbox returns outgoing mails in the order in which they were planned, at
// most 100 unless q.Limit says otherwise. Held and failed ones wait for an
// administrator; see [Engine.Release].
func (e *Engine) Outbox(ctx context.Context, q notify.MailQuery) ([]notify.Mail, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	var list []notify.Mail
	err := e.store.View(ctx, func(r storage.Reader) error {
		list = nil
		for m, err := range r.Outbox().List(ctx, q) {
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return list, nil
}

// Release sends a mail after all that was held by a cap, was given up, or came
// back: it is due at once, as the same mail with the same Message-ID. ticket is
// the one it is about. A mail in any other state is refused with ErrInvalid;
// storage.ErrNotFound: there is none, or it is not kept any more. An address that
// is known to bounce is not cleared by it, see [Engine.ClearBounce], and an internal
// mail whose recipient has left meanwhile is refused again.
func (e *Engine) Release(ctx context.Context, ticket TicketID, id string) error {
	err := e.update(ctx, e.newAnswers(), func(t *tx) error {
		m, found, err := t.findMail(ctx, ticket, id)
		switch {
		case err != nil:
			return err
		case !found || emptiedMail(m):
			return storage.ErrNotFound
		}
		switch m.State {
		case notify.Held, notify.Failed, notify.Returned:
		default:
			return fmt.Errorf("%w: it is %s", ErrInvalid, m.State)
		}
		m.State, m.Due, m.Attempts, m.Error = notify.Waiting, t.now, 0, ""
		t.wake = true
		return t.w.Outbox().Put(ctx, &m)
	})
	if err != nil {
		return fmt.Errorf("release mail %s: %w", id, err)
	}
	return nil
}
