package daemon_test

import (
	"testing"

	"example.com/ticketmail/internal/daemon"
)

// Nobody gets a port that another test has and has not taken yet: of so many
// out of so few some would be the same.
func TestFreeAddress(t *testing.T) {
	given := map[string]bool{}
	for range 600 {
		address := daemon.FreeAddress(t)
		if given[address] {
			t.Fatalf("%s was given out twice", address)
		}
		given[address] = true
	}
}
