package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// ledger is the part of a transaction about mails seen.
type ledger struct{ *tx }

const entryColumns = `mailbox, folder, validity, uid, outcome, ticket, reasons, message_id, raw, raw_size,
	content, size, attempts, received_at, emptied_at, version`

const entryKey = `mailbox = ? AND folder = ? AND validity = ? AND uid = ?`

// Lookup implements [mailbox.LedgerReader]. A key given twice is answered once.
func (p ledger) Lookup(ctx context.Context, keys []mailbox.Key) ([]mailbox.Entry, error) {
	var found []mailbox.Entry
	met := make(map[mailbox.Key]bool, len(keys))
	err := batches(keys, func(keys []mailbox.Key) error {
		part, err := p.lookup(ctx, keys)
		for _, e := range part {
			if !met[e.Key] {
				met[e.Key] = true
				found = append(found, e)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up ledger: %w", err)
	}
	return found, nil
}

// lookup finds the entries of one batch, in its order.
func (p ledger) lookup(ctx context.Context, keys []mailbox.Key) ([]mailbox.Entry, error) {
	type hit struct {
		n     int64
		entry mailbox.Entry
	}
	var hits []hit
	args := make([]any, 0, len(keys)*5)
	for n, k := range keys {
		args = append(append(args, n), keyValues(k)...)
	}
	err := p.each(ctx, func(rows *sql.Rows) (err error) {
		var h hit
		h.entry, _, err = scanEntry(rows, &h.n)
		hits = append(hits, h)
		return err
	}, `WITH k (n, m, f, v, u) AS (VALUES `+values(len(keys), 5)+`)
		SELECT n, `+entryColumns+` FROM k CROSS JOIN tm_ledger
		WHERE mailbox = m AND folder = f AND validity = v AND uid = u`, args...)
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.n, b.n) })
	entries := make([]mailbox.Entry, 0, len(hits))
	for _, h := range hits {
		entries = append(entries, h.entry)
	}
	return entries, err
}

// ByMessageID implements [mailbox.LedgerReader]. Each id is a statement of its
// own, which reads its oldest entries in the order of the index: an id that
// somebody uses for all his mails costs no more than others.
func (p ledger) ByMessageID(ctx context.Context, ids []string) ([]mailbox.Entry, error) {
	const limit = 100
	bySeq := make(map[int64]mailbox.Entry) // an id given twice finds its entries once
	for _, id := range ids {
		err := p.each(ctx, func(rows *sql.Rows) error {
			var seq int64
			e, _, err := scanEntry(rows, &seq)
			bySeq[seq] = e
			return err
		}, `SELECT seq, `+entryColumns+` FROM tm_ledger WHERE message_id <> '' AND message_id = ? ORDER BY seq LIMIT ?`, id, limit)
		if err != nil {
			return nil, fmt.Errorf("ledger by message id: %w", err)
		}
	}
	var found []mailbox.Entry
	for _, seq := range slices.Sorted(maps.Keys(bySeq)) {
		if len(found) < limit {
			found = append(found, bySeq[seq])
		}
	}
	return found, nil
}

// List implements [mailbox.LedgerReader].
func (p ledger) List(ctx context.Context, q mailbox.LedgerQuery) iter.Seq2[mailbox.Entry, error] {
	return func(yield func(mailbox.Entry, error) bool) {
		sel, err := p.selection(ctx, q)
		if err != nil {
			yield(mailbox.Entry{}, err)
			return
		}
		pages(ctx, p.tx, sel, scanEntry)(yield)
	}
}

// selection turns q into what is read page by page.
func (p ledger) selection(ctx context.Context, q mailbox.LedgerQuery) (selection, error) {
	sel := selection{columns: entryColumns, table: "tm_ledger", newest: q.Newest, limit: q.Limit}
	if q.After != nil {
		seq, ok, err := p.number(ctx, `SELECT seq FROM tm_ledger WHERE `+entryKey, keyValues(*q.After)...)
		if err == nil && !ok {
			err = storage.ErrNotFound
		}
		if err != nil {
			return sel, fmt.Errorf("ledger after %v: %w", *q.After, err)
		}
		sel.after = seq
	}
	if q.Mailbox != "" {
		sel.and(`mailbox = ?`, string(q.Mailbox))
	}
	if q.Outcome != "" {
		sel.and(`outcome = ?`, string(q.Outcome))
	}
	sel.holds(q.Text, "tm_ledger_text", "message_id", "ticket", "folder", "uid")
	return sel, nil
}

