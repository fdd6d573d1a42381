package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// A Verdict is what an administrator decides about a mail in quarantine. The
// zero value decides nothing: the mail is decided about as if it came now.
type Verdict struct {
	Ticket TicketID          // it becomes a comment on this ticket
	Task   escalation.TaskID // or a new ticket in this task; not together with Ticket
}

// Quarantine returns the mails that wait for somebody to decide, oldest first,
// at most limit of them (0: 100), those behind the key after (nil: from the
// start). Their reasons say why they are there. [Engine.Quarantined] shows one,
// [Engine.Replay] and [Engine.Discard] decide about it.
func (e *Engine) Quarantine(ctx context.Context, after *mailbox.Key, limit int) ([]mailbox.Entry, error) {
	if limit <= 0 {
		limit = 100
	}
	var list []mailbox.Entry
	err := e.store.View(ctx, func(r storage.Reader) error {
		list = nil
		for entry, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{Outcome: mailbox.Quarantine, After: after, Limit: limit}) {
			if err != nil {
				return err
			}
			list = append(list, entry)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read quarantine: %w", err)
	}
	return list, nil
}

// Replay reads a mail in quarantine again, from the raw bytes that are kept,
// and decides about it: by the verdict or, without one, as if it came now. It
// returns what the ledger then says of the mail; that may be quarantine again,
// with today's reasons. Who asked for it stands among them. The mail's hooks are asked as at first, but a verdict
// stands above what they say.
//
// storage.ErrNotFound reports a mail, a ticket or a task that does not exist,
// ErrInvalid a mail that is not in quarantine, *mailbox.PoisonError one that
// still cannot be read.
func (e *Engine) Replay(ctx context.Context, by Actor, key mailbox.Key, v Verdict) (mailbox.Entry, error) {
	entry, err := e.replay(ctx, by, key, v)
	if err != nil {
		return mailbox.Entry{}, fmt.Errorf("replay mail %s: %w", keyText(key), err)
	}
	return entry, nil
}

func (e *Engine) replay(ctx context.Context, by Actor, key mailbox.Key, v Verdict) (mailbox.Entry, error) {
	if v.Ticket != "" && v.Task != "" {
		return mailbox.Entry{}, fmt.Errorf("%w: the verdict names a ticket and a task", ErrInvalid)
	}
	var entry mailbox.Entry
	err := e.store.View(ctx, func(r storage.Reader) error {
		var err error
		entry, err = quarantined(ctx, r.Ledger(), key)
		return err
	})
	if err != nil {
		return mailbox.Entry{}, err
	}
	routes, err := e.routesNow(ctx)
	if err != nil {
		return mailbox.Entry{}, err
	}
	as, _ := routes.Assignment(key.Mailbox)
	as.Mailbox = key.Mailbox
	in := &inbound{Engine: e, assignment: as, routes: routes, answers: e.newAnswers(), moved: func() {}}
	a, err := in.reread(ctx, entry)
	if err != nil {
		return mailbox.Entry{}, err
	}
	a.verdict, a.judge, a.replayed = v, by.Person, true
	err = e.update(ctx, in.answers, func(t *tx) error {
		now, err := quarantined(ctx, t.w.Ledger(), key)
		if err != nil {
			return err
		}
		if err := t.allow(ctx, as, &a.verdict); err != nil {
			return err
		}
		a.in.Entry = now
		entry, err = t.settle(ctx, a, as)
		return err
	})
	if err == nil {
		e.tellOf(ctx, entry)
	}
	return entry, err
}

// quarantined returns the entry of a mail in quarantine.
func quarantined(ctx context.Context, l mailbox.LedgerReader, key mailbox.Key) (mailbox.Entry, error) {
	entry, err := entryOf(ctx, l, key)
	if err == nil {
		err = inQuarantine(entry)
	}
	return entry, err
}

// entryOf returns the entry of a mail.
func entryOf(ctx context.Context, l mailbox.LedgerReader, key mailbox.Key) (mailbox.Entry, error) {
	found, err := l.Lookup(ctx, []mailbox.Key{key})
	if err == nil && len(found) == 0 {
		err = storage.ErrNotFound
	}
	if err != nil {
		return mailbox.Entry{}, err
	}
	return found[0], nil
}

func inQuarantine(entry mailbox.Entry) error {
	if entry.Outcome != mailbox.Quarantine {
		return fmt.Errorf("%w: it is not in quarantine, but %s", ErrInvalid, entry.Outcome)
	}
	return nil
}

// reread receives a mail from its raw bytes. What is in quarantine may be
// there because reading it ends badly.
func (i *inbound) reread(ctx context.Context, entry mailbox.Entry) (a *arrival, err error) {
	raw, err := i.cfg.Blobs.Open(ctx, entry.Raw)
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			err = &mailbox.PoisonError{Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
		err = errors.Join(err, raw.Close())
	}()
	a, err = i.Receive(ctx, mailbox.Incoming{Key: entry.Key, Size: entry.Size, Entry: entry}, raw)
	if err != nil {
		return nil, err
	}
	if a.rejected != nil { // before anybody asked whose it is
		if err := i.whoIs(ctx, a); err != nil {
			return nil, err
		}
	}
	return a, i.cfg.Blobs.Sync(ctx)
}

// allow refuses verdicts that cannot be carried out. One that names a ticket
// which was merged means the other one.
func (t *tx) allow(ctx context.Context, as mailbox.Assignment, v *Verdict) error {
	switch {
	case v.Ticket != "":
		k, err := t.w.Tickets().Get(ctx, v.Ticket)
		if err == nil {
			k, err = t.current(ctx, k)
		}
		if err == nil { // else a second attempt would be about no ticket
			v.Ticket = k.ID
		}
		return err
	case v.Task != "":
		if _, err := t.dir.Place(ctx, v.Task); err != nil {
			return fmt.Errorf("task %q: %w", v.Task, errors.Join(err, notFound(err)))
		}
	case as.Task == "":
		return fmt.Errorf("%w: the mailbox serves no task any more: the verdict must name one", ErrInvalid)
	}
	return nil
}

// notFound returns storage.ErrNotFound for the directory's answer that there
// is none.
func notFound(err error) error {
	if errors.Is(err, escalation.ErrNotFound) {
		return storage.ErrNotFound
	}
	return nil
}
