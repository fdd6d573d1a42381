package ticketmail

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// ClearBounce forgets that mail to an address came back, so that it is mailed
// again. It happens by itself when mail from the address arrives.
func (e *Engine) ClearBounce(ctx context.Context, address string) error {
	err := e.store.Update(ctx, func(w storage.Writer) error {
		for _, form := range []string{notify.FoldAddress(address), notify.OtherForm(notify.FoldAddress(address))} { // it was kept in letters once
			if err := w.Settings().Delete(ctx, settingBounced, form); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("clear bounce: %w", err)
	}
	return nil
}

// clearBounce is ClearBounce in a transaction, which it does not burden with a
// write if there is nothing to clear.
func (t *tx) clearBounce(ctx context.Context, address string) error {
	bounced, err := t.hasBounced(ctx, address)
	if err != nil || !bounced {
		return err
	}
	t.noteBounced(address, false)
	return t.w.Settings().Delete(ctx, settingBounced, notify.FoldAddress(address))
}

// bouncing answers whether mail to an address is known to come back. The
// first error of the store is kept in failed.
func (t *tx) bouncing(ctx context.Context, failed *error) func(string) bool {
	return func(address string) bool {
		bounced, err := t.hasBounced(ctx, address)
		if err != nil && *failed == nil {
			*failed = err
		}
		return bounced
	}
}

func hasBounced(ctx context.Context, s storage.SettingsReader, address string) (bool, error) {
	_, err := s.Get(ctx, settingBounced, notify.FoldAddress(address))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
