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
// of new mails with others.
func (p outbox) Put(ctx context.Context, mails ...*notify.Mail) error {
	if err := p.put(ctx, mails); err != nil {
		return err
	}
	for _, m := range mails {
		version := m.Version
		remember(p.tx, m, func(m *notify.Mail) { m.Version = version })
		m.Version++
	}
	return nil
}

func (p outbox) put(ctx context.Context, mails []*notify.Mail) error {
	hold := p.hopes && !slices.ContainsFunc(mails, func(m *notify.Mail) bool { return m.Version != 0 })
	var queries []*pgx.QueuedQuery
	for _, m := range mails {
		if m.State == notify.Waiting {
			p.news.Outbox = true
		}
		query, values, err := p.putting(ctx, m)
		if err == nil && hold {
			err = p.holdRow(ctx, ofMails, values)
		}
		if err != nil {
			err = fmt.Errorf("put mail %q: %w", m.ID, err)
			if hold && len(queries) > 0 {
				return p.fail(err) // others may be written
			}
			return err
		}
		queries = append(queries, &pgx.QueuedQuery{SQL: query, Arguments: values})
	}
	if len(mails) == 0 {
		return p.usable(ctx)
	}
	if hold {
		return nil
	}
	return p.send(ctx, queries, mails)
}

// putting returns the query that puts m, a new mail or not, and its values.
func (p outbox) putting(ctx context.Context, m *notify.Mail) (string, []any, error) {
	if m.Version != 0 {
		return updateMail, slices.Concat([]any{encode(m.ID)}, mailValues(m), []any{m.Version, encode(m.To.Address)}), nil
	}
	seq, err := p.next(ctx, outboxLast)
	return p.store.insertRows(ofMails, 1), slices.Concat([]any{encode(m.ID)}, mailValues(m), []any{int64(1), encode(m.To.Address), seq}), err
}

const updateMail = `UPDATE tm.outbox SET ticket = $2, subject = $3, text = $4, html = $5, mail = $6, state = $7, attempts = $8,
	due = $9, claimed_by = $10, claimed_until = $11, sent_at = $12, error = $13, version = version + 1, to_address = $15
	WHERE id = $1 AND version = $14`

// send runs the statements of mails and says which was not written.
func (p outbox) send(ctx context.Context, queries []*pgx.QueuedQuery, mails []*notify.Mail) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	for _, q := range queries {
		q.SQL = p.store.sql(q.SQL)
	}
	results, err := p.sendBehind(ctx, queries)
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
