package ticketmail

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// Preview shows how a template would read before it is saved: for its audience
// and in its language, about a ticket, or (empty id) about a sample. What it
// would tell of is the event of its name, else a comment: the ticket's last one
// that fits. Its recipient is a sample too. It sends and stores nothing. A template that cannot work is
// refused with a *notify.InvalidError.
func (e *Engine) Preview(ctx context.Context, t notify.Template, id TicketID) (notify.Preview, error) {
	p, err := e.preview(ctx, t, id)
	if err != nil {
		return notify.Preview{}, fmt.Errorf("preview template %q: %w", t.Name, err)
	}
	return p, nil
}

func (e *Engine) preview(ctx context.Context, t notify.Template, id TicketID) (notify.Preview, error) {
	words, err := e.Templates(ctx)
	if err != nil {
		return notify.Preview{}, err
	}
	if words, err = words.With(t); err != nil {
		return notify.Preview{}, err
	}
	if id == "" {
		return words.Preview(t.Name, t.Audience, t.Language, nil, nil)
	}
	ev, err := e.eventFor(ctx, t, id)
	if err != nil {
		return notify.Preview{}, err
	}
	var failed error
	people := e.directory()
	name := func(id escalation.PersonID) string {
		p, err := people.Person(ctx, id)
		if err != nil && !errors.Is(err, escalation.ErrNotFound) {
			failed = err
		}
		return p.Name
	}
	p, err := words.Preview(t.Name, t.Audience, t.Language, &ev, name)
	return p, errors.Join(err, failed)
}

// eventFor returns an event of a ticket that suits a template.
func (e *Engine) eventFor(ctx context.Context, t notify.Template, id TicketID) (notify.Event, error) {
	kind := notify.Kind(t.Name)
	if _, ok := e.cfg.Rules[kind]; !ok {
		kind = notify.CommentAdded
	}
	x := &tx{Engine: e, dir: e.directory(), now: e.now()}
	return x.imagine(ctx, id, kind, "")
}
