package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"example.com/ticketmail/storage"
)

// leases is the part of a transaction about leases. A row stays when its lease
// is given back, so that the fence goes on growing.
type leases struct{ *tx }

// Acquire implements [storage.Leases].
func (p leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	l, err := p.acquire(ctx, name, holder, ttl, dead)
	if err != nil {
		return storage.Lease{}, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	return l, nil
}

func (p leases) acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	has := storage.Lease{Name: name}
	var expires int64
	_, err := p.first(ctx, func(rows *sql.Rows) error { return rows.Scan(&has.Holder, &has.Fence, &expires) },
		`SELECT holder, fence, expires FROM tm_leases WHERE name = ?`, name)
	if err != nil {
		return storage.Lease{}, err
	}
	now := p.store.now()
	left := time.UnixMicro(expires).Sub(now)
	if has.Holder != "" && has.Holder != holder && left > 0 && has.Fence != dead {
		return storage.Lease{}, &storage.HeldError{Lease: has, Left: left}
	}
	if has.Holder != holder {
		has.Holder = holder
		has.Fence++
	}
	_, err = p.exec(ctx, `INSERT INTO tm_leases (name, holder, fence, expires) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = excluded.fence, expires = excluded.expires`,
		name, holder, has.Fence, now.Add(ttl).UnixMicro())
	return has, err
}

// Renew implements [storage.Leases].
func (p leases) Renew(ctx context.Context, l storage.Lease, ttl time.Duration) error {
	n, err := p.exec(ctx, `UPDATE tm_leases SET expires = ? WHERE name = ? AND holder = ? AND fence = ? AND holder <> ''`,
		p.store.now().Add(ttl).UnixMicro(), l.Name, l.Holder, l.Fence)
	if err == nil && n == 0 {
		err = storage.ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("renew lease %s: %w", l.Name, err)
	}
	return nil
}

// Release implements [storage.Leases].
func (p leases) Release(ctx context.Context, l storage.Lease) error {
	_, err := p.exec(ctx, `UPDATE tm_leases SET holder = '', expires = 0 WHERE name = ? AND holder = ? AND fence = ?`,
		l.Name, l.Holder, l.Fence)
	if err != nil {
		return fmt.Errorf("release lease %s: %w", l.Name, err)
	}
	return nil
}

// HeldLeases implements [storage.LeaseLister].
func (s *Store) HeldLeases(ctx context.Context) ([]storage.HeldLease, error) {
	var held []storage.HeldLease
	err := s.View(ctx, func(r storage.Reader) error {
		now := s.now()
		return r.(reader).each(ctx, func(rows *sql.Rows) error {
			var l storage.HeldLease
			var expires int64
			err := rows.Scan(&l.Name, &l.Holder, &l.Fence, &expires)
			l.Left = time.UnixMicro(expires).Sub(now)
			held = append(held, l)
			return err
		}, `SELECT name, holder, fence, expires FROM tm_leases WHERE holder <> '' AND expires > ? ORDER BY name`, now.UnixMicro())
	})
	if err != nil {
		return nil, fmt.Errorf("list leases: %w", err)
	}
	return held, nil
}
