package ticketmail_test

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"
)

// inUse returns what the process holds of the system's memory, and of that
// what is on the heap, in bytes: what the runtime has, less what it gave back.
func inUse() (total, heap uint64) {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64(), s[2].Value.Uint64()
}

// watchMemory notes the most memory that is in use from now on, looked at each
// second. peak ends that.
func watchMemory(t *testing.T) (peak func() (total, heap uint64)) {
	t.Helper()
	debug.FreeOSMemory() // what tests before this one left behind
	var wg sync.WaitGroup
	stop := make(chan struct{})
	var most [2]uint64
	wg.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			total, heap := inUse()
			most[0], most[1] = max(most[0], total), max(most[1], heap)
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	return func() (total, heap uint64) {
		close(stop)
		wg.Wait()
		return most[0], most[1]
	}
}
