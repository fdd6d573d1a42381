package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/internal/dovecot"
)

// TestPOP3: the service empties a mailbox over POP3, too, and leaves it alone
// without consent.
func TestPOP3(t *testing.T) {
	s := newSite(t, dovecot.Start(t, &dovecot.Options{POP3: true}))
	over := func(more ...string) []string {
		return append([]string{"-protocol", "pop3", "-addr", s.server.POP3}, more...)
	}
	var mails []string
	for i := range 130 {
		mails = append(mails, newMail(fmt.Sprintf("%d@customer.example", i), "Carla <carla@customer.example>", fmt.Sprintf("Matter %d", i), "Please help.\n.\n..\n"))
	}
	s.put(mails...)
	before := s.holds("INBOX")
	var bytes int64
	for _, m := range before {
		bytes += m.Size
	}

	s.start(s.args(over("-once")...)...).wantCode(t, exitConsent)
	if diff := cmp.Diff(before, s.holds("INBOX")); diff != "" {
		t.Errorf("without consent the folder changed (-before +after):\n%s", diff)
	}
	s.once(over("-import-existing")...).wantCounts(t, summary{Received: 130, Tickets: 130, Deleted: 130, Bytes: bytes})
	if left := s.holds("INBOX"); len(left) > 0 {
		t.Errorf("%d mails are left on the server", len(left))
	}
	s.once(over()...).wantCounts(t, summary{})
	sums := map[string]bool{}
	for _, m := range before {
		sums[fmt.Sprintf("%x", m.SHA256)] = true
	}
	for _, j := range s.journal() {
		if uid, ok := j.UID.(string); !ok || len(uid) != 16 || !sums[j.SHA256] {
			t.Errorf("journal names mail %v with hash %s, want Dovecot's unique-id and the bytes that it sends over IMAP", j.UID, j.SHA256)
		}
	}
	s.start(s.args(over("-once", "-folder", "INBOX")...)...).wantCode(t, exitUsage)
}
