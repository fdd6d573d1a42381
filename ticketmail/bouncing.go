package ticketmail

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Bouncing reports whether mail to an address is known to come back, so that
// nobody is mailed there; see [Engine.ClearBounce].
func (e *Engine) Bouncing(ctx context.Context, address string) (bool, error) {
	known := false
	err := e.store.View(ctx, func(r storage.Reader) error {
		_, err := r.Settings().Get(ctx, settingBounced, notify.FoldAddress(address))
		if known = err == nil; errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("whether mail to an address comes back: %w", err)
	}
	return known, nil
}
