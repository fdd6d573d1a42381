//go:build unix

package ticketmail_test

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what the process has used of the processors: unlike the clock it
// does not count what other programs do.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
