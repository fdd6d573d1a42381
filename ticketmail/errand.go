package ticketmail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

const settingErrand = "errand" // what is still to be told

// An errand is something that people must be told and that could not be
// planned in the transaction in which it happened. It was written there, so it
// is done once, however often the process dies before.
type errand struct {
	Ticket TicketID       `json:"ticket"`
	Events []notify.Cause `json:"events,omitempty"` // of one action, told when the directory failed
	Mail   string         `json:"mail,omitempty"`   // or the id of a mail that came back
	Ours   bool           `json:"ours,omitempty"`   // it was not sent, by our own decision: nothing is wrong with its address
	Why    string         `json:"why"`              // for administrators
	Tries  int            `json:"tries,omitempty"`
	After  time.Time      `json:"after,omitzero"` // not tried again before

	// Contact is the ticket's customer contact when somebody wrote a reply: it
	// is not for another one. nil: there is no reply among the events.
	Contact *escalation.PersonID `json:"contact,omitempty"`
}

func (t *tx) leave(ctx context.Context, key string, todo errand) error {
	b, err := json.Marshal(todo)
	if err != nil {
		return err
	}
	t.wake = true // whoever delivers mails runs errands first
	return t.w.Settings().Put(ctx, settingErrand, key, b)
}

// postpone leaves events to be told later. A person who sends something on is
// refused instead: whether the address may get it must be known.
func (t *tx) postpone(ctx context.Context, events []notify.Event, why error) error {
	todo := errand{Ticket: events[0].Ticket.Ref, Why: why.Error()}
	for _, ev := range events {
		switch ev.Kind {
		case notify.Forward:
			return why
		case notify.Reply:
			todo.Contact = &ev.Ticket.CustomerContact
		}
		todo.Events = append(todo.Events, notify.Cause{Event: ev.ID, Kind: ev.Kind})
	}
	return t.leave(ctx, "tell "+events[0].ID, todo)
}

const (
	// errandBatch bounds how many errands one round tries.
	errandBatch = 1000
	// errandGivesUp is how many errands in a row the directory may fail before
	// a round ends: then it is down, and not only wrong about somebody.
	errandGivesUp = 3
)

// runErrands does what was left to be done. Each is a transaction of its own;
// one that fails is tried again later and later, and stops no other. After
// three in a row that the directory failed, the round ends.
func (e *Engine) runErrands(ctx context.Context) error {
	keys, err := e.dueErrands(ctx)
	if err != nil {
		return fmt.Errorf("run errands: %w", err)
	}
	down := 0
	for _, key := range keys {
		err := e.update(ctx, e.newAnswers(), func(t *tx) error { return t.runErrand(ctx, key) })
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil {
			down = 0
			continue
		}
		e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "people not told yet", slog.String("errand", key), slog.Any("error", err))
		if err := e.putOff(ctx, key, err); err != nil {
			return fmt.Errorf("put errand off: %w", err)
		}
		if down++; !isDirectory(err) {
			down = 0
		}
		if down == errandGivesUp {
			break
		}
	}
	return nil
}

// dueErrands returns the errands whose time has come, those tried least first.
func (e *Engine) dueErrands(ctx context.Context) ([]string, error) {
	type due struct {
		key   string
		tries int
	}
	var list []due
	now := e.now()
	err := e.store.View(ctx, func(r storage.Reader) error {
		list = nil
		return eachSetting(ctx, r.Settings(), settingErrand, func(key string, todo errand) {
			if !todo.After.After(now) {
				list = append(list, due{key, todo.Tries})
			}
		})
	})
	slices.SortStableFunc(list, func(a, b due) int { return cmp.Compare(a.tries, b.tries) })
	var keys []string
	for _, d := range list[:min(len(list), errandBatch)] {
		keys = append(keys, d.key)
	}
	return keys, err
}

// putOff notes that an errand failed, and when it is tried again: after 10
// seconds, then twice as long each time, up to an hour.
func (e *Engine) putOff(ctx context.Context, key string, why error) error {
	return e.store.Update(ctx, func(w storage.Writer) error {
		b, err := w.Settings().Get(ctx, settingErrand, key)
		if errors.Is(err, storage.ErrNotFound) { // another node did it
			return nil
		}
		if err != nil {
			return err
		}
		var todo errand
		if err := json.Unmarshal(b, &todo); err != nil {
			return err
		}
		todo.Tries++
		todo.After = e.now().Add(min(5*time.Second<<min(todo.Tries, 20), time.Hour))
		todo.Why = why.Error()
		return putJSON(ctx, w.Settings(), settingErrand, key, todo)
	})
}

