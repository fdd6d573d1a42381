package memstore

import (
	"context"
	"fmt"
	"time"

	"example.com/ticketmail/storage"
)

type leases struct{ tx *tx }

// A lease is kept after its release, without a holder, so that the fence of
// the next holder is higher.
type lease struct {
	holder  string
	fence   int64
	expires time.Time
}

// Acquire implements [storage.Leases].
func (p leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	if err := p.tx.usable(ctx); err != nil {
		return storage.Lease{}, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	now := p.tx.store.now()
	has, _ := p.tx.state.leases.get(text(name))
	if left := has.expires.Sub(now); has.holder != "" && has.holder != holder && left > 0 && has.fence != dead {
		held := storage.Lease{Name: name, Holder: has.holder, Fence: has.fence}
		return storage.Lease{}, fmt.Errorf("acquire lease %s: %w", name, &storage.HeldError{Lease: held, Left: left})
	}
	if has.holder != holder {
		has.holder = holder
		has.fence++
	}
	has.expires = now.Add(ttl)
	p.tx.state.leases = p.tx.state.leases.put(text(name), has)
	return storage.Lease{Name: name, Holder: holder, Fence: has.fence}, nil
}

// Renew implements [storage.Leases].
func (p leases) Renew(ctx context.Context, l storage.Lease, ttl time.Duration) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("renew lease %s: %w", l.Name, err)
	}
	has, ok := p.held(l)
	if !ok {
		return fmt.Errorf("renew lease %s: %w", l.Name, storage.ErrLeaseLost)
	}
	has.expires = p.tx.store.now().Add(ttl)
	p.tx.state.leases = p.tx.state.leases.put(text(l.Name), has)
	return nil
}

// Release implements [storage.Leases].
func (p leases) Release(ctx context.Context, l storage.Lease) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("release lease %s: %w", l.Name, err)
	}
	if has, ok := p.held(l); ok {
		p.tx.state.leases = p.tx.state.leases.put(text(l.Name), lease{fence: has.fence})
	}
	return nil
}

// held returns the lease if l still is it.
func (p leases) held(l storage.Lease) (lease, bool) {
	has, ok := p.tx.state.leases.get(text(l.Name))
	return has, ok && has.holder != "" && has.holder == l.Holder && has.fence == l.Fence
}

// HeldLeases implements [storage.LeaseLister].
func (s *Store) HeldLeases(ctx context.Context) ([]storage.HeldLease, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("list leases: %w", context.Cause(ctx))
	}
	now := s.now()
	var held []storage.HeldLease
	for name, has := range s.current.Load().leases.behind("") {
		if left := has.expires.Sub(now); has.holder != "" && left > 0 {
			held = append(held, storage.HeldLease{Lease: storage.Lease{Name: string(name), Holder: has.holder, Fence: has.fence}, Left: left})
		}
	}
	return held, nil
}
