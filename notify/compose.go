package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
)

// A writer composes the mails of one plan.
type writer struct {
	*Planner
	env     Envelope
	outline bool               // without words, see Planner.Outline
	instead bool               // of somebody else, see Planner.Instead
	known   map[choice]*picked // templates looked for before
}

// A choice is all that a template is chosen by.
type choice struct {
	several  bool
	kind     Kind
	template string // that the rule names
	audience Audience
	language string // the reader's
}

// A picked is a template that was chosen.
type picked struct {
	words  *compiled
	broken *TemplateError // that should have been taken
}

// compose writes one mail, in its place: mails are large, and may be many.
func (w *writer) compose(ctx context.Context, l *letter, m *Mail) error {
	ev, r := l.subject(), l.recipient
	template, err := w.pick(l, ev, len(l.about) > 1)
	if err != nil {
		return err
	}
	*m = Mail{
		Event:    l.first().Kind,
		Ticket:   ev.Ticket.Ref,
		Person:   r.person.ID,
		Audience: r.audience,
		Language: template.Language,
		Template: template.Name,
		Internal: l.internal(),
		Reasons:  slices.Concat(l.reasons(), w.env.Reasons),
		Causes:   l.causes(),
		From:     w.env.From,
		To:       message.Address{Name: cleanLine(r.person.Name), Address: r.address},
		ReplyTo:  w.env.ReplyTo,
		Date:     ev.At.UTC(),
		State:    Waiting,
		Due:      ev.At.UTC().Add(l.delay()),

		Attachments: l.attachments(),
	}
	if ev.Comment != nil {
		m.Comment = ev.Comment.ID
	}
	if w.outline {
		return nil
	}
	return w.fill(ctx, m, l, ev, template)
}

// fill gives a mail its ids and its words.
func (w *writer) fill(ctx context.Context, m *Mail, l *letter, ev *Event, template *compiled) error {
	m.ID = mailID(l.first().ID, l.recipient)
	if w.instead {
		m.ID = mailID(l.first().ID+"\x00instead\x00"+FoldAddress(l.recipient.address), l.recipient)
	}
	w.refer(m, l)
	v, failed := w.values(ctx, l, ev, w.env, template)
	m.Subject = w.References.Subject(ev.Ticket.Ref, template.renderSubject(v))
	m.Text, m.HTML = template.renderText(v), template.renderHTML(v)
	if l.delay() == 0 {
		return failed()
	}
	several, err := w.pick(l, ev, true)
	if err != nil {
		return err
	}
	later, failedLater := w.values(ctx, l, ev, w.env, several)
	m.Digest = newDigest(digestKey(ev.Ticket.Ref, l.recipient), several, later)
	return cmp.Or(failed(), failedLater())
}

// pick chooses the template of a letter, and notes the one that should have
// been taken.
func (w *writer) pick(l *letter, ev *Event, several bool) (*compiled, error) {
	c := choice{several: several, audience: l.recipient.audience, language: l.recipient.person.Language}
	names := []string{Several} // it is there for every kind
	if !several {
		c.kind, c.template = l.first().Kind, l.about[0].rule.Template
		names = []string{c.template, string(c.kind), Several}
	}
	p := w.known[c]
	if p == nil {
		p = &picked{}
		p.words, p.broken = w.Templates.find(names, c.audience, catalog.Wanted(c.language, ev.Ticket.Place.Language, cmp.Or(w.Language, "en")))
		w.known[c] = p
	}
	if p.broken != nil {
		l.warnings = append(l.warnings, p.broken)
	}
	if p.words == nil {
		return nil, invalid("Template", "there is none for %s in mails to the audience %q", l.first().Kind, c.audience)
	}
	return p.words, nil
}

// subject returns the event that a mail as a whole is about: the only one, or
// the first with the ticket and time of the last, and with the first comment
// that the recipient may see.
func (l *letter) subject() *Event {
	if len(l.about) == 1 {
		return l.first()
	}
	all := *l.first()
	for _, pl := range l.about {
		all.Ticket, all.At = pl.ev.Ticket, pl.ev.At
		if all.Comment == nil || !visible(&all, l.recipient.audience) {
			all.Comment = cmp.Or(pl.ev.Comment, all.Comment)
		}
	}
	return &all
}

