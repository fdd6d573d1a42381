package pgstore

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/storage"
)

// Tenants are [storage.Tenants] in one database, on one pool: each has a schema
// of his own, called by a prefix and his id. A role that may use one schema
// only makes a tenant's isolation the server's own. Use [NewTenants].
type Tenants struct {
	pool   *pgxpool.Pool
	prefix string
	opts   Options

	mu     sync.Mutex
	closed bool
	stores map[storage.TenantID]*Store
}

var _ storage.Tenants = (*Tenants)(nil)

// NewTenants returns the tenants in the database of pool, which stays the
// caller's. Options.Schema is what the names of schemas begin with; empty:
// "ticketmail_". The other options are those of each store; nil is allowed. No
// more than half of the pool's connections are in Updates of all tenants
// together.
func NewTenants(pool *pgxpool.Pool, opts *Options) (*Tenants, error) {
	t := &Tenants{pool: pool, stores: make(map[storage.TenantID]*Store)}
	if opts != nil {
		t.opts = *opts
	}
	if t.prefix = t.opts.Schema; t.prefix == "" {
		t.prefix = "ticketmail_"
	}
	if len(t.prefix) > maxIdentifier-40 {
		return nil, fmt.Errorf("open tenants: Options.Schema %q leaves no room for an id", t.prefix)
	}
	t.opts.turns = newTurns(int(pool.Config().MaxConns))
	return t, nil
}

// Tenant implements [storage.Tenants].
func (t *Tenants) Tenant(ctx context.Context, id storage.TenantID) (storage.Store, error) {
	if err := id.Validate(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, storage.ErrClosed
	}
	if known := t.stores[id]; known != nil {
		return known, nil
	}
	o := t.opts
	o.Schema = t.prefix + string(id)
	store, err := New(ctx, t.pool, &o)
	if err != nil {
		return nil, fmt.Errorf("tenant %s: %w", id, err)
	}
	t.stores[id] = store
	return store, nil
}

// All implements [storage.Tenants]. It finds those that other nodes made, too.
func (t *Tenants) All(ctx context.Context) iter.Seq2[storage.TenantID, error] {
	return func(yield func(storage.TenantID, error) bool) {
		rows, err := t.pool.Query(ctx, `SELECT nspname::text FROM pg_catalog.pg_namespace n WHERE starts_with(nspname, $1)
			AND EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = n.oid AND relname = 'tm_migrations') ORDER BY nspname`, t.prefix)
		if err != nil {
			yield("", fmt.Errorf("list tenants: %w", cause(ctx, err)))
			return
		}
		var ids []storage.TenantID
		for rows.Next() {
			var schema string
			if err = rows.Scan(&schema); err != nil {
				break
			}
			if id := storage.TenantID(strings.TrimPrefix(schema, t.prefix)); id.Validate() == nil {
				ids = append(ids, id)
			}
		}
		rows.Close()
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
		if err == nil {
			err = rows.Err()
		}
		if err != nil {
			yield("", fmt.Errorf("list tenants: %w", cause(ctx, err)))
		}
	}
}

// Close closes all stores and waits for their Updates under way. It does not
// close the pool.
func (t *Tenants) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.closed = true
	for _, s := range t.stores {
		_ = s.Close() // only marks it: the turns are ours
	}
	t.opts.turns.close()
	return nil
}
