package sqlitestore

import (
	"context"
	"database/sql"
	"math"
)

// Ids of categories go to SQLite as one JSON array, and so do those that are
// stored: the number of parameters has a limit, and both sides then agree on
// what becomes of invalid UTF-8.

// categoryWindow is how many tickets of one category are looked at before the
// next pages: some pages' worth, so that finding its end costs little.
const categoryWindow = 5 * pageRows

// putCategories makes a new ticket, or one taken out before, be found by its
// categories.
func (p tickets) putCategories(ctx context.Context, seq int64, categories []string) error {
	if len(categories) == 0 {
		return nil
	}
	_, err := p.exec(ctx, `INSERT INTO tm_ticket_categories SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
		seq, list(categories))
	return err
}

// filterCategories lets sel begin with the tickets of some categories: with
// few of them it does not matter how many others there are. Where a ticket
// must be in all of several, one that has few tickets leads.
func (p tickets) filterCategories(ctx context.Context, sel *selection, anyOf, allOf []string) error {
	lead := anyOf
	if len(allOf) > 0 {
		rarest, err := p.rarest(ctx, allOf, sel.after)
		if err != nil {
			return err
		}
		lead = []string{rarest}
	}
	if len(lead) == 0 {
		return nil
	}
	// SQLite gathers what IN selects anew for each page, hence the window.
	sel.and(`seq IN (SELECT ticket FROM tm_ticket_categories
		WHERE category IN (SELECT value FROM json_each(?)) AND ticket > ?1 AND ticket <= ?2)`, list(lead))
	sel.window = func(after, until int64) (int64, error) { return p.categoryWindow(ctx, lead, after, until) }
	if len(allOf) > 1 {
		sel.and(`NOT EXISTS (SELECT 1 FROM json_each(?) WHERE NOT EXISTS
			(SELECT 1 FROM tm_ticket_categories WHERE category = value AND ticket = seq))`, list(allOf))
	}
	if len(allOf) > 0 && len(anyOf) > 0 {
		// The plus keeps SQLite from looking for each wanted category: a ticket has few.
		sel.and(`EXISTS (SELECT 1 FROM tm_ticket_categories WHERE ticket = seq AND +category IN (SELECT value FROM json_each(?)))`, list(anyOf))
	}
	return nil
}

// rarest returns the category whose tickets behind one take longest to fill a
// window, or never do.
func (p tickets) rarest(ctx context.Context, categories []string, after int64) (string, error) {
	if len(categories) == 1 {
		return categories[0], nil
	}
	var i int
	_, err := p.first(ctx, func(rows *sql.Rows) error { return rows.Scan(&i) }, `SELECT key FROM json_each(?)
		ORDER BY coalesce(`+windowEnd+`, ?) DESC, key LIMIT 1`, list(categories), after, categoryWindow-1, math.MaxInt64)
	return categories[i], err
}

// categoryWindow returns the seq up to which no category has more than
// categoryWindow tickets behind the one called after.
func (p tickets) categoryWindow(ctx context.Context, categories []string, after, until int64) (int64, error) {
	end, _, err := p.number(ctx, `SELECT min(coalesce(`+windowEnd+`, ?)) FROM json_each(?)`,
		after, categoryWindow-1, until, list(categories))
	return min(end, until), err
}

// windowEnd is the ticket of category value that ends the window behind one.
const windowEnd = `(SELECT ticket FROM tm_ticket_categories WHERE category = value AND ticket > ? ORDER BY ticket LIMIT 1 OFFSET ?)`
