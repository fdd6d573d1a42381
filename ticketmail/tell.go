package ticketmail

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// raise tells people about what one action did. All events are of the same
// ticket. Where the directory fails the action stands, and people are told
// when it answers again.
func (t *tx) raise(ctx context.Context, events ...notify.Event) error {
	if len(events) == 0 {
		return nil
	}
	if t.blind != nil {
		return t.postpone(ctx, events, t.blind)
	}
	err := t.tell(ctx, events)
	if isDirectory(err) {
		return t.postpone(ctx, events, err)
	}
	return err
}

// tell plans the mails, one for each person however many events there are, and
// puts them into the outbox.
func (t *tx) tell(ctx context.Context, events []notify.Event) error {
	k := events[0].Ticket
	rule, err := t.rules(ctx, k, events)
	if err != nil {
		return err
	}
	var failed error
	words, err := t.templates(ctx, t.w.Settings())
	if err != nil {
		return err
	}
	routes, err := t.routes(ctx, t.w.Settings())
	if err != nil {
		return err
	}
	planner := t.planner(t.dir, words, routes, t.bouncing(ctx, &failed))
	plan, err := planner.PlanAll(ctx, events, rule, t.envelope(routes, k))
	if err = cmp.Or(failed, err); err != nil {
		return fmt.Errorf("plan mails of %v for ticket %s: %w", kindsOf(events), k.Ref, err)
	}
	if err := allReached(events, plan); err != nil && !t.late {
		return err
	} else if err != nil {
		plan.Missed = append(plan.Missed, kindsOf(events)...) // its sender has gone; the history has to say it
	}
	return t.post(ctx, events[0], plan)
}

func kindsOf(events []notify.Event) []notify.Kind {
	kinds := make([]notify.Kind, len(events))
	for i, ev := range events {
		kinds[i] = ev.Kind
	}
	return kinds
}

// rules returns what decides about the events of a ticket.
func (t *tx) rules(ctx context.Context, k notify.TicketView, events []notify.Event) (func(notify.Kind) notify.Rule, error) {
	kinds := slices.DeleteFunc(kindsOf(events), func(kind notify.Kind) bool { _, own := t.personal(kind, k); return own })
	book, err := t.ruleBook(ctx, t.patch, k.Place.Project, kinds...)
	return func(kind notify.Kind) notify.Rule {
		if r, own := t.personal(kind, k); own {
			return r
		}
		return book.Rule(kind, k.Place.Project)
	}, err
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
func (e *Engine) envelope(routes *routing, k notify.TicketView) notify.Envelope {
	route := routes.ReplyTo(k.Place)
	env := notify.Envelope{From: e.cfg.From, ReplyTo: route.Address}
	for _, r := range route.Reasons {
		env.Reasons = append(env.Reasons, notify.Reason{Code: "reply-to", Text: "Reply-To: " + r.Text})
	}
	// Where the company has no address, and the default mailbox that
	// administrators chose has none, there is that of the program still: New
	// has made sure.
	if from := cmp.Or(route.Address, e.cfg.From.Address, e.cfg.Routes.ReplyTo(escalation.Place{}).Address); from != "" {
		env.From = message.Address{Name: e.cfg.From.Name, Address: from}
	}
	if e.cfg.Threading.PlusAddress {
		env.ReplyTo = cmp.Or(e.refs.Address(k.Ref, route.Address), route.Address)
	}
	return env
}

// post puts planned mails into the outbox, and what reached nobody into the
// ticket's history.
func (t *tx) post(ctx context.Context, ev notify.Event, plan notify.Plan) error {
	for _, kind := range plan.Missed {
		if err := t.change(ctx, storage.Change{Ticket: ev.Ticket.Ref, Field: storage.FieldNotified, New: "nobody", Via: string(kind)}); err != nil {
			return err
		}
	}
	mails := make([]*notify.Mail, len(plan.Mails))
	for i := range plan.Mails {
		mails[i] = &plan.Mails[i]
	}
	t.warnings = append(t.warnings, plan.Warnings...)
	if len(mails) == 0 {
		return t.noteSkipped(ctx, ev, plan.Skipped, nil)
	}
	if err := t.joinWaiting(ctx, ev.Ticket.Ref, mails); err != nil {
		return err
	}
	if err := t.holdOverCap(ctx, ev, mails); err != nil {
		return err
	}
	for _, m := range mails {
		if m.Version == 0 && m.State == notify.Waiting {
			t.sent++
		}
	}
	t.wake = true
	if err := t.noteSkipped(ctx, ev, plan.Skipped, mails); err != nil {
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
