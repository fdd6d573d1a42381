package pgstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A mailRecord is how the fields of a notify.Mail that nothing is searched by
// stand in the mail column.
type mailRecord struct {
	Event      notify.Kind         `json:"event,omitempty"`
	Comment    string              `json:"comment,omitempty"`
	Person     escalation.PersonID `json:"person,omitempty"`
	Audience   notify.Audience     `json:"audience,omitempty"`
	Language   string              `json:"language,omitempty"`
	Template   string              `json:"template,omitempty"`
	Internal   bool                `json:"internal,omitempty"`
	Reasons    []notify.Reason     `json:"reasons,omitempty"`
	Causes     []notify.Cause      `json:"causes,omitempty"`
	From       message.Address     `json:"from,omitzero"`
	To         message.Address     `json:"to,omitzero"`
	ReplyTo    string              `json:"reply_to,omitempty"`
	MessageID  string              `json:"message_id,omitempty"`
	InReplyTo  string              `json:"in_reply_to,omitempty"`
	References []string            `json:"references,omitempty"`
	Date       int64               `json:"date,omitempty"` // microseconds
	Digest     notify.Digest       `json:"digest,omitzero"`
	Files      []attachment        `json:"files,omitempty"`
}

// mailValues returns the values of mailColumns without id and version.
func mailValues(m *notify.Mail) []any {
	r := mailRecord{
		Event: m.Event, Comment: m.Comment, Person: m.Person, Audience: m.Audience, Language: m.Language,
		Template: m.Template, Reasons: m.Reasons, Causes: m.Causes, From: m.From, To: m.To, ReplyTo: m.ReplyTo,
		MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: m.References, Internal: m.Internal, Digest: m.Digest,
	}
	if !m.Date.IsZero() {
		r.Date = m.Date.UnixMicro()
	}
	for _, a := range m.Attachments {
		r.Files = append(r.Files, attachmentRecord(storage.Attachment{Name: a.Name, Type: a.Type, Blob: a.Blob}))
	}
	return []any{
		encode(m.Ticket), encode(m.Subject), encode(m.Text), encode(m.HTML), toJSON(r), encode(m.State), int64(m.Attempts),
		dueValue(m.Due), encode(m.ClaimedBy), dueValue(m.ClaimedUntil), timeValue(m.SentAt), encode(m.Error),
	}
}

func scanMail(rows pgx.Rows, seq *int64) (m notify.Mail, size int, err error) {
	var record string
	err = rows.Scan(seq, text(&m.ID), text(&m.Ticket), text(&m.Subject), text(&m.Text), text(&m.HTML), &record, text(&m.State), &m.Attempts,
		timeColumn{&m.Due}, text(&m.ClaimedBy), timeColumn{&m.ClaimedUntil}, timeColumn{&m.SentAt}, text(&m.Error), &m.Version)
	if err == nil {
		err = fillMail(&m, record)
	}
	return m, len(m.Text) + len(m.HTML), err
}

// fillMail sets the fields of m that stand in a mailRecord.
func fillMail(m *notify.Mail, record string) error {
	var r mailRecord
	if err := json.Unmarshal([]byte(record), &r); err != nil {
		return fmt.Errorf("mail %q: %w", m.ID, err)
	}
	m.Event, m.Comment, m.Person, m.Audience, m.Language = r.Event, r.Comment, r.Person, r.Audience, r.Language
	m.Template, m.Reasons, m.From, m.To, m.ReplyTo = r.Template, r.Reasons, r.From, r.To, r.ReplyTo
	m.MessageID, m.InReplyTo, m.References = r.MessageID, r.InReplyTo, r.References
	m.Internal, m.Digest, m.Causes = r.Internal, r.Digest, r.Causes
	if r.Date != 0 {
		m.Date = time.UnixMicro(r.Date).UTC()
	}
	for _, f := range r.Files {
		a, err := f.attachment()
		if err != nil {
			return fmt.Errorf("mail %q: %w", m.ID, err)
		}
		m.Attachments = append(m.Attachments, notify.Attachment{Name: a.Name, Type: a.Type, Blob: a.Blob})
	}
	return nil
}
