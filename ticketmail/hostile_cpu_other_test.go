//go:build !unix

package ticketmail_test

import (
	"testing"
	"time"
)

// cpuTime is the clock, where what the process used of the processors is not
// to be had.
func cpuTime(testing.TB) time.Duration { return time.Duration(time.Now().UnixNano()) }
