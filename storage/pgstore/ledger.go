package pgstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// ledger is the part of a transaction about mails seen.
type ledger struct{ *tx }

const entryColumns = `mailbox, folder, validity, uid, outcome, ticket, reasons, message_id, raw, raw_size,
	content, size, attempts, received_at, emptied_at, version`

// Lookup implements [mailbox.LedgerReader]. A key given twice is answered once.
func (p ledger) Lookup(ctx context.Context, keys []mailbox.Key) ([]mailbox.Entry, error) {
	type hit struct {
		n     int64
		entry mailbox.Entry
	}
	var hits []hit
	k := newKeys(slices.Values(keys))
	err := p.each(ctx, func(rows pgx.Rows) (err error) {
		var h hit
		h.entry, _, err = scanEntry(rows, &h.n)
		hits = append(hits, h)
		return err
	}, lookUp, k.mailboxes, k.folders, k.validities, k.uids)
	if err != nil {
		return nil, fmt.Errorf("look up ledger: %w", err)
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.n, b.n) })
	met := make(map[mailbox.Key]bool, len(hits))
	var found []mailbox.Entry
	for _, h := range hits {
		if !met[h.entry.Key] {
			met[h.entry.Key] = true
			found = append(found, h.entry)
		}
	}
	return found, nil
}

const lookUp = `SELECT n, e.* FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS k (m, f, v, u, n)
	CROSS JOIN LATERAL (SELECT ` + entryColumns + ` FROM tm.ledger WHERE mailbox = m AND folder = f AND validity = v AND uid = u) e`

// keys are the columns of keys of the ledger.
type keys struct {
	mailboxes, folders, uids []string
	validities               []int64
}

func newKeys(of iter.Seq[mailbox.Key]) (k keys) {
	for key := range of {
		k.mailboxes, k.folders = append(k.mailboxes, encode(key.Mailbox)), append(k.folders, encode(key.Folder))
		k.validities, k.uids = append(k.validities, int64(key.Validity)), append(k.uids, encode(key.UID))
	}
	return k
}

// ByMessageID implements [mailbox.LedgerReader]. For each id its oldest entries
// are read in the order of the index: an id that somebody uses for all his
// mails costs no more than others.
func (p ledger) ByMessageID(ctx context.Context, ids []string) ([]mailbox.Entry, error) {
	const limit = 100
	var hashes [][]byte
	for _, id := range ids {
		if id != "" {
			hashes = append(hashes, messageHash(id))
		}
	}
	if len(hashes) == 0 {
		return nil, p.usable(ctx)
	}
	bySeq := make(map[int64]mailbox.Entry) // an id given twice finds its entries once
	err := p.each(ctx, func(rows pgx.Rows) error {
		var seq int64
		e, _, err := scanEntry(rows, &seq)
		bySeq[seq] = e
		return err
	}, byMessageID, hashes, limit)
	if err != nil {
		return nil, fmt.Errorf("ledger by message id: %w", err)
	}
	var found []mailbox.Entry
	for _, seq := range slices.Sorted(maps.Keys(bySeq)) {
		if len(found) < limit {
			found = append(found, bySeq[seq])
		}
	}
	return found, nil
}

const byMessageID = `SELECT e.* FROM unnest($1::bytea[]) wanted CROSS JOIN LATERAL (
	SELECT seq, ` + entryColumns + ` FROM tm.ledger WHERE message_hash = wanted ORDER BY seq LIMIT $2) e`

func messageHash(id string) []byte {
	if id == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(id))
	return sum[:]
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
	sel := selection{columns: entryColumns, table: "tm.ledger", newest: q.Newest, limit: q.Limit}
	if q.After != nil {
		seq, ok, err := p.number(ctx, `SELECT seq FROM tm.ledger WHERE mailbox = $1 AND folder = $2 AND validity = $3 AND uid = $4`,
			encode(q.After.Mailbox), encode(q.After.Folder), int64(q.After.Validity), encode(q.After.UID))
		if err == nil && !ok {
			err = storage.ErrNotFound
		}
		if err != nil {
			return sel, fmt.Errorf("ledger after %v: %w", *q.After, err)
		}
		sel.after = seq
	}
	filterLedger(&sel, q)
	return sel, nil
}

