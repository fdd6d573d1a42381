package memstore

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"example.com/ticketmail/storage"
)

// Tenants are [storage.Tenants] in memory, with a [Store] for each. Use
// [NewTenants].
type Tenants struct {
	opts *Options

	mu     sync.Mutex
	stores map[storage.TenantID]*Store
}

var _ storage.Tenants = (*Tenants)(nil)

// NewTenants returns Tenants without any. opts are those of each store; nil is
// allowed.
func NewTenants(opts *Options) *Tenants {
	return &Tenants{opts: opts, stores: make(map[storage.TenantID]*Store)}
}

// Tenant implements [storage.Tenants].
func (t *Tenants) Tenant(_ context.Context, id storage.TenantID) (storage.Store, error) {
	if err := id.Validate(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stores[id] == nil {
		t.stores[id] = New(t.opts)
	}
	return t.stores[id], nil
}

// All implements [storage.Tenants].
func (t *Tenants) All(context.Context) iter.Seq2[storage.TenantID, error] {
	return func(yield func(storage.TenantID, error) bool) {
		t.mu.Lock()
		ids := slices.Sorted(maps.Keys(t.stores))
		t.mu.Unlock()
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}
