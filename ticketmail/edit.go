package ticketmail

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// An Edit is all that one action changes about a ticket. Nil and empty fields
// change nothing.
type Edit struct {
	Comment         *NewComment
	Status          Status
	Assignee        *escalation.PersonID // pointing to "": nobody
	CustomerContact *escalation.PersonID // pointing to "": nobody
	Task            escalation.TaskID
	Subject         string
	Categories      []string // the whole list, as in NewTicket; empty and not nil: none

	// IfVersion refuses the edit with a *StaleError unless the ticket still
	// has this Version: that of the ticket the actor was shown. 0: any.
	IfVersion int64
}

// A StaleError reports an edit of a ticket or comment that somebody else has
// changed meanwhile. It is a [storage.ErrConflict].
type StaleError struct {
	Ticket    TicketID
	Comment   string // empty: the ticket itself
	Seen, Has int64  // versions
}

func (e *StaleError) Error() string {
	if e.Comment != "" {
		return fmt.Sprintf("comment %s of ticket %s has version %d, the edit is of version %d", e.Comment, e.Ticket, e.Has, e.Seen)
	}
	return fmt.Sprintf("ticket %s has version %d, the edit is of version %d", e.Ticket, e.Has, e.Seen)
}

func (e *StaleError) Unwrap() error { return storage.ErrConflict }

// Edit changes a ticket in one step: all of it or nothing. Each field that
// really changes is a line of the history; comment, status and assignee raise
// their events. Taking a new ticket without assignee into process makes the
// actor its assignee. It returns the ticket as it is afterwards.
//
// Errors: storage.ErrNotFound for the ticket, escalation.ErrNotFound for
// people and tasks the directory does not know, *TransitionError, *RightError,
// *StaleError, *MergedError, ErrInvalid; *UndeliverableError for a reply to
// somebody who cannot be mailed. Then nothing is changed.
func (e *Engine) Edit(ctx context.Context, by Actor, id TicketID, edit Edit) (Ticket, error) {
	k, _, err := e.edit(ctx, by, id, edit)
	if err != nil {
		return Ticket{}, fmt.Errorf("edit ticket %s: %w", id, err)
	}
	return k, nil
}

func (e *Engine) edit(ctx context.Context, by Actor, id TicketID, edit Edit) (Ticket, Comment, error) {
	files, err := e.checkEdit(ctx, edit)
	if err != nil {
		return Ticket{}, Comment{}, err
	}
	known := e.newAnswers()
	if err := e.foreseeEdit(ctx, known, by.Person, id, edit); err != nil {
		return Ticket{}, Comment{}, err
	}
	var made Ticket
	var added Comment
	err = e.update(ctx, known, func(t *tx) error {
		k, err := t.open(ctx, id)
		if err != nil {
			return err
		}
		s := editing{tx: t, by: by.Person, ticket: k, edit: edit}
		if err := s.apply(ctx); err != nil {
			return err
		}
		if edit.Comment != nil {
			s.comment = &Comment{
				Kind: storage.ByPerson, Internal: edit.Comment.Internal, Author: by.Person, Text: edit.Comment.Text, Attachments: files,
			}
		}
		if err := s.write(ctx); err != nil {
			return err
		}
		made = s.ticket
		if s.comment != nil {
			added = *s.comment
		}
		return nil
	})
	return made, added, err
}

// checkEdit refuses what cannot be, and stages the files.
func (e *Engine) checkEdit(ctx context.Context, edit Edit) ([]storage.Attachment, error) {
	if _, ok := DefaultTransitions()[edit.Status]; edit.Status != "" && !ok {
		return nil, fmt.Errorf("%w: there is no status %q", ErrInvalid, edit.Status)
	}
	if len([]rune(edit.Subject)) > maxSubject {
		return nil, fmt.Errorf("%w: Subject has more than %d characters", ErrInvalid, maxSubject)
	}
	c := edit.Comment
	switch {
	case c == nil:
		return nil, nil
	case c.Text == "" && len(c.Files) == 0:
		return nil, fmt.Errorf("%w: neither Text nor Files", ErrInvalid)
	case c.Reply && c.Internal:
		return nil, fmt.Errorf("%w: an internal comment cannot be a reply", ErrInvalid)
	}
	return e.stage(ctx, c.Files)
}

// editing is one edit on its way: first it is checked and applied to the
// ticket in memory, then written.
type editing struct {
	*tx
	by      escalation.PersonID
	edit    Edit
	ticket  Ticket // as it becomes
	comment *Comment
	changes []storage.Change
}

