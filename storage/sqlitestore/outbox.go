package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// outbox is the part of a transaction about outgoing mails.
type outbox struct{ *tx }

const mailColumns = `id, ticket, subject, text, html, mail, state, attempts, due, claimed_by, claimed_until, sent_at, error, version`

// mailInsert has what is searched by besides.
const mailInsert = `seq, ` + mailColumns + `, to_address`

// List implements [notify.OutboxReader].
func (p outbox) List(ctx context.Context, q notify.MailQuery) iter.Seq2[notify.Mail, error] {
	return func(yield func(notify.Mail, error) bool) {
		sel, err := p.selection(ctx, q)
		if err != nil {
			yield(notify.Mail{}, err)
			return
		}
		pages(ctx, p.tx, sel, scanMail)(yield)
	}
}

// selection turns q into what is read page by page.
func (p outbox) selection(ctx context.Context, q notify.MailQuery) (selection, error) {
	sel := selection{columns: mailColumns, table: "tm_outbox", newest: q.Newest, limit: q.Limit}
	if q.After != "" {
		seq, ok, err := p.number(ctx, `SELECT seq FROM tm_outbox WHERE id = ?`, q.After)
		if err == nil && !ok {
			err = storage.ErrNotFound
		}
		if err != nil {
			return sel, fmt.Errorf("outbox after %q: %w", q.After, err)
		}
		sel.after = seq
	}
	if q.State != "" {
		sel.and(`state = ?`, string(q.State))
	}
	words := "tm_outbox_text"
	if q.Ticket != "" {
		sel.and(`ticket = ? AND ticket <> ''`, string(q.Ticket))
		words = ""
	}
	sel.holds(q.Text, words, "subject", "to_address", "ticket")
	return sel, nil
}

// Put implements [notify.Outbox].
func (p outbox) Put(ctx context.Context, mails ...*notify.Mail) error {
	for i, m := range mails {
		if err := p.put(ctx, m); err != nil {
			err = fmt.Errorf("put mail %q: %w", m.ID, err)
			if i > 0 {
				return p.fail(err) // others are written
			}
			return err
		}
	}
	for _, m := range mails {
		m.Version++
	}
	return nil
}

func (p outbox) put(ctx context.Context, m *notify.Mail) error {
	content, err := mailValues(m)
	if err != nil {
		return err
	}
	if m.State == notify.Waiting {
		p.news.Outbox = true
	}
	if m.Version == 0 {
		seq, err := p.nextSeq(ctx, "tm_outbox")
		if err != nil {
			return err
		}
		n, err := p.exec(ctx, `INSERT INTO tm_outbox (`+mailInsert+`) VALUES `+values(1, 16)+` ON CONFLICT DO NOTHING`,
			slices.Concat([]any{seq, m.ID}, content, []any{1, m.To.Address})...)
		if err == nil && n == 0 {
			err = storage.ErrExists
		}
		return err
	}
	n, err := p.exec(ctx, `UPDATE tm_outbox SET ticket = ?, subject = ?, text = ?, html = ?, mail = ?, state = ?, attempts = ?,
		due = ?, claimed_by = ?, claimed_until = ?, sent_at = ?, error = ?, to_address = ?, version = version + 1 WHERE id = ? AND version = ?`,
		slices.Concat(content, []any{m.To.Address, m.ID, m.Version})...)
	if err == nil && n == 0 {
		err = storage.ErrConflict
	}
	return err
}

// Claim implements [notify.Outbox].
func (p outbox) Claim(ctx context.Context, owner string, now, until time.Time, n int) ([]notify.Mail, error) {
	mails, err := p.claim(ctx, owner, now, until, n)
	if err != nil {
		return nil, p.fail(fmt.Errorf("claim mails: %w", err)) // some may be claimed
	}
	return mails, nil
}

// claim takes each state's oldest first, in the order of the index, and of
// both together the oldest. A time of NULL is the zero time and sorts first.
func (p outbox) claim(ctx context.Context, owner string, now, until time.Time, n int) ([]notify.Mail, error) {
	const partial = `state IN ('waiting', 'sending', 'held', 'failed')` // as the partial index has it
	at := now.UnixMicro()
	var mails []notify.Mail
	err := p.each(ctx, func(rows *sql.Rows) error {
		var seq int64
		m, _, err := scanMail(rows, &seq)
		mails = append(mails, m)
		return err
	}, `SELECT seq, `+mailColumns+` FROM tm_outbox WHERE seq IN (
			SELECT seq FROM (SELECT seq FROM tm_outbox WHERE `+partial+` AND state = 'waiting' AND (due IS NULL OR due <= ?) ORDER BY due, seq LIMIT ?)
			UNION ALL
			SELECT seq FROM (SELECT seq FROM tm_outbox WHERE `+partial+` AND state = 'sending' AND (claimed_until IS NULL OR claimed_until <= ?) ORDER BY due, seq LIMIT ?)
		) ORDER BY due, seq LIMIT ?`, at, max(n, 0), at, max(n, 0), max(n, 0))
	if err != nil {
		return nil, err
	}
	for i := range mails {
		m := &mails[i]
		m.State, m.ClaimedBy, m.ClaimedUntil = notify.Sending, owner, until.UTC().Truncate(time.Microsecond)
		m.Attempts++
		m.Version++
		_, err := p.exec(ctx, `UPDATE tm_outbox SET state = ?, claimed_by = ?, claimed_until = ?, attempts = ?, version = ? WHERE id = ?`,
			string(m.State), owner, micros(until), m.Attempts, m.Version, m.ID)
		if err != nil {
			return nil, err
		}
	}
	return mails, nil
}

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
func mailValues(m *notify.Mail) ([]any, error) {
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
	record, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return []any{
		string(m.Ticket), m.Subject, m.Text, m.HTML, string(record), string(m.State), m.Attempts,
		micros(m.Due), m.ClaimedBy, micros(m.ClaimedUntil), micros(m.SentAt), m.Error,
	}, nil
}

func scanMail(rows *sql.Rows, seq *int64) (m notify.Mail, size int, err error) {
	var record []byte
	err = rows.Scan(seq, &m.ID, &m.Ticket, &m.Subject, &m.Text, &m.HTML, &record, &m.State, &m.Attempts,
		timeColumn{&m.Due}, &m.ClaimedBy, timeColumn{&m.ClaimedUntil}, timeColumn{&m.SentAt}, &m.Error, &m.Version)
	if err != nil {
		return m, 0, err
	}
	var r mailRecord
	if err := json.Unmarshal(record, &r); err != nil {
		return m, 0, fmt.Errorf("mail %q: %w", m.ID, err)
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
			return m, 0, fmt.Errorf("mail %q: %w", m.ID, err)
		}
		m.Attachments = append(m.Attachments, notify.Attachment{Name: a.Name, Type: a.Type, Blob: a.Blob})
	}
	return m, len(m.Text) + len(m.HTML), nil
}
