package pgstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// leases is the part of a transaction about leases. A row stays when its lease
// is given back, so that the fence goes on growing.
//
// No Update needs another lock for them: a lease is renewed and taken over while
// another node writes, or hangs. An Update that renewed one keeps others from
// taking it until its end (FOR KEY SHARE, which conflicts with a new fence only),
// and writes the new time together with its commit. So the holder's next renewal
// does not wait for it, however long it takes, and neither does who only asks
// for a lease that has not run out.
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
	l, err := p.acquire(ctx, name, holder, ttl, dead)
	if err != nil {
		return storage.Lease{}, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	return l, nil
}

func (p leases) acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	l := storage.Lease{Name: name, Holder: holder}
	for {
		taken, err := p.row(ctx, func(rows pgx.Rows) error { return rows.Scan(&l.Fence) }, acquire, encode(name), encode(holder), ttl, dead)
		if err != nil || taken {
			return l, err
		}
		has := &storage.HeldError{Lease: storage.Lease{Name: name}}
		held, err := p.row(ctx, func(rows pgx.Rows) error { return rows.Scan(text(&has.Lease.Holder), &has.Lease.Fence, &has.Left) },
			holderOf, encode(name))
		if err != nil {
			return l, err
		}
		if held {
			return l, has
		} // given back, or run out, between the two
	}
}

// acquire has no row where the lease is another's. It locks nothing then, unless
// the lease has run out and is renewed at this moment.
const acquire = `INSERT INTO tm.leases AS l (name, holder, fence, expires)
	SELECT $1, $2, 1, clock_timestamp() + $3::interval WHERE NOT EXISTS (
		SELECT FROM tm.leases WHERE name = $1 AND holder NOT IN ('', $2) AND expires > clock_timestamp() AND fence <> $4)
	ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = clock_timestamp() + $3::interval,
		fence = CASE WHEN l.holder = excluded.holder THEN l.fence ELSE l.fence + 1 END
	WHERE l.holder IN ('', excluded.holder) OR l.expires <= clock_timestamp() OR l.fence = $4
	RETURNING fence`

const holderOf = `SELECT holder, fence, expires - clock_timestamp() FROM tm.leases WHERE name = $1 AND holder <> '' AND expires > clock_timestamp()`

// A renewal is a lease to be extended with the commit.
type renewal struct {
	lease storage.Lease
	ttl   time.Duration
}

// Renew implements [storage.Leases].
func (p leases) Renew(ctx context.Context, l storage.Lease, ttl time.Duration) error {
	ours, err := p.row(ctx, func(pgx.Rows) error { return nil }, `SELECT 1 FROM tm.leases
		WHERE name = $1 AND holder = $2 AND fence = $3 AND holder <> '' FOR KEY SHARE`, encode(l.Name), encode(l.Holder), l.Fence)
	if err == nil && !ours {
		err = storage.ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("renew lease %s: %w", l.Name, err)
	}
	p.renewed = append(p.renewed, renewal{l, ttl})
	return nil
}

// Release implements [storage.Leases]. It waits for those who renewed the lease.
func (p leases) Release(ctx context.Context, l storage.Lease) error {
	_, err := p.row(ctx, func(pgx.Rows) error { return nil }, `WITH own AS (
			SELECT name FROM tm.leases WHERE name = $1 AND holder = $2 AND fence = $3 FOR UPDATE
		) UPDATE tm.leases l SET holder = '', expires = '-infinity' FROM own WHERE l.name = own.name RETURNING 1`,
		encode(l.Name), encode(l.Holder), l.Fence)
	if err != nil {
		return fmt.Errorf("release lease %s: %w", l.Name, err)
	}
	p.renewed = slices.DeleteFunc(p.renewed, func(r renewal) bool { return r.lease == l })
	return nil
}

// extends returns the statements that extend the leases renewed, or "".
func (t *tx) extends() string {
	slices.SortFunc(t.renewed, func(a, b renewal) int { return cmp.Compare(a.lease.Name, b.lease.Name) }) // all in the same order
	var all strings.Builder
	for _, r := range t.renewed {
		fmt.Fprintf(&all, "UPDATE %s.tm_leases SET expires = clock_timestamp() + interval '%d microseconds' WHERE name = %s AND fence = %d; ",
			t.store.schema, r.ttl.Microseconds(), literal(encode(r.lease.Name)), r.lease.Fence)
	}
	return all.String()
}

// literal quotes text for a statement without parameters. Backslashes mean
// nothing, see check.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

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
