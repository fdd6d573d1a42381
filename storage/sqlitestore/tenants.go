package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync"

	"example.com/ticketmail/storage"
)

// Tenants are [storage.Tenants] in a directory: in a directory of his own each
// has a database file and its content. So a tenant is backed up, moved and
// removed with ordinary tools, while no process has him open: one that has writes
// on into files that are gone. Use [NewTenants].
type Tenants struct {
	dir  string
	open func(file string) (*sql.DB, error)
	opts Options

	mu     sync.Mutex
	closed bool
	stores map[storage.TenantID]*tenant
}

// A tenant is an open store and its database.
type tenant struct {
	store *Store
	db    *sql.DB
}

var _ storage.Tenants = (*Tenants)(nil)

// databaseName is the name of each tenant's database file.
const databaseName = "tickets.db"

// NewTenants returns the tenants in dir, which is made if it is missing. open
// opens a database file, as for [New]; the Tenants close it. opts are those of
// each store, but for BlobDir, which must be empty; nil is allowed.
func NewTenants(dir string, open func(file string) (*sql.DB, error), opts *Options) (*Tenants, error) {
	t := &Tenants{dir: dir, open: open, stores: make(map[storage.TenantID]*tenant)}
	if opts != nil {
		t.opts = *opts
	}
	if t.opts.BlobDir != "" {
		return nil, errors.New("open tenants: Options.BlobDir is set, which each tenant has of his own")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open tenants: %w", err)
	}
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
		return known.store, nil
	}
	made, err := t.make(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("tenant %s: %w", id, err)
	}
	t.stores[id] = made
	return made.store, nil
}

func (t *Tenants) make(ctx context.Context, id storage.TenantID) (*tenant, error) {
	dir := filepath.Join(t.dir, string(id))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := t.open(filepath.Join(dir, databaseName))
	if err != nil {
		return nil, err
	}
	store, err := New(ctx, db, &t.opts)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &tenant{store, db}, nil
}

// All implements [storage.Tenants]. It finds those that other processes made,
// too.
func (t *Tenants) All(ctx context.Context) iter.Seq2[storage.TenantID, error] {
	return func(yield func(storage.TenantID, error) bool) {
		dirs, err := os.ReadDir(t.dir) // sorted
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			yield("", fmt.Errorf("list tenants: %w", err))
			return
		}
		for _, d := range dirs {
			id := storage.TenantID(d.Name())
			if _, err := os.Stat(filepath.Join(t.dir, d.Name(), databaseName)); err != nil || id.Validate() != nil {
				continue // not ours
			}
			if !yield(id, nil) {
				return
			}
		}
	}
}

// Close closes all stores and their databases.
func (t *Tenants) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	var errs []error
	for _, one := range t.stores {
		errs = append(errs, one.store.Close(), one.db.Close())
	}
	clear(t.stores)
	return errors.Join(errs...)
}
