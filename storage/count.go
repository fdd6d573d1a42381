package storage

import (
	"context"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// A TicketCounter is a [TicketReader] that counts tickets without reading them.
// It is optional: ask whether the Tickets of a Reader or Writer are one.
type TicketCounter interface {
	TicketReader

	// CountCategories returns how many tickets are in each of some categories.
	// Those without tickets are not in it.
	CountCategories(ctx context.Context, ids []string) (map[string]int, error)
}

// An EntryCounter is a [mailbox.LedgerReader] that counts entries without
// reading them. It is optional: ask whether the Ledger of a Reader or Writer is
// one.
type EntryCounter interface {
	mailbox.LedgerReader

	// Count returns how many entries List yields.
	Count(ctx context.Context, q mailbox.LedgerQuery) (int, error)

	// CountReceived returns how many mails were received from each of bounds on
	// and before the next one: bounds ascend, and the result is one shorter.
	// What counts is ReceivedAt; an entry without it, and one that is Pending or
	// LeftThere, is no mail that was received.
	CountReceived(ctx context.Context, bounds []time.Time) ([]int, error)
}

// A MailCounter is a [notify.OutboxReader] that counts mails without reading
// them. It is optional: ask whether the Outbox of a Reader or Writer is one.
type MailCounter interface {
	notify.OutboxReader

	// Count returns how many mails List yields.
	Count(ctx context.Context, q notify.MailQuery) (int, error)

	// CountSent returns how many mails were sent from each of bounds on and
	// before the next one: bounds ascend, and the result is one shorter. What
	// counts is SentAt; a mail is sent that is Sent or Returned, and has it.
	CountSent(ctx context.Context, bounds []time.Time) ([]int, error)
}

// CountEntries returns how many entries fit q: counted by an [EntryCounter], read
// otherwise.
func CountEntries(ctx context.Context, l mailbox.LedgerReader, q mailbox.LedgerQuery) (n int, err error) {
	if c, ok := l.(EntryCounter); ok {
		return c.Count(ctx, q)
	}
	for _, err := range l.List(ctx, q) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// CountMails returns how many mails fit q: counted by a [MailCounter], read
// otherwise.
func CountMails(ctx context.Context, o notify.OutboxReader, q notify.MailQuery) (n int, err error) {
	if c, ok := o.(MailCounter); ok {
		return c.Count(ctx, q)
	}
	for _, err := range o.List(ctx, q) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}
