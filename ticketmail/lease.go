package ticketmail

import (
	"context"
	"errors"
	"slices"
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
	lease     storage.Lease
	abandoned *abandoned
	began     time.Time
	renewed   atomic.Int64 // nanoseconds after began: when that was last done
	observer  *observed
	lost      atomic.Bool // and the Observer told
	cancel    context.CancelFunc
	wg        sync.WaitGroup
}

// abandoned remembers under which names this engine may hold leases that it
// has no use for, because the store failed when they were taken or given back.
// They need not be waited for.
type abandoned struct {
	mu      sync.Mutex
	holders map[string][]string // by name of the lease
}

func (a *abandoned) add(name, holder string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.holders == nil {
		a.holders = map[string][]string{}
	}
	a.holders[name] = append(a.holders[name], holder)
}

func (a *abandoned) has(name, holder string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.holders[name], holder)
}

// settle forgets a lease whose holder is known.
func (a *abandoned) settle(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.holders, name)
}

// acquire takes a lease, at once from a holder on this host that is known to be
// dead, and from this engine itself where it failed to give it back. The
// context returned ends when the lease is lost. A lease that is
// somebody else's is a *storage.HeldError.
func (e *Engine) acquire(ctx context.Context, name string) (*heldLease, context.Context, error) {
	h := &heldLease{observer: e.observer, abandoned: e.abandoned, began: time.Now()}
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
	held, isHeld := errors.AsType[*storage.HeldError](err)
	if isHeld && (process.Dead(held.Lease.Holder) || e.abandoned.has(name, held.Lease.Holder)) {
		change = LeaseTakenOver
		err = take(held.Lease.Fence)
		_, isHeld = errors.AsType[*storage.HeldError](err)
	}
	switch {
	case err == nil || isHeld:
		e.abandoned.settle(name)
	default: // perhaps it was taken, and the answer lost
		e.abandoned.add(name, holder)
	}
	if err != nil {
		return nil, nil, err
	}
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

// How long refresh waits for the store, and before it asks again.
const (
	renewTime  = leaseTime / 5
	renewPause = leaseTime / 30
)

// refresh renews the lease until ctx is done. A store that does not answer
// for as long as the lease lasts has lost it for us.
func (h *heldLease) refresh(ctx context.Context, store storage.Store, lost context.CancelCauseFunc) {
	h.extended()
	timer := time.NewTimer(leaseTime / 3)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Since(h.began)
		attempt, cancel := context.WithTimeout(ctx, min(renewTime, leaseTime-h.old()))
		err := store.Update(attempt, func(w storage.Writer) error { return h.renew(attempt, w) })
		cancel()
		switch {
		case err == nil:
			h.renewed.Store(max(h.renewed.Load(), int64(began))) // it may have waited for the answer
			timer.Reset(leaseTime / 3)
		case ctx.Err() != nil:
			return
		case errors.Is(err, storage.ErrLeaseLost), h.old() >= leaseTime:
			lost(storage.ErrLeaseLost)
			h.lose(ctx)
			return
		default:
			timer.Reset(min(renewPause, leaseTime-h.old()))
		}
	}
}

// extended notes that a transaction was committed which renewed the lease. A
// store with one writer at a time may keep the background waiting for that.
func (h *heldLease) extended() { h.renewed.Store(int64(time.Since(h.began))) }

// old returns how long ago the lease was extended.
func (h *heldLease) old() time.Duration { return time.Since(h.began) - time.Duration(h.renewed.Load()) }

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

// release gives the lease back, as well as it can: one that stays expires, or
// is taken over by this engine before that.
func (h *heldLease) release(ctx context.Context, store storage.Store) {
	h.cancel()
	h.wg.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := store.Update(ctx, func(w storage.Writer) error { return w.Leases().Release(ctx, h.lease) }); err != nil {
		h.abandoned.add(h.lease.Name, h.lease.Holder)
	}
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
		told.Held = time.Since(h.began)
	}
	observe(ctx, h.observer, told)
}
