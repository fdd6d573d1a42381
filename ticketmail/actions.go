package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// An Actor is who does something to a ticket. The engine checks who may reject,
// accept and edit comments; who may do anything else is the host's business.
type Actor struct {
	Person escalation.PersonID // empty: the system
}

// NewTicket is what [Engine.CreateTicket] makes a ticket of. Subject and Task
// are required.
type NewTicket struct {
	ID              TicketID // fit to stand in subjects (thread.Ref.Validate); empty: given out by the store
	Parent          TicketID // makes a subtask
	Subject         string   // at most 998 characters; line breaks become blanks
	Text            string   // of the comment that opens it
	Internal        bool     // the opening comment is internal
	Task            escalation.TaskID
	Assignee        escalation.PersonID
	CustomerContact escalation.PersonID
	Categories      []string // ids; once the store has categories, only active ones of these
	Files           []File
}

// A File is added to a comment. Content is read to its end, streaming.
type File struct {
	Name    string
	Type    string // media type; empty: application/octet-stream
	Content io.Reader
}

// NewComment is what [Engine.AddComment] adds. Text or Files are required.
type NewComment struct {
	Text     string
	Internal bool
	Files    []File

	// Reply also mails the comment to the ticket's customer contact or,
	// without one, to the address it came from. It is refused for internal
	// comments and where there is neither (ErrInvalid), and where that address
	// cannot be mailed (*UndeliverableError). Files go along up to
	// notify.MaxAttach together; those beyond are only named.
	Reply bool
}

// ErrInvalid reports an argument that cannot be; the error's text names it.
var ErrInvalid = errors.New("invalid")

// maxSubject is how many characters a subject may have (THREATS part 3).
const maxSubject = 998

