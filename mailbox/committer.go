package mailbox

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
)

// received is one mail between Receive and Commit.
type received[T any] struct {
	in     Incoming
	value  T
	weight int64
}

// mailWeight is what a mail received costs in memory until it is committed:
// its text view is bounded, its attachments are spooled.
func mailWeight(size int64) int64 {
	const fixed, view = 16 << 10, 4 << 20
	if size < 0 {
		size = view
	}
	return fixed + min(size, view)
}

// A committer commits received mails in batches on a goroutine of its own.
type committer[T any] struct {
	ctx    context.Context // done once a commit failed
	cancel context.CancelCauseFunc
	commit func(context.Context, []T) error
	mails  int
	bytes  int64

	mu      sync.Mutex
	changed *sync.Cond
	queue   []received[T] // received, not committed; a batch stays in it until it is
	done    []received[T] // committed, not collected
	weight  int64         // of the queue and the mail being received
	starved bool          // the fetch waits for room
	closed  bool
	err     error
	wg      sync.WaitGroup
}

func newCommitter[T any](ctx context.Context, commit func(context.Context, []T) error, mails int, bytes int64) *committer[T] {
	c := &committer[T]{commit: commit, mails: mails, bytes: bytes}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.changed = sync.NewCond(&c.mu)
	c.wg.Go(c.run)
	return c
}

// reserve waits until a mail of this weight fits in. One always does.
func (c *committer[T]) reserve(weight int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.err == nil && c.weight > 0 && c.weight+weight > c.bytes {
		c.starved = true
		c.changed.Broadcast()
		c.changed.Wait()
	}
	c.starved = false
	c.weight += weight
	return c.err
}

func (c *committer[T]) release(weight int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.weight -= weight
	c.changed.Broadcast()
}

func (c *committer[T]) add(r received[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, r)
	if c.worthCommitting() { // most mails are not worth waking the committer
		c.changed.Broadcast()
	}
}

// run commits full batches, and what there is once the fetch has to wait for
// it or has ended: a commit costs a disk flush, whatever its size.
func (c *committer[T]) run() {
	for {
		batch := c.next()
		if len(batch) == 0 {
			return
		}
		values := make([]T, len(batch))
		for i, r := range batch {
			values[i] = r.value
		}
		err := commit(c.ctx, c.commit, values)
		c.settle(batch, err)
		if err != nil {
			return
		}
	}
}

// next waits for a batch worth committing. It returns none when all is done.
func (c *committer[T]) next() []received[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed && !c.worthCommitting() {
		c.changed.Wait()
	}
	return slices.Clone(c.queue[:min(len(c.queue), c.mails)])
}

func (c *committer[T]) worthCommitting() bool {
	return len(c.queue) >= c.mails || len(c.queue) > 0 && (c.starved || c.weight >= c.bytes/2)
}

func (c *committer[T]) settle(batch []received[T], err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.changed.Broadcast()
	if err != nil {
		c.err = err
		c.cancel(err)
		return
	}
	c.queue = slices.Delete(c.queue, 0, len(batch))
	c.done = append(c.done, batch...)
	for _, r := range batch {
		c.weight -= r.weight
	}
}

// uncommitted returns the UIDs of the mails received and not committed.
func (c *committer[T]) uncommitted() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	uids := make([]string, len(c.queue))
	for i, r := range c.queue {
		uids[i] = r.in.item.UID
	}
	return uids
}

// committed returns the mails committed since the last call.
func (c *committer[T]) committed() []received[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := c.done
	c.done = nil
	return done
}

// finish commits the rest and waits for it.
func (c *committer[T]) finish() error {
	c.mu.Lock()
	c.closed = true
	c.changed.Broadcast()
	c.mu.Unlock()
	c.wg.Wait()
	c.cancel(nil)
	return c.err
}

// commit calls fn and turns its panic into an error: it may be one mail's
// fault, and must not end the host's process.
func commit[T any](ctx context.Context, fn func(context.Context, []T) error, batch []T) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(ctx, batch)
}
