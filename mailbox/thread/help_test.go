package thread_test

import (
	"testing"

	"example.com/ticketmail/mailbox/thread"
)

var testKey = []byte("a key of at least sixteen bytes")

// newReferencer returns a Referencer of testKey.
func newReferencer(t testing.TB, opts *thread.Options) *thread.Referencer {
	t.Helper()
	r, err := thread.New([][]byte{testKey}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// refs are hostile refs that are valid all the same.
var refs = []thread.Ref{
	"4711", "1", "x", "xyz", "A-1", "a.b@c", "[", "[Ticket#1", "[Ticket#4711-K7Q2PX9D", "1-K7Q2PX9D",
	"{ref}", "{code}", "%s", "Ä", "票号", `"\`, "<a@b>", "Re:", ",", "123456789012345678901234567890123456789012345678901234567890abcd",
}
