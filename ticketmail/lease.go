package ticketmail

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.com/ticketmail/internal/process"
	"example.com/ticketmail/storage"
)

// A heldLease is the right to work on one mailbox, kept alive in the
// background until it is released.
type heldLease struct {
	lease  storage.Lease
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// acquire takes a lease, from a holder on this host that is known to be dead
// at once. The context returned ends when the lease is lost. A lease that is
// somebody else's is a *storage.HeldError.
func (e *Engine) acquire(ctx context.Context, name string) (*heldLease, context.Context, error) {
	h := &heldLease{}
	holder := process.Holder()
	take := func(dead int64) error {
		return e.store.Update(ctx, func(w storage.Writer) error {
			var err error
			h.lease, err = w.Leases().Acquire(ctx, name, holder, leaseTime, dead)
			return err
		})
	}
	err := take(0)
	if held, ok := errors.AsType[*storage.HeldError](err); ok && process.Dead(held.Lease.Holder) {
		err = take(held.Lease.Fence)
	}
	if err != nil {
		return nil, nil, err
	}
	alive, lost := context.WithCancelCause(ctx)
	refresh, cancel := context.WithCancel(ctx)
	h.cancel = cancel
	h.wg.Go(func() {
		defer lost(nil)
		h.refresh(refresh, e.store, lost)
	})
	return h, alive, nil
}

// refresh renews the lease until ctx is done. A store that does not answer
// for as long as the lease lasts has lost it for us.
func (h *heldLease) refresh(ctx context.Context, store storage.Store, lost context.CancelCauseFunc) {
	tick := time.NewTicker(leaseTime / 3)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		attempt, cancel := context.WithTimeout(ctx, leaseTime/3)
		err := store.Update(attempt, func(w storage.Writer) error { return h.renew(attempt, w) })
		cancel()
		switch {
		case err == nil:
			renewed = time.Now()
		case errors.Is(err, storage.ErrLeaseLost), time.Since(renewed) > leaseTime*2/3:
			lost(storage.ErrLeaseLost)
			return
		}
	}
}

// renew extends the lease in the transaction of the work it protects.
func (h *heldLease) renew(ctx context.Context, w storage.Writer) error {
	return w.Leases().Renew(ctx, h.lease, leaseTime)
}

// release gives the lease back, as well as it can: one that stays expires.
func (h *heldLease) release(ctx context.Context, store storage.Store) {
	h.cancel()
	h.wg.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = store.Update(ctx, func(w storage.Writer) error { return w.Leases().Release(ctx, h.lease) })
}
