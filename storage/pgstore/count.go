package pgstore

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

var (
	_ storage.TicketCounter = tickets{}
	_ storage.TicketCounter = searcher{}
	_ storage.EntryCounter  = ledger{}
	_ storage.MailCounter   = outbox{}
)

// CountCategories implements [storage.TicketCounter]. It counts in an index.
func (p tickets) CountCategories(ctx context.Context, ids []string) (map[string]int, error) {
	use := make(map[string]int)
	err := p.each(ctx, func(rows pgx.Rows) error {
		var i, n int
		if err := rows.Scan(&i, &n); err != nil {
			return err
		}
		if n > 0 {
			use[ids[i-1]] = n
		}
		return nil
	}, countCategories, encodeAll(ids))
	if err != nil {
		return nil, fmt.Errorf("count categories: %w", err)
	}
	return use, nil
}

const countCategories = `SELECT i, (SELECT count(*) FROM tm.ticket_categories WHERE category = wanted)
	FROM unnest($1::text[]) WITH ORDINALITY AS w (wanted, i)`

// Count implements [storage.EntryCounter].
func (p ledger) Count(ctx context.Context, q mailbox.LedgerQuery) (int, error) {
	sel, err := p.selection(ctx, q)
	if err != nil {
		return 0, err
	}
	return p.count(ctx, sel)
}

// Count implements [storage.MailCounter].
func (p outbox) Count(ctx context.Context, q notify.MailQuery) (int, error) {
	sel, err := p.selection(ctx, q)
	if err != nil {
		return 0, err
	}
	return p.count(ctx, sel)
}

// count returns how many rows sel selects.
func (t *tx) count(ctx context.Context, sel selection) (int, error) {
	last, err := t.horizon(ctx, sel.table)
	if err != nil {
		return 0, err
	}
	query, args := sel.countSQL(last)
	if sel.fresh && !t.holdsBack() {
		args = append([]any{pgx.QueryExecModeCacheDescribe}, args...)
	}
	n, _, err := t.number(ctx, query, args...)
	return int(n), err
}

// countSQL returns the query that counts the rows up to one.
func (s selection) countSQL(last int64) (string, []any) {
	until, rows := s.start(last), s.limit
	if rows == 0 {
		rows = math.MaxInt
	}
	s.columns = "1"
	if s.lines != nil {
		s.and(inWords, s.lines.args...)
		s.lines = nil
	}
	query, args := s.sql(rows, until)
	return `SELECT count(*) FROM (` + query + `) found`, args
}

// CountReceived implements [storage.EntryCounter]. It counts in an index.
func (p ledger) CountReceived(ctx context.Context, bounds []time.Time) ([]int, error) {
	counts, err := p.countSpans(ctx, bounds, countReceived)
	if err != nil {
		return nil, fmt.Errorf("count mails received: %w", err)
	}
	return counts, nil
}

const countReceived = `SELECT (SELECT count(*) FROM tm.ledger
	WHERE received_at >= since AND received_at < until AND outcome NOT IN ('pending', 'left')) ` + spans

// CountSent implements [storage.MailCounter]. It counts in an index.
func (p outbox) CountSent(ctx context.Context, bounds []time.Time) ([]int, error) {
	counts, err := p.countSpans(ctx, bounds, countSent)
	if err != nil {
		return nil, fmt.Errorf("count mails sent: %w", err)
	}
	return counts, nil
}

const countSent = `SELECT (SELECT count(*) FROM tm.outbox
	WHERE sent_at >= since AND sent_at < until AND state IN ('sent', 'returned')) ` + spans

// spans are rows with two times, since and until.
const spans = `FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS span (since, until, n) ORDER BY n`

// countSpans runs a query that returns a number for each two neighbours of
// bounds.
func (t *tx) countSpans(ctx context.Context, bounds []time.Time, query string) (counts []int, err error) {
	since, until := bounds[:max(0, len(bounds)-1)], bounds[min(1, len(bounds)):]
	err = t.each(ctx, func(rows pgx.Rows) error {
		var n int
		err := rows.Scan(&n)
		counts = append(counts, n)
		return err
	}, query, since, until)
	return counts, err
}
