package pgstore

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"example.com/ticketmail/storage"
)

const changeColumns = `ticket, at, actor, via, field, old, new`

// Changes implements [storage.TicketReader].
func (p tickets) Changes(ctx context.Context, id storage.TicketID, after int64) iter.Seq2[storage.Change, error] {
	sel := selection{columns: changeColumns, table: "tm.changes", after: after}
	if id != "" {
		sel.and(`ticket = ?`, encode(id))
	}
	return pages(ctx, p.tx, sel, scanChange)
}

// AddChange implements [storage.Tickets]. The number is given out under the
// lock that is kept until the commit, so that whoever sees it sees all lower
// ones. The row is held back with others.
func (p tickets) AddChange(ctx context.Context, c *storage.Change) error {
	seq, err := p.next(ctx, changesLast)
	if err != nil {
		return fmt.Errorf("add change: %w", err)
	}
	c.Seq = seq
	p.news.Changes = true
	p.changes = append(p.changes, *c)
	if err := p.heldBack(ctx, 1, len(c.Old)+len(c.New)); err != nil {
		return fmt.Errorf("add change: %w", err)
	}
	return nil
}

const insertChanges = `INSERT INTO tm.changes (seq, ` + changeColumns + `) SELECT * FROM unnest(
	$1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])`

// changeRows returns the arguments of insertChanges.
func changeRows(changes []storage.Change) []any {
	var seqs []int64
	var at []pgtype.Timestamptz
	var ids, actors, vias, fields, olds, news []string
	for _, c := range changes {
		seqs, at = append(seqs, c.Seq), append(at, timeValue(c.At))
		ids, actors, vias = append(ids, encode(c.Ticket)), append(actors, encode(c.Actor)), append(vias, encode(c.Via))
		fields, olds, news = append(fields, encode(c.Field)), append(olds, encode(c.Old)), append(news, encode(c.New))
	}
	return []any{seqs, ids, at, actors, vias, fields, olds, news}
}

func scanChange(rows pgx.Rows, seq *int64) (c storage.Change, size int, err error) {
	err = rows.Scan(seq, text(&c.Ticket), timeColumn{&c.At}, text(&c.Actor), text(&c.Via), text(&c.Field), text(&c.Old), text(&c.New))
	c.Seq = *seq
	return c, len(c.Old) + len(c.New), err
}
