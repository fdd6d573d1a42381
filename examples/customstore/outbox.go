package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

type outbox struct{ *tx }

const mailColumns = `id, mail, doc, version`

func scanMail(rows *sql.Rows) (n int64, m notify.Mail, err error) {
	var id string
	var version int64
	var doc []byte
	if err := rows.Scan(&n, &id, &doc, &version); err != nil {
		return 0, m, err
	}
	err = json.Unmarshal(doc, &m)
	m.ID, m.Version = id, version
	return n, m, err
}

// List implements [notify.OutboxReader].
func (p outbox) List(ctx context.Context, q notify.MailQuery) iter.Seq2[notify.Mail, error] {
	sel := selection{table: "tm_outbox", columns: mailColumns, newest: q.Newest, limit: q.Limit}
	if q.After != "" {
		sel.start = []any{`mail = ?`, q.After}
	}
	if q.State != "" {
		sel.and(`state = ?`, string(q.State))
	}
	if q.Ticket != "" {
		sel.and(`ticket = ?`, string(q.Ticket))
	}
	sel.holds(q.Text, `ticket`, `doc ->> '$.Subject'`, `doc ->> '$.To.Address'`)
	return list(ctx, p.tx, sel, scanMail)
}

// Put implements [notify.Outbox].
func (p outbox) Put(ctx context.Context, mails ...*notify.Mail) error {
	for i, m := range mails {
		if err := p.put(ctx, *m); err != nil {
			return p.half(i, in(err, "put mail %q", m.ID))
		}
	}
	for _, m := range mails {
		m.Version++
	}
	return nil
}

func (p outbox) put(ctx context.Context, m notify.Mail) error {
	doc, err := document(&m, &m.Date, &m.Due, &m.ClaimedUntil, &m.SentAt)
	if err != nil {
		return err
	}
	values := []any{string(m.Ticket), string(m.State), stamp(m.Due), stamp(m.ClaimedUntil), doc, m.ID}
	if m.Version == 0 {
		return p.mustWrite(ctx, storage.ErrExists, `INSERT INTO tm_outbox (ticket, state, due, claimed_until, doc, mail, version)
			VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`, values...)
	}
	return p.mustWrite(ctx, storage.ErrConflict, `UPDATE tm_outbox SET ticket = ?, state = ?, due = ?, claimed_until = ?, doc = ?,
		version = version + 1 WHERE mail = ? AND version = ?`, append(values, m.Version)...)
}

// Claim implements [notify.Outbox]. Where writers run side by side the SELECT
// needs FOR UPDATE SKIP LOCKED.
func (p outbox) Claim(ctx context.Context, owner string, now, until time.Time, n int) ([]notify.Mail, error) {
	var mails []notify.Mail
	err := p.each(ctx, func(rows *sql.Rows) error {
		_, m, err := scanMail(rows)
		mails = append(mails, m)
		return err
	}, `SELECT `+mailColumns+` FROM tm_outbox WHERE (state = ? AND due <= ?) OR (state = ? AND claimed_until <= ?) ORDER BY due, id LIMIT ?`,
		string(notify.Waiting), stamp(now), string(notify.Sending), stamp(now), max(n, 0))
	if err != nil {
		return nil, fmt.Errorf("claim mails: %w", err)
	}
	claimed := make([]*notify.Mail, len(mails))
	for i := range mails {
		m := &mails[i]
		m.State, m.ClaimedBy, m.ClaimedUntil = notify.Sending, owner, until.UTC()
		m.Attempts++
		claimed[i] = m
	}
	if err := p.Put(ctx, claimed...); err != nil {
		return nil, p.fail(fmt.Errorf("claim mails: %w", err))
	}
	return mails, nil
}
