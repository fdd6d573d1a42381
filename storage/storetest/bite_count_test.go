package storetest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
)

// TestBiteCounts proves that the suite finds a store that counts what is not
// so.
func TestBiteCounts(t *testing.T) {
	all := []string{"CountCategories", "CountEntries", "CountMails"}
	for name, tt := range map[string]struct {
		read  func(storage.Reader) storage.Reader
		fails []string
	}{
		"counts tickets of other categories": {func(r storage.Reader) storage.Reader { return miscounting{r, moreUse, entries, mails} }, all[:1]},
		"counts all entries, whatever the query": {func(r storage.Reader) storage.Reader {
			return miscounting{r, tickets, func(c storage.EntryCounter) mailbox.LedgerReader { return allEntries{c} }, mails}
		}, all[1:2]},
		"counts a mail in two spans": {func(r storage.Reader) storage.Reader {
			return miscounting{r, tickets, func(c storage.EntryCounter) mailbox.LedgerReader { return twiceReceived{c} }, mails}
		}, all[1:2]},
		"counts all mails, whatever the query": {func(r storage.Reader) storage.Reader {
			return miscounting{r, tickets, entries, func(c storage.MailCounter) notify.OutboxReader { return allMails{c} }}
		}, all[2:]},
		"forgets the last span": {func(r storage.Reader) storage.Reader {
			return miscounting{r, tickets, entries, func(c storage.MailCounter) notify.OutboxReader { return lessSent{c} }}
		}, all[2:]},
	} {
		t.Run(name, func(t *testing.T) {
			fault := broken{view: func(s *memstore.Store, ctx context.Context, fn func(storage.Reader) error) error {
				return s.View(ctx, func(r storage.Reader) error { return fn(tt.read(r)) })
			}}
			clock := new(storetest.Clock)
			got := storetest.Failing(t.Context(), func() storage.Store {
				fault.Store = memstore.New(nil)
				return fault
			}, clock, all...)
			slices.Sort(got)
			if !slices.Equal(got, tt.fails) {
				t.Errorf("failed checks are %q, want %q", got, tt.fails)
			}
		})
	}
}

// A miscounting reader has parts that count, as they are or worse.
type miscounting struct {
	storage.Reader
	tickets func(storage.TicketCounter) storage.TicketReader
	entries func(storage.EntryCounter) mailbox.LedgerReader
	mails   func(storage.MailCounter) notify.OutboxReader
}

func (m miscounting) Tickets() storage.TicketReader {
	return m.tickets(m.Reader.Tickets().(storage.TicketCounter))
}

func (m miscounting) Ledger() mailbox.LedgerReader {
	return m.entries(m.Reader.Ledger().(storage.EntryCounter))
}

func (m miscounting) Outbox() notify.OutboxReader {
	return m.mails(m.Reader.Outbox().(storage.MailCounter))
}

func tickets(c storage.TicketCounter) storage.TicketReader { return c }
func entries(c storage.EntryCounter) mailbox.LedgerReader  { return c }
func mails(c storage.MailCounter) notify.OutboxReader      { return c }

func moreUse(c storage.TicketCounter) storage.TicketReader { return otherUse{c} }

type otherUse struct{ storage.TicketCounter }

func (c otherUse) CountCategories(ctx context.Context, ids []string) (map[string]int, error) {
	return c.TicketCounter.CountCategories(ctx, append(slices.Clone(ids), "other"))
}

type allEntries struct{ storage.EntryCounter }

func (c allEntries) Count(ctx context.Context, q mailbox.LedgerQuery) (int, error) {
	return c.EntryCounter.Count(ctx, mailbox.LedgerQuery{After: q.After})
}

type twiceReceived struct{ storage.EntryCounter }

func (c twiceReceived) CountReceived(ctx context.Context, bounds []time.Time) ([]int, error) {
	counts, err := c.EntryCounter.CountReceived(ctx, bounds)
	for i := range counts[1:] {
		counts[i] += counts[i+1]
	}
	return counts, err
}

type allMails struct{ storage.MailCounter }

func (c allMails) Count(ctx context.Context, q notify.MailQuery) (int, error) {
	return c.MailCounter.Count(ctx, notify.MailQuery{After: q.After})
}

type lessSent struct{ storage.MailCounter }

func (c lessSent) CountSent(ctx context.Context, bounds []time.Time) ([]int, error) {
	return c.MailCounter.CountSent(ctx, bounds[:len(bounds)-1])
}
