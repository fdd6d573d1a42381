package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
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
	switch d.outcome {
	case mailbox.Ticket:
		err = t.openTicket(ctx, a, as, &d)
	case mailbox.Comment:
		err = t.commentByMail(ctx, a, &d)
	case mailbox.Record:
		if f.bounced != nil {
			err = t.markBounced(ctx, a, *f.bounced)
		}
	}
	if err != nil {
		return mailbox.Entry{}, err
	}
	e := a.in.Entry // Version 0, or that of the attempt or of the mail left before
	e.Key, e.Outcome, e.Ticket, e.Reasons = a.in.Key, d.outcome, d.ticket, d.reasons
	e.MessageID, e.Raw, e.Content, e.Size, e.ReceivedAt = a.msg.MessageID, a.raw, a.content, a.raw.Size, t.now
	return e, t.w.Ledger().Put(ctx, &e)
}

// facts gathers what a decision depends on.
func (t *tx) facts(ctx context.Context, a *arrival, as mailbox.Assignment) (facts, error) {
	f := facts{
		rejected: a.rejected, message: a.msg, sender: a.sender, person: a.person, assignment: as, routing: a.routing,
	}
	if f.rejected != nil {
		return f, nil
	}
	_, f.ownMail = t.refs.ParseMessageID(a.msg.MessageID)
	if b := a.msg.Bounce; b != nil {
		if k, ok := t.refs.ParseMessageID(b.OriginalID); ok {
			f.bounced = &k
		}
	}
	earlier, err := t.earlier(ctx, a)
	if err != nil {
		return f, err
	}
	for _, e := range earlier {
		same := e.MessageID == a.msg.MessageID && e.Content == a.content && e.Mailbox == a.in.Mailbox && e.Key != a.in.Key
		if same && e.Settled() && e.Outcome != mailbox.Quarantine {
			f.duplicate = &e
			break
		}
	}
	f.keys, err = t.keys(ctx, a, earlier)
	return f, err
}

// earlier returns the ledger's entries of this mail's Message-ID and of those
// it refers to, in one lookup.
func (t *tx) earlier(ctx context.Context, a *arrival) ([]mailbox.Entry, error) {
	ids := slices.Concat([]string{a.msg.MessageID}, a.msg.InReplyTo, a.msg.References)
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return nil, nil
	}
	return t.w.Ledger().ByMessageID(ctx, ids)
}

