package notify

import (
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
)

// A field is a value that templates can name.
type field struct {
	name    string
	about   string
	staff   bool // exists for employees only
	comment bool // part of the comment: for others than employees it exists only if the comment is public
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
	{name: "comment.author", about: "who wrote it", comment: true, value: func(v *values) string { return v.comment().AuthorName }},
	{name: "comment.files", about: "the names of its files", comment: true, value: func(v *values) string { return strings.Join(v.comment().Files, ", ") }},
	{name: "change.old", about: "the value before a change", value: func(v *values) string { return v.event.Old }},
	{name: "change.new", about: "the value after it", value: func(v *values) string { return v.event.New }},
	{name: "actor.name", about: "who did it", value: func(v *values) string { return v.event.ActorName }},
	{name: "event.date", about: "the day it happened", value: func(v *values) string { return v.words.date(v.at) }},
	{name: "event.time", about: "the time of day", value: func(v *values) string { return v.at.Format("15:04") }},
	{name: "recipient.name", about: "the name of whoever gets the mail", value: func(v *values) string { return v.recipient }},
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

func findField(name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}

// values are what one mail's placeholders stand for.
type values struct {
	event     *Event
	audience  Audience
	words     words
	at        time.Time // in the zone mails are written for
	recipient string
	replyTo   string
	person    func(escalation.PersonID) string
	known     map[*field]string // values asked for before
}

// of returns a field's value, with LF line ends and without control
// characters. Templates cannot be saved with fields their audience may not
// see; this is the second lock on the same door.
func (v *values) of(f *field) string {
	if v.audience != Staff && f.staff {
		return ""
	}
	if known, ok := v.known[f]; ok {
		return known
	}
	if v.known == nil {
		v.known = map[*field]string{}
	}
	value := f.value(v)
	if len(value) > MaxRendered {
		value = clip(value, MaxRendered-len(cutMark)) + cutMark
	}
	v.known[f] = cleanText(value)
	return v.known[f]
}

// comment returns the comment as this audience may see it.
func (v *values) comment() CommentView {
	c := v.event.Comment
	if c == nil || v.audience != Staff && (c.Internal || internal(*v.event)) {
		return CommentView{}
	}
	return *c
}

// cleanText makes s fit for a mail's text: valid UTF-8, LF line ends, no
// control characters but line feed and tab. Separators of lines and
// paragraphs and directional marks are text here.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || 0x7f <= r && r <= 0x9f) {
			return -1
		}
		return r
	}, s)
}