func filterLedger(sel *selection, q mailbox.LedgerQuery) {
	sel.fresh = q.Mailbox != "" || q.Outcome != ""
	if q.Mailbox != "" {
		sel.and(`mailbox = ?`, encode(q.Mailbox))
	}
	if q.Outcome != "" {
		sel.and(`outcome = ?`, encode(q.Outcome))
	}
	sel.holds(q.Text, q.Mailbox == "" && q.Outcome == "", "message_id", "ticket", "folder", "uid")
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
		version := e.Version
		remember(p.tx, e, func(e *mailbox.Entry) { e.Version = version })
		e.Version++
	}
	return nil
}

func (p ledger) put(ctx context.Context, entries []*mailbox.Entry) error {
	if err := p.usable(ctx); err != nil {
		return err
	}
	var blobs []storage.Blob
	var fresh []*mailbox.Entry
	for _, e := range entries {
		blobs = append(blobs, e.Raw)
		if e.Version == 0 {
			fresh = append(fresh, e)
		}
	}
	if err := p.refer(ctx, blobs...); err != nil {
		return err
	}
	if err := p.insert(ctx, fresh); err != nil {
		return err
	}
	for _, e := range entries {
		if e.Version == 0 {
			continue
		}
		if err := p.replace(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// insert adds entries in one statement.
func (p ledger) insert(ctx context.Context, entries []*mailbox.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	numbered := make([]numberedEntry, 0, len(entries))
	for _, e := range entries {
		seq, err := p.next(ctx, ledgerLast)
		if err != nil {
			return err
		}
		held := numberedEntry{seq, *e}
		held.Reasons = slices.Clone(e.Reasons) // they are written later
		numbered = append(numbered, held)
	}
	if p.hopes {
		p.entries = append(p.entries, numbered...)
		return p.heldBack(ctx, len(numbered), entriesBytes(entries))
	}
	n, err := p.exec(ctx, insertEntries, entryValues(numbered)...)
	if err != nil || n == int64(len(entries)) {
		return err
	}
	if len(entries) == 1 {
		return fmt.Errorf("%v: %w", entries[0].Key, storage.ErrExists)
	}
	return fmt.Errorf("%d of %d keys from %v to %v: %w", len(entries)-int(n), len(entries),
		entries[0].Key, entries[len(entries)-1].Key, storage.ErrExists)
}

const insertEntries = `INSERT INTO tm.ledger (seq, ` + entryColumns + `, message_hash)
	SELECT seq, m, f, v, u, outcome, ticket, reasons::json, message, raw, raw_size, content, size, attempts, received, emptied, 1, hash
	FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[],
		$11::bigint[], $12::bytea[], $13::bigint[], $14::bigint[], $15::timestamptz[], $16::timestamptz[], $17::bytea[])
	AS r (seq, m, f, v, u, outcome, ticket, reasons, message, raw, raw_size, content, size, attempts, received, emptied, hash)
	ON CONFLICT DO NOTHING`

// entriesBytes is about how much memory the texts of entries hold.
func entriesBytes(entries []*mailbox.Entry) (n int) {
	for _, e := range entries {
		n += len(e.MessageID)
		for _, r := range e.Reasons {
			n += len(r.Code) + len(r.Text)
		}
	}
	return n
}

// A numberedEntry is a new entry with its seq.
type numberedEntry struct {
	seq int64
	mailbox.Entry
}

// entryValues returns the arguments of insertEntries.
func entryValues(entries []numberedEntry) []any {
	var r entryRows
	for i := range entries {
		r.add(entries[i].seq, &entries[i].Entry)
	}
	k := newKeys(func(yield func(mailbox.Key) bool) {
		for _, e := range entries {
			if !yield(e.Key) {
				return
			}
		}
	})
	return []any{
		r.seqs, k.mailboxes, k.folders, k.validities, k.uids, r.outcomes, r.tickets, r.reasons, r.messages,
		r.raws, r.rawSizes, r.contents, r.sizes, r.attempts, r.received, r.emptied, r.hashes,
	}
}

// entryRows are the columns of new entries but for their keys.
type entryRows struct {
	outcomes, tickets, messages     []string
	reasons                         []*string
	raws, contents, hashes          [][]byte
	seqs, rawSizes, sizes, attempts []int64
	received, emptied               []pgtype.Timestamptz
}

func (r *entryRows) add(seq int64, e *mailbox.Entry) {
	r.seqs = append(r.seqs, seq)
	r.outcomes, r.tickets = append(r.outcomes, encode(e.Outcome)), append(r.tickets, encode(e.Ticket))
	r.reasons, r.messages = append(r.reasons, list(e.Reasons)), append(r.messages, encode(e.MessageID))
	r.raws, r.rawSizes = append(r.raws, blobHash(e.Raw)), append(r.rawSizes, e.Raw.Size)
	r.contents = append(r.contents, hashValue(e.Content, e.Content == [32]byte{}))
	r.sizes, r.attempts = append(r.sizes, e.Size), append(r.attempts, int64(e.Attempts))
	r.received, r.emptied = append(r.received, timeValue(e.ReceivedAt)), append(r.emptied, timeValue(e.EmptiedAt))
	r.hashes = append(r.hashes, messageHash(e.MessageID))
}

func (p ledger) replace(ctx context.Context, e *mailbox.Entry) error {
	n, err := p.exec(ctx, `UPDATE tm.ledger SET outcome = $5, ticket = $6, reasons = $7, message_id = $8, raw = $9, raw_size = $10,
		content = $11, size = $12, attempts = $13, received_at = $14, emptied_at = $15, message_hash = $16, version = version + 1
		WHERE mailbox = $1 AND folder = $2 AND validity = $3 AND uid = $4 AND version = $17`,
		encode(e.Mailbox), encode(e.Folder), int64(e.Validity), encode(e.UID), encode(e.Outcome), encode(e.Ticket), list(e.Reasons),
		encode(e.MessageID), blobHash(e.Raw), e.Raw.Size, hashValue(e.Content, e.Content == [32]byte{}), e.Size, int64(e.Attempts),
		timeValue(e.ReceivedAt), timeValue(e.EmptiedAt), messageHash(e.MessageID), e.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%v: %w", e.Key, storage.ErrConflict)
	}
	return nil
}

// Emptied implements [mailbox.Ledger].
func (p ledger) Emptied(ctx context.Context, of []mailbox.Key, at time.Time) error {
	k := newKeys(slices.Values(of))
	_, err := p.exec(ctx, `UPDATE tm.ledger SET emptied_at = $5, version = version + 1
		FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])) AS k (m, f, v, u)
		WHERE mailbox = m AND folder = f AND validity = v AND uid = u`, k.mailboxes, k.folders, k.validities, k.uids, timeValue(at))
	if err != nil {
		return fmt.Errorf("note emptied mails: %w", err)
	}
	return nil
}

func scanEntry(rows pgx.Rows, seq *int64) (e mailbox.Entry, size int, err error) {
	var reasons *string
	err = rows.Scan(seq, text(&e.Mailbox), text(&e.Folder), &e.Validity, text(&e.UID), text(&e.Outcome), text(&e.Ticket), &reasons,
		text(&e.MessageID), hashColumn{&e.Raw.SHA256}, &e.Raw.Size, hashColumn{&e.Content}, &e.Size, &e.Attempts,
		timeColumn{&e.ReceivedAt}, timeColumn{&e.EmptiedAt}, &e.Version)
	if err == nil {
		err = fromList(reasons, &e.Reasons)
	}
	return e, 100 * len(e.Reasons), err
}
