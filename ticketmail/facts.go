package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// facts gathers what a decision depends on.
func (t *tx) facts(ctx context.Context, a *arrival, as mailbox.Assignment) (facts, error) {
	f := facts{
		rejected: a.rejected, message: a.msg, sender: a.sender, person: a.person, assignment: as, routing: a.routing,
		strangers: t.cfg.Threading.Strangers, copies: t.cfg.Threading.Copies,
		verdict: a.verdict, judge: a.judge, forwarded: a.first,
	}
	if f.duplicate = a.again; f.duplicate != nil || f.rejected != nil && f.verdict == (Verdict{}) {
		return f, nil
	}
	_, f.ownMail = t.refs.ParseMessageID(a.msg.MessageID)
	if r := a.msg.Report; r != nil && r.Kind != message.ReportAbuse { // a complaint is for people
		if k, ok := t.refs.ParseMessageID(r.OriginalID); ok {
			f.reported = &k
		}
	}
	earlier, err := t.earlier(ctx, a)
	if err != nil {
		return f, err
	}
	f.duplicate, f.copy = sameMails(a, earlier)
	if f.keys, err = t.keys(ctx, a, earlier); err != nil {
		return f, err
	}
	f.lastInternal, err = t.lastWasInternal(ctx, a, f.keys)
	return f, err
}

// sameMails returns the first entries with the same id and the same content:
// one of this mailbox, and one of another that made a ticket or comment of it.
func sameMails(a *arrival, earlier []mailbox.Entry) (duplicate, elsewhere *mailbox.Entry) {
	for _, e := range earlier {
		if e.MessageID != a.msg.MessageID || e.Content != a.content || e.Key == a.in.Key || !e.Settled() || e.Outcome == mailbox.Quarantine {
			continue
		}
		switch {
		case e.Mailbox == a.in.Mailbox && duplicate == nil:
			duplicate = &e
		case e.Mailbox != a.in.Mailbox && elsewhere == nil && e.Ticket != "":
			elsewhere = &e
		}
	}
	return duplicate, elsewhere
}

// earlier returns the ledger's entries of this mail's Message-ID, then of
// those it refers to.
func (t *tx) earlier(ctx context.Context, a *arrival) ([]mailbox.Entry, error) {
	same, err := t.byMessageID(ctx, a.msg.MessageID)
	if err != nil {
		return nil, err
	}
	others := withoutEmpty(slices.Concat(a.msg.InReplyTo, a.msg.References))
	if len(others) == 0 {
		return same, nil
	}
	referred, err := t.w.Ledger().ByMessageID(ctx, others)
	return append(same, referred...), err
}

func withoutEmpty(ids []string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" })
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
		if err := t.hold(ctx, &found[i], a); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// hold holds a mark against the ticket it names. An answer on a ticket that was
// merged belongs to the one it was merged into; whoever took part in either
// takes part.
func (t *tx) hold(ctx context.Context, f *foundKey, a *arrival) error {
	f.named = f.Ref
	k, err := t.w.Tickets().Get(ctx, f.Ref)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	f.takesPart, err = t.takesPart(ctx, k, a)
	if err == nil && !f.takesPart && f.Strong && answersMail(f.Key) {
		f.takesPart, err = t.wasWrittenTo(ctx, f.Key, a)
	}
	if err != nil {
		return err
	}
	now, err := t.current(ctx, k)
	if err != nil {
		return err
	}
	if now.ID != k.ID {
		f.why, f.Ref = fmt.Sprintf("ticket %s, merged into %s", k.ID, now.ID), now.ID
		if !f.takesPart {
			if f.takesPart, err = t.takesPart(ctx, now, a); err != nil {
				return err
			}
		}
	}
	f.exists, f.closed = true, t.cfg.Threading.closed(now)
	return nil
}

// takesPart reports whether the sender of a mail is one of a ticket's people:
// in a role, by the address it came from, or in a group of its place.
func (t *tx) takesPart(ctx context.Context, k Ticket, a *arrival) (bool, error) {
	if a.sender.Address == "" {
		return false, nil
	}
	if notify.FoldAddress(k.Sender.Address) == notify.FoldAddress(a.sender.Address) {
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

// wasWrittenTo reports whether the sender of a mail answers one that was sent to
// him, a comment that somebody forwarded, say.
func (t *tx) wasWrittenTo(ctx context.Context, k thread.Key, a *arrival) (bool, error) {
	if a.sender.Address == "" {
		return false, nil
	}
	m, found, err := t.findMail(ctx, k.Ref, k.Mail)
	return found && notify.FoldAddress(m.To.Address) == notify.FoldAddress(a.sender.Address), err
}

// answersMail reports whether a mark names one certain mail of ours.
func answersMail(k thread.Key) bool { return k.Mail != "" && k.Mail != notify.RootMail }

// lastWasInternal reports, for an employee's mail that names no mail of ours,
// whether the last one he got about the ticket was about something internal:
// then his answer is too. What he may have got by now counts when in doubt.
func (t *tx) lastWasInternal(ctx context.Context, a *arrival, keys []foundKey) (bool, error) {
	named := slices.ContainsFunc(keys, func(k foundKey) bool { return k.Strong && answersMail(k.Key) })
	if a.person == nil || !a.person.Internal() || named {
		return false, nil
	}
	for _, k := range keys {
		if !k.exists {
			continue
		}
		for _, ref := range distinct([]string{string(k.named), string(k.Ref)}) { // of a merged ticket both
			internal, err := t.lastMailInternal(ctx, a, thread.Ref(ref))
			if internal || err != nil {
				return internal, err
			}
		}
		return false, nil
	}
	return false, nil
}

// lastMailInternal reports whether the last mail that somebody got about a
// ticket was about something internal: the last one until now, or until he
// wrote his, as far as it says when. Of a mail that is read again and does not
// say that, any that is internal counts; so does one that by its clock is yet to
// be sent.
func (t *tx) lastMailInternal(ctx context.Context, a *arrival, ref thread.Ref) (bool, error) {
	now, then := lastMail{until: t.now}, lastMail{until: a.msg.Date}
	doubt := false
	for m, err := range t.w.Outbox().List(ctx, notify.MailQuery{Ticket: ref}) {
		if err != nil {
			return false, err
		}
		if m.Person != a.person.ID || m.State == notify.Returned && !m.Internal { // he did not get that one
			continue
		}
		if m.SentAt.IsZero() || m.SentAt.After(t.now) || a.replayed && a.msg.Date.IsZero() {
			doubt = doubt || m.Internal
			continue
		}
		now.see(m)
		then.see(m)
	}
	return doubt || now.internal || then.internal, nil
}

// A lastMail is the last mail that was sent until some time.
type lastMail struct {
	until, at time.Time
	internal  bool
}

func (l *lastMail) see(m notify.Mail) {
	switch {
	case m.SentAt.After(l.until):
	case m.SentAt.After(l.at):
		l.at, l.internal = m.SentAt, m.Internal
	case m.SentAt.Equal(l.at): // which was the last cannot be told
		l.internal = l.internal || m.Internal
	}
}
