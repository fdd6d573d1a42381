package ticketmail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

const (
	settingErasure = "erasure"       // records of erasures
	settingErasing = "erasure-place" // how far a step has come, by ID and step
)

// An erasing is one Erase.
type erasing struct {
	*Engine
	lease  *heldLease
	q      *quarry
	own    *quarry // knows also the names found, for what the person wrote
	record Erasure

	earlier []string // IDs of erasures of the person that were never ended
}

// alias is who stands in the person's place.
func (x *erasing) alias() escalation.PersonID { return alias(x.record.ID) }

func alias(id string) escalation.PersonID { return escalation.PersonID("erased-" + id) }

// erased stands in texts in the place of words that name the person.
const erased = "[erased]"

func (x *erasing) begin(ctx context.Context, resume string) error {
	return x.store.Update(ctx, func(w storage.Writer) error {
		x.record = Erasure{ID: strings.ToLower(rand.Text()), Began: x.now()}
		if resume == "" {
			return errors.Join(x.save(ctx, w), x.takeOver(ctx, w))
		}
		b, err := w.Settings().Get(ctx, settingErasure, resume)
		if err != nil {
			return fmt.Errorf("resume %q: %w", resume, err)
		}
		return json.Unmarshal(b, &x.record)
	})
}

func (x *erasing) save(ctx context.Context, w storage.Writer) error {
	return putJSON(ctx, w.Settings(), settingErasure, x.record.ID, x.record)
}

func (x *erasing) run(ctx context.Context) error {
	if !x.record.Ended.IsZero() {
		return nil
	}
	steps := []struct {
		name string
		do   func(ctx context.Context, after string) (next string, more bool, err error)
	}{
		{"names", x.names},
		{"tickets", x.tickets},
		{"outbox", x.mails},
		{"records", x.records},
		{"quarantine", x.quarantine},
		{"settings", x.settings},
	}
	for _, s := range steps {
		if s.name == "tickets" {
			if err := x.recallNames(ctx); err != nil {
				return err
			}
		}
		if err := x.step(ctx, s.name, s.do); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	n, err := x.pruner.Discard(ctx)
	if err != nil {
		return err
	}
	return x.prune(ctx, func(w storage.PruneWriter) error {
		x.record.Discarded += n
		x.record.Ended = x.now()
		for _, s := range steps {
			if err := w.Settings().Delete(ctx, settingErasing, x.record.ID+" "+s.name); err != nil {
				return err
			}
		}
		return w.Settings().Delete(ctx, settingErasing, x.record.ID+foundSuffix)
	})
}

// about returns what to look for in what is the person's, or in what is not.
func (x *erasing) about(his bool) *quarry {
	if his {
		return x.own
	}
	return x.q
}

// stands reports whether someone stands in the person's place.
func (x *erasing) stands(id escalation.PersonID) bool {
	return id == x.alias() || slices.ContainsFunc(x.earlier, func(e string) bool { return id == alias(e) })
}

// sent reports whether a sender is the person, or was before he was erased.
func (x *erasing) sent(a message.Address) bool {
	return x.q.has(a.Address) || a.Address == "" && x.stands(escalation.PersonID(a.Name))
}

// stepDone marks a step as done.
const stepDone = "\x00done"

// step does one step from where it was left, part by part.
func (x *erasing) step(ctx context.Context, name string, do func(context.Context, string) (string, bool, error)) error {
	key := x.record.ID + " " + name
	var after string
	err := x.store.View(ctx, func(r storage.Reader) error {
		b, err := r.Settings().Get(ctx, settingErasing, key)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		after = string(b)
		return err
	})
	for more, again := true, true; err == nil && more && after != stepDone; {
		place := after
		after, more, err = do(ctx, place)
		if again && place != "" && errors.Is(err, storage.ErrNotFound) { // the place is gone: pruned
			after, more, again, err = "", true, false, nil
			continue
		}
		if err != nil {
			return err
		}
		if !more {
			after = stepDone
		}
		err = x.prune(ctx, func(w storage.PruneWriter) error {
			return w.Settings().Put(ctx, settingErasing, key, []byte(after))
		})
	}
	return err
}

// prune runs fn in a transaction of its own, with the record, which counts
// only if it is committed.
func (x *erasing) prune(ctx context.Context, fn func(w storage.PruneWriter) error) error {
	before, after := x.record, x.record
	err := x.pruner.Prune(ctx, func(w storage.PruneWriter) error {
		x.record = before
		if err := x.lease.renew(ctx, w); err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		after = x.record
		return x.save(ctx, w)
	})
	if x.record = after; err != nil {
		x.record = before
	}
	return err
}
