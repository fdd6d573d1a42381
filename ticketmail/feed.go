package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"example.com/ticketmail/storage"
)

// Changes returns what happened to all tickets after the change with number
// after, in order, at most limit changes (0: 100). The Seq of the last one is
// the next after. A host that keeps its own copy of something in step keeps
// that number in the transaction in which it writes the copy.
//
// ErrInvalid reports a negative number.
func (e *Engine) Changes(ctx context.Context, after int64, limit int) ([]storage.Change, error) {
	switch {
	case after < 0:
		return nil, fmt.Errorf("changes after %d: %w: numbers begin at 1", after, ErrInvalid)
	case limit < 0:
		return nil, fmt.Errorf("changes after %d: %w: limit %d is negative", after, ErrInvalid, limit)
	case limit == 0:
		limit = feedBatch
	}
	var list []storage.Change
	err := e.store.View(ctx, func(r storage.Reader) error {
		list = nil
		for c, err := range r.Tickets().Changes(ctx, "", after) {
			if err != nil {
				return err
			}
			if list = append(list, c); len(list) == limit {
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("changes after %d: %w", after, err)
	}
	return list, nil
}

const (
	feedBatch    = 100
	feedInterval = 2 * time.Second // how soon changes of other processes are seen
	settingFeed  = "feed"          // where each follower stands
)

// Follow calls fn with everything that happens to tickets, in order and in
// batches, until ctx is done or fn fails; it returns ctx's cause or fn's
// error, wrapped. Numbers (Change.Seq) grow, with gaps. name is who follows,
// and is required (ErrInvalid): how far it came is kept in the store, so that
// the next Follow of this name goes on there, and the first one starts with
// the oldest change.
//
// A batch counts as handled when fn returns nil. After a crash the last one
// may come again, so fn must bear that. One follower of a name is at work at a
// time, on all nodes: others wait until it ends.
//
// Another error is the store's: nothing is lost, and the host calls Follow
// again. A lease that was lost meanwhile, to a node that took this one for
// dead, is waited for.
func (e *Engine) Follow(ctx context.Context, name string, fn func(ctx context.Context, changes []storage.Change) error) error {
	if name == "" {
		return fmt.Errorf("follow: %w: the follower has no name", ErrInvalid)
	}
	defer e.join(ctx)()
	for {
		err := e.followLeased(ctx, name, fn)
		if ctx.Err() == nil && errors.Is(err, storage.ErrLeaseLost) {
			continue
		}
		return fmt.Errorf("follow %q: %w", name, err)
	}
}

func (e *Engine) followLeased(ctx context.Context, name string, fn func(ctx context.Context, changes []storage.Change) error) error {
	lease, alive, err := e.awaitLease(ctx, leaseFeed+name)
	if err != nil {
		return err
	}
	defer lease.release(ctx, e.store)
	for alive.Err() == nil {
		woken := e.feed.next()
		n, err := e.followOnce(alive, lease, name, fn)
		if err != nil {
			return err
		}
		if n == feedBatch {
			continue
		}
		timer := time.NewTimer(feedInterval)
		select {
		case <-alive.Done():
		case <-woken:
		case <-timer.C:
		}
		timer.Stop()
	}
	return context.Cause(alive)
}

// awaitLease takes a lease as soon as its holder gives it back or dies.
func (e *Engine) awaitLease(ctx context.Context, name string) (*heldLease, context.Context, error) {
	for {
		lease, alive, err := e.acquire(ctx, name)
		if _, held := errors.AsType[*storage.HeldError](err); !held {
			return lease, alive, err
		}
		if sleep(ctx, feedInterval); ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
	}
}

// followOnce hands one batch to fn and notes that it was handled.
func (e *Engine) followOnce(ctx context.Context, lease *heldLease, name string, fn func(context.Context, []storage.Change) error) (int, error) {
	after, err := e.follower(ctx, name)
	if err != nil {
		return 0, err
	}
	list, err := e.Changes(ctx, after, feedBatch)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	if err := fn(ctx, list); err != nil {
		return 0, err
	}
	last := strconv.FormatInt(list[len(list)-1].Seq, 10)
	ctx = context.WithoutCancel(ctx) // what was handled must not come again because we end
	return len(list), e.store.Update(ctx, func(w storage.Writer) error {
		if err := lease.renew(ctx, w); err != nil {
			return err
		}
		return w.Settings().Put(ctx, settingFeed, name, []byte(last))
	})
}

// follower returns how far a follower has come.
func (e *Engine) follower(ctx context.Context, name string) (after int64, err error) {
	err = e.store.View(ctx, func(r storage.Reader) error {
		b, err := r.Settings().Get(ctx, settingFeed, name)
		if errors.Is(err, storage.ErrNotFound) {
			after = 0
			return nil
		}
		if err != nil {
			return err
		}
		after, err = strconv.ParseInt(string(b), 10, 64)
		return err
	})
	return after, err
}

// A feed wakes the followers in this process after a commit.
type feed struct {
	mu   sync.Mutex
	wait chan struct{} // nil: nobody waits
}

// next returns a channel that is closed after the next commit.
func (f *feed) next() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wait == nil {
		f.wait = make(chan struct{})
	}
	return f.wait
}

func (f *feed) notify() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wait != nil {
		close(f.wait)
		f.wait = nil
	}
}
