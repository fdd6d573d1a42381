package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// ticketMails takes the person's Message-IDs and files out of the mails about
// a ticket. A mail that waits could not be sent without the content of its
// files.
func (x *erasing) ticketMails(ctx context.Context, w storage.PruneWriter, p *ticketPlan, files map[storage.Blob]bool) error {
	var changed []*notify.Mail
	for m, err := range w.Outbox().List(ctx, notify.MailQuery{Ticket: p.id}) {
		if err != nil {
			return err
		}
		was := len(m.References) + len(m.Attachments)
		m.References = slices.DeleteFunc(m.References, func(id string) bool { return p.ids[id] })
		m.Attachments = slices.DeleteFunc(m.Attachments, func(a notify.Attachment) bool { return files[a.Blob] })
		if !p.ids[m.InReplyTo] && len(m.References)+len(m.Attachments) == was {
			continue
		}
		if m.State == notify.Sending {
			return errSending
		}
		if p.ids[m.InReplyTo] {
			m.InReplyTo = ""
		}
		changed = append(changed, &m)
	}
	return w.Outbox().Put(ctx, changed...)
}

// mails does a page of the outbox.
func (x *erasing) mails(ctx context.Context, after string) (next string, more bool, err error) {
	err = x.prune(ctx, func(w storage.PruneWriter) error {
		next, more = after, false
		var gone []string
		n := 0
		page := w.Outbox().List(ctx, notify.MailQuery{After: after, Limit: pruneBatch})
		for m, err := range page {
			if err != nil {
				return err
			}
			n++
			gets := x.q.gets(m)
			his, err := x.tellsOfHis(ctx, w.Tickets(), m)
			if err != nil {
				return err
			}
			rest, changed, err := x.eraseMail(m, x.about(his))
			if err != nil {
				return err
			}
			if (gets || changed) && m.State == notify.Sending {
				return errSending
			}
			if gets {
				gone = append(gone, m.ID)
				continue
			}
			next = m.ID
			if !changed {
				continue
			}
			x.record.Mails++
			if err := w.Outbox().Put(ctx, &rest); err != nil {
				return err
			}
		}
		more = n == pruneBatch
		x.record.Mails += len(gone)
		return w.DeleteMails(ctx, gone...)
	})
	return next, more, err
}

// tellsOfHis reports whether a mail is about a ticket that the person sent, or
// about a comment of his. Both were erased before.
func (x *erasing) tellsOfHis(ctx context.Context, tickets storage.TicketReader, m notify.Mail) (bool, error) {
	if x.own == x.q || m.Ticket == "" {
		return false, nil
	}
	k, err := tickets.Get(ctx, m.Ticket)
	if err != nil || x.sent(k.Sender) {
		return err == nil, err
	}
	for c, err := range tickets.Comments(ctx, m.Ticket) {
		if err != nil {
			return false, err
		}
		if c.ID == m.Comment {
			return x.sent(c.Sender) || x.stands(c.Author), nil
		}
	}
	return false, nil
}

// errSending reports a mail to or about the person that is just being sent.
var errSending = errors.New("a mail that names the person is just being sent: resume in a minute")

// eraseMail takes the person out of a mail to somebody else. One that is done
// with loses its text, if it names him.
func (x *erasing) eraseMail(m notify.Mail, q *quarry) (notify.Mail, bool, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return m, false, err
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		return m, false, err
	}
	changed := false
	tree = q.scrub(tree, &changed)
	for _, r := range m.Reasons {
		changed = changed || q.notes.MatchString(r.Text)
	}
	if !changed {
		return m, false, nil
	}
	if m.State == notify.Sent || m.State == notify.Returned {
		return emptyMail(m), true, nil
	}
	if b, err = json.Marshal(tree); err != nil {
		return m, false, err
	}
	rest := notify.Mail{}
	if err := json.Unmarshal(b, &rest); err != nil {
		return m, false, err
	}
	rest.ID, rest.MessageID = m.ID, m.MessageID
	for i := range rest.Reasons {
		rest.Reasons[i].Text = q.notes.ReplaceAllString(rest.Reasons[i].Text, erased)
	}
	return rest, true, nil
}

// scrub replaces what names the person in all strings of a JSON value.
func (q *quarry) scrub(v any, changed *bool) any {
	switch v := v.(type) {
	case string:
		s := q.texts.ReplaceAllString(v, erased)
		*changed = *changed || s != v
		return s
	case []any:
		for i := range v {
			v[i] = q.scrub(v[i], changed)
		}
	case map[string]any:
		for k := range v {
			v[k] = q.scrub(v[k], changed)
		}
	}
	return v
}
