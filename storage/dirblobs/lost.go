package dirblobs

import (
	"fmt"
	"time"
)

// lost is content that was given up, and why. Its stagers need not be those
// whose Sync was told, so the next ones are told too.
type lost map[[32]byte]loss

type loss struct {
	err error
	at  time.Time
}

// lostFor is how long Sync fails because of content that nobody stages anew:
// its stager has long called Sync by then, or never will, and the others are
// not to wait for that. Stores look for what they refer to in any case.
const lostFor = time.Minute

// check returns an error if content is lost, and forgets what was long ago.
func (l lost) check(now time.Time) error {
	var first error
	for sum, why := range l {
		if now.Sub(why.at) >= lostFor {
			delete(l, sum)
		} else if first == nil {
			first = fmt.Errorf("blob %x was given up: %w", sum, why.err)
		}
	}
	return first
}
