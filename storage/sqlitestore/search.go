package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
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

// Search implements [storage.Searcher]. Tickets that are noted as stale are
// judged by their texts, so that what is found is what stands in the snapshot,
// whoever wrote it.
func (p searcher) Search(ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	return func(yield func(storage.Ticket, error) bool) {
		terms := storage.ParseSearch(text)
		sel, err := p.selection(ctx, q)
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

// find adds the condition that terms are found.
func (p searcher) find(ctx context.Context, sel *selection, terms []storage.SearchTerm, internal bool) error {
	found, stale, err := p.findStale(ctx, terms, internal)
	switch {
	case err != nil:
		return err
	case stale:
		sel.and(`seq IN (SELECT rowid FROM tm_search WHERE tm_search MATCH ? EXCEPT SELECT ticket FROM tm_stale
			UNION ALL SELECT value FROM json_each(?))`, match(terms, internal), found)
	default:
		sel.index = "tm_search"
		sel.and(`tm_search MATCH ?`, match(terms, internal))
	}
	return nil
}

// findStale reads the texts of the tickets noted, and returns those in which
// terms are found, as a JSON array, and whether any are noted.
func (p searcher) findStale(ctx context.Context, terms []storage.SearchTerm, internal bool) (found string, stale bool, err error) {
	var all []string
	for after := int64(0); ; {
		seqs, err := p.staleTickets(ctx, after, searchBatch)
		if err != nil {
			return "", false, err
		}
		for _, seq := range seqs {
			s, err := p.searched(ctx, seq)
			if err != nil {
				return "", false, err
			}
			if s != nil && s.Match(terms, internal) {
				all = append(all, strconv.FormatInt(seq, 10))
			}
			after, stale = seq, true
		}
		if len(seqs) < searchBatch {
			return "[" + strings.Join(all, ",") + "]", stale, nil
		}
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

// staleTickets returns some of the tickets noted, behind one.
func (t *tx) staleTickets(ctx context.Context, after int64, limit int) (seqs []int64, err error) {
	err = t.each(ctx, func(rows *sql.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	}, `SELECT ticket FROM tm_stale WHERE ticket > ? ORDER BY ticket LIMIT ?`, after, limit)
	return seqs, err
}

// catchUpBatch is how many tickets that others noted an Update indexes beside
// its own.
const catchUpBatch = 50

// flushWords brings the index up to what the transaction wrote, and some way to
// what others did.
func (t *tx) flushWords(ctx context.Context) error {
	limit := t.touched + catchUpBatch
	t.touched = 0
	if _, err := t.catchUp(ctx, limit); err != nil {
		return t.fail(fmt.Errorf("index words: %w", err))
	}
	return nil
}

// everything is no limit, for catchUp: words that were taken away must not stay
// in the index behind those of many other tickets.
const everything = -1

// catchUp indexes some of the tickets noted, and reports whether there may be
// more.
func (t *tx) catchUp(ctx context.Context, limit int) (more bool, err error) {
	seqs, err := t.staleTickets(ctx, 0, limit)
	for _, seq := range seqs {
		if err == nil {
			err = t.index(ctx, seq)
		}
	}
	return len(seqs) == limit, err
}

// index writes the words of a ticket as it is stored now.
func (t *tx) index(ctx context.Context, seq int64) error {
	s, err := t.searched(ctx, seq)
	if err != nil {
		return err
	}
	if s == nil {
		_, err = t.exec(ctx, `DELETE FROM tm_search WHERE rowid = ?`, seq)
	} else {
		_, err = t.exec(ctx, `INSERT OR REPLACE INTO tm_search (rowid, public, internal) VALUES (?, ?, ?)`,
			seq, strings.Join(s.Public, " "), strings.Join(s.Internal, " "))
	}
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM tm_stale WHERE ticket = ?`, seq)
	return err
}

// searched returns what is searched of a ticket, nil of one that is gone.
func (t *tx) searched(ctx context.Context, seq int64) (s *storage.Searched, err error) {
	_, err = t.first(ctx, func(rows *sql.Rows) error {
		var k storage.Ticket
		err := rows.Scan(&k.ID, &k.Subject)
		s = storage.NewSearched(&k)
		return err
	}, `SELECT id, subject FROM tm_tickets WHERE seq = ?`, seq)
	if err != nil || s == nil {
		return nil, err
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
	return s, err
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
	var stale bool
	if err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tm_stale)`).Scan(&stale); err != nil {
		return err
	}
	for wanted && stale {
		err := s.updateTx(ctx, func(t *tx) (err error) {
			stale, err = t.catchUp(ctx, searchBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	s.search.Store(state == searchOn)
	return nil
}

// updateTx is update for what needs the transaction itself.
func (s *Store) updateTx(ctx context.Context, fn func(*tx) error) error {
	return s.update(ctx, func(w storage.Writer) error { return fn(w.(writer).tx) })
}

func (s *Store) buildSearch(ctx context.Context) error {
	err := s.updateTx(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, createSearch); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO tm_meta VALUES ('search', ?) ON CONFLICT DO NOTHING`, searchBuilding)
		return err
	})
	for after := int64(0); err == nil && after != math.MaxInt64; {
		err = s.updateTx(ctx, func(t *tx) (err error) {
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
