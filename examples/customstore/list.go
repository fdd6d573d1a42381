package main

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// pageRows is how many rows are in memory at once.
const pageRows = 50

// A selection is a listing of a table in the order of its id, which counts up,
// and so in the order of creation.
type selection struct {
	table, columns string // columns begin with id
	where          string
	args           []any
	start          []any // condition and its arguments for the row to start behind; empty: from the start
	newest         bool  // newest first: behind a row are the older ones
	limit          int   // 0: none
}

func (s *selection) and(condition string, args ...any) {
	s.where += " AND " + condition
	s.args = append(s.args, args...)
}

// holds adds the condition that text stands in one of columns, A to Z in either
// case.
func (s *selection) holds(text string, columns ...string) {
	if text == "" {
		return
	}
	var found []string
	for _, c := range columns {
		found = append(found, `instr(lower(`+c+`), lower(?))`)
		s.args = append(s.args, text)
	}
	s.and(`(` + strings.Join(found, ` OR `) + `)`)
}

// list yields what sel selects, page by page, so that no rows are open while
// the caller works. Rows added during the loop are not seen, or a loop that adds
// rows would not end.
func list[T any](ctx context.Context, t *tx, sel selection, scan func(*sql.Rows) (int64, T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		between, order := `id > ? AND id <= ?`, ``
		if sel.newest {
			between, order = `id < ? AND id >= ?`, ` DESC`
		}
		after, until, err := sel.bounds(ctx, t)
		for seen := 0; err == nil; {
			rows := pageRows
			if sel.limit > 0 {
				rows = min(rows, sel.limit-seen)
			}
			var page []T
			err = t.each(ctx, func(r *sql.Rows) error {
				id, v, err := scan(r)
				after, page = id, append(page, v)
				return err
			}, `SELECT `+sel.columns+` FROM `+sel.table+` WHERE `+between+sel.where+` ORDER BY id`+order+` LIMIT ?`,
				slices.Concat([]any{after, until}, sel.args, []any{rows})...)
			if err != nil {
				break
			}
			for _, v := range page {
				if !yield(v, nil) {
					return
				}
			}
			if seen += len(page); len(page) < rows || seen == sel.limit {
				return
			}
		}
		var none T
		yield(none, fmt.Errorf("list %s: %w", sel.table, err))
	}
}

// bounds returns the id to start behind and the last one to show.
func (s *selection) bounds(ctx context.Context, t *tx) (after, until int64, err error) {
	err = t.one(ctx, func(r *sql.Rows) error { return r.Scan(&until) }, `SELECT coalesce(max(id), 0) FROM `+s.table)
	if s.newest {
		after, until = until+1, 0
	}
	if err == nil && len(s.start) > 0 {
		err = t.one(ctx, func(r *sql.Rows) error { return r.Scan(&after) }, `SELECT id FROM `+s.table+` WHERE `+s.start[0].(string), s.start[1:]...)
		if err != nil {
			return 0, 0, fmt.Errorf("row to start behind: %w", err)
		}
	}
	return after, until, err
}
