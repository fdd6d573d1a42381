package pgstore

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// States of the index of words.
const (
	searchOff      = 0 // nothing is indexed
	searchBuilding = 1 // what is written is, and New reads the rest
	searchOn       = 2
)

// A searcher is the tickets where the index is complete.
type searcher struct{ tickets }

var (
	_ storage.Searcher = searcher{}
	_ storage.Tickets  = searcher{}
)

// Search implements [storage.Searcher]. Tickets that are noted as stale are
// judged by their texts, so that what is found is what stands in the snapshot,
// whoever wrote it.
func (p searcher) Search(ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	return func(yield func(storage.Ticket, error) bool) {
		terms := storage.ParseSearch(text)
		plain := q
		plain.AnyCategory, plain.AllCategories = nil, nil
		sel, err := p.selection(ctx, plain)
		ofCategories(&sel, q.AnyCategory, q.AllCategories)
		if err == nil {
			err = p.usable(ctx)
		}
		if err == nil && len(terms) > 0 {
			err = p.find(ctx, &sel, terms, internal)
		}
		if err != nil {
			yield(storage.Ticket{}, err)
			return
		}
		if len(terms) > 0 {
			pages(ctx, p.tx, sel, scanTicket)(yield)
		}
	}
}

// tsquery writes a term for PostgreSQL. Words have no signs that mean something.
func tsquery(t storage.SearchTerm) string {
	query := "'" + strings.Join(t.Words, "' <-> '") + "'"
	if t.Prefix {
		query += ":*"
	}
	return query
}

// Limits of a tsvector: more positions are of no use.
const (
	maxPosition  = 1<<14 - 1
	maxPositions = 255 // of a word
)

// tsvector writes words with their positions.
func tsvector(words []string) string {
	positions := make(map[string][]string, len(words))
	for i, w := range words {
		at := positions[w]
		if i < maxPosition && len(at) < maxPositions {
			at = append(at, strconv.Itoa(i+1))
		}
		positions[w] = at
	}
	var b strings.Builder
	for _, w := range slices.Sorted(maps.Keys(positions)) {
		b.WriteString(" '" + w + "'")
		if at := positions[w]; len(at) > 0 {
			b.WriteString(":" + strings.Join(at, ","))
		}
	}
	return b.String()
}

// searchBatch is how many tickets are indexed together.
const searchBatch = 100

// flushWords brings the index up to what the transaction wrote, and some way to
// what others did. In a host's transaction what we write is noted too.
func (t *tx) flushWords(ctx context.Context) error {
	hosts := t.conn == nil && len(t.stale) > 0
	if t.last[searchState] == searchOff || len(t.stale) == 0 && t.last[staleAny] == 0 {
		clear(t.stale)
		return nil
	}
	var noted notes
	if hosts || t.last[staleAny] > 0 {
		var err error
		if noted, err = t.takeNotes(ctx); err != nil {
			return t.fail(fmt.Errorf("index words: %w", err))
		}
		t.last[staleAny] = 0 // this was its part
	}
	for _, seq := range noted.tickets {
		t.stale[seq] = struct{}{}
	}
	seqs := slices.Sorted(maps.Keys(t.stale))
	clear(t.stale)
	for part := range slices.Chunk(seqs, searchBatch) {
		if err := t.index(ctx, part); err != nil {
			return t.fail(fmt.Errorf("index words: %w", err))
		}
	}
	if err := t.dropNotes(ctx, noted); err != nil {
		return t.fail(fmt.Errorf("index words: %w", err))
	}
	return nil
}

// index writes the words of tickets as they are stored now.
func (t *tx) index(ctx context.Context, seqs []int64) error {
	texts, err := t.searched(ctx, seqs)
	if err != nil {
		return err
	}
	numbers := slices.Sorted(maps.Keys(texts))
	public, internal := make([]string, len(numbers)), make([]string, len(numbers))
	for i, seq := range numbers {
		public[i], internal[i] = tsvector(texts[seq].Public), tsvector(texts[seq].Internal)
	}
	_, err = t.exec(ctx, `INSERT INTO tm.search (ticket, public, internal) SELECT t, p::tsvector, i::tsvector FROM unnest($1::bigint[], $2::text[], $3::text[]) AS r (t, p, i)
		ON CONFLICT (ticket) DO UPDATE SET public = excluded.public, internal = excluded.internal`, numbers, public, internal)
	return err
}