// delay returns how long the mail waits for others.
func (l *letter) delay() time.Duration {
	d := l.about[0].rule.Delay
	for _, pl := range l.about[1:] {
		d = min(d, pl.rule.Delay)
	}
	return d
}

// internal reports whether an employee is told of something internal.
func (l *letter) internal() bool {
	return l.recipient.audience == Staff && slices.ContainsFunc(l.about, func(pl *planning) bool {
		return pl.internal || pl.ev.Comment != nil && pl.ev.Comment.Internal
	})
}

// values returns what the placeholders stand for, and a function that reports
// the directory's first error while they were looked up.
func (p *Planner) values(ctx context.Context, l *letter, ev *Event, env Envelope, t *compiled) (*values, func() error) {
	var failure error
	name := func(id escalation.PersonID) string {
		if id == "" {
			return ""
		}
		m, err := l.about[0].lookup(ctx, id)
		if err != nil && !errors.Is(err, escalation.ErrNotFound) && failure == nil {
			failure = err
		}
		return m.Name
	}
	zone := p.Zone
	if zone == nil {
		zone = time.UTC
	}
	r := l.recipient
	v := &values{
		event: ev, events: l.events(), audience: r.audience, words: wordsFor(t.Language), language: t.Language, at: ev.At.In(zone),
		recipient: cmp.Or(r.person.Name, r.address), replyTo: env.ReplyTo, person: name,
		templates: p.Templates, languages: catalog.Wanted(t.Language, r.person.Language, ev.Ticket.Place.Language),
		tell: (*values).changes, told: (*values).trouble,
	}
	return v, func() error { return failure }
}

// refer gives the mail its ids. All mails of a ticket refer to one id that no
// mail has, so that mail programs show them as one conversation; whoever wrote
// the comment by mail sees them as answers to that mail. The writer's id goes
// to nobody else.
//
// A mail about no ticket has an id that is not signed: answers to it belong to
// no ticket either.
func (p *Planner) refer(m *Mail, l *letter) {
	if m.Ticket == "" {
		if from, err := WireAddress(m.From.Address); err == nil { // checked with the envelope
			m.MessageID = m.ID + from[strings.LastIndexByte(from, '@'):]
		}
		return
	}
	m.MessageID = p.References.MessageID(m.Ticket, m.ID, m.Internal)
	root := p.References.MessageID(m.Ticket, RootMail, false)
	m.InReplyTo, m.References = root, []string{root}
	for _, ev := range l.events() {
		if ev.Kind == Reply && ev.Answers != "" && checkID(ev.Answers) == nil {
			m.InReplyTo, m.References = ev.Answers, append(m.References, ev.Answers)
		}
		c := ev.Comment
		if c == nil || !visible(ev, l.recipient.audience) || checkID(c.MessageID) != nil || !l.wrote(c) || slices.Contains(m.References, c.MessageID) {
			continue
		}
		m.InReplyTo, m.References = c.MessageID, append(m.References, c.MessageID)
	}
}

// wrote reports whether the letter goes to whoever wrote the comment.
func (l *letter) wrote(c *CommentView) bool {
	if c.Author != "" {
		return c.Author == l.recipient.person.ID
	}
	return c.AuthorAddress != "" && FoldAddress(c.AuthorAddress) == FoldAddress(l.recipient.address)
}

// mailID derives the id of the mail that tells a recipient of an event, so
// that the same decision taken twice is the same mail.
func mailID(event string, r *recipient) string { return derive(event + "\x00" + r.who()) }

// digestKey names the mails about a ticket that may be joined for a recipient.
func digestKey(ref thread.Ref, r *recipient) string {
	return derive("digest\x00" + string(ref) + "\x00" + r.who() + "\x00" + string(r.audience) + "\x00" + FoldAddress(r.address))
}

// who names the recipient: a person stays one if his address changes.
func (r *recipient) who() string {
	if r.person.ID == "" {
		return "address\x00" + FoldAddress(r.address)
	}
	return "person\x00" + string(r.person.ID)
}

// derive returns 26 characters of 130 bits that stand for s.
func derive(s string) string {
	sum := sha256.Sum256([]byte(s))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}
