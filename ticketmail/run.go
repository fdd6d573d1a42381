package ticketmail

import (
	"context"
	"sync"
	"time"
)

// Run polls every active mailbox that serves a task, each at its interval,
// and does what [Engine.Deliver] does, until ctx is done; it then waits for
// work under way to end and returns the cause of ctx. No goroutine outlives
// Run. Mailboxes that administrators define, change or take away meanwhile are
// seen within seconds. One that fails is tried again later and later, up to 15
// minutes apart, and stops no other; how many are polled side by side says
// [Polling]. Where a server can tell of new mail, the connection is kept open
// and the mailbox polled at once (Polling.IdleConnections).
func (e *Engine) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { e.pollForever(ctx) })
	wg.Go(func() { e.deliverForever(ctx) })
	wg.Wait()
	return context.Cause(ctx)
}

// sleep waits for d, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
