package pgstore

import (
	"context"
	"maps"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// ids are numbers of a table that may serve as ids: a host may have taken some.
type ids struct {
	checked int64 // numbers up to this one were looked at
	taken   map[string]bool
}

func (i ids) clone() *ids { return &ids{i.checked, maps.Clone(i.taken)} }

// How many numbers are looked at together. What was seen serves later Updates as
// well, as long as they hope: should another node take one of the numbers for an
// id of its host's meanwhile, the record is not new, and Update begins anew.
const (
	idsAhead   = 50
	hopedAhead = 500
)

// newID returns the number of a new record, and its id: the number, unless it
// is given.
func (t *tx) newID(ctx context.Context, sequence, table, given string) (id string, seq int64, err error) {
	free := t.freeIDs(table)
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

// freeIDs returns what the transaction knows of the ids of a table.
func (t *tx) freeIDs(table string) *ids {
	if t.ids[table] == nil {
		t.ids[table] = &ids{taken: make(map[string]bool)}
		if t.hopes {
			t.ids[table] = t.store.knownIDs(table)
		}
	}
	return t.ids[table]
}

// checkIDs finds out which numbers from first on are taken.
func (t *tx) checkIDs(ctx context.Context, table string, first int64, free *ids) error {
	ahead := int64(idsAhead)
	if t.hopes {
		ahead = hopedAhead
	}
	seen := ids{first + ahead - 1, make(map[string]bool)}
	err := t.each(ctx, func(rows pgx.Rows) error {
		var id string
		err := rows.Scan(&id)
		seen.taken[id] = true
		return err
	}, `SELECT id FROM `+table+` WHERE id = ANY (ARRAY(SELECT n::text FROM generate_series($1::bigint, $2::bigint) n))`, first, seen.checked)
	if err != nil {
		return err
	}
	free.checked = seen.checked
	maps.Copy(free.taken, seen.taken)
	if t.hopes {
		t.store.sawIDs(table, seen)
	}
	return nil
}

// knownIDs returns what was seen of the ids of a table last.
func (s *Store) knownIDs(table string) *ids {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seen, ok := s.ids[table]; ok {
		return seen.clone()
	}
	return &ids{taken: make(map[string]bool)}
}

func (s *Store) sawIDs(table string, seen ids) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[table] = seen
}
