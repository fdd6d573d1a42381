package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"example.com/ticketmail/storage"
)

// ttl is how long leases last here: long on a clock that stands still, so
// short that waiting is bearable on a real one.
func (e *env) ttl() time.Duration {
	if e.advance != nil {
		return 15 * time.Second
	}
	return 300 * time.Millisecond
}

// long is a lease that does not run out during a check.
const long = time.Hour

func (e *env) acquire(holder string, ttl time.Duration, dead int64) (l storage.Lease, err error) {
	err = e.update(func(w storage.Writer) (err error) {
		l, err = w.Leases().Acquire(e.ctx, "poll/m1", holder, ttl, dead)
		return err
	})
	return l, err
}

func (e *env) renew(l storage.Lease, ttl time.Duration) error {
	return e.update(func(w storage.Writer) error { return w.Leases().Renew(e.ctx, l, ttl) })
}

func (e *env) release(l storage.Lease) error {
	return e.update(func(w storage.Writer) error { return w.Leases().Release(e.ctx, l) })
}

func leaseHeld(e *env) error {
	a, err := e.acquire("a", long, 0)
	if err != nil {
		return err
	}
	if a.Name != "poll/m1" || a.Holder != "a" || a.Fence <= 0 {
		return fmt.Errorf("lease acquired is %+v, want its name, its holder and a fence above 0", a)
	}
	_, err = e.acquire("b", long, 0)
	held, ok := errors.AsType[*storage.HeldError](err)
	if !ok {
		return fmt.Errorf("acquiring a lease held by another: %v, want a *storage.HeldError", err)
	}
	if held.Lease != a || held.Left <= 0 || held.Left > long {
		return fmt.Errorf("HeldError says %+v for %s, want %+v for up to %s", held.Lease, held.Left, a, long)
	}
	again, err := e.acquire("a", long, 0)
	if err != nil || again != a {
		return fmt.Errorf("acquired again by its holder: %+v, %v; want %+v with the same fence", again, err, a)
	}
	other := storage.Lease{}
	err = e.update(func(w storage.Writer) (err error) {
		other, err = w.Leases().Acquire(e.ctx, "poll/m2", "b", long, 0)
		return err
	})
	if err != nil || other.Holder != "b" {
		return fmt.Errorf("a lease of another name: %+v, %v; want it to be free", other, err)
	}
	return nil
}

func leaseExpiry(e *env) error {
	a, err := e.acquire("a", e.ttl(), 0)
	if err != nil {
		return err
	}
	e.pass(e.ttl() + time.Millisecond)
	if err := e.renew(a, e.ttl()); err != nil {
		return fmt.Errorf("renewing an expired lease that nobody took: %w", err)
	}
	e.pass(e.ttl() + time.Millisecond)
	b, err := e.acquire("b", e.ttl(), 0)
	if err != nil {
		return fmt.Errorf("acquiring an expired lease: %w", err)
	}
	if b.Fence <= a.Fence {
		return fmt.Errorf("fence of the new holder is %d, want more than %d", b.Fence, a.Fence)
	}
	if err := wants("renewing a lease that another took", e.renew(a, long), storage.ErrLeaseLost); err != nil {
		return err
	}
	e.pass(e.ttl() + time.Millisecond)
	// For long: on a real clock a short time may be over before the next step.
	if err := e.renew(b, long); err != nil {
		return fmt.Errorf("renewing a lease that expired a second time: %w", err)
	}
	if _, err := e.acquire("a", long, 0); err == nil {
		return errors.New("a renewed lease was given to another")
	}
	return nil
}

func leaseRenew(e *env) error {
	a, err := e.acquire("a", long, 0)
	if err != nil {
		return err
	}
	if _, err := e.acquire("b", long, a.Fence); err != nil {
		return err
	}
	err = e.update(func(w storage.Writer) error {
		if err := w.Ledger().Put(e.ctx, pending(1)); err != nil {
			return err
		}
		return w.Leases().Renew(e.ctx, a, long)
	})
	if err := wants("work under a lost lease", err, storage.ErrLeaseLost); err != nil {
		return err
	}
	if n, err := e.countEntries(); err != nil || n != 0 {
		return fmt.Errorf("work under a lost lease left %d entries (%v), want none", n, err)
	}
	never := storage.Lease{Name: "never", Holder: "a", Fence: 1}
	return wants("renewing a lease that never was", e.renew(never, long), storage.ErrLeaseLost)
}

