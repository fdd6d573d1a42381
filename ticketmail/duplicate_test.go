package ticketmail_test

import (
	"strings"
	"testing"
)

// Of a mail whose view is cut, what was cut off may be all that tells it from
// another one with its Message-ID: it is no duplicate (THREATS H39).
func TestCutMailsAreNoDuplicates(t *testing.T) {
	h, server := withServer(t, nil)
	long := strings.Repeat("the same line as in the log of yesterday\r\n", 60_000) // 2.4 MiB
	for _, end := range []string{"all is well", "the disk is full", "the disk is full"} {
		server.Add("INBOX", mail("nas@y.example", "log", "log@nas", long+end))
	}
	if r := h.poll(); r.Tickets != 2 || r.Records != 1 {
		t.Errorf("report = %+v, want two tickets and one duplicate", r)
	}
}
