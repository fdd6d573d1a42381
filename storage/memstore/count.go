package memstore

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// counting calls fn with each of rows, of which nothing is copied.
func counting[R any](ctx context.Context, t *tx, rows iter.Seq2[number, R], fn func(R)) error {
	if err := t.usable(ctx); err != nil { // also where there is none
		return err
	}
	for _, r := range rows {
		if err := t.usable(ctx); err != nil {
			return err
		}
		fn(r)
	}
	return nil
}

// CountCategories implements [storage.TicketCounter]. It looks at all tickets.
func (p tickets) CountCategories(ctx context.Context, ids []string) (map[string]int, error) {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	use := map[string]int{}
	err := counting(ctx, p.tx, p.tx.state.tickets.bySeq.behind(0), func(r *row[storage.Ticket]) {
		for _, id := range r.value.Categories {
			if wanted[id] {
				use[id]++
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("count categories: %w", err)
	}
	return use, nil
}

// Count implements [storage.EntryCounter].
func (p ledger) Count(ctx context.Context, q mailbox.LedgerQuery) (n int, err error) {
	for _, err := range p.list(ctx, q, func(mailbox.Entry) mailbox.Entry { return mailbox.Entry{} }) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// CountReceived implements [storage.EntryCounter]. It looks at all entries.
func (p ledger) CountReceived(ctx context.Context, bounds []time.Time) ([]int, error) {
	s := newSpans(bounds)
	err := counting(ctx, p.tx, p.tx.state.entries.bySeq.behind(0), func(r *row[mailbox.Entry]) {
		if o := r.value.Outcome; o != mailbox.Pending && o != mailbox.LeftThere {
			s.add(r.value.ReceivedAt)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("count mails received: %w", err)
	}
	return s.counts, nil
}

// Count implements [storage.MailCounter].
func (p outbox) Count(ctx context.Context, q notify.MailQuery) (n int, err error) {
	for _, err := range p.list(ctx, q, func(notify.Mail) notify.Mail { return notify.Mail{} }) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// CountSent implements [storage.MailCounter]. It looks at all mails.
func (p outbox) CountSent(ctx context.Context, bounds []time.Time) ([]int, error) {
	s := newSpans(bounds)
	err := counting(ctx, p.tx, p.tx.state.mails.bySeq.behind(0), func(r *row[notify.Mail]) {
		if r.value.State == notify.Sent || r.value.State == notify.Returned {
			s.add(r.value.SentAt)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("count mails sent: %w", err)
	}
	return s.counts, nil
}

// spans count times between bounds, which ascend.
type spans struct {
	bounds []time.Time
	counts []int
}

func newSpans(bounds []time.Time) spans {
	return spans{bounds, make([]int, max(0, len(bounds)-1))}
}

// add counts a time in the span it is in, if there is one; the zero time is
// none.
func (s spans) add(at time.Time) {
	i, found := slices.BinarySearchFunc(s.bounds, at, time.Time.Compare)
	if !found {
		i-- // the last bound before it
	}
	if !at.IsZero() && i >= 0 && i < len(s.counts) {
		s.counts[i]++
	}
}
