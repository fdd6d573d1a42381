package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/ticketmail/internal/process"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// Names of leases begin with what they are for.
const (
	leaseMailbox = "mailbox/"
	leaseFeed    = "feed/"
)

// A Holding is the right of one process to do something alone, as it is now:
// to empty a mailbox, or to be a follower.
type Holding struct {
	Mailbox  mailbox.ID // that is emptied; empty: none
	Follower string     // name given to [Engine.Follow]; empty: none

	Host    string // that the holder runs on; empty: it is no Engine
	Process int    // its id there; 0: it is no Engine
	Ended   bool   // it ran on this host and is known to have ended; the next who wants the right gets it at once

	Lease storage.Lease // as the store has it; Holder tells engines of one process apart
	Left  time.Duration // until it expires, unless it is renewed
}

// Holdings returns who does what on a store now, in the order of the leases'
// names, those of all nodes. A mailbox has a holder only while it is polled:
// between two polls any node may take it. It is an [errors.ErrUnsupported]
// where the store is no [storage.LeaseLister].
func Holdings(ctx context.Context, store storage.Store) ([]Holding, error) {
	lister, ok := store.(storage.LeaseLister)
	if !ok {
		return nil, fmt.Errorf("list leases: %w: the store is no storage.LeaseLister", errors.ErrUnsupported)
	}
	leases, err := lister.HeldLeases(ctx)
	if err != nil {
		return nil, err
	}
	holdings := make([]Holding, len(leases))
	for i, l := range leases {
		h := Holding{Lease: l.Lease, Left: l.Left, Ended: process.Dead(l.Holder)}
		h.Host, h.Process, _ = process.Read(l.Holder)
		if id, ok := strings.CutPrefix(l.Name, leaseMailbox); ok {
			h.Mailbox = mailbox.ID(id)
		} else if name, ok := strings.CutPrefix(l.Name, leaseFeed); ok {
			h.Follower = name
		}
		holdings[i] = h
	}
	return holdings, nil
}
