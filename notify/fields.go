package notify

import (
	"cmp"
	"slices"
	"strings"
)

// A field is a value that templates can name.
type field struct {
	name    string
	about   string
	staff   bool // exists for employees only
	comment bool // part of the comment: for others than employees it exists only if the comment is public
	block   bool // made of a text module: not for subjects and modules
	many    bool // of many lines: not for subjects, and not for modules, of which it is made
	value   func(v *values) string
}

// hidden returns why a template may not name f, or "".
func (f *field) hidden(t Template) string {
	switch {
	case t.Audience == Staff:
		return ""
	case f.staff:
		return "is for employees only"
	case f.comment && Kind(t.Name) == InternalCommentAdded:
		return "is part of an internal comment, which does not exist for customers"
	}
	return ""
}

// fields is the whole vocabulary of templates.
var fields = []field{
	{name: "ticket.number", about: "the ticket's number", value: func(v *values) string { return string(v.event.Ticket.Ref) }},
	{name: "ticket.subject", about: "its subject", value: func(v *values) string { return v.event.Ticket.Subject }},
	{name: "ticket.status", about: "its status, in the recipient's language", value: func(v *values) string { return v.words.status(v.event.Ticket.Status) }},
	{name: "ticket.kind", about: "the word for a ticket or a subtask", value: func(v *values) string { return v.words.kind(v.event.Ticket.Subtask) }},
	{name: "ticket.creator", about: "the creator's name", value: func(v *values) string { return v.person(v.event.Ticket.Creator) }},
	{name: "ticket.assignee", about: "the assignee's name", value: func(v *values) string { return v.person(v.event.Ticket.Assignee) }},
	{name: "ticket.customer", about: "the customer contact's name", value: func(v *values) string { return v.person(v.event.Ticket.CustomerContact) }},
	{name: "ticket.sender", about: "the address of the mail that opened it", staff: true, value: func(v *values) string { return v.event.Ticket.Sender }},
	{name: "ticket.address", about: "the address whose mail comes into the ticket", value: func(v *values) string { return v.replyTo }},
	{name: "comment.text", about: "the text of the comment", comment: true, value: func(v *values) string { return v.comment().Text }},
	{name: "comment.author", about: "who wrote it", comment: true, value: func(v *values) string { c := v.comment(); return v.shown(c.AuthorName, c.AuthorAddress, c.Author) }},
	{name: "comment.date", about: "day and time it was written", comment: true, value: func(v *values) string { return v.written(v.comment().At) }},
	{name: "comment.files", about: "the names of its files", comment: true, value: func(v *values) string { return fileNames(v.comment().Files) }},
	{name: "change.old", about: "the value before a change", value: func(v *values) string { return v.event.Old }},
	{name: "change.new", about: "the value after it", value: func(v *values) string { return v.event.New }},
	{name: "changes", about: "what happened, in a paragraph for each event", many: true, value: func(v *values) string { return v.tell(v) }},
	{name: "actor.name", about: "who did it", value: func(v *values) string { return v.shown(v.event.ActorName, v.event.ActorAddress, v.event.Actor) }},
	{name: "actor.note", about: "what whoever forwards a comment says to it", value: func(v *values) string { return v.event.Note }},
	{name: "event.date", about: "the day it happened", value: func(v *values) string { return v.words.date(v.at) }},
	{name: "event.time", about: "the time of day", value: func(v *values) string { return v.at.Format("15:04") }},
	{name: "recipient.name", about: "the name of whoever gets the mail", value: func(v *values) string { return v.recipient }},
	{name: "mailbox.name", about: "the name of the mailbox an event is about", staff: true, value: func(v *values) string { m := v.mailbox(); return cmp.Or(m.Name, m.ID) }},
	{name: "mailbox.address", about: "its e-mail address", staff: true, value: func(v *values) string { return v.mailbox().Address }},
	{name: "mailbox.server", about: "its server", staff: true, value: func(v *values) string { return v.mailbox().Server }},
	{name: "mailbox.folder", about: "the folder that is the trouble", staff: true, value: func(v *values) string { return strings.TrimSpace(v.mailbox().Folder) }},
	{name: "mailbox.trouble", about: "what is wrong with it and what to do, in several lines", staff: true, block: true, value: func(v *values) string { return v.told(v) }},
	{name: "mailbox.since", about: "day and time since when it fails", staff: true, value: func(v *values) string { return v.written(v.mailbox().Since) }},
	{name: "mailbox.until", about: "the day its sign-in ends", staff: true, value: func(v *values) string { return v.day(v.mailbox().Until) }},
}

// A Field is a value that templates can name, for forms that list them.
type Field struct {
	Name  string // for example "ticket.number"
	About string // in English
	Staff bool   // exists in templates for employees only
}

// Fields returns all values that templates can name.
func Fields() []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		out[i] = Field{Name: f.name, About: f.about, Staff: f.staff}
	}
	return out
}

// fileNames returns how files are named in a text.
func fileNames(files []Attachment) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

func findField(name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}
