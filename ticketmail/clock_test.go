package ticketmail_test

import (
	"errors"
	"testing"
	"time"

	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/ticketmail"
)

// A mail about something internal that went out "later than now", since clocks
// are set back and those of two nodes differ, is not forgotten: what its
// recipient answers stays internal.
func TestInternalStaysInternalWhateverTheClock(t *testing.T) {
	for name, date := range map[string]string{
		"without a date": "X: y",
		"with one":       "Date: Mon, 23 Nov 2026 11:55:00 +0000",
	} {
		now := noon
		h, server := withServer(t, func(c *ticketmail.Config) { c.Now = func() time.Time { return now } })
		k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
		h.deliver()
		now = noon.Add(10 * time.Minute) // by this clock
		if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "out of warranty?", Internal: true}); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		now = noon.Add(5 * time.Minute) // by that one
		server.Add("INBOX", mail("carl@erp.example", "Re: "+h.Referencer().Token(k.ID), "b@x", "yes", date))
		h.poll()
		if all := h.comments(k.ID); len(all) != 3 || !all[2].Internal {
			t.Errorf("%s: the answer is public", name)
		}
	}
}

// What waits an hour does not wait for a clock that was wrong: a mail that could
// not be fetched while the clock was a year ahead is tried again.
func TestClockThatWasAhead(t *testing.T) {
	now := noon.AddDate(1, 0, 0)
	h, server := withServer(t, func(c *ticketmail.Config) { c.Now = func() time.Time { return now } })
	uid := server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
	server.CutBody("INBOX", uid, 0)
	for range 8 {
		_, _ = h.Poll(t.Context(), "support")
	}
	server.CutBody("INBOX", uid, -1)
	if r := h.poll(); r.Left != 1 {
		t.Fatalf("poll = %+v, want the mail left for an hour", r)
	}
	now = noon
	if r := h.poll(); r.Tickets != 1 {
		t.Errorf("poll once the clock was put right = %+v, want the mail taken in", r)
	}
}

// Nor do others wait for mails that the server refuses to remove over POP3.
func TestStuckMailsWhateverTheClock(t *testing.T) {
	now := noon.AddDate(1, 0, 0)
	h, server := withServer(t, func(c *ticketmail.Config) { c.Now = func() time.Time { return now } })
	server.SetCloseAfter("INBOX", 50)
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpRemove {
			return errors.New("refused")
		}
		return nil
	})
	server.Add("INBOX", aMatter(1))
	_, _ = h.Poll(t.Context(), "support")
	now = noon
	server.Add("INBOX", aMatter(2))
	for range 3 {
		_, _ = h.Poll(t.Context(), "support")
	}
	if got := len(h.tickets()); got != 2 {
		t.Errorf("%d tickets, want the one behind as well", got)
	}
}
