package ticketmail

import (
	"context"
	"strings"

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
	change := storage.Change{Ticket: k.ID, Actor: by.person, Via: by.via, Field: "created", New: string(k.Status)}
	if err := t.change(ctx, change); err != nil {
		return err
	}
	if err := t.putComment(ctx, k.ID, c); err != nil {
		return err
	}
	return t.raiseComment(ctx, notify.TicketCreated, *k, *c, by)
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
	change := storage.Change{Ticket: k.ID, Actor: by.person, Via: by.via, Field: "comment", New: c.ID}
	if err := t.change(ctx, change); err != nil {
		return err
	}
	kind := notify.CommentAdded
	if c.Internal {
		kind = notify.InternalCommentAdded
	}
	return t.raiseComment(ctx, kind, *k, *c, by)
}

func (t *tx) putComment(ctx context.Context, id TicketID, c *Comment) error {
	c.Ticket, c.CreatedAt = id, t.now
	return t.w.Tickets().PutComment(ctx, c)
}

func (t *tx) raiseComment(ctx context.Context, kind notify.Kind, k Ticket, c Comment, by origin) error {
	if !t.cfg.Rules[kind].Active {
		return nil
	}
	view, err := t.view(ctx, k)
	if err != nil {
		return err
	}
	name := by.name
	if name == "" {
		if name, err = t.nameOf(ctx, by.person); err != nil {
			return err
		}
	}
	return t.raise(ctx, notify.Event{
		ID: string(kind) + "." + c.ID, Kind: kind, Ticket: view, Comment: commentView(c, name),
		Actor: by.person, ActorName: name, ActorAddress: by.address, Automatic: by.automatic, At: t.now,
	})
}

// foldAddress writes an address one way, for comparing.
func foldAddress(a string) string { return strings.ToLower(strings.TrimSpace(a)) }
