package pgstore

import "context"

// A flight is statements on their way to the server while fn goes on: the server
// writes what was put, and the caller thinks of what to put next. Nobody else
// uses the connection meanwhile.
type flight struct {
	landed chan struct{} // closed when err is known
	err    error
}

// sendOff sends what is held back. What becomes of it land tells. In a host's
// transaction, whose connection the host may use between two calls, it waits.
func (t *tx) sendOff(ctx context.Context) error {
	if t.turn == nil {
		return t.flushHeld(ctx)
	}
	if err := t.land(); err != nil {
		return err
	}
	all := t.takeHeld()
	f := &flight{landed: make(chan struct{})}
	t.flight = f
	go func() {
		defer close(f.landed)
		f.err = t.sendAll(ctx, all)
	}()
	return nil
}

// land waits for what is on its way. Until then the connection is not ours.
func (t *tx) land() error {
	f := t.flight
	if f == nil {
		return nil
	}
	<-f.landed
	t.flight = nil
	if f.err != nil {
		return t.failHeld(f.err)
	}
	return nil
}
