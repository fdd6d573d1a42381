package pgstore

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// outbox is the part of a transaction about outgoing mails.
type outbox struct{ *tx }

const mailColumns = `id, ticket, subject, text, html, mail, state, attempts, due, claimed_by, claimed_until, sent_at, error, version`

// mailInsert has what is searched by besides.
const mailInsert = mailColumns + `, to_address, seq`

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
	sel := selection{columns: mailColumns, table: "tm.outbox", newest: q.Newest, limit: q.Limit}
	if q.After != "" {
		seq, ok, err := p.number(ctx, `SELECT seq FROM tm.outbox WHERE id = $1`, encode(q.After))
		if err == nil && !ok {
			err = storage.ErrNotFound
		}
		if err != nil {
			return sel, fmt.Errorf("outbox after %q: %w", q.After, err)
		}
		sel.after = seq
	}
	filterMails(&sel, q)
	return sel, nil
}

func filterMails(sel *selection, q notify.MailQuery) {
	sel.fresh = q.State != ""
	if q.State != "" {
		sel.and(`state = ?`, encode(q.State))
	}
	if q.Ticket != "" {
		sel.and(`ticket = ? AND ticket <> ''`, encode(q.Ticket))
	}
	// Nearly all are sent, and few in any other state.
	sel.holds(q.Text, q.Ticket == "" && (q.State == "" || q.State == notify.Sent), "subject", "to_address", "ticket")
}

// Put implements [notify.Outbox]. All statements go to the server at once, those
// of new mails with the next.
func (p outbox) Put(ctx context.Context, mails ...*notify.Mail) error {
	var b pgx.Batch
	for _, m := range mails {
		if err := p.queue(ctx, &b, m); err != nil {
			return fmt.Errorf("put mail %q: %w", m.ID, err)
		}
	}
	if err := p.send(ctx, &b, mails); err != nil {
		return err
	}
	for _, m := range mails {
		version := m.Version
		remember(p.tx, m, func(m *notify.Mail) { m.Version = version })
		m.Version++
	}
	return nil
}

// queue adds the statement that puts m.
func (p outbox) queue(ctx context.Context, b *pgx.Batch, m *notify.Mail) error {
	if m.State == notify.Waiting {
		p.news.Outbox = true
	}
	if m.Version != 0 {
		b.Queue(`UPDATE tm.outbox SET ticket = $2, subject = $3, text = $4, html = $5, mail = $6, state = $7, attempts = $8,
			due = $9, claimed_by = $10, claimed_until = $11, sent_at = $12, error = $13, version = version + 1, to_address = $15
			WHERE id = $1 AND version = $14`,
			slices.Concat([]any{encode(m.ID)}, mailValues(m), []any{m.Version, encode(m.To.Address)})...)
		return nil
	}
	seq, err := p.next(ctx, outboxLast)
	if err != nil {
		return err
	}
	b.Queue(`INSERT INTO tm.outbox (`+mailInsert+`) VALUES (`+placeholders(1, 16)+`) ON CONFLICT DO NOTHING`,
		slices.Concat([]any{encode(m.ID)}, mailValues(m), []any{int64(1), encode(m.To.Address), seq})...)
	return nil
}

// send runs b and says which of mails was not written.
func (p outbox) send(ctx context.Context, b *pgx.Batch, mails []*notify.Mail) error {
	if err := p.ready(ctx); err != nil || b.Len() == 0 {
		return err
	}
	if p.hopes && !slices.ContainsFunc(mails, func(m *notify.Mail) bool { return m.Version != 0 }) {
		for _, q := range b.QueuedQueries {
			if err := p.hold(ctx, q.SQL, q.Arguments...); err != nil {
				return p.fail(err) // others may be written
			}
		}
		return nil
	}
	for _, q := range b.QueuedQueries {
		q.SQL = p.store.sql(q.SQL)
	}
	results, err := p.sendHeld(ctx, b.QueuedQueries)
	if err != nil {
		return err
	}
	defer results.Close()
	var missing error
	for _, m := range mails {
		tag, err := results.Exec()
		if err != nil {
			return p.fail(fmt.Errorf("put mail %q: %w", m.ID, cause(ctx, err)))
		}
		if tag.RowsAffected() > 0 || missing != nil {
			continue
		}
		missing = storage.ErrConflict
		if m.Version == 0 {
			missing = storage.ErrExists
		}
		missing = fmt.Errorf("put mail %q: %w", m.ID, missing)
	}
	if missing != nil && len(mails) > 1 {
		_ = p.fail(missing) // others are written
	}
	return missing
}

// Claim implements [notify.Outbox].
func (p outbox) Claim(ctx context.Context, owner string, now, until time.Time, n int) ([]notify.Mail, error) {
	type claimed struct {
		seq  int64
		mail notify.Mail
	}
	var all []claimed
	err := p.each(ctx, func(rows pgx.Rows) (err error) {
		var c claimed
		c.mail, _, err = scanMail(rows, &c.seq)
		all = append(all, c)
		return err
	}, claim, now, max(n, 0), encode(owner), dueValue(until))
	if err != nil {
		return nil, fmt.Errorf("claim mails: %w", err)
	}
	slices.SortFunc(all, func(a, b claimed) int { return cmp.Or(a.mail.Due.Compare(b.mail.Due), cmp.Compare(a.seq, b.seq)) })
	mails := make([]notify.Mail, 0, len(all))
	for _, c := range all {
		mails = append(mails, c.mail)
	}
	return mails, nil
}

// claim takes each state's oldest first, in the order of its index, and of both
// together the oldest. A row that somebody has locked by other means than an
// Update is left alone.
const claim = `WITH waiting AS (
	SELECT seq, due FROM tm.outbox WHERE state = 'waiting' AND due <= $1 ORDER BY due, seq LIMIT $2 FOR UPDATE SKIP LOCKED
), expired AS (
	SELECT seq, due FROM tm.outbox WHERE state = 'sending' AND claimed_until <= $1 ORDER BY due, seq LIMIT $2 FOR UPDATE SKIP LOCKED
), oldest AS (
	SELECT seq FROM (SELECT * FROM waiting UNION ALL SELECT * FROM expired) both_states ORDER BY due, seq LIMIT $2
)
UPDATE tm.outbox m SET state = 'sending', claimed_by = $3, claimed_until = $4, attempts = attempts + 1, version = version + 1
	FROM oldest WHERE m.seq = oldest.seq
	RETURNING m.seq, id, ticket, subject, text, html, mail, state, attempts, due, claimed_by, claimed_until, sent_at, error, version`
