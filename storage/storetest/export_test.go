package storetest

import (
	"context"
	"errors"
	"slices"

	"example.com/ticketmail/storage"
)

// Failing returns the names of the checks that a new store of open does not pass.
func Failing(ctx context.Context, open func() storage.Store, clock *Clock, names ...string) (failed []string) {
	for _, c := range storeChecks {
		for _, name := range names {
			if c.name == name && c.run(&env{ctx: ctx, store: open(), advance: clock.Advance}) != nil {
				failed = append(failed, name)
			}
		}
	}
	return failed
}

// FailingBlobs does the same for Blobs, with all checks.
func FailingBlobs(ctx context.Context, open func() storage.Blobs) (failed []string) {
	for _, c := range blobChecks {
		if c.run(&blobEnv{ctx: ctx, blobs: open()}) != nil {
			failed = append(failed, c.name)
		}
	}
	return failed
}

// FailingPruner does the same for a Pruner.
func FailingPruner(ctx context.Context, open func() storage.Pruner) (failed []string) {
	for _, c := range pruneChecks {
		p := open()
		if c.run(&pruneEnv{env{ctx: ctx, store: p}, p}) != nil {
			failed = append(failed, c.name)
		}
	}
	return failed
}

// FailingTenants does the same for Tenants.
func FailingTenants(ctx context.Context, open func() storage.Tenants) (failed []string) {
	for _, c := range tenantChecks {
		if c.run(&tenantEnv{ctx: ctx, tenants: open()}) != nil {
			failed = append(failed, c.name)
		}
	}
	return failed
}

// FailingDurable does the same for stores that outlive their process, which
// open opens again and again.
func FailingDurable(ctx context.Context, open func() (storage.Store, func() error), names ...string) (failed []string) {
	for _, c := range durableChecks {
		if !slices.Contains(names, c.name) {
			continue
		}
		err := c.run(&durableEnv{func(fn func(*env) error) error {
			store, closeStore := open()
			return errors.Join(fn(&env{ctx: ctx, store: store}), closeStore())
		}})
		if err != nil {
			failed = append(failed, c.name)
		}
	}
	return failed
}
