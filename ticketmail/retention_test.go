package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

const day = 24 * time.Hour

// aging returns a house with a mail server whose clock is moved by the test.
func aging(t *testing.T, now *time.Time, r ticketmail.Retention) (house, *mailboxtest.Server) {
	t.Helper()
	*now = noon
	return withServer(t, func(c *ticketmail.Config) {
		c.Retention = r
		c.Now = func() time.Time { return *now }
	})
}

func (h house) prune(want ticketmail.Pruned) {
	h.t.Helper()
	got, err := h.Prune(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("pruned (-want +got):\n%s", diff)
	}
}

func (h house) entries() (all []mailbox.Entry) {
	h.t.Helper()
	h.view(func(r storage.Reader) error {
		for e, err := range r.Ledger().List(h.t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		return nil
	})
	return all
}

// Raw mails, reasons and sent mails go at their time; tickets, comments, what
// waits for a decision and what keeps mails from being taken in twice stay.
func TestPrune(t *testing.T) {
	var now time.Time
	h, server := aging(t, &now, ticketmail.Retention{RawMails: 30 * day, Journal: 90 * day, Outbox: 60 * day})
	server.Add("INBOX", mail("mia@kunde.example", "Printer", "a@x", "It burns."))
	server.Add("INBOX", looping("b@x"))
	h.poll()
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := h.entries()
	now = now.Add(31 * day)
	server.Add("INBOX", mail("mia@kunde.example", "Screen", "c@x", "It smokes."))
	h.poll()
	h.prune(ticketmail.Pruned{Comments: 1, Entries: 1, Discarded: 1})
	h.prune(ticketmail.Pruned{})

	first := h.comments(h.tickets()[0].ID)[0]
	if !first.Raw.IsZero() || first.Text != "It burns.\n" || first.MessageID != "a@x" {
		t.Errorf("comment = %+v, want all but the raw mail", first)
	}
	if _, err := h.store.Open(t.Context(), old[0].Raw); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the raw mail is still there: %v", err)
	}
	entries := h.entries()
	if e := entries[0]; e.RawName() != old[0].Raw || e.MessageID != "a@x" || len(e.Reasons) != len(old[0].Reasons)+1 {
		t.Errorf("entry = %+v, want all but the raw mail", e)
	}
	if entries[1].Outcome != mailbox.Quarantine || entries[1].Raw != old[1].Raw {
		t.Errorf("what waits for a decision = %+v", entries[1])
	}
	young := h.comments(h.tickets()[1].ID)[0].Raw
	if young.IsZero() || entries[2].Raw != young {
		t.Errorf("a young mail lost its bytes: %v, %v", young, entries[2].Raw)
	}

	now = now.Add(31 * day)
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := len(h.mails())
	h.prune(ticketmail.Pruned{Comments: 1, Entries: 1, Mails: 2, Discarded: 1})
	if n := len(h.mails()); n != sent-2 {
		t.Errorf("%d mails of %d are left, want all but the 2 of two months ago", n, sent)
	}
	now = now.Add(61 * day)
	h.prune(ticketmail.Pruned{Entries: 2, Mails: 2})
	want := old[0].Tombstone()
	want.EmptiedAt, want.Version = entries[0].EmptiedAt, h.entries()[0].Version
	if diff := cmp.Diff(want, h.entries()[0]); diff != "" {
		t.Errorf("what stays of a mail (-want +got):\n%s", diff)
	}
	if n := len(h.tickets()); n != 2 {
		t.Errorf("%d tickets", n)
	}
}

// A mail that the server shows again is known for what it was, by what stays
// of it: under its own key, and after a change of UIDVALIDITY by its bytes.
func TestPrunedMailComesAgain(t *testing.T) {
	var now time.Time
	h, server := aging(t, &now, ticketmail.Retention{RawMails: day, Journal: day})
	server.Add("INBOX", mail("mia@kunde.example", "Printer", "a@x", "It burns."))
	server.FailCall(mailboxtest.OpRemove, 1, errors.New("connection lost")) // committed, and not removed
	if _, err := h.Poll(t.Context(), "support"); err == nil {
		t.Fatal("the removal did not fail")
	}
	now = now.Add(2 * day)
	h.prune(ticketmail.Pruned{Comments: 1, Entries: 1, Discarded: 1})
	server.SetValidity("INBOX", 7)
	h.poll()
	if n := len(h.tickets()); n != 1 {
		t.Errorf("%d tickets of one mail", n)
	}
	if n := len(server.UIDs("INBOX")); n != 0 {
		t.Errorf("%d mails are left on the server", n)
	}
}

