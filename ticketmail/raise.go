package ticketmail

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// An Occurrence is an event of the host's own: a ticket is overdue, a response
// time has passed.
type Occurrence struct {
	Kind     notify.Kind // Config.Rules has its rule
	Old, New string      // {{change.old}} and {{change.new}}, which customers may see as well

	// Values stand in the templates as {{value.name}}; see
	// [notify.Templates.WithValues].
	Values map[string]notify.Value

	// Once makes this occurrence happen once for the ticket and kind, however
	// often it is raised with the same word, by however many nodes. Empty:
	// each call is a new one.
	Once string
}

// A raised is what the history keeps of an Occurrence, to tell of it later.
type raised struct {
	Old    string                  `json:"old,omitempty"`
	New    string                  `json:"new,omitempty"`
	Values map[string]notify.Value `json:"values,omitempty"`
}

// Raise tells people of an event of the host's own by its rule: the rules of
// the company and the project, the chain, templates and caps are those of
// every event. It is a line of the ticket's history. An event of the engine's,
// or one without a rule in the configuration, is refused with ErrInvalid.
func (e *Engine) Raise(ctx context.Context, by Actor, id TicketID, o Occurrence) error {
	if err := e.raiseOwn(ctx, by, id, o); err != nil {
		return fmt.Errorf("raise %s of ticket %s: %w", o.Kind, id, err)
	}
	return nil
}

func (e *Engine) raiseOwn(ctx context.Context, by Actor, id TicketID, o Occurrence) error {
	if _, ok := e.cfg.Rules[o.Kind]; !ok {
		return fmt.Errorf("%w: Kind: there is no event %q", ErrInvalid, o.Kind)
	}
	if _, ours := notify.DefaultRules()[o.Kind]; ours || o.Kind == notify.Receipt || o.Kind.OfMailbox() {
		return fmt.Errorf("%w: Kind: %q is raised by what it tells of only", ErrInvalid, o.Kind)
	}
	detail, err := json.Marshal(raised{o.Old, o.New, o.Values})
	if err != nil {
		return err
	}
	return e.update(ctx, e.newAnswers(), func(t *tx) error {
		k, err := t.open(ctx, id)
		if err != nil {
			return err
		}
		if err := t.known(ctx, by.Person); err != nil {
			return err
		}
		c := storage.Change{Ticket: id, At: t.now, Actor: by.Person, Field: storage.FieldRaised, Old: string(detail), New: string(o.Kind), Via: o.Once}
		if done, err := t.raisedBefore(ctx, c); done || err != nil {
			return err
		}
		if err := t.w.Tickets().AddChange(ctx, &c); err != nil {
			return err
		}
		ev, err := t.raisedEvent(ctx, k, c)
		if err != nil {
			return err
		}
		return t.raise(ctx, ev)
	})
}

// raisedBefore reports whether an occurrence that happens once has happened.
func (t *tx) raisedBefore(ctx context.Context, c storage.Change) (bool, error) {
	if c.Via == "" {
		return false, nil
	}
	for o, err := range t.w.Tickets().Changes(ctx, c.Ticket, 0) {
		if err != nil || o.Field == c.Field && o.New == c.New && o.Via == c.Via {
			return err == nil, err
		}
	}
	return false, nil
}

// raisedEvent is the event of a line of history that the host raised.
func (t *tx) raisedEvent(ctx context.Context, k Ticket, c storage.Change) (notify.Event, error) {
	ev, err := t.changeEvent(ctx, notify.Kind(c.New), k, c)
	if err != nil {
		return ev, err
	}
	var detail raised
	if err := json.Unmarshal([]byte(c.Old), &detail); err != nil {
		return ev, fmt.Errorf("change %d: %w", c.Seq, err)
	}
	ev.Old, ev.New, ev.Values = detail.Old, detail.New, detail.Values
	return ev, nil
}
