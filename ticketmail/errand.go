package ticketmail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

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
	Why    string         `json:"why"`              // for administrators
}

func (t *tx) leave(ctx context.Context, key string, todo errand) error {
	b, err := json.Marshal(todo)
	if err != nil {
		return err
	}
	t.sent++ // whoever delivers mails runs errands first
	return t.w.Settings().Put(ctx, settingErrand, key, b)
}

// postpone leaves events to be told later. A person who sends something on is
// refused instead: whether the address may get it must be known.
func (t *tx) postpone(ctx context.Context, events []notify.Event, why error) error {
	todo := errand{Ticket: events[0].Ticket.Ref, Why: why.Error()}
	for _, ev := range events {
		if ev.Kind == notify.Forward {
			return why
		}
		todo.Events = append(todo.Events, notify.Cause{Event: ev.ID, Kind: ev.Kind})
	}
	return t.leave(ctx, "tell "+events[0].ID, todo)
}

// errandBatch bounds how many errands one round runs.
const errandBatch = 1000

// runErrands does what was left to be done. Each is a transaction of its own;
// one that fails stays, and stops no other. While the directory fails none can
// be done.
func (e *Engine) runErrands(ctx context.Context) error {
	keys, err := e.errands(ctx)
	if err != nil {
		return fmt.Errorf("run errands: %w", err)
	}
	for _, key := range keys {
		err := e.update(ctx, e.newAnswers(), func(t *tx) error { return t.runErrand(ctx, key) })
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "people not told yet", slog.String("errand", key), slog.Any("error", err))
		}
		if isDirectory(err) {
			return nil
		}
	}
	return nil
}

func (e *Engine) errands(ctx context.Context) (keys []string, err error) {
	err = e.store.View(ctx, func(r storage.Reader) error {
		keys = nil
		for s, err := range r.Settings().List(ctx, settingErrand) {
			if err != nil {
				return err
			}
			if keys = append(keys, s.Key); len(keys) == errandBatch {
				break
			}
		}
		return nil
	})
	return keys, err
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
	if err != nil && !errors.Is(err, storage.ErrNotFound) { // what it was about is gone
		return err
	}
	return t.w.Settings().Delete(ctx, settingErrand, key)
}

func (t *tx) do(ctx context.Context, k Ticket, todo errand) error {
	if todo.Mail != "" {
		return t.tellOthers(ctx, k, todo.Mail)
	}
	events, err := t.eventsAgain(ctx, k, todo.Events)
	if err != nil {
		return err
	}
	t.late = true
	return t.tell(ctx, events)
}

// eventsAgain makes events anew from what is stored of them, all that the
// directory knows included.
func (t *tx) eventsAgain(ctx context.Context, k Ticket, causes []notify.Cause) ([]notify.Event, error) {
	events := make([]notify.Event, len(causes))
	for i, c := range causes {
		var err error
		if events[i], err = t.eventAgain(ctx, k, c); err != nil {
			return nil, fmt.Errorf("event %s: %w", c.Event, err)
		}
	}
	if t.blind != nil {
		return nil, t.blind
	}
	return events, nil
}

// eventAgain makes one event anew: of a comment, or of a line of history.
func (t *tx) eventAgain(ctx context.Context, k Ticket, cause notify.Cause) (notify.Event, error) {
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
	if c.Sender.Address != "" {
		o.name = cmp.Or(c.Sender.Name, c.Sender.Address)
	}
	return o
}

func (t *tx) changeAgain(ctx context.Context, k Ticket, c storage.Change, cause notify.Cause) (notify.Event, error) {
	switch c.Field {
	case fieldRaised:
		return t.raisedEvent(ctx, k, c)
	case "comment_text":
		edited, _, err := t.findComment(ctx, k.ID, editedComment(c))
		if err != nil {
			return notify.Event{}, err
		}
		return t.editEvent(ctx, k, edited, c)
	}
	return t.changeEvent(ctx, cause.Kind, k, c)
}