// Of a mail about something internal enough stays that an answer to it becomes
// internal.
func TestPruneKeepsInternalInternal(t *testing.T) {
	var now time.Time
	h, server := aging(t, &now, ticketmail.Retention{Outbox: day})
	k := h.create(ticketmail.NewTicket{Assignee: "carl"})
	if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "secret", Internal: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * day)
	h.prune(ticketmail.Pruned{Mails: 2})
	h.prune(ticketmail.Pruned{})
	h.view(func(r storage.Reader) error {
		for m, err := range r.Outbox().List(t.Context(), notify.MailQuery{}) {
			if err != nil || m.Text+m.HTML+m.Subject+m.To.Address != "" || !m.Internal || m.Person != "carl" {
				t.Errorf("what stays: %+v, %v", m, err)
			}
		}
		return nil
	})
	server.Add("INBOX", mail("carl@erp.example", "Re: "+h.Referencer().Subject(k.ID, "x"), "a@x", "secret too"))
	h.poll()
	if all := h.comments(k.ID); !all[len(all)-1].Internal {
		t.Error("an answer to what was internal became public")
	}
}

// A prune that is cut off goes on where it stood, and many records take many
// transactions.
func TestPruneGoesOn(t *testing.T) {
	const mails = 1100
	var now time.Time
	h, server := aging(t, &now, ticketmail.Retention{RawMails: day, Journal: day, Outbox: day})
	for i := range mails {
		server.Add("INBOX", mail("mia@kunde.example", fmt.Sprint("Mail ", i), fmt.Sprintf("%d@x", i), fmt.Sprint("Text ", i)))
	}
	h.poll()
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * day)
	var all ticketmail.Pruned
	cuts := 0
	for cut := 2; ; cut++ {
		stop := &stopping{Store: h.store, left: cut}
		e, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) {
			c.Store, c.Blobs = stop, h.store
			c.Retention = ticketmail.Retention{RawMails: day, Journal: day, Outbox: day}
			c.Now = func() time.Time { return now }
		}))
		if err != nil {
			t.Fatal(err)
		}
		done, err := e.Prune(t.Context())
		all.Comments, all.Entries, all.Mails, all.Discarded = all.Comments+done.Comments, all.Entries+done.Entries, all.Mails+done.Mails, all.Discarded+done.Discarded
		if err == nil {
			break
		}
		if !errors.Is(err, errStop) {
			t.Fatal(err)
		}
		cuts++
	}
	want := ticketmail.Pruned{Comments: mails, Entries: mails, Mails: len(h.sender.Mails()), Discarded: mails}
	if diff := cmp.Diff(want, all); diff != "" || cuts < 3 {
		t.Errorf("after %d cuts, pruned in all (-want +got):\n%s", cuts, diff)
	}
	if n := len(h.mails()); n != 0 {
		t.Errorf("%d mails are left in the outbox", n)
	}
}

var errStop = errors.New("the store is gone")

// stopping is a store that fails after some prunes.
type stopping struct {
	*memstore.Store
	left int
}

func (s *stopping) Prune(ctx context.Context, fn func(storage.PruneWriter) error) error {
	if s.left--; s.left < 0 {
		return errStop
	}
	return s.Store.Prune(ctx, fn)
}

func TestPruneRefused(t *testing.T) {
	plain := struct{ storage.Store }{memstore.New(nil)}
	h := build(t, nil)
	for name, change := range map[string]func(*ticketmail.Config){
		"negative":  func(c *ticketmail.Config) { c.Retention.Outbox = -1 },
		"no pruner": func(c *ticketmail.Config) { c.Store, c.Blobs, c.Retention.Outbox = plain, h.store, day },
	} {
		_, err := ticketmail.New(t.Context(), h.cfg(change))
		if refused, ok := errors.AsType[*mailbox.FieldError](err); !ok || refused.Field != "Config.Retention" {
			t.Errorf("%s: New = %v, want a FieldError", name, err)
		}
	}
	e, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) { c.Store, c.Blobs = plain, h.store }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Prune(t.Context()); !errors.Is(err, ticketmail.ErrNoPruner) {
		t.Errorf("Prune on a plain store: %v", err)
	}
}

