package demo

import (
	"sync"
	"time"
)

// A Clock tells the time, or that of a moment past while the week is played.
type Clock struct {
	mu    sync.Mutex
	back  time.Duration
	since time.Time
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return time.Now()
	}
	return c.since.Add(-c.back)
}

// ago sets the clock to a moment so long before now, where it stands still.
func (c *Clock) ago(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		c.since = time.Now()
	}
	c.back = d
}

// run lets the clock show the real time again.
func (c *Clock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Time{}
}
