package ticketmail

import (
	"context"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// An Explanation says who would be told about an event, and why.
type Explanation struct {
	Rule    notify.Rule   // that decides
	Route   mailbox.Route // where answers would go
	Mails   []notify.Mail // as they would be sent, each with its Reasons, but without their words
	Skipped []notify.Skip // everybody not mailed, and why
	Nobody  bool          // recipients were meant, but nobody can be mailed; false where the roles are merely empty, see Skipped
}

// Explain answers who would get what, in which language, with which template
// and Reply-To, and why, if the actor caused an event of this kind on a ticket
// now. How that reads shows [Engine.Preview]. It sends and stores nothing. For
// events about comments it takes the ticket's last comment that fits. An
// inactive rule explains itself without mails.
//
// Events about mailboxes ([notify.Kind.OfMailbox]) are explained without a
// ticket (empty id).
//
// Errors: storage.ErrNotFound for the ticket, ErrInvalid for a kind that is no
// event. Replies and forwards are none: a person names who gets them.
func (e *Engine) Explain(ctx context.Context, id TicketID, kind notify.Kind, by Actor) (Explanation, error) {
	x, err := e.explain(ctx, id, kind, by)
	if err != nil {
		return Explanation{}, fmt.Errorf("explain %s of ticket %s: %w", kind, id, err)
	}
	return x, nil
}

func (e *Engine) explain(ctx context.Context, id TicketID, kind notify.Kind, by Actor) (Explanation, error) {
	if _, ok := e.cfg.Rules[kind]; !ok {
		return Explanation{}, fmt.Errorf("%w: there is no event %q", ErrInvalid, kind)
	}
	if kind.OfMailbox() {
		return e.explainHealth(ctx, id, kind)
	}
	t := &tx{Engine: e, dir: e.directory(), now: e.now()}
	ev, err := t.imagine(ctx, id, kind, by.Person)
	if err != nil {
		return Explanation{}, err
	}
	rule, _, err := e.Rule(ctx, ev.Ticket.Place.Project, kind)
	if err != nil {
		return Explanation{}, err
	}
	routes, err := e.routesNow(ctx)
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{Rule: rule, Route: routes.ReplyTo(ev.Ticket.Place)}
	if !rule.Active {
		return x, nil
	}
	known, err := e.bounced(ctx)
	if err != nil {
		return Explanation{}, err
	}
	words, err := e.Templates(ctx)
	if err != nil {
		return Explanation{}, err
	}
	bounces := func(address string) bool { return known[notify.FoldAddress(address)] }
	one := func(notify.Kind) notify.Rule { return rule }
	plan, err := e.planner(t.dir, words, routes, bounces).Outline(ctx, []notify.Event{ev}, one, e.envelope(routes, ev.Ticket))
	x.Mails, x.Skipped, x.Nobody = plan.Mails, plan.Skipped, plan.Nobody
	return x, err
}

// explainHealth is explain for events about a mailbox, whichever it is.
func (e *Engine) explainHealth(ctx context.Context, id TicketID, kind notify.Kind) (Explanation, error) {
	if id != "" {
		return Explanation{}, fmt.Errorf("%w: %s is about no ticket", ErrInvalid, kind)
	}
	rule, _, err := e.Rule(ctx, "", kind)
	if err != nil || !rule.Active {
		return Explanation{Rule: rule}, err
	}
	routes, err := e.routesNow(ctx)
	if err != nil {
		return Explanation{}, err
	}
	known, err := e.bounced(ctx)
	if err != nil {
		return Explanation{}, err
	}
	words, err := e.Templates(ctx)
	if err != nil {
		return Explanation{}, err
	}
	ev := notify.Event{ID: "explain", Kind: kind, At: e.now()}
	bounces := func(address string) bool { return known[notify.FoldAddress(address)] }
	one := func(notify.Kind) notify.Rule { return urgent(rule) }
	plan, err := e.planner(e.directory(), words, routes, bounces).Outline(ctx, []notify.Event{ev}, one, e.healthEnvelope(routes))
	return Explanation{Rule: rule, Mails: plan.Mails, Skipped: plan.Skipped, Nobody: plan.Nobody}, err
}

// imagine returns the event that would be if somebody caused it on a ticket now.
func (t *tx) imagine(ctx context.Context, id TicketID, kind notify.Kind, by escalation.PersonID) (notify.Event, error) {
	var k Ticket
	var about *Comment
	err := t.store.View(ctx, func(r storage.Reader) error {
		var err error
		if k, err = r.Tickets().Get(ctx, id); err != nil {
			return err
		}
		about, err = lastComment(ctx, r.Tickets(), id, kind)
		return err
	})
	if err != nil {
		return notify.Event{}, err
	}
	ev, err := t.supposed(ctx, k, about, kind, by)
	if err == nil && t.blind != nil { // without the people it would be a guess
		err = t.blind
	}
	return ev, err
}

// lastComment returns the last comment that an event of this kind could be
// about; nil if there is none.
func lastComment(ctx context.Context, r storage.TicketReader, id TicketID, kind notify.Kind) (*Comment, error) {
	var last *Comment
	for c, err := range r.Comments(ctx, id) {
		if err != nil {
			return nil, err
		}
		switch {
		case (kind == notify.TicketCreated || kind == notify.Receipt) && last != nil:
		case kind == notify.CommentAdded && c.Internal:
		case kind == notify.InternalCommentAdded && !c.Internal:
		default:
			last = &c
		}
	}
	return last, nil
}

// supposed is an event that has not happened, as if it did now.
func (t *tx) supposed(ctx context.Context, k Ticket, about *Comment, kind notify.Kind, by escalation.PersonID) (notify.Event, error) {
	if err := t.known(ctx, by); err != nil {
		return notify.Event{}, err
	}
	ev, err := t.supposedBy(ctx, k, about, kind, by)
	ev.At = t.now
	return ev, err
}

func (t *tx) supposedBy(ctx context.Context, k Ticket, about *Comment, kind notify.Kind, by escalation.PersonID) (notify.Event, error) {
	switch kind {
	case notify.Receipt:
		if about == nil {
			about = &Comment{}
		}
		return t.commentEvent(ctx, kind, k, *about, originOfComment(*about))
	case notify.TicketCreated, notify.CommentAdded, notify.InternalCommentAdded, notify.CommentEdited:
		if about == nil {
			about = &Comment{Internal: kind == notify.InternalCommentAdded}
		}
		return t.commentEvent(ctx, kind, k, *about, origin{person: by})
	case notify.AssigneeChanged:
		return t.changeEvent(ctx, kind, k, storage.Change{Actor: by, New: string(k.Assignee)})
	}
	return t.changeEvent(ctx, kind, k, storage.Change{Actor: by, Old: string(k.Status), New: string(k.Status)})
}

// bounced returns the addresses that mail is known to come back from.
func (e *Engine) bounced(ctx context.Context) (map[string]bool, error) {
	known := map[string]bool{}
	err := e.store.View(ctx, func(r storage.Reader) error {
		for s, err := range r.Settings().List(ctx, settingBounced) {
			if err != nil {
				return err
			}
			known[s.Key] = true
		}
		return nil
	})
	return known, err
}