// prunings counts the transactions of Prune.
type prunings struct {
	*memstore.Store
	n int
}

func (p *prunings) Prune(ctx context.Context, fn func(storage.PruneWriter) error) error {
	p.n++
	return p.Store.Prune(ctx, fn)
}

// TestPruneWaitsForNobody: to look through tickets without an old raw mail
// keeps no writer waiting, however many there are; those with one are found
// among them.
func TestPruneWaitsForNobody(t *testing.T) {
	var now time.Time
	counts := &prunings{}
	h, _ := withServer(t, func(c *ticketmail.Config) {
		counts.Store = c.Store.(*memstore.Store)
		c.Store, c.Blobs = counts, counts.Store
		c.Retention = ticketmail.Retention{RawMails: day}
		c.Now = func() time.Time { return now }
	})
	now = noon
	put := func(tickets int, raw string) {
		t.Helper()
		var blob storage.Blob
		if raw != "" {
			spool, err := counts.Create(t.Context())
			must(t, err)
			_, err = spool.Write([]byte(raw))
			must(t, err)
			blob, err = spool.Finish()
			must(t, err)
		}
		must(t, counts.Update(t.Context(), func(w storage.Writer) error {
			for range tickets {
				k := storage.Ticket{Subject: "s", Status: storage.New, CreatedAt: now}
				if err := w.Tickets().Put(t.Context(), &k); err != nil {
					return err
				}
				c := storage.Comment{Ticket: k.ID, Kind: storage.ByMail, CreatedAt: now, Raw: blob}
				if err := w.Tickets().PutComment(t.Context(), &c); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	put(10, "")
	now = noon.Add(3 * day)
	h.prune(ticketmail.Pruned{})
	few := counts.n
	now = noon
	put(1000, "")
	now = noon.Add(3 * day)
	counts.n = 0
	if h.prune(ticketmail.Pruned{}); counts.n != few {
		t.Errorf("%d transactions with 1,010 tickets, %d with 10, and nothing to do in either", counts.n, few)
	}
	now = noon
	put(1, "one")
	put(500, "")
	put(1, "another")
	now = noon.Add(3 * day)
	counts.n = 0
	if h.prune(ticketmail.Pruned{Comments: 2, Discarded: 2}); counts.n != few+1 { // the second is the end as well
		t.Errorf("%d transactions to do two batches, want %d", counts.n, few+1)
	}
	h.prune(ticketmail.Pruned{})
}

// Of a mail about something internal nothing stays that could be sent again, or
// whose recipient could be blamed when it comes back after all.
func TestPrunedMailComesBack(t *testing.T) {
	var now time.Time
	h, server := aging(t, &now, ticketmail.Retention{Outbox: day})
	k := h.create(ticketmail.NewTicket{Assignee: "carl"})
	if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "text", Internal: true}); err != nil {
		t.Fatal(err)
	}
	h.deliver()
	sent := h.outgoing(notify.InternalCommentAdded)[0]
	now = now.Add(2 * day)
	h.prune(ticketmail.Pruned{Mails: 2})
	before := h.history(k.ID)
	server.Add("INBOX", bounce("carl@erp.example", sent.MessageID))
	if r := h.poll(); r.Records != 1 {
		t.Errorf("poll = %+v, want a record", r)
	}
	if known, err := h.Bouncing(t.Context(), ""); known || err != nil {
		t.Errorf("Bouncing of no address = %t, %v", known, err)
	}
	if diff := cmp.Diff(before, h.history(k.ID)); diff != "" {
		t.Errorf("history (-before +after):\n%s", diff)
	}
	if err := h.Release(t.Context(), k.ID, sent.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("Release = %v, want ErrNotFound", err)
	}
}
