package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
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

const settingPrune = "prune" // how far each pass of Prune has come

// pruneBatch is how many records are looked at in one transaction.
const pruneBatch = 200

// A pruning is one Prune.
type pruning struct {
	*Engine
	lease *heldLease
	done  *Pruned
}

func (p *pruning) run(ctx context.Context) error {
	r, now := p.cfg.Retention, p.now()
	if r.RawMails > 0 {
		old := now.Add(-r.RawMails)
		for more := true; more; {
			place, found, err := p.seek(ctx, "comments", rawsBefore(old))
			if err == nil && found {
				more, err = p.once(ctx, "comments", &place, p.comments(old))
			} else {
				more = false
			}
			if err != nil {
				return fmt.Errorf("raw mails of comments: %w", err)
			}
		}
	}
	if r.RawMails > 0 || r.Journal > 0 {
		if err := p.pass(ctx, "ledger", p.ledger(before(now, r.RawMails), before(now, r.Journal))); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}
	if r.Outbox > 0 {
		if err := p.pass(ctx, "outbox", p.outbox(now.Add(-r.Outbox))); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	var err error
	p.done.Discarded, err = p.pruner.Discard(ctx)
	return err
}

// before returns the time before which things go; zero: nothing does.
func before(now time.Time, keep time.Duration) time.Time {
	if keep == 0 {
		return time.Time{}
	}
	return now.Add(-keep)
}

// A batch does the records behind a place (empty: from the start), and returns
// the place to go on behind and whether there are more. It may be called again
// for the same records.
type batch func(ctx context.Context, w storage.PruneWriter, after string, done *Pruned) (last string, more bool, err error)

// pass does all records, batch by batch.
func (p *pruning) pass(ctx context.Context, name string, do batch) error {
	for more := true; more; {
		var err error
		if more, err = p.once(ctx, name, nil, do); err != nil {
			return err
		}
	}
	return nil
}

// once does a batch, behind a place or where the last one ended (nil), and
// reports whether there are more. Where it stands is written with what it did.
func (p *pruning) once(ctx context.Context, name string, place *string, do batch) (more bool, err error) {
	var done Pruned
	err = p.pruner.Prune(ctx, func(w storage.PruneWriter) error {
		done = *p.done
		if err := p.lease.renew(ctx, w); err != nil {
			return err
		}
		after, err := placeOf(ctx, w.Settings(), name, place)
		if err != nil {
			return err
		}
		var last string
		last, more, err = do(ctx, w, after, &done)
		if errors.Is(err, storage.ErrNotFound) && after != "" { // the place is gone: erased
			done = *p.done
			last, more, err = do(ctx, w, "", &done)
		}
		if err != nil {
			return err
		}
		if !more {
			return w.Settings().Delete(ctx, settingPrune, name)
		}
		return w.Settings().Put(ctx, settingPrune, name, []byte(last))
	})
	if err == nil {
		*p.done = done
	}
	return more, err
}

// placeOf returns where a pass stands, unless that is known.
func placeOf(ctx context.Context, s storage.SettingsReader, name string, known *string) (string, error) {
	if known != nil {
		return *known, nil
	}
	after, err := s.Get(ctx, settingPrune, name)
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return string(after), err
}

// A look reads the records behind a place as a [batch] would do them, and
// returns also whether there is anything to do.
type look func(ctx context.Context, r storage.Reader, after string) (last string, more, found bool, err error)

// seek goes on to the next batch that has something to do, and returns the
// place before it. It only reads: while there is nothing to do nobody waits.
// Where nothing is found to the end, the pass is over.
func (p *pruning) seek(ctx context.Context, name string, read look) (place string, found bool, err error) {
	var from *string
	for more := true; more && !found && err == nil; {
		last := ""
		err = p.store.View(ctx, func(r storage.Reader) error {
			if place, err = placeOf(ctx, r.Settings(), name, from); err != nil {
				return err
			}
			last, more, found, err = read(ctx, r, place)
			if errors.Is(err, storage.ErrNotFound) && place != "" { // it is gone: erased
				place = ""
				last, more, found, err = read(ctx, r, place)
			}
			return err
		})
		from = &last
	}
	if err != nil || found {
		return place, found, err
	}
	_, err = p.once(ctx, name, &place, func(context.Context, storage.PruneWriter, string, *Pruned) (string, bool, error) {
		return "", false, nil
	})
	return "", false, err
}

// comments takes the raw mails out of comments made before a time.
func (p *pruning) comments(before time.Time) batch {
	return func(ctx context.Context, w storage.PruneWriter, after string, done *Pruned) (last string, more bool, err error) {
		return eachRaw(ctx, w.Tickets(), after, before, func(c *Comment) error {
			done.Comments++
			return dropRaw(ctx, w, c)
		})
	}
}

// rawsBefore looks for comments made before a time that have their raw mail.
func rawsBefore(before time.Time) look {
	return func(ctx context.Context, r storage.Reader, after string) (last string, more, found bool, err error) {
		last, more, err = eachRaw(ctx, r.Tickets(), after, before, func(*Comment) error {
			found = true
			return nil
		})
		return last, more, found, err
	}
}

// eachRaw calls fn for the comments of a batch of tickets that were made before
// a time and have their raw mail.
func eachRaw(ctx context.Context, tickets storage.TicketReader, after string, before time.Time, fn func(*Comment) error) (last string, more bool, err error) {
	n := 0
	for k, err := range tickets.List(ctx, storage.TicketQuery{After: TicketID(after), Limit: pruneBatch}) {
		if err != nil {
			return "", false, err
		}
		n++
		last = string(k.ID)
		if !k.CreatedAt.Before(before) {
			continue
		}
		for c, err := range tickets.Comments(ctx, k.ID) {
			if err != nil {
				return "", false, err
			}
			if c.Raw.IsZero() || !c.CreatedAt.Before(before) {
				continue
			}
			if err := fn(&c); err != nil {
				return "", false, err
			}
		}
	}
	return last, n == pruneBatch, nil
}

// dropRaw takes the raw mail out of a comment.
func dropRaw(ctx context.Context, w storage.PruneWriter, c *Comment) error {
	raw := c.Raw
	c.Raw = storage.Blob{}
	if err := w.Tickets().PutComment(ctx, c); err != nil {
		return err
	}
	return w.Release(ctx, raw)
}

// ledger takes raw mails out of entries decided before a time, and makes
// tombstones of those decided before another.
func (p *pruning) ledger(raw, journal time.Time) batch {
	return func(ctx context.Context, w storage.PruneWriter, after string, done *Pruned) (string, bool, error) {
		q := mailbox.LedgerQuery{Limit: pruneBatch}
		if after != "" {
			q.After = &mailbox.Key{}
			if err := json.Unmarshal([]byte(after), q.After); err != nil {
				return "", false, err
			}
		}
		var last mailbox.Key
		n := 0
		for entry, err := range w.Ledger().List(ctx, q) {
			if err != nil {
				return "", false, err
			}
			n++
			last = entry.Key
			pruned, ok := prunedEntry(entry, raw, journal)
			if !ok {
				continue
			}
			if err := w.Ledger().Put(ctx, &pruned); err != nil {
				return "", false, err
			}
			if !entry.Raw.IsZero() {
				if err := w.Release(ctx, entry.Raw); err != nil {
					return "", false, err
				}
			}
			done.Entries++
		}
		b, err := json.Marshal(last)
		return string(b), n == pruneBatch, err
	}
}

// prunedEntry returns what stays of an entry, and whether that is less. A raw
// mail that is still kept is kept whole: Journal alone takes no raw mail.
func prunedEntry(e mailbox.Entry, raw, journal time.Time) (mailbox.Entry, bool) {
	if !e.Settled() || e.Outcome == mailbox.Quarantine {
		return e, false
	}
	rest := e
	if e.ReceivedAt.Before(raw) {
		rest.ForgetRaw()
	}
	if e.ReceivedAt.Before(journal) {
		kept := rest.Raw
		if rest = e.Tombstone(); !kept.IsZero() {
			rest.Raw, rest.Reasons = kept, nil
		}
	}
	return rest, rest.Raw != e.Raw || rest.MessageID != e.MessageID || rest.Content != e.Content || len(rest.Reasons) != len(e.Reasons)
}

// outbox deletes mails that were done with before a time.
func (p *pruning) outbox(before time.Time) batch {
	return func(ctx context.Context, w storage.PruneWriter, after string, done *Pruned) (last string, more bool, err error) {
		var gone []string
		n := 0
		last = after
		for m, err := range w.Outbox().List(ctx, notify.MailQuery{After: after, Limit: pruneBatch}) {
			if err != nil {
				return "", false, err
			}
			n++
			if (m.State != notify.Sent && m.State != notify.Returned) || m.SentAt.IsZero() || !m.SentAt.Before(before) {
				last = m.ID // stays, and so is a place to go on from
				continue
			}
			if !m.Internal {
				gone = append(gone, m.ID)
				done.Mails++
				continue
			}
			last = m.ID
			if m.Text == "" {
				continue
			}
			emptied := emptyMail(m)
			if err := w.Outbox().Put(ctx, &emptied); err != nil {
				return "", false, err
			}
			done.Mails++
		}
		return last, n == pruneBatch, w.DeleteMails(ctx, gone...)
	}
}

// emptyMail returns what must stay of a mail about something internal: that the
// person got it, and when.
func emptyMail(m notify.Mail) notify.Mail {
	return notify.Mail{
		ID: m.ID, Event: m.Event, Ticket: m.Ticket, Comment: m.Comment, Person: m.Person, Audience: m.Audience, Internal: m.Internal,
		MessageID: m.MessageID, Date: m.Date, State: m.State, Attempts: m.Attempts, Due: m.Due, SentAt: m.SentAt, Version: m.Version,
	}
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
