package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

type ledger struct{ *tx }

const (
	entryColumns = `id, mailbox, folder, validity, uid, message_id, doc, version`
	entryKey     = `mailbox = ? AND folder = ? AND validity = ? AND uid = ?`
)

func keyValues(k mailbox.Key) []any { return []any{string(k.Mailbox), k.Folder, k.Validity, k.UID} }

func scanEntry(rows *sql.Rows) (id int64, e mailbox.Entry, err error) {
	var col mailbox.Entry
	var doc []byte
	if err := rows.Scan(&id, &col.Mailbox, &col.Folder, &col.Validity, &col.UID, &col.MessageID, &doc, &col.Version); err != nil {
		return 0, e, err
	}
	err = json.Unmarshal(doc, &e)
	e.Key, e.MessageID, e.Version = col.Key, col.MessageID, col.Version
	return id, e, err
}

// Lookup implements [mailbox.LedgerReader]: one statement a key, which is
// slow and right. A wide one must mind how many parameters a statement takes.
func (p ledger) Lookup(ctx context.Context, keys []mailbox.Key) ([]mailbox.Entry, error) {
	var found []mailbox.Entry
	met := make(map[mailbox.Key]bool, len(keys))
	for _, k := range keys {
		if met[k] {
			continue
		}
		met[k] = true
		err := p.each(ctx, func(rows *sql.Rows) error {
			_, e, err := scanEntry(rows)
			found = append(found, e)
			return err
		}, `SELECT `+entryColumns+` FROM tm_ledger WHERE `+entryKey, keyValues(k)...)
		if err != nil {
			return nil, fmt.Errorf("look up %v in ledger: %w", k, err)
		}
	}
	return found, nil
}

// ByMessageID implements [mailbox.LedgerReader].
func (p ledger) ByMessageID(ctx context.Context, ids []string) ([]mailbox.Entry, error) {
	const most = 100
	byID := make(map[int64]mailbox.Entry) // one entry may be found by an id given twice
	for _, id := range ids {
		err := p.each(ctx, func(rows *sql.Rows) error {
			n, e, err := scanEntry(rows)
			byID[n] = e
			return err
		}, `SELECT `+entryColumns+` FROM tm_ledger WHERE message_id = ? AND message_id <> '' ORDER BY id LIMIT ?`, id, most)
		if err != nil {
			return nil, fmt.Errorf("ledger by message id: %w", err)
		}
	}
	var found []mailbox.Entry
	for _, n := range slices.Sorted(maps.Keys(byID)) {
		found = append(found, byID[n])
	}
	return found[:min(most, len(found))], nil
}

// List implements [mailbox.LedgerReader].
func (p ledger) List(ctx context.Context, q mailbox.LedgerQuery) iter.Seq2[mailbox.Entry, error] {
	sel := selection{table: "tm_ledger", columns: entryColumns, newest: q.Newest, limit: q.Limit}
	if q.After != nil {
		sel.start = append([]any{entryKey}, keyValues(*q.After)...)
	}
	if q.Mailbox != "" {
		sel.and(`mailbox = ?`, string(q.Mailbox))
	}
	if q.Outcome != "" {
		sel.and(`outcome = ?`, string(q.Outcome))
	}
	sel.holds(q.Text, `message_id`, `folder`, `uid`, `doc ->> '$.Ticket'`)
	return list(ctx, p.tx, sel, scanEntry)
}

// Put implements [mailbox.Ledger].
func (p ledger) Put(ctx context.Context, entries ...*mailbox.Entry) error {
	for i, e := range entries {
		if err := p.put(ctx, *e); err != nil {
			return p.half(i, in(err, "put ledger entry %v", e.Key))
		}
	}
	for _, e := range entries {
		e.Version++
	}
	return nil
}

func (p ledger) put(ctx context.Context, e mailbox.Entry) error {
	if err := p.refer(ctx, e.Raw); err != nil {
		return err
	}
	doc, err := document(&e, &e.ReceivedAt, &e.EmptiedAt)
	if err != nil {
		return err
	}
	values := append([]any{string(e.Outcome), e.MessageID, doc}, keyValues(e.Key)...)
	if e.Version == 0 {
		return p.mustWrite(ctx, storage.ErrExists, `INSERT INTO tm_ledger (outcome, message_id, doc, mailbox, folder, validity, uid, version)
			VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`, values...)
	}
	return p.mustWrite(ctx, storage.ErrConflict, `UPDATE tm_ledger SET outcome = ?, message_id = ?, doc = ?, version = version + 1
		WHERE `+entryKey+` AND version = ?`, append(values, e.Version)...)
}

// Emptied implements [mailbox.Ledger].
func (p ledger) Emptied(ctx context.Context, keys []mailbox.Key, at time.Time) error {
	found, err := p.Lookup(ctx, keys)
	if err != nil {
		return err
	}
	entries := make([]*mailbox.Entry, len(found))
	for i := range found {
		found[i].EmptiedAt = at
		entries[i] = &found[i]
	}
	return p.Put(ctx, entries...)
}
