package storetest

import (
	"sync"
	"sync/atomic"
	"time"
)

// patience says how long the updates of a round wait for each other. Where a
// store has one wait for another the first rounds cost that time, so that
// there are few of them, the last one long enough for a busy machine; in the
// rest updates overlap as it happens.
func patience(round int) time.Duration {
	few := [...]time.Duration{10 * time.Millisecond, 50 * time.Millisecond, 250 * time.Millisecond}
	if round < len(few) {
		return few[round]
	}
	return 0
}

// together runs fn n times at once, each with a function to be called in its
// update, after it has read and before it commits. That waits until all n are
// there, so that updates overlap wherever the store lets them, and not only by
// luck. Where the store lets in one after the other, the first goes on when
// patience is over, and none waits after it.
func together(n int, patience time.Duration, fn func(i int, meet func()) error) error {
	var started sync.WaitGroup
	started.Add(n)
	var arrived atomic.Int32
	goOn := make(chan struct{})
	open := sync.OnceFunc(func() { close(goOn) })
	return parallel(n, func(i int) error {
		started.Done()
		started.Wait()
		// A store may run an update again, alone.
		return fn(i, sync.OnceFunc(func() {
			if int(arrived.Add(1)) == n {
				open()
			}
			timer := time.NewTimer(patience)
			defer timer.Stop()
			select {
			case <-goOn:
			case <-timer.C:
				open()
			}
		}))
	})
}