// CreateTicket makes a ticket whose creator is the actor, and raises
// [notify.TicketCreated]. The text is its first comment.
//
// Errors: ErrInvalid, escalation.ErrNotFound for people and tasks the directory
// does not know, *DirectoryError where it cannot be asked, storage.ErrExists
// for an ID that is taken.
func (e *Engine) CreateTicket(ctx context.Context, by Actor, n NewTicket) (Ticket, error) {
	subject := oneLine(n.Subject)
	switch {
	case subject == "":
		return Ticket{}, fmt.Errorf("create ticket: %w: Subject is empty", ErrInvalid)
	case len([]rune(subject)) > maxSubject:
		return Ticket{}, fmt.Errorf("create ticket: %w: Subject has more than %d characters", ErrInvalid, maxSubject)
	case n.Task == "":
		return Ticket{}, fmt.Errorf("create ticket: %w: Task is empty", ErrInvalid)
	}
	if n.ID != "" {
		if err := n.ID.Validate(); err != nil {
			return Ticket{}, fmt.Errorf("create ticket: %w: ID: %w", ErrInvalid, err)
		}
	}
	files, err := e.stage(ctx, n.Files)
	if err != nil {
		return Ticket{}, fmt.Errorf("create ticket: %w", err)
	}
	known := e.newAnswers()
	if err := e.foresee(ctx, known, n.Task, by.Person, n.Assignee, n.CustomerContact); err != nil {
		return Ticket{}, fmt.Errorf("create ticket: %w", err)
	}
	var made Ticket
	err = e.update(ctx, known, func(t *tx) error {
		k := Ticket{
			ID: n.ID, Parent: n.Parent, Subject: subject, Status: storage.New, Task: n.Task,
			Creator: by.Person, Assignee: n.Assignee, CustomerContact: n.CustomerContact, Categories: distinct(n.Categories),
		}
		c := Comment{Kind: storage.ByPerson, Internal: n.Internal, Author: by.Person, Text: n.Text, Attachments: files}
		if err := t.known(ctx, by.Person, n.Assignee, n.CustomerContact); err != nil {
			return err
		}
		if _, err := t.dir.Place(ctx, n.Task); err != nil {
			return fmt.Errorf("task %q: %w", n.Task, err)
		}
		if err := t.checkCategories(ctx, nil, k.Categories); err != nil {
			return err
		}
		if n.Parent != "" {
			if _, err := t.w.Tickets().Get(ctx, n.Parent); err != nil {
				return fmt.Errorf("parent ticket %s: %w", n.Parent, err)
			}
		}
		err := t.create(ctx, &k, &c, origin{person: by.Person})
		made = k
		return err
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("create ticket: %w", err)
	}
	return made, nil
}

// AddComment adds a comment or files to a ticket and raises
// [notify.CommentAdded] or [notify.InternalCommentAdded]. Errors are those of
// [Engine.Edit].
func (e *Engine) AddComment(ctx context.Context, by Actor, id TicketID, n NewComment) (Comment, error) {
	_, c, err := e.edit(ctx, by, id, Edit{Comment: &n})
	if err != nil {
		return Comment{}, fmt.Errorf("comment on ticket %s: %w", id, err)
	}
	return c, nil
}

// Assign gives a ticket to a person, or (empty) to nobody, in any status, and
// raises [notify.AssigneeChanged]. Assigning it to who has it changes nothing.
// Errors are those of [Engine.Edit].
func (e *Engine) Assign(ctx context.Context, by Actor, id TicketID, to escalation.PersonID) (Ticket, error) {
	return e.Edit(ctx, by, id, Edit{Assignee: &to})
}

// SetStatus moves a ticket to another status by the rules of the [Lifecycle]
// and raises the event of its new status, if it has one. Setting the present
// status changes nothing. Errors are those of [Engine.Edit].
func (e *Engine) SetStatus(ctx context.Context, by Actor, id TicketID, to Status) (Ticket, error) {
	if to == "" {
		return Ticket{}, fmt.Errorf("set status of ticket %s: %w: the status is empty", id, ErrInvalid)
	}
	return e.Edit(ctx, by, id, Edit{Status: to})
}

// Move puts a ticket into another task. Its number, and with it the answers
// to mails about it, stay. It raises no event. Errors are those of [Engine.Edit],
// and *DirectoryError.
func (e *Engine) Move(ctx context.Context, by Actor, id TicketID, to escalation.TaskID) (Ticket, error) {
	if to == "" {
		return Ticket{}, fmt.Errorf("move ticket %s: %w: the task is empty", id, ErrInvalid)
	}
	return e.Edit(ctx, by, id, Edit{Task: to})
}

// known refuses people the directory does not know. A directory that fails
// refuses nobody: the ids are the host's own.
func (t *tx) known(ctx context.Context, ids ...escalation.PersonID) error {
	for _, id := range ids {
		if id == "" {
			continue
		}
		if _, err := t.dir.Person(ctx, id); err != nil && !isDirectory(err) {
			return fmt.Errorf("person %q: %w", id, err)
		}
	}
	return nil
}

// stage streams files into the blobs.
func (e *Engine) stage(ctx context.Context, files []File) ([]storage.Attachment, error) {
	var staged []storage.Attachment
	for _, f := range files {
		blob, err := e.stageOne(ctx, f.Content)
		if err != nil {
			return nil, fmt.Errorf("file %q: %w", f.Name, err)
		}
		a := storage.Attachment{Name: message.CleanName(f.Name), Type: strings.ToLower(f.Type), Blob: blob}
		if a.Type == "" {
			a.Type = "application/octet-stream"
		}
		if a.Display = a.Name; a.Display == "" {
			a.Display = "file"
		}
		staged = append(staged, a)
	}
	if len(staged) == 0 {
		return nil, nil
	}
	return staged, e.cfg.Blobs.Sync(ctx)
}

func (e *Engine) stageOne(ctx context.Context, r io.Reader) (storage.Blob, error) {
	s, err := e.cfg.Blobs.Create(ctx)
	if err != nil {
		return storage.Blob{}, err
	}
	defer s.Discard()
	if _, err := io.Copy(s, r); err != nil {
		return storage.Blob{}, err
	}
	return s.Finish()
}

// oneLine makes text fit for a subject: no control characters, single blanks.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}
