package notify

import (
	"context"
	"example.com/ticketmail/mailbox/thread"
	"iter"
	"time"
)

// A MailQuery selects outgoing mails that fit every field. The zero value
// selects all.
type MailQuery struct {
	State  State      // empty: all
	Ticket thread.Ref // empty: all
	Text   string     // stands in Subject, To.Address or Ticket, A to Z in either case; empty: all
	Newest bool       // newest first: "behind" a mail are then the older ones
	After  string     // start behind the mail with this ID, storage.ErrNotFound if unknown; empty: from the start
	Limit  int        // 0: no limit
}

// OutboxReader reads the outbox.
type OutboxReader interface {
	// List yields mails in the order in which they were first put, or the
	// other way round. What is put during the loop is not seen. Text has no
	// index: where it fits few mails, all that fit the other fields are read.
	List(ctx context.Context, q MailQuery) iter.Seq2[Mail, error]
}

// An Outbox keeps outgoing mails from the change that causes them, in whose
// transaction they are put, until they are sent and after.
type Outbox interface {
	OutboxReader

	// Put writes mails. One with Version 0 is new and fails with
	// mailbox.ErrExists if its ID is taken; any other replaces the stored one
	// if that still has this Version, and fails with mailbox.ErrConflict
	// otherwise. Put raises Version in the mails given.
	Put(ctx context.Context, mails ...*Mail) error

	// Claim takes at most n mails that are Waiting with Due not after now, or
	// Sending with ClaimedUntil not after now, oldest Due first. It makes
	// them Sending, claimed by owner until `until`, with Attempts raised.
	Claim(ctx context.Context, owner string, now, until time.Time, n int) ([]Mail, error)
}
