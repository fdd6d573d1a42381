package ticketmail

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/ticketmail/internal/process"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// A heldLease is the right to work on one mailbox, kept alive in the
// background until it is released.
type heldLease struct {
	lease    storage.Lease
	observer *observed
	won      time.Time
	lost     atomic.Bool // and the Observer told
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

// acquire takes a lease, from a holder on this host that is known to be dead
// at once. The context returned ends when the lease is lost. A lease that is
// somebody else's is a *storage.HeldError.
func (e *Engine) acquire(ctx context.Context, name string) (*heldLease, context.Context, error) {
	h := &heldLease{observer: e.observer}
	holder := process.Holder()
	take := func(dead int64) error {
		return e.store.Update(ctx, func(w storage.Writer) error {
			var err error
			h.lease, err = w.Leases().Acquire(ctx, name, holder, leaseTime, dead)
			return err
		})
	}
	err := take(0)
	change := LeaseWon
	if held, ok := errors.AsType[*storage.HeldError](err); ok && process.Dead(held.Lease.Holder) {
		change = LeaseTakenOver
		err = take(held.Lease.Fence)
	}
	if err != nil {
		return nil, nil, err
	}
	h.won = time.Now()
	h.tell(ctx, change)
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
			h.lose(ctx)
			return
		}
	}
}

// renew extends the lease in the transaction of the work it protects.
func (h *heldLease) renew(ctx context.Context, w storage.Writer) error {
	err := w.Leases().Renew(ctx, h.lease, leaseTime)
	if errors.Is(err, storage.ErrLeaseLost) {
		h.lose(ctx)
	}
	return err
}

// lose notes that the lease is another's.
func (h *heldLease) lose(ctx context.Context) {
	if !h.lost.Swap(true) {
		h.tell(ctx, LeaseLost)
	}
}

// release gives the lease back, as well as it can: one that stays expires.
func (h *heldLease) release(ctx context.Context, store storage.Store) {
	h.cancel()
	h.wg.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = store.Update(ctx, func(w storage.Writer) error { return w.Leases().Release(ctx, h.lease) })
	if !h.lost.Load() {
		h.tell(ctx, LeaseReleased)
	}
}

func (h *heldLease) tell(ctx context.Context, change LeaseChange) {
	if h.observer == nil {
		return
	}
	told := LeaseEvent{Lease: h.lease.Name, Change: change, Fence: h.lease.Fence}
	if id, ok := strings.CutPrefix(h.lease.Name, leaseMailbox); ok {
		told.Mailbox = mailbox.ID(id)
	}
	if change == LeaseReleased || change == LeaseLost {
		told.Held = time.Since(h.won)
	}
	observe(ctx, h.observer, told)
}