// runErrand does one errand and forgets it, unless another node was faster.
func (t *tx) runErrand(ctx context.Context, key string) error {
	b, err := t.w.Settings().Get(ctx, settingErrand, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var todo errand
	if err := json.Unmarshal(b, &todo); err != nil {
		return err
	}
	k, err := t.w.Tickets().Get(ctx, todo.Ticket)
	if err == nil {
		err = t.do(ctx, k, todo)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) { // else the ticket is gone
		return err
	}
	return t.w.Settings().Delete(ctx, settingErrand, key)
}

func (t *tx) do(ctx context.Context, k Ticket, todo errand) error {
	if todo.Mail != "" {
		return t.tellOthers(ctx, k, todo.Mail, todo.Ours)
	}
	if todo.Contact != nil {
		k.CustomerContact = *todo.Contact
	}
	events, err := t.eventsAgain(ctx, k, todo.Events)
	if err != nil || len(events) == 0 {
		return err
	}
	t.late = true
	return t.tell(ctx, events)
}

// eventsAgain makes events anew from what is stored of them, all that the
// directory knows included. One that cannot be told any more keeps no other
// from being told.
func (t *tx) eventsAgain(ctx context.Context, k Ticket, causes []notify.Cause) ([]notify.Event, error) {
	var events []notify.Event
	for _, c := range causes {
		ev, err := t.eventAgain(ctx, k, c)
		switch {
		case errors.Is(err, storage.ErrNotFound): // what it was about is gone
			continue
		case errors.Is(err, ErrInvalid): // it never will be told
			err = t.change(ctx, storage.Change{Ticket: k.ID, Field: storage.FieldNotified, New: "nobody", Via: string(c.Kind)})
		case err == nil:
			events = append(events, ev)
		}
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", c.Event, err)
		}
	}
	if t.blind != nil {
		return nil, t.blind
	}
	return events, nil
}

// eventAgain makes one event anew: of a comment, or of a line of history. It is
// ErrInvalid if the host has taken the event's rule away.
func (t *tx) eventAgain(ctx context.Context, k Ticket, cause notify.Cause) (notify.Event, error) {
	if _, ok := t.cfg.Rules[cause.Kind]; !ok && cause.Kind != notify.Reply {
		return notify.Event{}, fmt.Errorf("%w: there is no event %q", ErrInvalid, cause.Kind)
	}
	about, err := parseEventID(cause)
	if err != nil {
		return notify.Event{}, err
	}
	if about.comment != "" {
		c, _, err := t.findComment(ctx, k.ID, about.comment)
		if err != nil {
			return notify.Event{}, err
		}
		return t.commentAgain(ctx, k, c, cause.Kind)
	}
	for c, err := range t.w.Tickets().Changes(ctx, k.ID, about.change-1) {
		if err != nil {
			return notify.Event{}, err
		}
		if c.Seq == about.change {
			return t.changeAgain(ctx, k, c, cause)
		}
		break
	}
	return notify.Event{}, storage.ErrNotFound
}

func (t *tx) commentAgain(ctx context.Context, k Ticket, c Comment, kind notify.Kind) (notify.Event, error) {
	ev, err := t.commentEvent(ctx, kind, k, c, originOfComment(c))
	if err != nil || kind != notify.Reply {
		return ev, err
	}
	return t.replyEvent(ctx, k, ev)
}

// originOfComment returns who or what caused a comment, from the comment.
func originOfComment(c Comment) origin {
	o := origin{person: c.Author, address: c.Sender.Address, automatic: c.Automatic != ""}
	if c.Sender.Address != "" { // else the name is that of several who may have sent it
		o.name = c.Sender.Name
	}
	return o
}

func (t *tx) changeAgain(ctx context.Context, k Ticket, c storage.Change, cause notify.Cause) (notify.Event, error) {
	switch c.Field {
	case storage.FieldRaised:
		return t.raisedEvent(ctx, k, c)
	case storage.FieldCommentText:
		edited, _, err := t.findComment(ctx, k.ID, editedComment(c))
		if err != nil {
			return notify.Event{}, err
		}
		return t.editEvent(ctx, k, edited, c)
	}
	return t.changeEvent(ctx, cause.Kind, k, c)
}
