package pgstore

import (
	"context"
	"math"
	"slices"
	"strings"

	"example.com/ticketmail/storage"
)

// What many tickets have is found by looking at one after the other, what few have
// in the index of words, which returns all of them at once. PostgreSQL does not know
// which is which: it takes every word that is not among the most frequent for one in
// 200, and would go through all tickets for a page of words that a dozen have. So the
// next tickets are looked at first, some and then more; while few of them are found,
// the server is asked for so many others that it takes the index for cheaper, but
// for words that it knows to be frequent.
const (
	firstWalk = 256    // numbers of tickets, four times as many each time
	lastWalk  = 4096   // at most
	fewFound  = 4      // of the last walk
	mostFound = 10_000 // that are asked for
)

// ofCategories adds the conditions for the categories of a search: they do not
// lead, as they do without one, see filterCategories.
func ofCategories(sel *selection, anyOf, allOf []string) {
	const in = `seq IN (SELECT ticket FROM tm.ticket_categories WHERE category = ANY (?::text[]))`
	if len(anyOf) > 0 {
		sel.and(in, encodeAll(anyOf))
	}
	for _, c := range encodeAll(allOf) {
		sel.and(in, []string{c})
	}
}

// find adds the condition that terms are found.
func (p searcher) find(ctx context.Context, sel *selection, terms []storage.SearchTerm, internal bool) error {
	found, stale, err := p.findStale(ctx, terms, internal)
	if err != nil {
		return err
	}
	var all []string
	var args []any
	for _, t := range terms {
		if internal {
			all, args = append(all, `(public @@ ?::text::tsquery OR internal @@ ?::text::tsquery)`), append(args, tsquery(t), tsquery(t))
		} else {
			all, args = append(all, `public @@ ?::text::tsquery`), append(args, tsquery(t))
		}
	}
	indexed := strings.Join(all, " AND ")
	if stale {
		sel.and(`seq IN (SELECT ticket FROM tm.search WHERE `+indexed+` EXCEPT SELECT ticket FROM tm.stale
			UNION ALL SELECT unnest(?::bigint[]))`, append(args, found)...)
		return nil
	}
	f := finder{tx: p.tx, sel: *sel}
	f.sel.where, f.sel.args = slices.Clone(sel.where), slices.Clone(sel.args) // sel keeps its own: the caller may change tickets before their page
	f.sel.columns, f.sel.beside, f.sel.fresh = "NULL", " JOIN tm.search ON ticket = seq", true
	f.sel.and(strings.ReplaceAll(f.sel.between(), "seq", "ticket")) // the server does not see that it follows
	f.sel.and(indexed, args...)
	sel.lead = func(after, until int64) ([]int64, int64, error) { return f.next(ctx, after, until) }
	return nil
}

// A finder finds the tickets that fulfil the conditions of sel, some at a time.
type finder struct {
	tx   *tx
	sel  selection
	at   int64   // behind it is what was not returned yet
	walk int64   // numbers to look at next; 0: the index is asked
	ends int64   // the last that was looked at
	runs bool    // it has begun
	rest []int64 // found up to there, and not returned
}

// next returns some tickets behind one, and the last that was looked at.
func (f *finder) next(ctx context.Context, after, until int64) (seqs []int64, end int64, err error) {
	if after != f.at || !f.runs { // from the start
		f.at, f.ends, f.walk, f.rest, f.runs = after, after, firstWalk, nil, true
	}
	if len(f.rest) == 0 {
		if err := f.look(ctx, until); err != nil {
			return nil, 0, err
		}
	}
	n := min(len(f.rest), foundAhead)
	seqs, f.rest = f.rest[:n], f.rest[n:]
	if f.at = f.ends; len(f.rest) > 0 {
		f.at = seqs[n-1]
	}
	return seqs, f.at, nil
}

// look looks at some more tickets up to one, in either way.
func (f *finder) look(ctx context.Context, until int64) (err error) {
	f.sel.after = f.ends
	if f.walk > 0 {
		if until, err = f.walkEnd(ctx, until); err != nil {
			return err
		}
	}
	f.rest, f.ends, err = f.tx.numbers(ctx, &f.sel, mostFound, until)
	switch {
	case f.walk < lastWalk:
		f.walk *= 4 // 0 stays
	case len(f.rest) < fewFound:
		f.walk = 0
	}
	return err
}

// walkEnd returns the last ticket of the next walk.
func (f *finder) walkEnd(ctx context.Context, until int64) (int64, error) {
	if !f.sel.newest {
		if until-f.sel.after <= f.walk { // no overflow: both are positive
			return until, nil
		}
		return f.sel.after + f.walk, nil
	}
	after := f.sel.after
	if after == math.MaxInt64 {
		last, _, err := f.tx.number(ctx, `SELECT coalesce(max(seq), 0) FROM tm.tickets`)
		if err != nil {
			return 0, err
		}
		after = last + 1
	}
	return max(until, after-f.walk), nil
}
