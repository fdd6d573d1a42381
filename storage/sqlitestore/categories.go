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
	w := window{p, sel.newest}
	if len(allOf) > 0 {
		rarest, err := w.rarest(ctx, allOf, sel.after)
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
		WHERE category IN (SELECT value FROM json_each(?)) AND `+sel.between("ticket")+`)`, list(lead))
	sel.window = func(after, until int64) (int64, error) { return w.end(ctx, lead, after, until) }
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

// A window finds out how many tickets the categories have in one direction.
type window struct {
	tickets
	newest bool
}

// sql returns the ticket of category value that ends the window behind one, or
// else a number behind all.
func (w window) sql() string {
	compare, order := ">", ""
	if w.newest {
		compare, order = "<", " DESC"
	}
	return `coalesce((SELECT ticket FROM tm_ticket_categories WHERE category = value AND ticket ` + compare + ` ?
		ORDER BY ticket` + order + ` LIMIT 1 OFFSET ?), ?)`
}

// rarest returns the category whose tickets behind one take longest to fill a
// window, or never do.
func (w window) rarest(ctx context.Context, categories []string, after int64) (string, error) {
	if len(categories) == 1 {
		return categories[0], nil
	}
	order, never := ` DESC`, int64(math.MaxInt64)
	if w.newest {
		order, never = ``, 0
		if after == 0 {
			after = math.MaxInt64
		}
	}
	var i int
	_, err := w.first(ctx, func(rows *sql.Rows) error { return rows.Scan(&i) }, `SELECT key FROM json_each(?)
		ORDER BY `+w.sql()+order+`, key LIMIT 1`, list(categories), after, categoryWindow-1, never)
	return categories[i], err
}

// end returns the seq up to which no category has more than categoryWindow
// tickets behind the one called after.
func (w window) end(ctx context.Context, categories []string, after, until int64) (int64, error) {
	nearest, nearer := `min`, func(a, b int64) int64 { return min(a, b) }
	if w.newest {
		nearest, nearer = `max`, func(a, b int64) int64 { return max(a, b) }
	}
	end, _, err := w.number(ctx, `SELECT `+nearest+`(`+w.sql()+`) FROM json_each(?)`, after, categoryWindow-1, until, list(categories))
	return nearer(end, until), err
}
