package ticketmail_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestObserverHousekeeping: a Prune and an Erase are told with what they say
// themselves, also where another node kept them from beginning; and a mail that
// somebody discarded is told.
func TestObserverHousekeeping(t *testing.T) {
	w := &witness{}
	now := noon
	h, server := withServer(t, func(c *ticketmail.Config) {
		w.observe(c)
		c.Retention = ticketmail.Retention{RawMails: day}
		c.Now = func() time.Time { return now }
	})
	server.Add("INBOX", mail("Mia <mia@kunde.example>", "Printer", "a@x", "It burns."))
	server.Add("INBOX", looping("b@x"))
	h.poll()
	w.told, w.lines = nil, nil
	if _, err := h.Discard(t.Context(), bea, h.quarantined(), "advertising"); err != nil {
		t.Fatal(err)
	}
	if got := of[ticketmail.MailEvent](w); len(got) != 1 || got[0].Outcome != "record" || got[0].Reason != "discarded" {
		t.Errorf("discarded: %+v", got)
	}

	now = now.Add(2 * day)
	pruned, err := h.Prune(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	erased, err := h.Erase(t.Context(), ticketmail.Subject{Addresses: []string{"mia@kunde.example"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.Update(t.Context(), func(u storage.Writer) error {
		_, err := u.Leases().Acquire(t.Context(), "prune", "another", time.Hour, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Prune(t.Context()); err == nil {
		t.Fatal("pruned while another node did")
	}
	want := []ticketmail.HousekeepingEvent{
		{Work: "prune", Records: pruned.Comments + pruned.Entries + pruned.Mails, Discarded: pruned.Discarded},
		{Work: "erase", Records: erased.Tickets + erased.Mails + erased.Entries, Discarded: erased.Discarded},
		{Work: "prune", Result: ticketmail.Result{Failure: ticketmail.FailureElsewhere}},
	}
	got := of[ticketmail.HousekeepingEvent](w)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ticketmail.Result{}, "Took", "Err")); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if want[0].Records == 0 || want[0].Discarded == 0 || want[1].Records == 0 || got[2].Err == nil || got[0].Took <= 0 {
		t.Errorf("told %+v", got)
	}
	if w.open != 0 {
		t.Errorf("%d have begun and not ended", w.open)
	}
}

// A Prune whose ctx ends is told as what it is.
func TestObserverHousekeepingEnds(t *testing.T) {
	w := &witness{}
	h, _ := withServer(t, func(c *ticketmail.Config) {
		w.observe(c)
		c.Retention = ticketmail.Retention{RawMails: day}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Prune(ctx); err == nil {
		t.Fatal("pruned")
	}
	if got := of[ticketmail.HousekeepingEvent](w); len(got) != 1 || got[0].Failure != ticketmail.FailureCanceled {
		t.Errorf("told %+v", got)
	}
}
