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
	gate := make(chan struct{})
	time.AfterFunc(200*time.Millisecond, func() { close(gate) })
	if took := cputime.Of(func() { <-gate }); took > 150*time.Millisecond {
		t.Errorf("waiting for 200 ms took %v of the processors", took)
	}
}
