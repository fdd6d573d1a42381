package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"example.com/ticketmail/storage"
)

// A searcher is the tickets where the index is complete.
type searcher struct{ tickets }

var (
	_ storage.Searcher = searcher{}
	_ storage.Tickets  = searcher{}
)

// createSearch makes the index: what is searched of each ticket, as words with
// blanks between, see [storage.Searched]. It keeps no text (that stands in the
// tables), and its tokenizer takes all that is not ASCII as parts of words.
const createSearch = `CREATE VIRTUAL TABLE IF NOT EXISTS tm_search USING fts5
	(public, internal, content='', contentless_delete=1, tokenize='ascii')`

// Values of the key "search" in tm_meta. Without it nothing is indexed.
const (
	searchBuilding = "building" // what is written is indexed, and New reads the rest
	searchOn       = "on"
)

// Search implements [storage.Searcher].
func (p searcher) Search(ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	return func(yield func(storage.Ticket, error) bool) {
		terms := storage.ParseSearch(text)
		sel, err := p.selection(ctx, q)
		if err == nil {
			err = p.usable(ctx)
		}
		if err != nil {
			yield(storage.Ticket{}, err)
			return
		}
		if len(terms) == 0 {
			return
		}
		sel.index = "tm_search"
		sel.and(`tm_search MATCH ?`, match(terms, internal))
		pages(ctx, p.tx, sel, scanTicket)(yield)
	}
}

// match writes terms for FTS5. Words have no signs that mean something.
func match(terms []storage.SearchTerm, internal bool) string {
	all := make([]string, len(terms))
	for i, t := range terms {
		all[i] = `"` + strings.Join(t.Words, " ") + `"`
		if t.Prefix {
			all[i] += " *"
		}
	}
	query := strings.Join(all, " AND ")
	if internal {
		return query
	}
	return "{public} : (" + query + ")"
}

// searchSetting returns what tm_meta says of the index.
func (t *tx) searchSetting(ctx context.Context) (state string, err error) {
	_, err = t.first(ctx, func(rows *sql.Rows) error { return rows.Scan(&state) }, `SELECT value FROM tm_meta WHERE key = 'search'`)
	return state, err
}

// flushWords brings the index up to what the transaction wrote.
func (t *tx) flushWords(ctx context.Context) error {
	if len(t.stale) == 0 {
		return nil
	}
	seqs := slices.Sorted(maps.Keys(t.stale))
	clear(t.stale)
	state, err := t.searchSetting(ctx)
	if err != nil || state == "" {
		return err
	}
	for _, seq := range seqs {
		if err := t.index(ctx, seq); err != nil {
			return t.fail(fmt.Errorf("index words: %w", err))
		}
	}
	return nil
}

// index writes the words of a ticket as it is stored now.
func (t *tx) index(ctx context.Context, seq int64) error {
	var s *storage.Searched
	_, err := t.first(ctx, func(rows *sql.Rows) error {
		var k storage.Ticket
		err := rows.Scan(&k.ID, &k.Subject)
		s = storage.NewSearched(&k)
		return err
	}, `SELECT id, subject FROM tm_tickets WHERE seq = ?`, seq)
	if err != nil || s == nil {
		return err
	}
	err = t.each(ctx, func(rows *sql.Rows) error {
		var c storage.Comment
		var files []attachment
		err := rows.Scan(&c.Internal, &c.Sender.Name, &c.Sender.Address, &c.Text, listColumn[attachment]{&files})
		for _, f := range files {
			c.Attachments = append(c.Attachments, storage.Attachment{Display: f.Display})
		}
		s.Add(&c)
		return err
	}, `SELECT internal, sender_name, sender_address, text, attachments FROM tm_comments WHERE ticket = ? ORDER BY seq LIMIT ?`,
		seq, storage.SearchComments)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT OR REPLACE INTO tm_search (rowid, public, internal) VALUES (?, ?, ?)`,
		seq, strings.Join(s.Public, " "), strings.Join(s.Internal, " "))
	return err
}

// searchBatch is how many tickets are indexed in one transaction.
const searchBatch = 200

// openSearch finds out whether there is a complete index, and makes one if that
// is wanted. Nobody else uses the write connection yet, and it is used only then:
// to open a database must not wait for a process that is busy writing.
func (s *Store) openSearch(ctx context.Context, wanted bool) error {
	var state string
	err := s.db.QueryRowContext(ctx, `SELECT value FROM tm_meta WHERE key = 'search'`).Scan(&state)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if wanted && state != searchOn {
		if err := s.buildSearch(ctx); err != nil {
			return err
		}
		state = searchOn
	}
	s.search.Store(state == searchOn)
	return nil
}

func (s *Store) buildSearch(ctx context.Context) error {
	step := func(fn func(t *tx) error) error {
		return s.update(ctx, func(w storage.Writer) error { return fn(w.(writer).tx) })
	}
	err := step(func(t *tx) error {
		if _, err := t.exec(ctx, createSearch); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO tm_meta VALUES ('search', ?) ON CONFLICT DO NOTHING`, searchBuilding)
		return err
	})
	for after := int64(0); err == nil && after != math.MaxInt64; {
		err = step(func(t *tx) (err error) {
			after, err = t.build(ctx, after)
			return err
		})
	}
	return err
}

// build indexes some tickets behind one, and returns the last, or the highest
// number once it has them all.
func (t *tx) build(ctx context.Context, after int64) (last int64, err error) {
	var seqs []int64
	err = t.each(ctx, func(rows *sql.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	}, `SELECT seq FROM tm_tickets WHERE seq > ? ORDER BY seq LIMIT ?`, after, searchBatch)
	if err != nil {
		return after, err
	}
	if len(seqs) == 0 {
		_, err := t.exec(ctx, `UPDATE tm_meta SET value = ? WHERE key = 'search'`, searchOn)
		return math.MaxInt64, err
	}
	for _, seq := range seqs {
		if err := t.index(ctx, seq); err != nil {
			return after, err
		}
	}
	return seqs[len(seqs)-1], nil
}
