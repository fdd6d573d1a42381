package pgstore

import (
	"context"
	"fmt"
	"runtime/debug"
)

// A flight is statements on their way to the server while fn goes on: the server
// writes what was put, and the caller thinks of what to put next.
//
// Until it has landed the connection is nobody else's. So whatever uses that waits
// for it first: open, sendBehind, flushHeld and sendOff, and with them all that
// reads and writes; commit comes behind the last flushHeld, and the lock before
// anything is held back.
type flight struct {
	cancel context.CancelFunc
	landed chan struct{} // closed when err is known
	err    error
}

// sendOff sends what is held back. What becomes of it land tells. In a host's
// transaction, whose connection the host may use between two calls, it waits.
func (t *tx) sendOff(ctx context.Context) error {
	if t.turn == nil {
		return t.flushHeld(ctx)
	}
	if err := t.land(ctx); err != nil {
		return err
	}
	all := t.takeHeld()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // that of the call may end with the call
	f := &flight{cancel: cancel, landed: make(chan struct{})}
	t.flight = f
	go func() {
		defer close(f.landed)
		defer func() { // a host's tracer or codec, say: whoever waits for us can bear an error
			if p := recover(); p != nil {
				f.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		f.err = t.sendAll(ctx, all)
	}()
	return nil
}

// land waits for what is on its way, and gives it up when ctx ends.
func (t *tx) land(ctx context.Context) error {
	f := t.flight
	if f == nil {
		return nil
	}
	stop := context.AfterFunc(ctx, f.cancel)
	<-f.landed
	stop()
	f.cancel()
	t.flight = nil
	if f.err != nil {
		return t.failHeld(cause(ctx, f.err))
	}
	return nil
}
