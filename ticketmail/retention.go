package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/ticketmail/storage"
)

// ErrNoPruner reports a Store that cannot take anything away: it is no
// storage.Pruner.
var ErrNoPruner = errors.New("the store cannot take anything away")

// Retention says how long is kept what tickets do not need. A duration of zero
// keeps for ever. Tickets, comments with their files, and history stay whatever
// it says.
//
// What makes sure that no mail is taken in twice stays, too: of an entry of the
// ledger its key and the SHA-256 of the mail, some 150 bytes
// ([mailbox.Entry.Tombstone]). Mails in quarantine, and mails left on the
// server, stay whole until somebody has decided.
type Retention struct {
	// RawMails is how long the raw bytes of a mail are kept after it was
	// received: those of a comment, and those of its entry in the ledger. What
	// was read of them stays. After that the mail cannot be read anew, nor
	// exported as it came.
	RawMails time.Duration

	// Journal is how long an entry of the ledger keeps its reasons, the
	// Message-ID and the fingerprint of the content after the mail was
	// received. After that, why the mail became what it is cannot be told any
	// more; the same mail delivered again under another key is not known as a
	// duplicate; and an answer to it that bears no mark of ours is not known to
	// belong to its ticket. A raw mail that RawMails still keeps stays.
	Journal time.Duration

	// Outbox is how long mails that were sent, or came back, are kept after
	// that. A report about a mail that is gone starts no escalation chain; they
	// come within days. Of a mail about something internal a remainder without
	// words stays: an answer to it must become internal.
	Outbox time.Duration

	// Every is how often Run does it; 0: every 6 hours.
	Every time.Duration
}

func (r Retention) validate(store storage.Store) error {
	if min(r.RawMails, r.Journal, r.Outbox, r.Every) < 0 {
		return errors.New("durations must not be negative")
	}
	if _, ok := store.(storage.Pruner); !ok && r.any() {
		return errors.New("needs a Store that is a storage.Pruner")
	}
	return nil
}

func (r Retention) any() bool { return max(r.RawMails, r.Journal, r.Outbox) > 0 }

// Pruned counts what [Engine.Prune] took away.
type Pruned struct {
	Comments  int // that lost their raw mail
	Entries   int // of the ledger that lost their raw mail, or are tombstones now
	Mails     int // outgoing ones that were deleted or emptied
	Discarded int // pieces of content that nothing refers to any more
}

// Prune takes away what is older than [Config.Retention] says, in transactions
// of bounded size. Where it was interrupted, by an error, ctx or a crash, the
// next one goes on. One node does it at a time; where another does it just now
// the error is a *storage.HeldError. Content that is kept outside of the store
// is removed by the sweep of its Blobs.
func (e *Engine) Prune(ctx context.Context) (Pruned, error) {
	if e.pruner == nil {
		return Pruned{}, ErrNoPruner
	}
	ctx, took := begin(ctx, e.observer, HousekeepingEvent{Work: HousekeepingPrune})
	var done Pruned
	err := e.housekeep(ctx, func(alive context.Context, lease *heldLease) error {
		p := pruning{Engine: e, lease: lease, done: &done}
		return p.run(alive)
	})
	took.end(err, func(r Result) Event {
		return HousekeepingEvent{HousekeepingPrune, done.Comments + done.Entries + done.Mails, done.Discarded, r}
	})
	if err != nil {
		return done, fmt.Errorf("prune: %w", err)
	}
	return done, nil
}

// housekeep calls fn under the lease that only one node has at a time.
func (e *Engine) housekeep(ctx context.Context, fn func(alive context.Context, lease *heldLease) error) error {
	lease, alive, err := e.acquire(ctx, "prune")
	if err != nil {
		return err
	}
	defer lease.release(ctx, e.store)
	if err = fn(alive, lease); err != nil {
		if cause := context.Cause(alive); cause != nil {
			err = errors.Join(cause, err)
		}
	}
	return err
}

// pruneForever prunes every so often, if anything is to be.
func (e *Engine) pruneForever(ctx context.Context) {
	every := e.cfg.Retention.Every
	if every == 0 {
		every = 6 * time.Hour
	}
	for e.cfg.Retention.any() && ctx.Err() == nil {
		_, err := e.Prune(ctx)
		if _, held := errors.AsType[*storage.HeldError](err); err != nil && !held && ctx.Err() == nil {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelError, "not pruned", slog.Any("error", err))
		}
		sleep(ctx, every)
	}
}
