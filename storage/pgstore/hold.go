package pgstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// A held is a statement that waits for the next one, so that both are one trip
// to the server: while an Update writes, those of all nodes wait.
type held struct {
	query string
	args  []any
	rows  int // that it writes or finds
}

// maxHeldStatements and maxHeldBytes bound what is held back, and with it the
// memory.
const (
	maxHeldStatements = 64
	maxHeldBytes      = 1 << 20
)

// errRows reports that a statement which was held back did not write or find the
// rows that it should. Where nothing is hoped for, somebody puts records who does
// not wait for our lock: a host that writes to our tables itself.
var errRows = errors.New("a statement that was held back did not meet the rows it was to meet")

// hold runs a statement some time before the end of the transaction, and before
// any other statement. It must write a row: that none is in its way was looked
// at before, or is hoped for.
func (t *tx) hold(ctx context.Context, query string, args ...any) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	t.held = append(t.held, held{query, args, 1})
	for _, a := range args {
		t.heldBytes += valueBytes(a)
	}
	return t.holdNoMore(ctx)
}

// holdNoMore sends what is held back, if it is much.
func (t *tx) holdNoMore(ctx context.Context) error {
	if len(t.held)+len(t.entries) < maxHeldStatements && t.heldBytes < maxHeldBytes {
		return nil
	}
	return t.flushHeld(ctx)
}

// bundle turns what goes in with one statement, however much it is, into
// statements held back.
func (t *tx) bundle() {
	if len(t.wanted) > 0 {
		sums, sizes := blobColumns(t.wanted)
		t.held = append(t.held, held{refer, []any{sums, sizes}, len(t.wanted)})
		t.wanted = nil
	}
	if len(t.entries) > 0 {
		t.held = append(t.held, held{insertEntries, entryValues(t.entries), len(t.entries)})
		t.entries = nil
	}
}

// valueBytes is about how much memory the value of a column holds.
func valueBytes(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	case *string:
		if v != nil {
			return len(*v)
		}
	case []string:
		n := 0
		for _, s := range v {
			n += len(s)
		}
		return n
	}
	return 16
}

// open runs a query, behind what is held back. end must be called before the
// next statement; rows may be closed before.
func (t *tx) open(ctx context.Context, query string, args []any) (rows pgx.Rows, end func(), err error) {
	t.bundle()
	if len(t.held) == 0 {
		if rows, err = t.run.Query(ctx, t.store.sql(query), args...); err != nil {
			return nil, nil, t.fail(cause(ctx, err))
		}
		return rows, rows.Close, nil
	}
	results, err := t.sendHeld(ctx, []*pgx.QueuedQuery{{SQL: t.store.sql(query), Arguments: args}})
	if err != nil {
		return nil, nil, err
	}
	if rows, err = results.Query(); err != nil {
		_ = results.Close()
		return nil, nil, t.fail(cause(ctx, err))
	}
	return rows, func() {
		rows.Close()
		_ = results.Close() // what it would report is in rows
	}, nil
}

// sendHeld sends what is held back and other queries, and returns the results of
// these.
func (t *tx) sendHeld(ctx context.Context, queries []*pgx.QueuedQuery) (pgx.BatchResults, error) {
	t.bundle()
	var b pgx.Batch
	for _, h := range t.held {
		b.Queue(t.store.sql(h.query), h.args...)
	}
	sent := t.held
	t.held, t.heldBytes = nil, 0
	b.QueuedQueries = append(b.QueuedQueries, queries...)
	results := t.run.SendBatch(ctx, &b)
	for _, h := range sent {
		tag, err := results.Exec()
		if err == nil && tag.RowsAffected() != int64(h.rows) {
			err = errRows
		}
		if err != nil {
			_ = results.Close()
			return nil, t.fail(fmt.Errorf("write what was held back: %w", t.disappointed(cause(ctx, err))))
		}
	}
	return results, nil
}

func (t *tx) flushHeld(ctx context.Context) error {
	t.bundle()
	if len(t.held) == 0 {
		return nil
	}
	results, err := t.sendHeld(ctx, nil)
	if err != nil {
		return err
	}
	if err := results.Close(); err != nil {
		return t.fail(cause(ctx, err))
	}
	return nil
}

// insertNamed runs an INSERT of a record whose id the caller chose.
func (t *tx) insertNamed(ctx context.Context, query string, args ...any) error {
	if t.hopes {
		return t.hold(ctx, query, args...)
	}
	n, err := t.exec(ctx, query, args...)
	if err == nil && n == 0 {
		err = storage.ErrExists
	}
	return err
}
