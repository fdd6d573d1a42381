package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
)

// compose writes the mail to one recipient.
func (p *Planner) compose(ctx context.Context, pl *planning, r recipient, env Envelope) (Mail, error) {
	ev := pl.ev
	languages := catalog.Wanted(r.person.Language, ev.Ticket.Place.Language, cmp.Or(p.Language, "en"))
	template := p.Templates.find([]string{pl.rule.Template, string(ev.Kind)}, r.audience, languages)
	if template == nil {
		return Mail{}, invalid("Template", "there is none for %s in mails to the audience %q", ev.Kind, r.audience)
	}
	v, failed := p.values(ctx, pl, r, env, template)
	m := Mail{
		ID:       mailID(ev.ID, r),
		Event:    ev.Kind,
		Ticket:   ev.Ticket.Ref,
		Person:   r.person.ID,
		Audience: r.audience,
		Language: template.Language,
		Template: template.Name,
		Reasons:  append(r.reasons[:len(r.reasons):len(r.reasons)], env.Reasons...),
		From:     env.From,
		To:       message.Address{Name: cleanLine(r.person.Name), Address: r.address},
		ReplyTo:  env.ReplyTo,
		Subject:  p.References.Subject(ev.Ticket.Ref, template.renderSubject(v)),
		Text:     template.renderText(v),
		HTML:     template.renderHTML(v),
		Date:     ev.At.UTC(),
		State:    Waiting,
		Due:      ev.At.UTC(),
	}
	if ev.Comment != nil {
		m.Comment = ev.Comment.ID
	}
	p.refer(&m, ev, r)
	return m, failed()
}

// values returns what the placeholders stand for, and a function that reports
// the directory's first error while they were looked up.
func (p *Planner) values(ctx context.Context, pl *planning, r recipient, env Envelope, t *compiled) (*values, func() error) {
	var failure error
	name := func(id escalation.PersonID) string {
		if id == "" {
			return ""
		}
		m, err := pl.lookup(ctx, id)
		if err != nil && !errors.Is(err, escalation.ErrNotFound) && failure == nil {
			failure = err
		}
		return m.Name
	}
	zone := p.Zone
	if zone == nil {
		zone = time.UTC
	}
	recipient := r.person.Name
	if recipient == "" {
		recipient = r.address
	}
	v := &values{
		event: pl.ev, audience: r.audience, words: wordsFor(t.Language), at: pl.ev.At.In(zone),
		recipient: recipient, replyTo: env.ReplyTo, person: name,
	}
	return v, func() error { return failure }
}

// refer gives the mail its ids. All mails of a ticket refer to one id that no
// mail has, so that mail programs show them as one conversation; whoever wrote
// the comment by mail sees them as answers to that mail. The writer's id goes
// to nobody else.
func (p *Planner) refer(m *Mail, ev *Event, r recipient) {
	speaksInternally := r.audience == Staff && (internal(*ev) || ev.Comment != nil && ev.Comment.Internal)
	m.MessageID = p.References.MessageID(ev.Ticket.Ref, m.ID, speaksInternally)
	root := p.References.MessageID(ev.Ticket.Ref, "root", false)
	m.InReplyTo, m.References = root, []string{root}
	c := ev.Comment
	if c == nil || checkID(c.MessageID) != nil {
		return
	}
	wrote := c.Author != "" && c.Author == r.person.ID ||
		c.Author == "" && foldAddress(c.AuthorName) == foldAddress(r.address)
	if wrote {
		m.InReplyTo, m.References = c.MessageID, append(m.References, c.MessageID)
	}
}

// mailID derives the id of the mail that tells a recipient of an event: 26
// characters of 130 bits, so that the same decision taken twice is the same mail.
func mailID(event string, r recipient) string {
	who := "person\x00" + string(r.person.ID)
	if r.person.ID == "" {
		who = "address\x00" + foldAddress(r.address)
	}
	sum := sha256.Sum256([]byte(event + "\x00" + who))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}