func leaseDead(e *env) error {
	a, err := e.acquire("a", long, 0)
	if err != nil {
		return err
	}
	if _, err := e.acquire("b", long, a.Fence+1); err == nil {
		return errors.New("the lease was taken from a holder with another fence than the dead one's")
	}
	b, err := e.acquire("b", long, a.Fence)
	if err != nil {
		return fmt.Errorf("taking over from a dead holder: %w", err)
	}
	if b.Fence <= a.Fence {
		return fmt.Errorf("fence after a takeover is %d, want more than %d", b.Fence, a.Fence)
	}
	if _, err := e.acquire("c", long, a.Fence); err == nil {
		return errors.New("the fence of a dead holder opened the lease of the next one")
	}
	return nil
}

func leaseRelease(e *env) error {
	a, err := e.acquire("a", long, 0)
	if err != nil {
		return err
	}
	if err := e.release(a); err != nil {
		return err
	}
	if err := wants("renewing a lease given back", e.renew(a, long), storage.ErrLeaseLost); err != nil {
		return err
	}
	b, err := e.acquire("b", long, 0)
	if err != nil {
		return fmt.Errorf("acquiring a lease given back: %w", err)
	}
	if b.Fence <= a.Fence {
		return fmt.Errorf("fence after a release is %d, want more than %d", b.Fence, a.Fence)
	}
	if err := e.release(a); err != nil {
		return fmt.Errorf("releasing a lost lease: %w", err)
	}
	if err := e.renew(b, long); err != nil {
		return fmt.Errorf("releasing a lost lease ended that of its holder: %w", err)
	}
	return nil
}

func leaseRace(e *env) error {
	var won atomic.Int32
	err := together(8, patience(1), func(i int, meet func()) error {
		err := e.update(func(w storage.Writer) error {
			_, err := w.Leases().Acquire(e.ctx, "poll/m1", fmt.Sprint("node", i), long, 0)
			meet()
			return err
		})
		if _, held := errors.AsType[*storage.HeldError](err); held {
			return nil
		}
		if err == nil {
			won.Add(1)
		}
		return err
	})
	if err == nil && won.Load() != 1 {
		err = fmt.Errorf("%d of 8 got the same lease, want 1", won.Load())
	}
	return err
}

// heldLeases lists leases that are held, given back, expired and taken over.
func heldLeases(e *env) error {
	lister, ok := e.store.(storage.LeaseLister)
	if !ok {
		return errNotOffered
	}
	if got, err := lister.HeldLeases(e.ctx); err != nil || len(got) != 0 {
		return fmt.Errorf("leases of an empty store: %+v, %v; want none", got, err)
	}
	var want []storage.Lease
	err := e.update(func(w storage.Writer) error {
		want = nil
		for _, name := range []string{"poll/z", "poll/é \"x'; --", "poll/a"} {
			l, err := w.Leases().Acquire(e.ctx, name, "holder of "+name, long, 0)
			if err != nil {
				return err
			}
			want = append(want, l)
		}
		back, err := w.Leases().Acquire(e.ctx, "poll/back", "a", long, 0)
		if err == nil {
			err = w.Leases().Release(e.ctx, back)
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, err := e.acquire("a", e.ttl(), 0); err != nil {
		return err
	}
	e.pass(e.ttl() + time.Millisecond)
	if err := wantHeld(e, lister, want); err != nil {
		return fmt.Errorf("of leases held, given back and expired: %w", err)
	}
	b, err := e.acquire("b", long, 0)
	if err != nil {
		return err
	}
	return wantHeld(e, lister, append(want, b))
}

// wantHeld wants these leases, in the order of their names.
func wantHeld(e *env, lister storage.LeaseLister, want []storage.Lease) error {
	held, err := lister.HeldLeases(e.ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(want, func(a, b storage.Lease) int { return strings.Compare(a.Name, b.Name) })
	if len(held) != len(want) {
		return fmt.Errorf("%d leases listed (%+v), want %d", len(held), held, len(want))
	}
	for i, l := range held {
		if l.Lease != want[i] || l.Left <= 0 || l.Left > long {
			return fmt.Errorf("lease %d is %+v for another %s, want %+v for up to %s", i, l.Lease, l.Left, want[i], long)
		}
	}
	return nil
}
