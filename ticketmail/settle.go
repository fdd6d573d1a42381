package ticketmail

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// settle decides about one mail and writes what follows from it, the ledger
// entry last.
func (t *tx) settle(ctx context.Context, a *arrival, as mailbox.Assignment) (mailbox.Entry, error) {
	f, err := t.facts(ctx, a, as)
	if err != nil {
		return mailbox.Entry{}, err
	}
	d := decide(f)
	if a.replayed && a.verdict == (Verdict{}) {
		d.reasons = append([]mailbox.Reason{{Code: "replayed", Text: fmt.Sprintf("read again for %q", a.judge)}}, d.reasons...)
	}
	switch d.outcome {
	case mailbox.Ticket:
		err = t.openTicket(ctx, a, as, &d)
	case mailbox.Comment:
		err = t.commentByMail(ctx, a, &d)
	case mailbox.Record:
		if f.reported != nil {
			err = t.bounce(ctx, a, *f.reported)
		}
	}
	if err == nil && d.outcome != mailbox.Quarantine && f.reported == nil && a.sender.Address != "" {
		err = t.clearBounce(ctx, a.sender.Address) // it can write, so it can probably be written to
	}
	if err != nil {
		return mailbox.Entry{}, err
	}
	e := a.in.Entry // Version 0, or that of the attempt or of the mail left before
	e.Key, e.Outcome, e.Ticket, e.Reasons = a.in.Key, d.outcome, d.ticket, d.reasons
	e.MessageID, e.Raw, e.Content, e.Size, e.ReceivedAt = a.msg.MessageID, a.raw, a.content, a.raw.Size, t.now
	return e, t.putEntry(ctx, &e)
}

// noSubject stands where a mail has none.
const noSubject = "(no subject)"

func (t *tx) openTicket(ctx context.Context, a *arrival, as mailbox.Assignment, d *decision) error {
	given, refused, err := t.sortCategories(ctx, a.routing.Categories)
	if err != nil {
		return err
	}
	for _, id := range refused {
		d.because("category", "category %q is unknown or inactive: the ticket does not get it", id)
	}
	k := Ticket{
		Subject: oneLine(a.msg.Subject), Status: storage.New, Task: d.task, Mailbox: as.Mailbox, Sender: a.sender,
		Creator: as.Creator, CustomerContact: as.CustomerContact,
		Assignee: a.routing.Assignee, Categories: given, Follows: d.follows,
	}
	if k.Subject == "" {
		k.Subject = noSubject
	}
	peopleOf(&k, a.person, as)
	if f := a.first; f != nil {
		k.Sender, k.Creator, k.CustomerContact = f.address, as.Creator, as.CustomerContact
		peopleOf(&k, f.person, as)
		k.Creator = cmp.Or(k.Creator, a.person.ID)
	}
	c := commentOf(a)
	c.Internal = d.internal
	if err := t.create(ctx, &k, &c, originOf(a)); err != nil {
		return err
	}
	d.ticket = k.ID
	if d.follows == "" {
		return nil
	}
	return t.change(ctx, storage.Change{Ticket: k.ID, Via: keyText(a.in.Key), Field: storage.FieldFollows, New: string(d.follows)})
}

// peopleOf makes whoever a mail is from one of the ticket's people.
func peopleOf(k *Ticket, p *escalation.Person, as mailbox.Assignment) {
	switch {
	case p == nil:
	case p.Internal() && (k.Creator == "" || !as.PresetAlways):
		k.Creator = p.ID
	case !p.Internal() && (k.CustomerContact == "" || !as.PresetAlways):
		k.CustomerContact = p.ID
	}
}

func (t *tx) commentByMail(ctx context.Context, a *arrival, d *decision) error {
	k, err := t.w.Tickets().Get(ctx, d.ticket)
	if err != nil {
		return err
	}
	c := commentOf(a)
	c.Stranger, c.Internal = d.stranger, d.internal
	if d.reopen {
		if err := t.reopen(ctx, &k, originOf(a)); err != nil {
			return err
		}
	}
	return t.comment(ctx, &k, &c, originOf(a))
}

// reopen takes a closed ticket into process again, where the table of the
// lifecycle lets it. The comment that does it tells people.
func (t *tx) reopen(ctx context.Context, k *Ticket, by origin) error {
	if !slices.Contains(t.cfg.Lifecycle.next(k.Status), storage.InProcess) {
		return nil
	}
	old := k.Status
	k.Status = storage.InProcess
	return t.change(ctx, storage.Change{Ticket: k.ID, Actor: by.person, Via: by.via, Field: storage.FieldStatus, Old: string(old), New: string(k.Status)})
}

func commentOf(a *arrival) Comment {
	c := Comment{
		Kind: storage.ByMail, Sender: a.sender, Text: a.msg.Text, Automatic: a.msg.Automatic, MessageID: a.msg.MessageID,
		References: a.msg.References, Raw: a.raw,
	}
	if a.sender.Address == "" && len(a.msg.From) > 0 { // ambiguous: shown, never trusted
		c.Sender.Name = addresses(a)
	}
	if a.person != nil {
		c.Author = a.person.ID
	}
	for _, at := range a.msg.Attachments {
		c.Attachments = append(c.Attachments, storage.Attachment{
			Name: at.Name, Display: at.Display, Type: at.Type, ContentID: at.ContentID, Inline: at.Inline, Blob: at.Blob,
		})
	}
	return c
}

func addresses(a *arrival) string {
	var all []string
	for _, f := range a.msg.From {
		all = append(all, f.Address)
	}
	return strings.Join(all, ", ")
}

func originOf(a *arrival) origin {
	o := origin{address: a.sender.Address, name: a.sender.Name, via: keyText(a.in.Key), automatic: a.msg.Automatic != ""}
	if a.person != nil {
		o.person = a.person.ID
	}
	return o
}

func keyText(k mailbox.Key) string {
	return fmt.Sprintf("%s/%s/%d/%s", k.Mailbox, k.Folder, k.Validity, k.UID)
}
