package main

import (
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/examples/internal/plainimap"
)

// TestForeign: what somebody else marked for deletion, or keeps in another
// folder, is not ours to take or to expunge.
func TestForeign(t *testing.T) {
	s := newSite(t, nil)
	s.once()
	s.put(
		newMail("1@x.example", "a@x.example", "First", "text"),
		newMail("2@x.example", "a@x.example", "Marked", "text"),
		newMail("3@x.example", "a@x.example", "Filed", "text"),
		newMail("4@x.example", "a@x.example", "Last", "text"),
	)
	before := s.holds("INBOX")
	c, err := s.account.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Create("INBOX/Sub", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Move(imap.UIDSetNum(imap.UID(before[2].UID)), "INBOX/Sub").Wait(); err != nil {
		t.Fatal(err)
	}
	marks := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := c.Store(imap.UIDSetNum(imap.UID(before[1].UID)), marks, nil).Close(); err != nil {
		t.Fatal(err)
	}
	s.once().wantCounts(t, summary{Received: 2, Tickets: 2, Deleted: 2, Bytes: before[0].Size + before[3].Size})
	if diff := cmp.Diff(before[1:2], s.holds("INBOX")); diff != "" {
		t.Errorf("in the folder (-want +got):\n%s", diff)
	}
	if got := s.holds("INBOX/Sub"); len(got) != 1 || got[0].SHA256 != before[2].SHA256 {
		t.Errorf("in the subfolder: %+v, want the mail filed there", got)
	}
	wantJournal(t, s.journal(), []plainimap.Mail{before[0], before[3]})
}
