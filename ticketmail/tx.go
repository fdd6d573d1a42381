package ticketmail

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A tx is one transaction of the engine: what all actions and the inbound
// path write with.
type tx struct {
	*Engine
	w     storage.Writer
	dir   escalation.Directory
	now   time.Time
	sent  int             // new outgoing mails put, those held left aside
	wake  bool            // the outbox or an errand waits
	blind *DirectoryError // an event was made without what the directory knows
	ahead ahead           // what was asked for a whole batch of mails

	forwardTo []string // addresses a person names
	late      bool     // an errand: whoever acted does not wait for the outcome

	warnings []*notify.TemplateError      // stored templates that could not be used
	patches  map[string]*notify.RulePatch // read in this transaction; nil value: none stored
}

// maxRounds bounds how often a transaction is run again for the directory's
// sake. Each round answers at least one question.
const maxRounds = 1000

// update runs fn in a transaction, again each time the directory has to be
// asked for something. fn must only touch the tx.
func (e *Engine) update(ctx context.Context, known *answers, fn func(t *tx) error) error {
	return e.commit(ctx, known, CommitEvent{}, fn)
}

// commit is update with what an Observer is told of it.
func (e *Engine) commit(ctx context.Context, known *answers, told CommitEvent, fn func(t *tx) error) error {
	ctx, took := begin(ctx, e.observer, told)
	err := e.commitNow(ctx, known, &told, fn)
	took.end(err, func(r Result) Event {
		told.Result = r
		return told
	})
	return err
}

func (e *Engine) commitNow(ctx context.Context, known *answers, told *CommitEvent, fn func(t *tx) error) error {
	defer known.forgive()
	run := func(inTx bool) error {
		var done *tx
		told.Attempts++
		err := e.store.Update(ctx, func(w storage.Writer) error {
			done = &tx{Engine: e, w: w, dir: consulted{known, inTx}, now: e.now(), patches: map[string]*notify.RulePatch{}}
			return fn(done)
		})
		if err == nil {
			told.Notified = done.sent
			done.after(ctx)
		}
		return err
	}
	if e.joined { // what the host's transaction holds cannot be rolled back here
		return run(false)
	}
	for range maxRounds {
		err := run(true)
		if !errors.Is(err, errAsk) {
			return err
		}
		if err := known.resolve(ctx); err != nil {
			return err
		}
	}
	return errAsk
}

// after does what follows from a commit.
func (t *tx) after(ctx context.Context) {
	for _, w := range t.warnings {
		t.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "stored template not used", slog.Any("error", w))
	}
	if t.joined { // the host commits, and calls Wake
		return
	}
	if t.wake {
		t.Wake()
	} else {
		t.feed.notify()
	}
}

// now is the time as it is stored: UTC, to the microsecond.
func (e *Engine) now() time.Time { return e.cfg.Now().UTC().Truncate(time.Microsecond) }

// change writes a line of history, now.
func (t *tx) change(ctx context.Context, c storage.Change) error {
	c.At = t.now
	return t.w.Tickets().AddChange(ctx, &c)
}

// view returns what notifications may know of a ticket. Where the directory
// fails it is what the ticket itself knows, and t is blind.
func (t *tx) view(ctx context.Context, k Ticket) (notify.TicketView, error) {
	place, err := t.place(ctx, k)
	if t.overlook(err) {
		place, err = escalation.Place{Task: k.Task, Project: k.Project}, nil
	}
	return notify.TicketView{
		Ref: k.ID, Subject: k.Subject, Status: string(k.Status), Subtask: k.Parent != "", Place: place,
		Creator: k.Creator, Assignee: k.Assignee, LastAssignee: k.LastAssignee, CustomerContact: k.CustomerContact,
		Sender: k.Sender.Address,
	}, err
}

// overlook reports whether err is that the directory failed, which must not
// keep an event from being made: people are told later then.
func (t *tx) overlook(err error) bool {
	failure, ok := errors.AsType[*DirectoryError](err)
	if ok {
		t.blind = failure
	}
	return ok
}

// place returns where a ticket is. A task that the directory has forgotten
// leaves the ticket's own record of it.
func (t *tx) place(ctx context.Context, k Ticket) (escalation.Place, error) {
	place, err := t.dir.Place(ctx, k.Task)
	if errors.Is(err, escalation.ErrNotFound) {
		return escalation.Place{Task: k.Task, Project: k.Project}, nil
	}
	return place, err
}

// nameOf returns a person's name, or the id where there is none: an address,
// or an id that looks like one, is not for everybody's eyes.
func (t *tx) nameOf(ctx context.Context, id escalation.PersonID) (string, error) {
	if id == "" {
		return "", nil
	}
	p, err := t.dir.Person(ctx, id)
	if err != nil && !errors.Is(err, escalation.ErrNotFound) && !t.overlook(err) {
		return "", err
	}
	if p.Name == "" && !strings.Contains(string(id), "@") {
		return string(id), nil
	}
	return p.Name, nil
}

// commentView returns what notifications may know of a comment.
func commentView(c Comment, author string) *notify.CommentView {
	v := &notify.CommentView{
		ID: c.ID, Internal: c.Internal, Author: c.Author, AuthorName: author, AuthorAddress: c.Sender.Address,
		Text: c.Text, At: c.CreatedAt, MessageID: c.MessageID,
	}
	for _, a := range c.Attachments {
		v.Files = append(v.Files, notify.Attachment{Name: a.Display, Type: a.Type, Blob: a.Blob})
	}
	return v
}

var _ notify.Referencer = (*thread.Referencer)(nil)
