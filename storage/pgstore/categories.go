package pgstore

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"
)

// categoryWindow is how many tickets of some categories are looked at before
// the next ones: some pages' worth.
const categoryWindow = 4 * pageRows

// putCategories makes a ticket be found by its categories, and by no others.
func (p tickets) putCategories(ctx context.Context, seq int64, categories []string) error {
	ids := encodeAll(categories)
	if ids == nil {
		ids = []string{} // nil would be NULL
	}
	_, err := p.exec(ctx, `WITH gone AS (DELETE FROM tm.ticket_categories WHERE ticket = $1 AND category <> ALL ($2::text[]))
		INSERT INTO tm.ticket_categories (category, ticket) SELECT c, $1 FROM unnest($2::text[]) c ON CONFLICT DO NOTHING`, seq, ids)
	return err
}

// filterCategories lets sel begin with the tickets of some categories: with
// few of them it does not matter how many others there are. Where a ticket
// must be in all of several, one that has few tickets leads. What remains to be
// asked stands in the ticket.
func (p tickets) filterCategories(ctx context.Context, sel *selection, anyOf, allOf []string) error {
	lead := encodeAll(anyOf)
	if len(allOf) > 0 {
		rarest, err := p.rarest(ctx, encodeAll(allOf), sel.after, sel.newest)
		if err != nil {
			return err
		}
		lead = []string{rarest}
	}
	if len(lead) == 0 {
		return nil
	}
	sel.lead = func(after, until int64) ([]int64, int64, error) {
		return p.inCategories(ctx, lead, after, until, sel.newest)
	}
	if len(allOf) > 1 {
		sel.and(`categories @> ?::text[]`, encodeAll(allOf))
	}
	if len(allOf) > 0 && len(anyOf) > 0 {
		sel.and(`categories && ?::text[]`, encodeAll(anyOf))
	}
	return nil
}

// inCategories returns the first tickets behind one and up to another that are
// in any of some categories. Each category is read no further than that.
func (p tickets) inCategories(ctx context.Context, categories []string, after, until int64, newest bool) (seqs []int64, end int64, err error) {
	query := inCategories
	if newest {
		query = inCategoriesBack
	}
	err = p.each(ctx, func(rows pgx.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	}, query, categories, after, until, categoryWindow)
	if len(seqs) < categoryWindow {
		return seqs, until, err
	}
	return seqs, seqs[len(seqs)-1], err
}

const inCategories = `SELECT DISTINCT ticket FROM unnest($1::text[]) wanted CROSS JOIN LATERAL (
	SELECT ticket FROM tm.ticket_categories WHERE category = wanted AND ticket > $2 AND ticket <= $3 ORDER BY ticket LIMIT $4
) found ORDER BY ticket LIMIT $4`

const inCategoriesBack = `SELECT DISTINCT ticket FROM unnest($1::text[]) wanted CROSS JOIN LATERAL (
	SELECT ticket FROM tm.ticket_categories WHERE category = wanted AND ticket < $2 AND ticket >= $3 ORDER BY ticket DESC LIMIT $4
) found ORDER BY ticket DESC LIMIT $4`

// rarest returns the category whose tickets behind one take longest to fill a
// window, or never do.
func (p tickets) rarest(ctx context.Context, categories []string, after int64, newest bool) (string, error) {
	if len(categories) == 1 {
		return categories[0], nil
	}
	query, never := rarest, int64(math.MaxInt64)
	if newest {
		query, never = rarestBack, 0
		if after == 0 {
			after = math.MaxInt64
		}
	}
	var id string
	_, err := p.first(ctx, func(rows pgx.Rows) error { return rows.Scan(&id) }, query, categories, after, categoryWindow-1, never)
	return id, err
}

const rarest = `SELECT wanted FROM unnest($1::text[]) wanted ORDER BY coalesce((
	SELECT ticket FROM tm.ticket_categories WHERE category = wanted AND ticket > $2 ORDER BY ticket OFFSET $3 LIMIT 1
), $4::bigint) DESC, wanted LIMIT 1`

const rarestBack = `SELECT wanted FROM unnest($1::text[]) wanted ORDER BY coalesce((
	SELECT ticket FROM tm.ticket_categories WHERE category = wanted AND ticket < $2 ORDER BY ticket DESC OFFSET $3 LIMIT 1
), $4::bigint), wanted LIMIT 1`