func (s *editing) apply(ctx context.Context) error {
	if v := s.edit.IfVersion; v != 0 && v != s.ticket.Version {
		return &StaleError{Ticket: s.ticket.ID, Seen: v, Has: s.ticket.Version}
	}
	if err := s.known(ctx, s.by); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{s.status, s.assignee, s.contact, s.task, s.rest} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// note adds a line of history if something changed.
func (s *editing) note(field, old, now string) {
	if old != now {
		s.changes = append(s.changes, storage.Change{Ticket: s.ticket.ID, Actor: s.by, Field: field, Old: old, New: now})
	}
}

func (s *editing) status(ctx context.Context) error {
	to := s.edit.Status
	if to == "" || to == s.ticket.Status {
		return nil
	}
	if err := s.mayFollow(ctx, s.ticket, to, s.by); err != nil {
		return err
	}
	if s.ticket.Status == storage.New && to == storage.InProcess && s.ticket.Assignee == "" && s.edit.Assignee == nil {
		s.edit.Assignee = &s.by
	}
	s.note(storage.FieldStatus, string(s.ticket.Status), string(to))
	s.ticket.Status = to
	return nil
}

func (s *editing) assignee(ctx context.Context) error {
	if s.edit.Assignee == nil {
		return nil
	}
	to := *s.edit.Assignee
	if err := s.known(ctx, to); err != nil {
		return err
	}
	s.note(storage.FieldAssignee, string(s.ticket.Assignee), string(to))
	s.ticket.Assignee = to
	if to != "" {
		s.ticket.LastAssignee = to
	}
	return nil
}

func (s *editing) contact(ctx context.Context) error {
	if s.edit.CustomerContact == nil {
		return nil
	}
	to := *s.edit.CustomerContact
	s.note(storage.FieldCustomerContact, string(s.ticket.CustomerContact), string(to))
	s.ticket.CustomerContact = to
	return s.known(ctx, to)
}

func (s *editing) task(ctx context.Context) error {
	to := s.edit.Task
	if to == "" {
		return nil
	}
	place, err := s.dir.Place(ctx, to)
	if err != nil {
		return fmt.Errorf("task %q: %w", to, err)
	}
	s.note(storage.FieldTask, string(s.ticket.Task), string(to))
	s.ticket.Task, s.ticket.Project = to, place.Project
	return nil
}

func (s *editing) rest(ctx context.Context) error {
	if subject := oneLine(s.edit.Subject); subject != "" {
		s.note(storage.FieldSubject, s.ticket.Subject, subject)
		s.ticket.Subject = subject
	}
	if c := s.edit.Categories; c != nil {
		c = distinct(c)
		if err := s.checkCategories(ctx, s.ticket.Categories, c); err != nil {
			return err
		}
		s.note(storage.FieldCategories, strings.Join(s.ticket.Categories, ","), strings.Join(c, ","))
		s.ticket.Categories = c
	}
	return nil
}

// distinct drops repetitions and empty ids, keeping the order.
func distinct(ids []string) []string {
	var d []string
	for _, id := range ids {
		if id != "" && !slices.Contains(d, id) {
			d = append(d, id)
		}
	}
	return d
}

// write stores the ticket, the comment and the history, and raises events.
// An edit that changes nothing writes nothing.
func (s *editing) write(ctx context.Context) error {
	if len(s.changes) == 0 && s.comment == nil {
		return nil
	}
	s.ticket.ChangedAt = s.now
	if err := s.w.Tickets().Put(ctx, &s.ticket); err != nil {
		return err
	}
	var events []notify.Event
	if s.comment != nil {
		if err := s.putComment(ctx, s.ticket.ID, s.comment); err != nil {
			return err
		}
		if err := s.change(ctx, storage.Change{Ticket: s.ticket.ID, Actor: s.by, Field: storage.FieldComment, New: s.comment.ID}); err != nil {
			return err
		}
		ev, err := s.commentEvent(ctx, commentKind(*s.comment), s.ticket, *s.comment, origin{person: s.by})
		if err != nil {
			return err
		}
		events = append(events, ev)
		if s.edit.Comment != nil && s.edit.Comment.Reply {
			reply, err := s.replyEvent(ctx, s.ticket, ev)
			if err != nil {
				return err
			}
			events = append(events, reply)
		}
	}
	for i := range s.changes {
		c := &s.changes[i]
		c.At = s.now
		if err := s.w.Tickets().AddChange(ctx, c); err != nil {
			return err
		}
		kind := kindOf(*c)
		if kind == "" {
			continue
		}
		ev, err := s.changeEvent(ctx, kind, s.ticket, *c)
		if err != nil {
			return err
		}
		events = append(events, ev)
	}
	return s.raise(ctx, events...)
}

// kindOf returns the event that a line of history is, or "".
func kindOf(c storage.Change) notify.Kind {
	switch {
	case c.Field == storage.FieldAssignee:
		return notify.AssigneeChanged
	case c.Field != storage.FieldStatus:
		return ""
	}
	return map[Status]notify.Kind{
		storage.Done: notify.StatusDone, storage.Rejected: notify.StatusRejected, storage.Accepted: notify.StatusAccepted,
	}[Status(c.New)]
}
