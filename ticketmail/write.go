package ticketmail

import (
	"cmp"
	"context"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// An origin is who or what causes a change.
type origin struct {
	person    escalation.PersonID // empty: outside, or nobody
	name      string              // as shown; empty: the person's
	address   string              // of the mail that caused it; empty: none
	via       string              // ledger key of that mail; empty: none
	automatic bool                // by an automatic mail
}

// create writes a new ticket with its opening comment and raises event 1.
// It sets what k and c still lack.
func (t *tx) create(ctx context.Context, k *Ticket, c *Comment, by origin) error {
	place, err := t.place(ctx, *k)
	if err != nil {
		return err
	}
	k.Project = place.Project
	k.LastAssignee = k.Assignee
	k.CreatedAt, k.ChangedAt = t.now, t.now
	if err := t.w.Tickets().Put(ctx, k); err != nil {
		return err
	}
	change := storage.Change{Ticket: k.ID, Actor: by.person, Via: by.via, Field: storage.FieldCreated, New: string(k.Status)}
	if err := t.change(ctx, change); err != nil {
		return err
	}
	if err := t.putComment(ctx, k.ID, c); err != nil {
		return err
	}
	if by.via != "" && notify.FoldAddress(by.address) == notify.FoldAddress(k.Sender.Address) { // by mail, whose sender may want to know that it arrived
		return t.raiseComment(ctx, *k, *c, by, notify.TicketCreated, notify.Receipt)
	}
	return t.raiseComment(ctx, *k, *c, by, notify.TicketCreated)
}

// comment adds a comment to an existing ticket and raises event 2 or 3.
func (t *tx) comment(ctx context.Context, k *Ticket, c *Comment, by origin) error {
	if err := t.putComment(ctx, k.ID, c); err != nil {
		return err
	}
	k.ChangedAt = t.now
	if err := t.w.Tickets().Put(ctx, k); err != nil {
		return err
	}
	change := storage.Change{Ticket: k.ID, Actor: by.person, Via: by.via, Field: storage.FieldComment, New: c.ID}
	if err := t.change(ctx, change); err != nil {
		return err
	}
	return t.raiseComment(ctx, *k, *c, by, commentKind(*c))
}

func commentKind(c Comment) notify.Kind {
	if c.Internal {
		return notify.InternalCommentAdded
	}
	return notify.CommentAdded
}

func (t *tx) putComment(ctx context.Context, id TicketID, c *Comment) error {
	c.Ticket, c.CreatedAt = id, t.now
	return t.w.Tickets().PutComment(ctx, c)
}

func (t *tx) raiseComment(ctx context.Context, k Ticket, c Comment, by origin, kinds ...notify.Kind) error {
	events := make([]notify.Event, len(kinds))
	for i, kind := range kinds {
		var err error
		if events[i], err = t.commentEvent(ctx, kind, k, c, by); err != nil {
			return err
		}
	}
	return t.raise(ctx, events...)
}

func (t *tx) commentEvent(ctx context.Context, kind notify.Kind, k Ticket, c Comment, by origin) (notify.Event, error) {
	view, err := t.view(ctx, k)
	if err != nil {
		return notify.Event{}, err
	}
	name := by.name
	if name == "" {
		if name, err = t.nameOf(ctx, by.person); err != nil {
			return notify.Event{}, err
		}
	}
	return notify.Event{
		ID: commentEventID(kind, c.ID), Kind: kind, Ticket: view, Comment: commentView(c, name),
		Actor: by.person, ActorName: name, ActorAddress: by.address, Automatic: by.automatic, At: c.CreatedAt,
	}, nil
}

// changeEvent is the event of a line of history.
func (t *tx) changeEvent(ctx context.Context, kind notify.Kind, k Ticket, c storage.Change) (notify.Event, error) {
	view, err := t.view(ctx, k)
	if err != nil {
		return notify.Event{}, err
	}
	actor, err := t.nameOf(ctx, c.Actor)
	if err != nil {
		return notify.Event{}, err
	}
	ev := notify.Event{
		ID: changeEventID(kind, c.Seq), Kind: kind, Ticket: view, Actor: c.Actor, ActorName: actor, At: c.At,
		Old: c.Old, New: c.New,
	}
	if kind != notify.AssigneeChanged {
		return ev, nil
	}
	// The one who was assigned is told, also if it is told late.
	ev.Ticket.Assignee, ev.Ticket.LastAssignee = escalation.PersonID(c.New), cmp.Or(escalation.PersonID(c.New), ev.Ticket.LastAssignee)
	if ev.Old, err = t.nameOf(ctx, escalation.PersonID(c.Old)); err != nil {
		return ev, err
	}
	ev.New, err = t.nameOf(ctx, escalation.PersonID(c.New))
	return ev, err
}
