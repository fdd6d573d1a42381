package pgstore

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// ids are numbers of a table that may serve as ids: a host may have taken some.
type ids struct {
	checked int64 // numbers up to this one were looked at
	taken   map[string]bool
}

// idsAhead is how many numbers are looked at together.
const idsAhead = 50

// newID returns the number of a new record, and its id: the number, unless it
// is given.
func (t *tx) newID(ctx context.Context, sequence, table, given string) (id string, seq int64, err error) {
	free := t.ids[table]
	if free == nil {
		free = &ids{taken: make(map[string]bool)}
		t.ids[table] = free
	}
	for {
		if seq, err = t.next(ctx, sequence); err != nil {
			return "", 0, err
		}
		if given != "" {
			free.taken[given] = true
			return given, seq, nil
		}
		if seq > free.checked {
			if err := t.checkIDs(ctx, table, seq, free); err != nil {
				return "", 0, err
			}
		}
		if id = strconv.FormatInt(seq, 10); !free.taken[id] {
			return id, seq, nil
		}
	}
}

// checkIDs finds out which numbers from first on are taken.
func (t *tx) checkIDs(ctx context.Context, table string, first int64, free *ids) error {
	free.checked = first + idsAhead - 1
	return t.each(ctx, func(rows pgx.Rows) error {
		var id string
		err := rows.Scan(&id)
		free.taken[id] = true
		return err
	}, `SELECT id FROM `+table+` WHERE id = ANY (ARRAY(SELECT n::text FROM generate_series($1::bigint, $2::bigint) n))`, first, free.checked)
}
