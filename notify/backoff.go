package notify

import "time"

// A Backoff says when a mail that could not be sent is tried again.
type Backoff struct {
	Steps  []time.Duration // after the first, second, ... attempt; the last one repeats; nil: 1m, 5m, 15m, 1h, 4h
	GiveUp time.Duration   // the sum of waits after which it is given up; 0: 2 days
}

// minBackoff keeps a mistake in the configuration from becoming a storm.
const minBackoff = time.Second

// after returns the wait after a mail's n-th attempt, n from 1. ok is false
// where it is given up. It depends on the number of attempts only, so that a
// pause of the outbox or a node that was down costs no mail its tries.
func (b Backoff) after(n int) (wait time.Duration, ok bool) {
	steps := b.Steps
	if len(steps) == 0 {
		steps = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour}
	}
	giveUp := b.GiveUp
	if giveUp <= 0 {
		giveUp = 48 * time.Hour
	}
	var waited time.Duration
	for i := range max(n, 1) {
		wait = max(steps[min(i, len(steps)-1)], minBackoff)
		if waited += wait; waited > giveUp {
			return 0, false
		}
	}
	return wait, true
}
