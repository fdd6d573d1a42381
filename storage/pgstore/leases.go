package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// leases is the part of a transaction about leases. A row stays when its lease
// is given back, so that the fence goes on growing.
//
// Each statement locks the row before it looks at it or at the clock, and
// nothing else reads this table. That is why an Update needs no other lock for
// it: a lease is renewed and taken over while another node writes, or hangs.
type leases struct{ *tx }

// row runs a statement about one lease and reports whether it has a row.
func (p leases) row(ctx context.Context, scan func(pgx.Rows) error, query string, args ...any) (found bool, err error) {
	if err := p.usable(ctx); err != nil {
		return false, err
	}
	if p.run == nil {
		if err := p.start(ctx, false); err != nil {
			return false, err
		}
	}
	err = p.eachOf(ctx, func(rows pgx.Rows) error {
		found = true
		return scan(rows)
	}, query, args...)
	return found, err
}

// Acquire implements [storage.Leases].
func (p leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	l := storage.Lease{Name: name, Holder: holder}
	taken, err := p.row(ctx, func(rows pgx.Rows) error { return rows.Scan(&l.Fence) }, acquire, encode(name), encode(holder), ttl, dead)
	if err == nil && !taken {
		err = p.held(ctx, name)
	}
	if err != nil {
		return storage.Lease{}, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	return l, nil
}

// acquire has no row where the lease is another's, which it then has locked.
const acquire = `INSERT INTO tm.leases AS l (name, holder, fence, expires) VALUES ($1, $2, 1, clock_timestamp() + $3::interval)
	ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = clock_timestamp() + $3::interval,
		fence = CASE WHEN l.holder = excluded.holder THEN l.fence ELSE l.fence + 1 END
	WHERE l.holder IN ('', excluded.holder) OR l.expires <= clock_timestamp() OR l.fence = $4
	RETURNING fence`

// held says whose a lease is.
func (p leases) held(ctx context.Context, name string) error {
	e := &storage.HeldError{Lease: storage.Lease{Name: name}}
	_, err := p.row(ctx, func(rows pgx.Rows) error { return rows.Scan(text(&e.Lease.Holder), &e.Lease.Fence, &e.Left) },
		`SELECT holder, fence, greatest(expires - clock_timestamp(), interval '1 microsecond') FROM tm.leases WHERE name = $1`, encode(name))
	if err != nil {
		return err
	}
	return e
}

// Renew implements [storage.Leases].
func (p leases) Renew(ctx context.Context, l storage.Lease, ttl time.Duration) error {
	ours, err := p.row(ctx, func(pgx.Rows) error { return nil }, `UPDATE tm.leases SET expires = clock_timestamp() + $4::interval
		WHERE name = $1 AND holder = $2 AND fence = $3 AND holder <> '' RETURNING 1`, encode(l.Name), encode(l.Holder), l.Fence, ttl)
	if err == nil && !ours {
		err = storage.ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("renew lease %s: %w", l.Name, err)
	}
	return nil
}

// Release implements [storage.Leases].
func (p leases) Release(ctx context.Context, l storage.Lease) error {
	_, err := p.row(ctx, func(pgx.Rows) error { return nil }, `UPDATE tm.leases SET holder = '', expires = '-infinity'
		WHERE name = $1 AND holder = $2 AND fence = $3 RETURNING 1`, encode(l.Name), encode(l.Holder), l.Fence)
	if err != nil {
		return fmt.Errorf("release lease %s: %w", l.Name, err)
	}
	return nil
}

// HeldLeases implements [storage.LeaseLister].
func (s *Store) HeldLeases(ctx context.Context) ([]storage.HeldLease, error) {
	var held []storage.HeldLease
	err := s.View(ctx, func(r storage.Reader) error {
		return r.(reader).each(ctx, func(rows pgx.Rows) error {
			var l storage.HeldLease
			err := rows.Scan(text(&l.Name), text(&l.Holder), &l.Fence, &l.Left)
			held = append(held, l)
			return err
		}, `SELECT name, holder, fence, expires - now FROM tm.leases, LATERAL (SELECT clock_timestamp() AS now) clock
			WHERE holder <> '' AND expires > now ORDER BY name`)
	})
	if err != nil {
		return nil, fmt.Errorf("list leases: %w", err)
	}
	return held, nil
}