// Put implements [mailbox.Ledger].
func (p ledger) Put(ctx context.Context, entries ...*mailbox.Entry) error {
	if err := p.put(ctx, entries); err != nil {
		err = fmt.Errorf("put ledger entries: %w", err)
		if len(entries) > 1 {
			return p.fail(err) // some may be written
		}
		return err
	}
	for _, e := range entries {
		e.Version++
	}
	return nil
}

func (p ledger) put(ctx context.Context, entries []*mailbox.Entry) error {
	if err := p.usable(ctx); err != nil {
		return err
	}
	var fresh []*mailbox.Entry
	for _, e := range entries {
		if err := p.refer(ctx, e.Raw); err != nil {
			return fmt.Errorf("raw mail of %v: %w", e.Key, err)
		}
		if e.Version == 0 {
			fresh = append(fresh, e)
		} else if err := p.replace(ctx, e); err != nil {
			return err
		}
	}
	return batches(fresh, func(entries []*mailbox.Entry) error { return p.insert(ctx, entries) })
}

func (p ledger) insert(ctx context.Context, entries []*mailbox.Entry) error {
	args := make([]any, 0, len(entries)*17)
	for _, e := range entries {
		seq, err := p.nextSeq(ctx, "tm_ledger")
		if err != nil {
			return err
		}
		args = append(append(append(append(args, seq), keyValues(e.Key)...), entryValues(e)...), 1)
	}
	n, err := p.exec(ctx, `INSERT INTO tm_ledger (seq, `+entryColumns+`) VALUES `+values(len(entries), 17)+` ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return err
	}
	if n == int64(len(entries)) {
		return nil
	}
	if len(entries) == 1 {
		return fmt.Errorf("%v: %w", entries[0].Key, storage.ErrExists)
	}
	return fmt.Errorf("%d of %d keys from %v to %v: %w", len(entries)-int(n), len(entries),
		entries[0].Key, entries[len(entries)-1].Key, storage.ErrExists)
}

func (p ledger) replace(ctx context.Context, e *mailbox.Entry) error {
	n, err := p.exec(ctx, `UPDATE tm_ledger SET outcome = ?, ticket = ?, reasons = ?, message_id = ?, raw = ?, raw_size = ?,
		content = ?, size = ?, attempts = ?, received_at = ?, emptied_at = ?, version = version + 1
		WHERE `+entryKey+` AND version = ?`, slices.Concat(entryValues(e), keyValues(e.Key), []any{e.Version})...)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%v: %w", e.Key, storage.ErrConflict)
	}
	return nil
}

// Emptied implements [mailbox.Ledger].
func (p ledger) Emptied(ctx context.Context, keys []mailbox.Key, at time.Time) error {
	err := batches(keys, func(keys []mailbox.Key) error {
		args := []any{micros(at)}
		for _, k := range keys {
			args = append(args, keyValues(k)...)
		}
		_, err := p.exec(ctx, `UPDATE tm_ledger SET emptied_at = ?, version = version + 1
			WHERE (mailbox, folder, validity, uid) IN (VALUES `+values(len(keys), 4)+`)`, args...)
		return err
	})
	if err != nil {
		return p.fail(fmt.Errorf("note emptied mails: %w", err)) // some may be written
	}
	return nil
}

func keyValues(k mailbox.Key) []any {
	return []any{string(k.Mailbox), k.Folder, k.Validity, k.UID}
}

// entryValues returns the values of entryColumns without key and version.
func entryValues(e *mailbox.Entry) []any {
	return []any{
		string(e.Outcome), string(e.Ticket), list(e.Reasons), e.MessageID, blobHash(e.Raw), e.Raw.Size,
		hashValue(e.Content, e.Content == [32]byte{}), e.Size, e.Attempts, micros(e.ReceivedAt), micros(e.EmptiedAt),
	}
}

func scanEntry(rows *sql.Rows, seq *int64) (e mailbox.Entry, size int, err error) {
	err = rows.Scan(seq, &e.Mailbox, &e.Folder, &e.Validity, &e.UID, &e.Outcome, &e.Ticket, listColumn[mailbox.Reason]{&e.Reasons},
		&e.MessageID, hashColumn{&e.Raw.SHA256}, &e.Raw.Size, hashColumn{&e.Content}, &e.Size, &e.Attempts,
		timeColumn{&e.ReceivedAt}, timeColumn{&e.EmptiedAt}, &e.Version)
	return e, 100 * len(e.Reasons), err
}
