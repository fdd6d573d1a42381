package ticketmail

import (
	"context"
	"fmt"

	"example.com/ticketmail/storage"
)

// Bouncing reports whether mail to an address is known to come back, so that
// nobody is mailed there; see [Engine.ClearBounce].
func (e *Engine) Bouncing(ctx context.Context, address string) (bool, error) {
	known := false
	err := e.store.View(ctx, func(r storage.Reader) (err error) {
		known, err = hasBounced(ctx, r.Settings(), address)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("whether mail to an address comes back: %w", err)
	}
	return known, nil
}
