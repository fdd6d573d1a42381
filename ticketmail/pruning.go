package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/storage"
)

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
