// Package cputime measures what tests bound: the time that code takes of the
// processors, which other programs on the machine do not lengthen much.
package cputime

import "time"

// Of returns how long f took: by the clock, or by what the whole process used
// of the processors meanwhile if that is less. The first counts the waiting for a
// processor that others have, the second the process's other goroutines.
func Of(f func()) time.Duration {
	start, used := time.Now(), Process()
	f()
	return min(time.Since(start), Process()-used)
}
