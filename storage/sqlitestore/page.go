package sqlitestore

import (
	"context"
	"database/sql"
	"iter"
	"math"
	"strings"
)

// A page is what is read at once: enough rows to make a statement worth it,
// but no more memory than a big mail.
const (
	pageRows  = 100
	pageBytes = 1 << 20
)

// A selection is a query by seq that can be read page by page. No statement is
// open while a row is with the caller, who may therefore query and write in
// the loop.
type selection struct {
	columns string
	table   string
	index   string // another table, read first and in its order; "": none
	where   []string
	args    []any
	newest  bool  // backwards: a row is behind those with a higher seq
	after   int64 // 0: from the start
	limit   int   // 0: none

	// window returns the last row, of those behind after and up to until, that
	// the next pages look at, where a condition costs more the more rows are
	// between. nil: until.
	window func(after, until int64) (int64, error)
}

// between is the condition for the page's rows: behind ?1 and up to ?2.
func (s *selection) between(column string) string {
	if s.newest {
		return column + " < ?1 AND " + column + " >= ?2"
	}
	return column + " > ?1 AND " + column + " <= ?2"
}

// and adds a condition, which has a placeholder for each argument, and may
// besides use between.
func (s *selection) and(condition string, args ...any) {
	s.where = append(s.where, condition)
	s.args = append(s.args, args...)
}

// sql returns the query for the next page.
func (s *selection) sql(rows int, until int64) (string, []any) {
	var b strings.Builder
	from, seq := s.table, "seq"
	if s.index != "" {
		from, seq = s.index+" CROSS JOIN "+s.table+" ON seq = "+s.index+".rowid", s.index+".rowid" // in this order
	}
	b.WriteString("SELECT seq, " + s.columns + " FROM " + from + " WHERE " + s.between(seq))
	for _, w := range s.where {
		b.WriteString(" AND " + w)
	}
	b.WriteString(" ORDER BY " + seq + s.order() + " LIMIT ?")
	args := append([]any{s.after, until}, s.args...)
	return b.String(), append(args, rows)
}

func (s *selection) order() string {
	if s.newest {
		return " DESC"
	}
	return ""
}

// holds adds the condition that text stands in one of columns, A to Z in either
// case. They are looked at in words, a table with nothing else but them in lines;
// or, where words is "", one by one in the few rows that other conditions leave.
func (s *selection) holds(text, words string, columns ...string) {
	if text == "" {
		return
	}
	if words != "" && !strings.Contains(text, "\n") { // else it could stand over two columns
		s.index = words
		s.and(`instr(words, lower(?))`, text)
		return
	}
	var found []string
	var args []any
	for _, c := range columns {
		found, args = append(found, `instr(lower(`+c+`), lower(?))`), append(args, text)
	}
	s.and("("+strings.Join(found, " OR ")+")", args...)
}

// start makes sel begin, where last is the last row that it may see, and
// returns where it ends.
func (s *selection) start(last int64) (until int64) {
	if !s.newest {
		return last
	}
	switch {
	case s.after != 0:
	case last == math.MaxInt64:
		s.after = last // no row has it
	default:
		s.after = last + 1
	}
	return 0 // the first row is 1
}

// windowEnd returns the last row that the next pages look at.
func (s *selection) windowEnd(until int64) (int64, error) {
	if s.window == nil {
		return until, nil
	}
	return s.window(s.after, until)
}

// pages yields what sel selects. scan reads a row, whose first column is seq,
// and returns about how many bytes it takes. In a writing transaction rows put
// during the loop are not seen.
func pages[T any](ctx context.Context, t *tx, sel selection, scan func(*sql.Rows, *int64) (T, int, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		until, err := t.horizon(ctx, sel.table)
		if err != nil {
			yield(zero, err)
			return
		}
		sel := sel // the sequence may be ranged over again
		until = sel.start(until)
		end := sel.after
		for left := sel.limit; sel.limit == 0 || left > 0; {
			if sel.after == end {
				if end, err = sel.windowEnd(until); err != nil {
					yield(zero, err)
					return
				}
			}
			rows := pageRows
			if sel.limit > 0 {
				rows = min(rows, left)
			}
			page, more, err := nextPage(ctx, t, &sel, rows, end, scan)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, v := range page {
				if !yield(v, nil) {
					return
				}
			}
			left -= len(page)
			if !more && end == until {
				return
			}
			if !more {
				sel.after = end // on to the next window
			}
		}
	}
}

// nextPage reads up to n rows and moves sel behind them. more reports whether
// there may be others.
func nextPage[T any](ctx context.Context, t *tx, sel *selection, n int, until int64, scan func(*sql.Rows, *int64) (T, int, error)) (page []T, more bool, err error) {
	if err := t.usable(ctx); err != nil {
		return nil, false, err
	}
	query, args := sel.sql(n, until)
	rows, err := t.run.query(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return nil, false, t.fail(err)
	}
	defer rows.Close()
	for size := 0; len(page) < n && size < pageBytes && rows.Next(); {
		v, bytes, err := scan(rows, &sel.after)
		if err != nil {
			return nil, false, t.fail(err)
		}
		page, size = append(page, v), size+bytes
	}
	if err := rows.Err(); err != nil {
		return nil, false, t.fail(err)
	}
	return page, len(page) == n || len(page) > 0 && rows.Next(), nil
}

// horizon returns the last seq that a loop begun now will see.
func (t *tx) horizon(ctx context.Context, table string) (int64, error) {
	if !t.writes {
		return math.MaxInt64, nil // the snapshot bounds it
	}
	if err := t.flushChanges(ctx); err != nil {
		return 0, err
	}
	last, _, err := t.number(ctx, `SELECT coalesce(max(seq), 0) FROM `+table)
	return last, err
}
