package storage

import (
	"context"
	"time"
)

// A LeaseLister is a [Store] that can say who holds what. A Store may do
// without: then nobody is told which node works on a mailbox, and everything
// else works.
type LeaseLister interface {
	// HeldLeases returns the leases that are held and have not expired, by
	// name, bytewise. It waits for no writer.
	HeldLeases(ctx context.Context) ([]HeldLease, error)
}

// A HeldLease is a lease as it is held now.
type HeldLease struct {
	Lease
	Left time.Duration // until it expires, by the clock of leases; above 0
}
