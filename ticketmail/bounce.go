package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// ClearBounce forgets that mail to an address came back, so that it is mailed
// again. It happens by itself when mail from the address arrives.
func (e *Engine) ClearBounce(ctx context.Context, address string) error {
	err := e.store.Update(ctx, func(w storage.Writer) error {
		return w.Settings().Delete(ctx, settingBounced, foldAddress(address))
	})
	if err != nil {
		return fmt.Errorf("clear bounce: %w", err)
	}
	return nil
}

// clearBounce is ClearBounce in a transaction, which it does not burden with a
// write if there is nothing to clear.
func (t *tx) clearBounce(ctx context.Context, address string) error {
	_, err := t.w.Settings().Get(ctx, settingBounced, foldAddress(address))
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.w.Settings().Delete(ctx, settingBounced, foldAddress(address))
}

// bouncing answers whether mail to an address is known to come back. The
// first error of the store is kept in err.
func bouncing(ctx context.Context, s storage.SettingsReader, failed *error) func(string) bool {
	return func(address string) bool {
		_, err := s.Get(ctx, settingBounced, foldAddress(address))
		if err != nil && !errors.Is(err, storage.ErrNotFound) && *failed == nil {
			*failed = err
		}
		return err == nil
	}
}

// markBounced remembers that mail to an address came back: only if delivery
// failed for good, and only for the recipient of that mail of ours.
func (t *tx) markBounced(ctx context.Context, a *arrival, k thread.Key) error {
	if a.msg.Report.Kind != message.ReportFailed {
		return nil
	}
	for m, err := range t.w.Outbox().List(ctx, notify.MailQuery{Ticket: k.Ref}) {
		if err != nil {
			return err
		}
		if m.ID != k.Mail {
			continue
		}
		for _, r := range a.msg.Report.Recipients {
			if !r.Hard || foldAddress(r.Address) != foldAddress(m.To.Address) {
				continue
			}
			value := fmt.Appendf(nil, "%s %s", t.now.Format(time.RFC3339), r.Status)
			if err := t.w.Settings().Put(ctx, settingBounced, foldAddress(r.Address), value); err != nil {
				return err
			}
		}
	}
	return nil
}
