package ticketmail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A tx is one transaction of the engine: what all actions and the inbound
// path write with.
type tx struct {
	*Engine
	w    storage.Writer
	dir  escalation.Directory
	now  time.Time
	sent int // outgoing mails put

	patches map[string]*notify.RulePatch // read in this transaction; nil value: none stored
}

// maxRounds bounds how often a transaction is run again for the directory's
// sake. Each round answers at least one question.
const maxRounds = 1000

// update runs fn in a transaction, again each time the directory has to be
// asked for something. fn must only touch the tx.
func (e *Engine) update(ctx context.Context, known *answers, fn func(t *tx) error) error {
	run := func(inTx bool) error {
		mails := 0
		err := e.store.Update(ctx, func(w storage.Writer) error {
			t := &tx{Engine: e, w: w, dir: consulted{known, inTx}, now: e.now(), patches: map[string]*notify.RulePatch{}}
			err := fn(t)
			mails = t.sent
			return err
		})
		if err == nil && mails > 0 && !e.joined {
			e.Wake()
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

// now is the time as it is stored: UTC, to the microsecond.
func (e *Engine) now() time.Time { return e.cfg.Now().UTC().Truncate(time.Microsecond) }

// raise tells people about what one action did: it plans the mails, one for
// each person however many events there are, and puts them into the outbox.
// All events are of the same ticket.
func (t *tx) raise(ctx context.Context, events ...notify.Event) error {
	if len(events) == 0 {
		return nil
	}
	k := events[0].Ticket
	kinds := make([]notify.Kind, len(events))
	for i, ev := range events {
		kinds[i] = ev.Kind
	}
	kinds = slices.DeleteFunc(kinds, func(kind notify.Kind) bool { return kind == notify.Reply })
	book, err := t.ruleBook(ctx, t.patch, k.Place.Project, kinds...)
	if err != nil {
		return err
	}
	var failed error
	planner := t.planner(t.dir, bouncing(ctx, t.w.Settings(), &failed))
	rule := func(kind notify.Kind) notify.Rule {
		if kind == notify.Reply {
			return replyRule(k)
		}
		return book.Rule(kind, k.Place.Project)
	}
	plan, err := planner.PlanAll(ctx, events, rule, t.envelope(k))
	if err = cmp.Or(failed, err); err != nil {
		return fmt.Errorf("plan mails of %v for ticket %s: %w", kinds, k.Ref, err)
	}
	return t.post(ctx, events[0], plan)
}

// patch reads a change of a rule, once in a transaction.
func (t *tx) patch(ctx context.Context, key string) (*notify.RulePatch, error) {
	if p, ok := t.patches[key]; ok {
		return p, nil
	}
	p, err := readPatch(ctx, t.w.Settings(), key)
	if err == nil {
		t.patches[key] = p
	}
	return p, err
}

// envelope says who a ticket's mails come from: the mailbox that answers go
// to, else the company.
func (t *tx) envelope(k notify.TicketView) notify.Envelope {
	route := t.cfg.Routes.ReplyTo(k.Place)
	env := notify.Envelope{From: t.cfg.From, ReplyTo: route.Address}
	for _, r := range route.Reasons {
		env.Reasons = append(env.Reasons, notify.Reason{Code: "reply-to", Text: "Reply-To: " + r.Text})
	}
	if route.Address != "" {
		env.From = message.Address{Name: t.cfg.From.Name, Address: route.Address}
	}
	return env
}

// post puts planned mails into the outbox, and what reached nobody into the
// ticket's history.
func (t *tx) post(ctx context.Context, ev notify.Event, plan notify.Plan) error {
	if plan.Nobody {
		err := t.change(ctx, storage.Change{Ticket: ev.Ticket.Ref, Field: "notified", New: "nobody", Via: string(ev.Kind)})
		if err != nil {
			return err
		}
	}
	mails := make([]*notify.Mail, len(plan.Mails))
	for i := range plan.Mails {
		mails[i] = &plan.Mails[i]
	}
	t.sent += len(mails)
	if len(mails) == 0 {
		return nil
	}
	if err := t.joinWaiting(ctx, ev.Ticket.Ref, mails); err != nil {
		return err
	}
	if err := t.holdOverCap(ctx, ev, mails); err != nil {
		return err
	}
	return t.w.Outbox().Put(ctx, mails...)
}

// joinWaiting puts mails that may wait for others into those that wait
// already, so that ten changes in a minute are one mail.
func (t *tx) joinWaiting(ctx context.Context, ref thread.Ref, mails []*notify.Mail) error {
	if !slices.ContainsFunc(mails, func(m *notify.Mail) bool { return m.Digest.Key != "" }) {
		return nil
	}
	var waiting []notify.Mail
	for m, err := range t.w.Outbox().List(ctx, notify.MailQuery{Ticket: ref, State: notify.Waiting}) {
		if err != nil {
			return err
		}
		if m.Digest.Key != "" && m.Due.After(t.now) {
			waiting = append(waiting, m)
		}
	}
	for i, m := range mails {
		for _, w := range waiting {
			if joined, ok := notify.Merge(w, *m); ok {
				mails[i] = &joined
				break
			}
		}
	}
	return nil
}

// change writes a line of history, now.
func (t *tx) change(ctx context.Context, c storage.Change) error {
	c.At = t.now
	return t.w.Tickets().AddChange(ctx, &c)
}

// view returns what notifications may know of a ticket.
func (t *tx) view(ctx context.Context, k Ticket) (notify.TicketView, error) {
	place, err := t.place(ctx, k)
	return notify.TicketView{
		Ref: k.ID, Subject: k.Subject, Status: string(k.Status), Subtask: k.Parent != "", Place: place,
		Creator: k.Creator, Assignee: k.Assignee, LastAssignee: k.LastAssignee, CustomerContact: k.CustomerContact,
		Sender: k.Sender.Address,
	}, err
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

// nameOf returns how a person is shown: name, else address, else id.
func (t *tx) nameOf(ctx context.Context, id escalation.PersonID) (string, error) {
	if id == "" {
		return "", nil
	}
	p, err := t.dir.Person(ctx, id)
	if err != nil && !errors.Is(err, escalation.ErrNotFound) {
		return "", err
	}
	for _, name := range []string{p.Name, p.Address} {
		if name != "" {
			return name, nil
		}
	}
	return string(id), nil
}

// commentView returns what notifications may know of a comment.
func commentView(c Comment, author string) *notify.CommentView {
	v := &notify.CommentView{
		ID: c.ID, Internal: c.Internal, Author: c.Author, AuthorName: author, AuthorAddress: c.Sender.Address,
		Text: c.Text, MessageID: c.MessageID,
	}
	for _, a := range c.Attachments {
		v.Files = append(v.Files, notify.Attachment{Name: a.Display, Type: a.Type, Blob: a.Blob})
	}
	return v
}

var _ notify.Referencer = (*thread.Referencer)(nil)
