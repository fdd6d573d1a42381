package storage

import (
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
)

// Errors that stores return, as they are or wrapped.
var (
	// ErrNotFound reports that no record has the requested id.
	ErrNotFound = errors.New("not found")
	// ErrExists reports that the id or key of a new record is taken.
	ErrExists = mailbox.ErrExists
	// ErrConflict reports that a record was changed since it was read.
	ErrConflict = mailbox.ErrConflict
	// ErrLeaseLost reports that a lease has another holder now.
	ErrLeaseLost = errors.New("lease lost")
	// ErrClosed reports that the store was closed.
	ErrClosed = errors.New("store is closed")
)

// A HeldError reports that a lease is somebody else's.
type HeldError struct {
	Lease Lease         // as held now
	Left  time.Duration // until it expires
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("lease %s is held by %s for another %s", e.Lease.Name, e.Lease.Holder, e.Left.Round(time.Millisecond))
}
