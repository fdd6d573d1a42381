//go:build unix

package cputime_test

import (
	"testing"
	"time"

	"example.com/ticketmail/internal/cputime"
)

func TestOfWaiting(t *testing.T) {
	gate := make(chan struct{})
	time.AfterFunc(200*time.Millisecond, func() { close(gate) })
	if took := cputime.Of(func() { <-gate }); took > 150*time.Millisecond {
		t.Errorf("waiting for 200 ms took %v of the processors", took)
	}
}
