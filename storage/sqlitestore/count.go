package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

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
	err := p.each(ctx, func(rows *sql.Rows) error {
		var i, n int
		if err := rows.Scan(&i, &n); err != nil {
			return err
		}
		if n > 0 {
			use[ids[i]] = n
		}
		return nil
	}, `SELECT key, (SELECT count(*) FROM tm_ticket_categories WHERE category = value) FROM json_each(?)`, list(ids))
	if err != nil {
		return nil, fmt.Errorf("count categories: %w", err)
	}
	return use, nil
}

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
	until, rows := sel.start(last), sel.limit
	if rows == 0 {
		rows = math.MaxInt
	}
	sel.columns = "1"
	query, args := sel.sql(rows, until)
	n, _, err := t.number(ctx, `SELECT count(*) FROM (`+query+`)`, args...)
	return int(n), err
}

// CountReceived implements [storage.EntryCounter]. It counts in an index.
func (p ledger) CountReceived(ctx context.Context, bounds []time.Time) ([]int, error) {
	counts, err := p.countSpans(ctx, bounds, `SELECT count(*) FROM tm_ledger INDEXED BY tm_ledger_received
		WHERE received_at >= since AND received_at < until AND outcome NOT IN ('pending', 'left')`)
	if err != nil {
		return nil, fmt.Errorf("count mails received: %w", err)
	}
	return counts, nil
}

// CountSent implements [storage.MailCounter]. It counts in an index.
func (p outbox) CountSent(ctx context.Context, bounds []time.Time) ([]int, error) {
	counts, err := p.countSpans(ctx, bounds, `SELECT count(*) FROM tm_outbox INDEXED BY tm_outbox_sent
		WHERE sent_at >= since AND sent_at < until AND state IN ('sent', 'returned')`)
	if err != nil {
		return nil, fmt.Errorf("count mails sent: %w", err)
	}
	return counts, nil
}

// countSpans returns what count, a query, counts from each of bounds, since, to
// the next one, until. The times go to SQLite as one JSON array: the number of
// parameters has a limit.
func (t *tx) countSpans(ctx context.Context, bounds []time.Time, count string) ([]int, error) {
	var spans [][2]int64
	for i := 1; i < len(bounds); i++ {
		spans = append(spans, [2]int64{bounds[i-1].UnixMicro(), bounds[i].UnixMicro()})
	}
	counts := make([]int, len(spans))
	err := t.each(ctx, func(rows *sql.Rows) error {
		var i, n int
		err := rows.Scan(&i, &n)
		counts[i] = n
		return err
	}, `WITH span (n, since, until) AS (SELECT key, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))
		SELECT n, (`+count+`) FROM span`, list(spans))
	return counts, err
}
