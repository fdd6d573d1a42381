package mailbox

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

// received is one mail between Receive and Commit.
type received[T any] struct {
	item   Item
	in     Incoming
	value  T
	weight int64
}

// batches reads fresh in windows. Each window is fetched under a durable
// marker; a committer works beside the fetching.
func (d *drainer[T]) batches(ctx context.Context, fresh []Incoming) error {
	if len(fresh) == 0 {
		return nil
	}
	c := newCommitter(ctx, d.receiver.Commit, d.opts.BatchMails, d.opts.BatchBytes)
	var err error
	var flying string // the mail being received when the fetch ended
	for window := range slices.Chunk(fresh, d.opts.Window) {
		if err = d.mark(c.ctx, window, c.uncommitted()); err != nil {
			break
		}
		if flying, err = d.fetch(c, window); err != nil {
			break
		}
		d.take(c.committed())
		if err = d.remove(c.ctx, d.opts.Window/2); err != nil {
			break
		}
	}
	failed := c.finish()
	d.take(c.committed())
	if err = errors.Join(failed, err); err != nil {
		var uncommitted []string
		if failed != nil { // one of them may be what the store chokes on
			uncommitted = c.uncommitted()
		}
		d.calm(ctx, flying, uncommitted)
		return firstCause(err)
	}
	return nil // the marker may stand: it names settled mails only
}

// fetch reads one window into the committer. It returns the UID of the mail
// that was being received when the fetch failed, if any.
func (d *drainer[T]) fetch(c *committer[T], window []Incoming) (flying string, err error) {
	items := make([]Item, len(window))
	byUID := make(map[string]Incoming, len(window))
	seen := make(map[string]bool, len(window))
	for i, in := range window {
		items[i] = Item{UID: in.UID, Size: in.Size}
		byUID[in.UID] = in
	}
	err = d.session.Fetch(c.ctx, items, func(it Item, body io.Reader) error {
		in, asked := byUID[it.UID]
		if !asked {
			return nil
		}
		flying, seen[it.UID] = it.UID, true
		weight := mailWeight(in.Size)
		if err := c.reserve(weight); err != nil {
			return err
		}
		v, err := d.receive(c.ctx, in, body)
		if err != nil {
			c.release(weight)
			if p := poisoned(err); p != nil {
				d.suspects = append(d.suspects, in)
				flying = ""
				return nil //nolint:nilerr // noted: the mail is taken alone later
			}
			return err
		}
		flying = ""
		c.add(received[T]{it, in, v, weight})
		return nil
	})
	if errors.Is(err, ErrTooBig) && flying == "" { // refused before it began: it was the next one's turn
		for _, it := range items {
			if !seen[it.UID] {
				return it.UID, err
			}
		}
	}
	return flying, err
}

// mark notes durably what is read next: this window, what is received but not
// committed yet, and what is under suspicion anyway.
func (d *drainer[T]) mark(ctx context.Context, window []Incoming, uncommitted []string) error {
	uids := append(d.suspectUIDs(), uncommitted...)
	for _, in := range window {
		uids = append(uids, in.UID)
	}
	return d.journal.Open(ctx, d.folder, uids)
}

// calm narrows the marker after an orderly failure: nobody crashed, so only
// the mail that was being received, and those of a failed commit, stay under
// suspicion. If that cannot be written the wide marker stands, and costs time
// only.
func (d *drainer[T]) calm(ctx context.Context, flying string, uncommitted []string) {
	uids := append(d.suspectUIDs(), uncommitted...)
	if flying != "" {
		uids = append(uids, flying)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = d.journal.Open(ctx, d.folder, uids)
}

func (d *drainer[T]) suspectUIDs() []string {
	uids := make([]string, len(d.suspects))
	for i, in := range d.suspects {
		uids[i] = in.UID
	}
	return uids
}

func (d *drainer[T]) take(committed []received[T]) {
	for _, r := range committed {
		d.done = append(d.done, r.item)
		d.report.Received++
		d.report.Bytes += max(r.item.Size, 0)
	}
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

// firstCause drops the errors that only say that another one ended the work.
func firstCause(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var first error
	for _, e := range joined.Unwrap() {
		if !errors.Is(e, context.Canceled) {
			return e
		}
		first = e
	}
	return first
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
	c.changed.Broadcast()
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
		err := c.commit(c.ctx, values)
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
		uids[i] = r.item.UID
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
