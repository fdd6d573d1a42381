package pgstore

import (
	"context"
	"errors"

	"example.com/ticketmail/storage"
)

// turns bound how many Updates are under way, so that connections remain for
// those that an Update needs beside its own. Writers wait for each other, on a
// connection each. Who only renews a lease must not wait behind them, or it is
// lost: some turns are for leases alone. Both kinds hold a token for each Update.
type turns struct {
	writers, leases chan struct{}
}

// newTurns shares out half of a pool. With one turn in all there is none for
// leases alone.
func newTurns(connections int) *turns {
	half := max(1, connections/2)
	leases := min(half-1, 1+half/4)
	return &turns{make(chan struct{}, half-leases), make(chan struct{}, leases)}
}

// close waits until all turns have ended, and lets nobody take one any more.
func (t *turns) close() {
	for range cap(t.writers) {
		t.writers <- struct{}{}
	}
	for range cap(t.leases) {
		t.leases <- struct{}{}
	}
}

// errWrites ends an Update that writes and was given a turn for leases. It
// begins anew when it has a writer's: a turn is waited for with nothing in hand,
// for others may need the connection, and what else fn holds.
var errWrites = errors.New("more than leases in a turn for leases")

// A turn is that of one Update.
type turn struct {
	of   *turns
	held chan struct{} // where its token is; nil: it has none
}

// take waits for a turn, for a writer's where that must be.
func (t *turn) take(ctx context.Context, closed <-chan struct{}, writes bool) error {
	if t.tryWriter() {
		return nil
	}
	leases := t.of.leases
	if writes {
		leases = nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-closed:
		return storage.ErrClosed
	case t.of.writers <- struct{}{}:
		t.held = t.of.writers
	case leases <- struct{}{}:
		t.held = leases
	}
	return nil
}

func (t *turn) tryWriter() bool {
	select {
	case t.of.writers <- struct{}{}:
		t.held = t.of.writers
		return true
	default:
		return false
	}
}

// write reports whether the turn is a writer's, or could be made one at once.
func (t *turn) write() bool {
	before := t.held
	if before == t.of.writers {
		return true
	}
	if !t.tryWriter() {
		return false
	}
	<-before
	return true
}

// end gives the turn back, if there is one.
func (t *turn) end() {
	if t.held != nil {
		<-t.held
		t.held = nil
	}
}
