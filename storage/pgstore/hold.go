package pgstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// A held is a statement that waits for the next one, so that both are one trip
// to the server: while an Update writes, those of all nodes wait.
type held struct {
	query string
	args  []any
	rows  int // that it writes or finds
}

// maxWaiting and maxWaitingBytes bound what is held back, and with it the
// memory: as much again may be on its way, see flight.
const (
	maxWaiting      = 64 // statements and rows
	maxWaitingBytes = 1 << 20
)

// errRows reports that a statement which was held back did not write or find the
// rows that it should. Where nothing is hoped for, somebody puts records who does
// not wait for our lock: a host that writes to our tables itself.
var errRows = errors.New("a statement that was held back did not meet the rows it was to meet")

// hold runs a statement some time before the end of the transaction, and before
// any that is not held back. It must write a row.
func (t *tx) hold(ctx context.Context, query string, args ...any) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	t.held = append(t.held, held{query, args, 1})
	return t.heldBack(ctx, 1, valuesBytes(args))
}

// heldBack counts n statements or rows of so many bytes that were held back, and
// sends them off with the others if these are many.
func (t *tx) heldBack(ctx context.Context, n, bytes int) error {
	t.waiting += n
	t.bytes += bytes
	if t.waiting < maxWaiting && t.bytes < maxWaitingBytes {
		return nil
	}
	return t.sendOff(ctx)
}

// takeHeld returns what is held back as statements. Then nothing is any more.
func (t *tx) takeHeld() []held {
	if len(t.wanted) > 0 {
		sums, sizes := blobColumns(t.wanted)
		t.held = append(t.held, held{refer, []any{sums, sizes}, len(t.wanted)})
		t.wanted = nil
	}
	t.bundleRows()
	if len(t.entries) > 0 {
		t.held = append(t.held, held{insertEntries, entryValues(t.entries), len(t.entries)})
		t.entries = nil
	}
	if len(t.changes) > 0 {
		t.held = append(t.held, held{insertChanges, changeRows(t.changes), len(t.changes)})
		t.changes = nil
	}
	all := t.held
	t.held, t.waiting, t.bytes = nil, 0, 0
	return all
}

// holdsBack reports whether anything is.
func (t *tx) holdsBack() bool { return t.waiting > 0 || len(t.wanted) > 0 }

// valuesBytes is about how much memory the values of columns hold.
func valuesBytes(values []any) (n int) {
	for _, v := range values {
		n += valueBytes(v)
	}
	return n
}

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
	if err := t.land(ctx); err != nil {
		return nil, nil, err
	}
	before := t.takeHeld()
	if len(before) == 0 {
		if rows, err = t.run.Query(ctx, t.store.sql(query), args...); err != nil {
			return nil, nil, t.fail(cause(ctx, err))
		}
		return rows, rows.Close, nil
	}
	results, err := t.send(ctx, before, []*pgx.QueuedQuery{{SQL: t.store.sql(query), Arguments: args}})
	if err != nil {
		return nil, nil, t.failHeld(err)
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

// sendBehind sends queries behind what is held back, and returns their results.
func (t *tx) sendBehind(ctx context.Context, queries []*pgx.QueuedQuery) (pgx.BatchResults, error) {
	if err := t.land(ctx); err != nil {
		return nil, err
	}
	results, err := t.send(ctx, t.takeHeld(), queries)
	if err != nil {
		return nil, t.failHeld(err)
	}
	return results, nil
}

// send sends statements that were held back and other queries, and returns the
// results of these.
func (t *tx) send(ctx context.Context, first []held, queries []*pgx.QueuedQuery) (pgx.BatchResults, error) {
	var b pgx.Batch
	for _, h := range first {
		b.Queue(t.store.sql(h.query), h.args...)
	}
	b.QueuedQueries = append(b.QueuedQueries, queries...)
	results := t.run.SendBatch(ctx, &b)
	for _, h := range first {
		tag, err := results.Exec()
		if err == nil && tag.RowsAffected() != int64(h.rows) {
			err = errRows
		}
		if err != nil {
			_ = results.Close()
			return nil, cause(ctx, err)
		}
	}
	return results, nil
}

// failHeld is fail for the error of a statement that was held back.
func (t *tx) failHeld(err error) error {
	return t.fail(fmt.Errorf("write what was held back: %w", t.disappointed(err)))
}

// flushHeld writes what is held back.
func (t *tx) flushHeld(ctx context.Context) error {
	if err := t.land(ctx); err != nil {
		return err
	}
	all := t.takeHeld()
	if len(all) == 0 {
		return nil
	}
	if err := t.sendAll(ctx, all); err != nil {
		return t.failHeld(err)
	}
	return nil
}

// sendAll sends statements that were held back.
func (t *tx) sendAll(ctx context.Context, all []held) error {
	results, err := t.send(ctx, all, nil)
	if err != nil {
		return err
	}
	return cause(ctx, results.Close())
}
