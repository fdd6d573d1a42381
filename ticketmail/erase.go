package ticketmail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// An Erasure is the record of a person having been erased. It holds nothing
// about who that was.
type Erasure struct {
	ID    string    // also of whoever stands in the person's place, see [Engine.Erase]
	Began time.Time // UTC
	Ended time.Time // zero: it was interrupted, and can be resumed by its ID

	Tickets   int // that were changed
	Mails     int // outgoing ones that were deleted or changed
	Entries   int // of the ledger that became tombstones or were changed
	Discarded int // pieces of content that nothing refers to any more

	// Undecided are mails of others in quarantine that name the person: at
	// most 1,000. They stay as they are. Decide about them, then erase again.
	Undecided []mailbox.Key

	// Unread are mails that may name the person and were left as they are: at
	// most 1,000. Repair or discard them, then erase again.
	Unread []UnreadMail

	// Names are the others that the person's mails bear, sorted, at most
	// 1,000. If they mean nobody and nothing else, erase again with them as
	// Subject.Names. Only Erase returns them; they are not kept.
	Names []string `json:"-"`
}

// mostListed is how many mails or names an Erasure lists of a kind.
const mostListed = 1000

// unread lists a mail, once.
func (x *Erasure) unread(m UnreadMail) {
	if len(x.Unread) < mostListed && !slices.Contains(x.Unread, m) {
		x.Unread = append(x.Unread, m)
	}
}

// undecided lists a mail, once.
func (x *Erasure) undecided(key mailbox.Key) {
	if len(x.Undecided) < mostListed && !slices.Contains(x.Undecided, key) {
		x.Undecided = append(x.Undecided, key)
	}
}

// Erase replaces one person wherever the store names him, and takes away what
// cannot be told apart from him (GDPR, article 17). Tickets stay: they are the
// company's record of what was to be done, and of other people's work.
//
// Replaced by "erased-ID", a person whom no Directory knows:
//   - creator, assignee and customer contact of tickets, authors of comments,
//     and actors of history;
//   - senders of tickets and comments: the address goes, "erased-ID" is the name.
//
// Replaced by "[erased]", in upper or lower case and over line ends: his
// addresses and names in subjects, comments, history, reasons, and outgoing
// mails to others. His names everywhere are who.Names and the Directory's. A
// name that his mails bear is chosen by their sender and may be words of
// others: it is replaced only in comments of his, the subject, history and
// outgoing mails of tickets of his, and only if it has two words; see
// Erasure.Names.
//
// Taken away:
//   - raw mails of his comments, and every other raw mail that names him; of
//     their entries in the ledger a tombstone stays, so that a mail which is
//     still on a server is not taken in again ([mailbox.Entry.Tombstone]). Of
//     what is in quarantine only his own mails go;
//   - files and Message-IDs of his comments, also out of mails to others;
//   - mails to him, sent or waiting; mails that name him to others keep their
//     place and lose their text, unless they are still to be sent;
//   - his address among those that bounce or are counted.
//
// What stays: the words he wrote without his name; files of others; what others
// wrote about him without a name of his; what administrators configured, such
// as rules and presets; and backups, which are the host's. Content that is kept
// outside of the store goes with the next sweep of its Blobs a day later. How
// to rid the files of a database of old versions of rows says the store's
// Prune: with SQLite by Compact, with PostgreSQL by VACUUM FULL.
//
// Each ticket is one transaction. Interrupted by an error, ctx or a crash, it
// is resumed by a call with the same subject and the ID of the Erasure that
// was returned; [Engine.Erasures] lists them. What comes about the person
// meanwhile, or afterwards, may need another Erase. ErrNoPruner reports a store
// that cannot take away, *storage.HeldError that another node prunes or erases.
func (e *Engine) Erase(ctx context.Context, who Subject, resume string) (Erasure, error) {
	if e.pruner == nil {
		return Erasure{}, ErrNoPruner
	}
	q, err := e.quarry(ctx, who)
	if err != nil {
		return Erasure{}, fmt.Errorf("erase person: %w", err)
	}
	ctx, took := begin(ctx, e.observer, HousekeepingEvent{Work: HousekeepingErase})
	var done Erasure
	err = e.housekeep(ctx, func(alive context.Context, lease *heldLease) error {
		x := &erasing{Engine: e, lease: lease, q: q, own: q}
		err := x.begin(alive, resume)
		if err == nil {
			err = x.run(alive)
		}
		done = x.record
		return err
	})
	took.end(err, func(r Result) Event {
		return HousekeepingEvent{HousekeepingErase, done.Tickets + done.Mails + done.Entries, done.Discarded, r}
	})
	if err != nil {
		return done, fmt.Errorf("erase person: %w", err)
	}
	return done, nil
}

