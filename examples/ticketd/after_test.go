package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/internal/dovecot"
)

// TestKeep: mails that stay are taken in once, and found by their mark.
func TestKeep(t *testing.T) {
	s := newSite(t, nil)
	s.once("-keep")
	s.put(newMail("1@x.example", "a@x.example", "First", "text"), newMail("2@x.example", "a@x.example", "Second", "text"))
	before := s.holds("INBOX")
	s.once("-keep").wantCounts(t, summary{Received: 2, Tickets: 2, Kept: 2, Bytes: before[0].Size + before[1].Size})
	s.once("-keep").wantCounts(t, summary{Kept: 2})
	if diff := cmp.Diff(before, s.holds("INBOX")); diff != "" {
		t.Errorf("in the folder (-want +got):\n%s", diff)
	}
}

// TestMove: the counts tell of mails that were moved, and a server that cannot
// move them safely keeps them, unread.
func TestMove(t *testing.T) {
	s := newSite(t, nil)
	s.once("-move-to", "INBOX.Done")
	s.put(newMail("1@x.example", "a@x.example", "First", "text"))
	before := s.holds("INBOX")
	s.once("-move-to", "INBOX.Done").wantCounts(t, summary{Received: 1, Tickets: 1, Moved: 1, Bytes: before[0].Size})
	if inbox, done := s.holds("INBOX"), s.holds("Done"); len(inbox) != 0 || len(done) != 1 || done[0].SHA256 != before[0].SHA256 {
		t.Errorf("in INBOX %v, in Done %v", inbox, done)
	}
	bare := newSite(t, dovecot.Start(t, &dovecot.Options{Capability: "IMAP4rev1"}))
	bare.put(newMail("1@x.example", "a@x.example", "First", "text"))
	bare.start(bare.args("-once", "-import-existing", "-move-to", "Done")...).wantCode(t, 1)
	if len(bare.holds("INBOX")) != 1 || len(bare.journal()) != 0 {
		t.Error("the mail was taken or removed")
	}
}
