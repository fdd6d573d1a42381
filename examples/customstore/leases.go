package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"example.com/ticketmail/storage"
)

// leases keep their row when given back, so that the fence goes on growing.
// Several machines need one clock: the database's, not now.
type leases struct{ *tx }

// Acquire implements [storage.Leases].
func (p leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	l := storage.Lease{Name: name}
	var expires int64
	err := p.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&l.Holder, &l.Fence, &expires) }, `SELECT holder, fence, expires FROM tm_lease WHERE name = ?`, name)
	now := p.store.now()
	left := time.UnixMicro(expires).Sub(now)
	if err == nil && l.Holder != "" && l.Holder != holder && left > 0 && l.Fence != dead {
		err = &storage.HeldError{Lease: l, Left: left}
	}
	if err == nil {
		if l.Holder != holder {
			l.Holder = holder
			l.Fence++
		}
		_, err = p.exec(ctx, `INSERT INTO tm_lease VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
			SET holder = excluded.holder, fence = excluded.fence, expires = excluded.expires`, name, holder, l.Fence, now.Add(ttl).UnixMicro())
	}
	if err != nil {
		return storage.Lease{}, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	return l, nil
}

// Renew implements [storage.Leases].
func (p leases) Renew(ctx context.Context, l storage.Lease, ttl time.Duration) error {
	err := p.mustWrite(ctx, storage.ErrLeaseLost, `UPDATE tm_lease SET expires = ? WHERE name = ? AND holder = ? AND fence = ? AND holder <> ''`,
		p.store.now().Add(ttl).UnixMicro(), l.Name, l.Holder, l.Fence)
	return in(err, "renew lease %s", l.Name)
}

// Release implements [storage.Leases].
func (p leases) Release(ctx context.Context, l storage.Lease) error {
	_, err := p.exec(ctx, `UPDATE tm_lease SET holder = '', expires = 0 WHERE name = ? AND holder = ? AND fence = ?`, l.Name, l.Holder, l.Fence)
	return in(err, "release lease %s", l.Name)
}