// Erasures lists all erasures, by ID.
func (e *Engine) Erasures(ctx context.Context) ([]Erasure, error) {
	var all []Erasure
	err := e.store.View(ctx, func(r storage.Reader) error {
		all = nil
		return eachSetting(ctx, r.Settings(), settingErasure, func(_ string, x Erasure) { all = append(all, x) })
	})
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return all, nil
}

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

// names notes under which names the person has written, in all tickets.
func (x *erasing) names(ctx context.Context, after string) (next string, more bool, err error) {
	found := map[string]bool{}
	n := 0
	err = x.store.View(ctx, func(r storage.Reader) error {
		n, next = 0, after
		for k, err := range r.Tickets().List(ctx, storage.TicketQuery{After: TicketID(after), Limit: pruneBatch}) {
			if err != nil {
				return err
			}
			n, next = n+1, string(k.ID)
			if x.q.has(k.Sender.Address) {
				found[k.Sender.Name] = true
			}
			for c, err := range r.Tickets().Comments(ctx, k.ID) {
				if err != nil {
					return err
				}
				if x.q.has(c.Sender.Address) {
					found[c.Sender.Name] = true
				}
			}
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		return next, n == pruneBatch, err
	}
	err = x.prune(ctx, func(w storage.PruneWriter) error {
		all, err := x.recall(ctx, w.Settings())
		if err != nil {
			return err
		}
		all.add(slices.Collect(maps.Keys(found)))
		return x.keep(ctx, w, all)
	})
	return next, n == pruneBatch, err
}

// recallNames takes the names found into what is looked for in what is his.
func (x *erasing) recallNames(ctx context.Context) error {
	var all foundNames
	err := x.store.View(ctx, func(r storage.Reader) (err error) {
		all, err = x.recall(ctx, r.Settings())
		return err
	})
	x.own, x.earlier = x.q.with(all.Names), all.Earlier
	x.record.Names = nil
	for _, n := range all.Names {
		if n != "" && !x.q.knows(n) {
			x.record.Names = append(x.record.Names, n)
		}
	}
	return err
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

// settings takes the person out of what the engine remembers about addresses
// and of errands.
func (x *erasing) settings(ctx context.Context, _ string) (string, bool, error) {
	return "", false, x.prune(ctx, func(w storage.PruneWriter) error {
		for a := range x.q.addresses {
			if err := w.Settings().Delete(ctx, settingBounced, a); err != nil {
				return err
			}
		}
		var counters []string
		for s, err := range w.Settings().List(ctx, settingCap) {
			if err != nil {
				return err
			}
			// "address A", "content A …", see limits
			if words := strings.Fields(s.Key); len(words) > 1 && x.q.addresses[words[1]] {
				counters = append(counters, s.Key)
			}
		}
		for _, key := range counters {
			if err := w.Settings().Delete(ctx, settingCap, key); err != nil {
				return err
			}
		}
		if err := x.consents(ctx, w); err != nil {
			return err
		}
		return x.errands(ctx, w)
	})
}

// consents replaces the person as an administrator who let a folder be emptied.
func (x *erasing) consents(ctx context.Context, w storage.PruneWriter) error {
	changed := map[string]consent{}
	err := eachSetting(ctx, w.Settings(), settingConsent, func(key string, c consent) {
		if x.q.is(c.By) {
			c.By = x.alias()
			changed[key] = c
		}
	})
	for key, c := range changed {
		if err == nil {
			err = putJSON(ctx, w.Settings(), settingConsent, key, c)
		}
	}
	return err
}

func (x *erasing) errands(ctx context.Context, w storage.PruneWriter) error {
	changed := map[string]errand{}
	err := eachSetting(ctx, w.Settings(), settingErrand, func(key string, todo errand) {
		if why := x.q.notes.ReplaceAllString(todo.Why, erased); why != todo.Why {
			todo.Why = why
			changed[key] = todo
		}
	})
	for key, todo := range changed {
		if err == nil {
			err = putJSON(ctx, w.Settings(), settingErrand, key, todo)
		}
	}
	return err
}