// keys returns the marks of a mail with what is known of their tickets: our
// own first, then foreign Message-IDs that it refers to and we have received.
// These are weak, since everybody who got that mail knows its id.
func (t *tx) keys(ctx context.Context, a *arrival, earlier []mailbox.Entry) ([]foundKey, error) {
	var found []foundKey
	for _, k := range a.keys {
		found = append(found, foundKey{Key: k})
	}
	for _, e := range earlier {
		if e.Ticket == "" || e.MessageID == a.msg.MessageID {
			continue
		}
		source := thread.References
		if slices.Contains(a.msg.InReplyTo, e.MessageID) {
			source = thread.InReplyTo
		}
		found = append(found, foundKey{Key: thread.Key{Ref: e.Ticket, Source: source}, why: "refers to a mail of ticket " + string(e.Ticket)})
	}
	for i := range found {
		k, err := t.w.Tickets().Get(ctx, found[i].Ref)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[i].exists = true
		if found[i].takesPart, err = t.takesPart(ctx, k, a); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// takesPart reports whether the sender of a mail is one of a ticket's people:
// in a role, by the address it came from, or in a group of its place.
func (t *tx) takesPart(ctx context.Context, k Ticket, a *arrival) (bool, error) {
	if a.sender.Address == "" {
		return false, nil
	}
	if foldAddress(k.Sender.Address) == foldAddress(a.sender.Address) {
		return true, nil
	}
	if a.person == nil {
		return false, nil
	}
	if slices.Contains([]escalation.PersonID{k.Creator, k.Assignee, k.LastAssignee, k.CustomerContact}, a.person.ID) {
		return true, nil
	}
	if !a.person.Internal() {
		return false, nil
	}
	place, err := t.place(ctx, k)
	if err != nil {
		return false, err
	}
	for _, g := range t.cfg.Chain {
		members, err := t.dir.Members(ctx, g, place)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(members, func(p escalation.Person) bool { return p.ID == a.person.ID }) {
			return true, nil
		}
	}
	return false, nil
}

// noSubject stands where a mail has none.
const noSubject = "(no subject)"

func (t *tx) openTicket(ctx context.Context, a *arrival, as mailbox.Assignment, d *decision) error {
	k := Ticket{
		Subject: oneLine(a.msg.Subject), Status: storage.New, Task: d.task, Mailbox: as.Mailbox, Sender: a.sender,
		Creator: as.Creator, CustomerContact: as.CustomerContact,
		Assignee: a.routing.Assignee, Categories: a.routing.Categories,
	}
	if k.Subject == "" {
		k.Subject = noSubject
	}
	if p := a.person; p != nil {
		if p.Internal() && (k.Creator == "" || !as.PresetAlways) {
			k.Creator = p.ID
		}
		if !p.Internal() && (k.CustomerContact == "" || !as.PresetAlways) {
			k.CustomerContact = p.ID
		}
	}
	c := commentOf(a)
	if err := t.create(ctx, &k, &c, originOf(a)); err != nil {
		return err
	}
	d.ticket = k.ID
	return nil
}

func (t *tx) commentByMail(ctx context.Context, a *arrival, d *decision) error {
	k, err := t.w.Tickets().Get(ctx, d.ticket)
	if err != nil {
		return err
	}
	c := commentOf(a)
	c.Stranger = d.stranger
	if c.Internal = d.internal; !c.Internal {
		if c.Internal, err = t.lastWasInternal(ctx, a, d); err != nil {
			return err
		}
	}
	return t.comment(ctx, &k, &c, originOf(a))
}

// lastWasInternal reports, for an employee's mail that names no mail of ours,
// whether the last one he got about the ticket was about something internal:
// then his answer is too.
func (t *tx) lastWasInternal(ctx context.Context, a *arrival, d *decision) (bool, error) {
	signed := slices.ContainsFunc(a.keys, func(k thread.Key) bool { return k.Mail != "" })
	if a.person == nil || !a.person.Internal() || signed {
		return false, nil
	}
	internal := false
	for m, err := range t.w.Outbox().List(ctx, notify.MailQuery{Ticket: d.ticket}) {
		if err != nil {
			return false, err
		}
		if m.Person == a.person.ID {
			k, _ := t.refs.ParseMessageID(m.MessageID)
			internal = k.Internal
		}
	}
	if internal {
		d.because("internal", "the last mail the employee got about the ticket was internal")
	}
	return internal, nil
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
	if o.name == "" {
		o.name = a.sender.Address
	}
	if a.person != nil {
		o.person = a.person.ID
	}
	return o
}

func keyText(k mailbox.Key) string {
	return fmt.Sprintf("%s/%s/%d/%s", k.Mailbox, k.Folder, k.Validity, k.UID)
}

// markBounced remembers that mail to an address came back: for good reason
// only, and only for the recipient of that mail of ours.
func (t *tx) markBounced(ctx context.Context, a *arrival, k thread.Key) error {
	for m, err := range t.w.Outbox().List(ctx, notify.MailQuery{Ticket: k.Ref}) {
		if err != nil {
			return err
		}
		if m.ID != k.Mail {
			continue
		}
		for _, r := range a.msg.Bounce.Recipients {
			if !r.Hard || foldAddress(r.Address) != foldAddress(m.To.Address) {
				continue
			}
			value := fmt.Appendf(nil, "%s %s", t.now.Format(time.RFC3339), r.Status)
			if err := t.w.Settings().Put(ctx, settingBounced, foldAddress(r.Address), value); err != nil {
				return err
			}
		}
	}
	return nil
}
