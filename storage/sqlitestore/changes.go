package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"example.com/ticketmail/storage"
)

const changeColumns = `ticket, at, actor, via, field, old, new`

// Changes implements [storage.TicketReader].
func (p tickets) Changes(ctx context.Context, id storage.TicketID, after int64) iter.Seq2[storage.Change, error] {
	sel := selection{columns: changeColumns, table: "tm_changes", after: after}
	if id != "" {
		sel.and(`ticket = ?`, string(id))
	}
	return pages(ctx, p.tx, sel, scanChange)
}

// AddChange implements [storage.Tickets]. The row is written with others of
// the transaction in one statement.
func (p tickets) AddChange(ctx context.Context, c *storage.Change) error {
	if err := p.usable(ctx); err != nil {
		return fmt.Errorf("add change: %w", err)
	}
	seq, err := p.nextSeq(ctx, "tm_changes")
	if err != nil {
		return fmt.Errorf("add change: %w", err)
	}
	c.Seq = seq
	p.news.Changes = true
	p.changes = append(p.changes, *c)
	return nil
}

func (t *tx) flushChanges(ctx context.Context) error {
	held := t.changes
	t.changes = nil
	err := batches(held, func(changes []storage.Change) error {
		args := make([]any, 0, len(changes)*8)
		for _, c := range changes {
			args = append(args, c.Seq, string(c.Ticket), micros(c.At), string(c.Actor), c.Via, c.Field, c.Old, c.New)
		}
		_, err := t.exec(ctx, `INSERT INTO tm_changes (seq, `+changeColumns+`) VALUES `+values(len(changes), 8), args...)
		return err
	})
	if err != nil {
		return t.fail(fmt.Errorf("write changes: %w", err)) // they were accepted, so none may be missing
	}
	return nil
}

func scanChange(rows *sql.Rows, seq *int64) (c storage.Change, size int, err error) {
	err = rows.Scan(seq, &c.Ticket, timeColumn{&c.At}, &c.Actor, &c.Via, &c.Field, &c.Old, &c.New)
	c.Seq = *seq
	return c, len(c.Old) + len(c.New), err
}
