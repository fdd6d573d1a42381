package pgstore

import (
	"context"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A page is what is read at once: enough rows to make a statement worth it,
// but no more memory than a big mail. What the server sends beyond that is
// thrown away, so the first page is small, and grows with small rows.
const (
	firstRows = 16
	pageRows  = 128
	pageBytes = 1 << 20
)

// A selection is a query by seq that can be read page by page. No statement is
// open while a row is with the caller, who may therefore query and write in
// the loop.
type selection struct {
	columns string
	table   string
	beside  string // another table, joined; "": none
	where   []string
	args    []any
	newest  bool  // backwards: a row is behind those with a higher seq
	after   int64 // 0: from the start
	limit   int   // 0: none

	// fresh has each page planned for its arguments: whether a value is rare
	// decides by which index rows are found, and a plan that is kept does not
	// know it.
	fresh bool

	// lead returns the rows, of those behind after and up to until, that the
	// next pages look at, in order, and the last row that it looked at itself.
	// nil: all of them.
	lead  func(after, until int64) (seqs []int64, end int64, err error)
	lines *selection // instead of lead: finds them; nil: all
	seqs  []int64    // what was found
}

// Conditions for rows behind $1 and up to $2, in either direction.
const (
	ahead = "seq > $1 AND seq <= $2"
	back  = "seq < $1 AND seq >= $2"
)

// and adds a condition, in which each ? stands for an argument.
func (s *selection) and(condition string, args ...any) {
	for _, arg := range args {
		s.args = append(s.args, arg)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(s.args)+3), 1)
	}
	s.where = append(s.where, condition)
}

// holds adds the condition that text stands in one of columns, A to Z in either
// case. most says that most rows fulfil the other conditions: then rows are found
// by their words, which the index of the key has too, and read only if text stands
// there.
func (s *selection) holds(text string, most bool, columns ...string) {
	if text == "" {
		return
	}
	s.fresh = true // so that what is looked for is lowered once
	var found []string
	var args []any
	for _, c := range columns {
		found = append(found, `strpos(lower(`+c+` COLLATE "C"), lower(?::text COLLATE "C")) > 0`)
		args = append(args, encode(text))
	}
	words := s
	if most {
		s.lines = &selection{columns: "NULL", table: s.table, newest: s.newest, fresh: true}
		words = s.lines
	}
	words.and(inWords, encode(text))
	s.and("("+strings.Join(found, " OR ")+")", args...)
}

// inWords is the condition that text may stand in a row: words has what is looked
// at in lines, where text may stand over two, and is NULL where that is long.
const inWords = `coalesce(strpos(words, lower(?::text COLLATE "C")) > 0, true)`

// between is the condition for the rows of the next page.
func (s *selection) between() string {
	if s.newest {
		return back
	}
	return ahead
}

// sql returns the query for the next page.
func (s *selection) sql(rows int, until int64) (string, []any) {
	var b strings.Builder
	order := ""
	if s.newest {
		order = " DESC"
	}
	b.WriteString("SELECT seq, " + s.columns + " FROM " + s.table + s.beside + " WHERE " + s.between())
	for _, w := range s.where {
		b.WriteString(" AND " + w)
	}
	args := append([]any{s.after, until, rows}, s.args...)
	if s.lead != nil || s.lines != nil {
		args = append(args, s.seqs)
		b.WriteString(" AND seq = ANY ($" + strconv.Itoa(len(args)) + ")")
	}
	b.WriteString(" ORDER BY seq" + order + " LIMIT $3")
	return b.String(), args
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

// foundAhead is how many rows are found before they are read: some pages' worth.
const foundAhead = 4 * pageRows

// window moves on to the next rows that are looked at, and returns the last.
func (s *selection) window(ctx context.Context, t *tx, until int64) (end int64, err error) {
	switch {
	case s.lead != nil:
		s.seqs, end, err = s.lead(s.after, until)
		return end, err
	case s.lines != nil:
		s.lines.after = s.after
		s.seqs, end, err = t.numbers(ctx, s.lines, foundAhead, until)
		return end, err
	}
	return until, nil
}

// numbers returns the first n rows that sel selects, and the last that was looked
// at.
func (t *tx) numbers(ctx context.Context, sel *selection, n int, until int64) (seqs []int64, end int64, err error) {
	query, args := sel.sql(n, until)
	if sel.fresh && !t.holdsBack() {
		args = append([]any{pgx.QueryExecModeCacheDescribe}, args...)
	}
	seqs = []int64{} // nil would be NULL
	err = t.each(ctx, func(rows pgx.Rows) error {
		var seq int64
		err := rows.Scan(&seq, nil)
		seqs = append(seqs, seq)
		return err
	}, query, args...)
	if len(seqs) < n {
		return seqs, until, err
	}
	return seqs, seqs[n-1], err
}

// pages yields what sel selects. scan reads a row, whose first column is seq,
// and returns about how many bytes it takes. In a writing transaction rows put
// during the loop are not seen.
func pages[T any](ctx context.Context, t *tx, sel selection, scan func(pgx.Rows, *int64) (T, int, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		until, err := t.horizon(ctx, sel.table)
		if err != nil {
			yield(zero, err)
			return
		}
		sel := sel // the sequence may be ranged over again
		until = sel.start(until)
		end, size := sel.after, firstRows
		for left := sel.limit; sel.limit == 0 || left > 0; {
			if sel.after == end {
				if end, err = sel.window(ctx, t, until); err != nil {
					yield(zero, err)
					return
				}
			}
			rows := size
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
			switch {
			case !more && end == until:
				return
			case !more:
				sel.after = end // on to the next window
			case len(page) < rows:
				size = max(1, len(page)) // they are big
			default:
				size = min(2*size, pageRows)
			}
		}
	}
}

// nextPage reads up to n rows and moves sel behind them. more reports whether
// there may be others.
func nextPage[T any](ctx context.Context, t *tx, sel *selection, n int, until int64, scan func(pgx.Rows, *int64) (T, int, error)) (page []T, more bool, err error) {
	if err := t.ready(ctx); err != nil {
		return nil, false, err
	}
	query, args := sel.sql(n, until)
	if sel.fresh && !t.holdsBack() {
		args = append([]any{pgx.QueryExecModeCacheDescribe}, args...)
	}
	rows, end, err := t.open(ctx, query, args)
	if err != nil {
		return nil, false, err
	}
	defer end()
	for size := 0; len(page) < n && size < pageBytes && rows.Next(); {
		v, bytes, err := scan(rows, &sel.after)
		if err != nil {
			return nil, false, t.fail(cause(ctx, err))
		}
		page, size = append(page, v), size+bytes
	}
	more = len(page) == n || len(page) > 0 && rows.Next()
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, false, t.fail(cause(ctx, err))
	}
	return page, more, nil
}

// horizon returns the last seq that a loop begun now will see.
func (t *tx) horizon(ctx context.Context, table string) (int64, error) {
	if !t.writes {
		return math.MaxInt64, nil // the snapshot bounds it
	}
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	last, _, err := t.number(ctx, `SELECT coalesce(max(seq), 0) FROM `+table)
	return last, err
}
