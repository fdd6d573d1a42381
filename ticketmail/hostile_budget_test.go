package ticketmail_test

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/internal/cputime"
)

// The budget of one mail (THREATS S1).
const (
	mostCPU  = 5 * time.Second
	mostHeap = 64 << 20
)

// A cost is what some work took.
type cost struct {
	cpu  time.Duration
	heap int64 // bytes at the peak, above what was there before
}

// measure does some work and returns what it took. Garbage is collected more
// often meanwhile, so that the heap shows what is held rather than how much
// memory the machine has.
func measure(t testing.TB, work func()) cost {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	runtime.GC()
	idle, started := heapNow(), cputime.Process()
	peak := watchHeap(work)
	return cost{cpu: cputime.Process() - started, heap: int64(peak) - int64(idle)}
}

// watchHeap returns how large the heap was at most while work was done.
func watchHeap(work func()) (peak uint64) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, heapNow())
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	work()
	close(done)
	wg.Wait()
	return max(peak, heapNow())
}

func heapNow() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func (c cost) check(t testing.TB) {
	t.Helper()
	most := mostCPU
	if raced {
		most *= 10
	}
	t.Logf("%d ms of CPU, %d KiB of heap", c.cpu.Milliseconds(), c.heap>>10)
	if c.cpu > most || c.heap > mostHeap {
		t.Errorf("took %v of CPU and %d MiB of heap, want %v and %d at most", c.cpu, c.heap>>20, most, mostHeap>>20)
	}
}
