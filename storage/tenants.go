package storage

import (
	"context"
	"fmt"
	"iter"
)

// A TenantID names one of several companies that share a set-up: 1 to 40 lower
// case letters, digits and dashes (ASCII), the first a letter. So it can stand
// in names of files and schemas as it is.
type TenantID string

// Validate reports what is wrong with an id.
func (id TenantID) Validate() error {
	ok := len(id) > 0 && len(id) <= 40 && id[0] >= 'a' && id[0] <= 'z'
	for i := 0; i < len(id); i++ {
		c := id[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
	}
	if !ok {
		return fmt.Errorf("tenant %.100q: need 1 to 40 lower case letters, digits and dashes, the first a letter", string(id))
	}
	return nil
}

// Tenants keeps the stores of several companies on one database server or in
// one directory.
//
// Each tenant has a [Store] of his own: a schema in PostgreSQL, a file with
// SQLite, a store in memory. No query of one can name a table of another, so
// none can forget to ask for the tenant, and everything is apart that a store
// has: tickets and their numbers, ids, ledger, outbox, settings, the signing
// key, leases, content, locks and migrations. What tenants share is the
// machine. A column for the tenant in common tables would share numbers, locks
// and the consequences of one forgotten condition; it would save some
// megabytes a tenant.
//
// Each tenant has an engine of his own, too, made with his store: see
// example.com/ticketmail/ticketmail.Limit for how they share a bound.
//
// Implementations are safe for concurrent use and pass
// example.com/ticketmail/storage/storetest.RunTenants.
type Tenants interface {
	// Tenant returns the store of a tenant, the same one each time, made if it
	// is missing. It is a [Blobs] too unless content is kept elsewhere. It
	// stays open until the Tenants are closed.
	Tenant(ctx context.Context, id TenantID) (Store, error)

	// All yields the tenants that were ever made, by id.
	All(ctx context.Context) iter.Seq2[TenantID, error]
}
