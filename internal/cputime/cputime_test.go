package cputime_test

import (
	"testing"
	"time"

	"example.com/ticketmail/internal/cputime"
)

func TestOf(t *testing.T) {
	work := func() {
		for n, start := 0, time.Now(); time.Since(start) < 50*time.Millisecond; {
			n++
		}
	}
	started := time.Now()
	if took := cputime.Of(work); took <= 0 || took > time.Since(started) {
		t.Errorf("50 ms of work took %v", took)
	}
}