// searched returns what is searched of tickets, of those that exist.
func (t *tx) searched(ctx context.Context, seqs []int64) (map[int64]*storage.Searched, error) {
	texts := make(map[int64]*storage.Searched, len(seqs))
	err := t.each(ctx, func(rows pgx.Rows) error {
		var seq int64
		var k storage.Ticket
		err := rows.Scan(&seq, text(&k.ID), text(&k.Subject))
		texts[seq] = storage.NewSearched(&k)
		return err
	}, `SELECT seq, id, subject FROM tm.tickets WHERE seq = ANY ($1)`, seqs)
	if err != nil {
		return nil, err
	}
	err = t.each(ctx, func(rows pgx.Rows) error {
		var seq int64
		var c storage.Comment
		var list *string
		err := rows.Scan(&seq, &c.Internal, text(&c.Sender.Name), text(&c.Sender.Address), text(&c.Text), &list)
		if err != nil {
			return err
		}
		var files []attachment
		err = fromList(list, &files)
		for _, f := range files {
			c.Attachments = append(c.Attachments, storage.Attachment{Display: f.Display})
		}
		if s := texts[seq]; s != nil {
			s.Add(&c)
		}
		return err
	}, commentsToIndex, seqs, storage.SearchComments, storage.SearchBytes)
	return texts, err
}

const commentsToIndex = `SELECT wanted, c.* FROM unnest($1::bigint[]) wanted CROSS JOIN LATERAL (
	SELECT internal, sender_name, sender_address, left(text, $3), attachments FROM tm.comments WHERE ticket = wanted ORDER BY seq LIMIT $2
) c`

// openSearch finds out whether there is a complete index, and makes one if that
// is wanted.
func (s *Store) openSearch(ctx context.Context, wanted bool) error {
	var state int64
	if err := s.pool.QueryRow(ctx, s.sql(`SELECT last_value FROM tm.search_state`)).Scan(&state); err != nil {
		return err
	}
	for after := int64(0); wanted && state != searchOn; {
		from := after // fn may be called again
		err := s.Update(ctx, func(w storage.Writer) (err error) {
			state, after, err = w.(writer).build(ctx, from)
			return err
		})
		if err != nil {
			return err
		}
	}
	if wanted {
		if err := s.catchUp(ctx); err != nil {
			return err
		}
	}
	s.search.Store(state == searchOn)
	return nil
}

// catchUp indexes the tickets noted now.
func (s *Store) catchUp(ctx context.Context) error {
	var noted int
	if err := s.pool.QueryRow(ctx, s.sql(`SELECT count(*) FROM tm.stale`)).Scan(&noted); err != nil {
		return err
	}
	for range (noted + searchBatch - 1) / searchBatch {
		// A part of them with each commit.
		if err := s.Update(ctx, func(w storage.Writer) error { return w.(writer).ready(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// build indexes some tickets behind one that are not indexed yet. Others see in
// the state that they have to index what they write, and triggers that they have
// to note it: so who is writing without either is waited for before it is set.
func (w writer) build(ctx context.Context, after int64) (state, last int64, err error) {
	if err := w.ready(ctx); err != nil {
		return 0, 0, err
	}
	switch state = w.last[searchState]; state {
	case searchOn:
		return state, 0, nil
	case searchOff:
		w.last[searchState], w.moved[searchState] = searchBuilding, true
		_, err := w.exec(ctx, `LOCK TABLE tm.tickets, tm.comments IN SHARE MODE`)
		return searchBuilding, 0, err
	}
	var seqs []int64
	err = w.each(ctx, func(rows pgx.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	}, `SELECT seq FROM tm.tickets WHERE seq > $1 AND NOT EXISTS (SELECT FROM tm.search WHERE ticket = seq) ORDER BY seq LIMIT $2`, after, searchBatch)
	if err != nil {
		return 0, 0, err
	}
	if len(seqs) == 0 {
		w.last[searchState], w.moved[searchState] = searchOn, true
		return searchOn, 0, nil
	}
	return searchBuilding, seqs[len(seqs)-1], w.index(ctx, seqs)
}
