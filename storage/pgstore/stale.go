package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// notes are rows of tm.stale, and the tickets among them that are to be indexed.
type notes struct {
	rows    []int64
	tickets []int64
}

// takeNotes returns the newest notes, which are those of the transaction itself
// if it is a host's. They are read before the texts, so that whoever changes one
// later is noted by a row that is not among them. A ticket that somebody is
// deleting is left for later, and its words go when it does.
func (t *tx) takeNotes(ctx context.Context) (n notes, err error) {
	var tickets []int64
	err = t.each(ctx, func(rows pgx.Rows) error {
		var row, ticket int64
		err := rows.Scan(&row, &ticket)
		n.rows, tickets = append(n.rows, row), append(tickets, ticket)
		return err
	}, `SELECT n, ticket FROM tm.stale ORDER BY n DESC LIMIT $1`, searchBatch)
	if err != nil || len(n.rows) == 0 {
		return n, err
	}
	err = t.each(ctx, func(rows pgx.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		n.tickets = append(n.tickets, seq)
		return err
	}, `SELECT seq FROM tm.tickets WHERE seq = ANY ($1) FOR KEY SHARE SKIP LOCKED`, tickets)
	return n, err
}

// dropNotes takes away those whose tickets are indexed or gone.
func (t *tx) dropNotes(ctx context.Context, n notes) error {
	if len(n.rows) == 0 {
		return nil
	}
	_, err := t.exec(ctx, `DELETE FROM tm.stale s WHERE n = ANY ($1)
		AND (ticket = ANY ($2) OR NOT EXISTS (SELECT FROM tm.tickets WHERE seq = s.ticket))`, n.rows, n.tickets)
	return err
}

// findStale reads the texts of the tickets noted, and returns those in which
// terms are found, and whether any are noted.
func (p searcher) findStale(ctx context.Context, terms []storage.SearchTerm, internal bool) (found []int64, stale bool, err error) {
	found = []int64{}
	for after := int64(0); ; {
		var seqs []int64
		err := p.each(ctx, func(rows pgx.Rows) error {
			err := rows.Scan(&after)
			seqs = append(seqs, after)
			return err
		}, `SELECT DISTINCT ticket FROM tm.stale WHERE ticket > $1 ORDER BY ticket LIMIT $2`, after, searchBatch)
		if err != nil || len(seqs) == 0 {
			return found, stale, err
		}
		stale = true
		texts, err := p.searched(ctx, seqs)
		if err != nil {
			return nil, false, err
		}
		for _, seq := range seqs {
			if s := texts[seq]; s != nil && s.Match(terms, internal) {
				found = append(found, seq)
			}
		}
		if len(seqs) < searchBatch {
			return found, true, nil
		}
	}
}
