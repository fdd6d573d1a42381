package memstore

import (
	"context"
	"fmt"
	"iter"
	"time"

	"example.com/ticketmail/mailbox"
)

// messageIDLimit is how many entries ByMessageID returns at most.
const messageIDLimit = 100

type ledger struct{ tx *tx }

// Lookup implements [mailbox.LedgerReader].
func (p ledger) Lookup(ctx context.Context, keys []mailbox.Key) ([]mailbox.Entry, error) {
	if err := p.tx.usable(ctx); err != nil {
		return nil, fmt.Errorf("look up ledger: %w", err)
	}
	var found []mailbox.Entry
	met := make(map[mailbox.Key]bool, len(keys))
	for _, k := range keys {
		r, ok := p.tx.state.entries.byKey.get(mailKey(k))
		if ok && !met[k] {
			met[k] = true
			found = append(found, copyEntry(r.value))
		}
	}
	return found, nil
}

// ByMessageID implements [mailbox.LedgerReader].
func (p ledger) ByMessageID(ctx context.Context, ids []string) ([]mailbox.Entry, error) {
	if err := p.tx.usable(ctx); err != nil {
		return nil, fmt.Errorf("ledger by message id: %w", err)
	}
	var oldest *tree[number, *row[mailbox.Entry]]
	for _, id := range ids {
		n := 0
		for _, r := range under(p.tx.state.byMessage, id, 0) {
			oldest = oldest.put(r.seq, r)
			if n++; n == messageIDLimit {
				break
			}
		}
	}
	var found []mailbox.Entry
	for _, r := range oldest.behind(0) {
		if len(found) == messageIDLimit {
			break
		}
		found = append(found, copyEntry(r.value))
	}
	return found, nil
}

// List implements [mailbox.LedgerReader].
func (p ledger) List(ctx context.Context, q mailbox.LedgerQuery) iter.Seq2[mailbox.Entry, error] {
	return p.list(ctx, q, copyEntry)
}

// list yields what of makes of the entries that fit q.
func (p ledger) list(ctx context.Context, q mailbox.LedgerQuery, of func(mailbox.Entry) mailbox.Entry) iter.Seq2[mailbox.Entry, error] {
	rows := func() (iter.Seq2[number, *row[mailbox.Entry]], error) {
		rows, err := p.tx.state.entries.rows((*mailKey)(q.After), q.Newest)
		if err != nil {
			return nil, fmt.Errorf("ledger after %v: %w", *q.After, err)
		}
		return rows, nil
	}
	return listing(ctx, p.tx, q.Limit, rows, func(r *row[mailbox.Entry]) (e mailbox.Entry, ok bool) {
		if !matchesEntry(q, &r.value) {
			return e, false
		}
		return of(r.value), true
	})
}

func matchesEntry(q mailbox.LedgerQuery, e *mailbox.Entry) bool {
	return (q.Mailbox == "" || q.Mailbox == e.Mailbox) &&
		(q.Outcome == "" || q.Outcome == e.Outcome) &&
		holds(q.Text, e.MessageID, string(e.Ticket), e.Folder, e.UID)
}

// Put implements [mailbox.Ledger]. When it fails nothing of it is written.
func (p ledger) Put(ctx context.Context, entries ...*mailbox.Entry) error {
	before := p.tx.state
	for _, e := range entries {
		if err := p.put(ctx, e); err != nil {
			p.tx.state = before
			return fmt.Errorf("put ledger entry %v: %w", e.Key, err)
		}
	}
	for _, e := range entries {
		e.Version++
	}
	return nil
}

func (p ledger) put(ctx context.Context, e *mailbox.Entry) error {
	if err := p.tx.usable(ctx); err != nil {
		return err
	}
	if err := p.tx.refer(ctx, e.Raw); err != nil {
		return fmt.Errorf("raw mail: %w", err)
	}
	has, ok := p.tx.state.entries.byKey.get(mailKey(e.Key))
	if !ok {
		has = &row[mailbox.Entry]{}
	}
	rec := copyEntry(*e)
	var err error
	if rec.Version, err = version(e.Version, has.value.Version, ok); err != nil {
		return err
	}
	p.write(rec)
	return nil
}

func (p ledger) write(rec mailbox.Entry) {
	s := &p.tx.state
	now, was := s.entries.put(mailKey(rec.Key), rec)
	if was != nil && was.value.MessageID != "" {
		s.byMessage = s.byMessage.remove(entry{was.value.MessageID, was.seq})
	}
	if rec.MessageID != "" {
		s.byMessage = s.byMessage.put(entry{rec.MessageID, now.seq}, now)
	}
}

// Emptied implements [mailbox.Ledger].
func (p ledger) Emptied(ctx context.Context, keys []mailbox.Key, at time.Time) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("note emptied mails: %w", err)
	}
	for _, k := range keys {
		if r, ok := p.tx.state.entries.byKey.get(mailKey(k)); ok {
			rec := r.value
			rec.EmptiedAt = stored(at)
			rec.Version++
			p.write(rec)
		}
	}
	return nil
}
