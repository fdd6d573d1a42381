package ticketmail

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrRunning reports a second Run of an Engine.
var ErrRunning = errors.New("the engine runs already")

// Run polls every active mailbox that serves a task, each at its interval,
// and does what [Engine.Deliver] does, until ctx is done; it then waits for
// work under way to end and returns the cause of ctx. No goroutine outlives
// Run. Mailboxes that administrators define, change or take away meanwhile, and
// mails that other nodes plan, are seen at once where the store tells of them
// (storage.Watcher), else within seconds. One that fails is tried again later and later, up to 15
// minutes apart, and stops no other; how many are polled side by side says
// [Polling]. What [Config.Retention] says is done every so often. Where a server can tell of new mail, the connection is kept open
// and the mailbox polled at once (Polling.IdleConnections). A second Run of the
// same Engine beside the first is refused with ErrRunning.
func (e *Engine) Run(ctx context.Context) error {
	if !e.poller.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer e.poller.running.Store(false)
	defer e.join(ctx)()
	var wg sync.WaitGroup
	wg.Go(func() { e.pollForever(ctx) })
	wg.Go(func() { e.deliverForever(ctx) })
	wg.Go(func() { e.pruneForever(ctx) })
	wg.Go(func() { e.watchQueues(ctx) })
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
