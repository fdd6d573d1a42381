package ticketmail

import (
	"context"
	"fmt"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A CommentEdit changes the text of a comment.
type CommentEdit struct {
	Comment string // its id
	Text    string // required

	// IfVersion refuses the edit with a *StaleError unless the comment still
	// has this Version: that of the comment the actor was shown. 0: any.
	IfVersion int64
}

// EditComment changes the text of a comment. The last comment of a ticket can
// be changed by its author, any comment by a manager of the ticket's project;
// anybody else gets a *RightError. Changing the last one raises
// [notify.CommentEdited], whose rule is off by default. What came by mail
// keeps its raw bytes. Other errors are those of [Engine.Edit].
func (e *Engine) EditComment(ctx context.Context, by Actor, id TicketID, edit CommentEdit) (Comment, error) {
	if edit.Text == "" {
		return Comment{}, fmt.Errorf("edit comment %s: %w: the text is empty", edit.Comment, ErrInvalid)
	}
	var made Comment
	err := e.update(ctx, e.newAnswers(), func(t *tx) error {
		k, err := t.open(ctx, id)
		if err != nil {
			return err
		}
		c, last, err := t.findComment(ctx, id, edit.Comment)
		if err != nil {
			return err
		}
		if edit.IfVersion != 0 && edit.IfVersion != c.Version {
			return &StaleError{Ticket: id, Comment: c.ID, Seen: edit.IfVersion, Has: c.Version}
		}
		if err := t.mayEdit(ctx, k, c, last, by.Person); err != nil {
			return err
		}
		if c.Text == edit.Text {
			made = c
			return nil
		}
		made, err = t.rewrite(ctx, k, c, edit.Text, last, by.Person)
		return err
	})
	if err != nil {
		return Comment{}, fmt.Errorf("edit comment %s of ticket %s: %w", edit.Comment, id, err)
	}
	return made, nil
}

func (t *tx) findComment(ctx context.Context, id TicketID, comment string) (found Comment, last bool, err error) {
	ok := false
	for c, err := range t.w.Tickets().Comments(ctx, id) {
		if err != nil {
			return Comment{}, false, err
		}
		if last = c.ID == comment; last {
			found, ok = c, true
		}
	}
	if !ok {
		return Comment{}, false, storage.ErrNotFound
	}
	return found, last, nil
}

func (t *tx) mayEdit(ctx context.Context, k Ticket, c Comment, last bool, by escalation.PersonID) error {
	if err := t.known(ctx, by); err != nil {
		return err
	}
	if by == "" || last && by == c.Author {
		return nil
	}
	manages, err := t.isAny(ctx, k, by, escalation.ProjectManagers)
	if err != nil || manages {
		return err
	}
	return &RightError{Actor: by, Do: "edit this comment", Who: "the author of the last comment, or a manager of the project"}
}

func (t *tx) rewrite(ctx context.Context, k Ticket, c Comment, text string, last bool, by escalation.PersonID) (Comment, error) {
	change := storage.Change{Ticket: k.ID, Actor: by, Field: storage.FieldCommentText, Old: c.Text, New: text, At: t.now, Via: viaComment + c.ID}
	c.Text, c.EditedAt = text, t.now
	if err := t.w.Tickets().PutComment(ctx, &c); err != nil {
		return c, err
	}
	if err := t.w.Tickets().AddChange(ctx, &change); err != nil {
		return c, err
	}
	k.ChangedAt = t.now
	if err := t.w.Tickets().Put(ctx, &k); err != nil || !last {
		return c, err
	}
	ev, err := t.editEvent(ctx, k, c, change)
	if err != nil {
		return c, err
	}
	return c, t.raise(ctx, ev)
}

// editEvent is event 5. Its ID is that of the change: the same comment may be
// edited often.
func (t *tx) editEvent(ctx context.Context, k Ticket, c Comment, change storage.Change) (notify.Event, error) {
	ev, err := t.commentEvent(ctx, notify.CommentEdited, k, c, origin{person: change.Actor})
	ev.ID, ev.At = changeEventID(notify.CommentEdited, change.Seq), change.At
	return ev, err
}

// editedComment returns the id of the comment that a change of text was made to.
func editedComment(c storage.Change) string { return strings.TrimPrefix(c.Via, viaComment) }

const viaComment = "comment "
