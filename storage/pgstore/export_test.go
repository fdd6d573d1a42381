package pgstore

import (
	"context"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Encode and Decode turn text into what stands in a column, and back.
func Encode(s string) string { return encode(s) }

// Decode is the inverse of Encode.
func Decode(s string) string { return decode(s) }

// Migrate brings a schema to the migrations in fsys.
func Migrate(ctx context.Context, pool *pgxpool.Pool, schema string, fsys fs.FS) error {
	all, err := loadMigrations(fsys)
	if err != nil {
		return err
	}
	schema = pgx.Identifier{schema}.Sanitize()
	s := &Store{pool: pool, schema: schema, idle: time.Second}
	s.compressBy("")
	return s.migrate(ctx, all)
}

// CompressBy makes Updates of s compress by a method.
func (s *Store) CompressBy(method string) { s.compressBy(method) }

// Migrations are those of this release.
var Migrations fs.FS = migrations

// ServerSetting returns a setting of the server as the transaction of w has it.
func ServerSetting(ctx context.Context, w storage.Writer, name string) (value string, err error) {
	_, err = w.(writer).first(ctx, func(rows pgx.Rows) error { return rows.Scan(&value) }, `SELECT current_setting($1)`, name)
	return value, err
}

// Explain runs a query of the store's with EXPLAIN and calls fn for each line.
// of builds the query from a reading transaction.
func (s *Store) Explain(ctx context.Context, options string, of func(Queries) (Query, error), fn func(line string)) error {
	return s.Update(ctx, func(w storage.Writer) error {
		t := w.(writer).tx
		q, err := of(Queries{ctx, t})
		if err != nil {
			return err
		}
		return t.each(ctx, func(rows pgx.Rows) error {
			var line string
			err := rows.Scan(&line)
			fn(line)
			return err
		}, "EXPLAIN ("+options+") "+q.SQL, q.Args...)
	})
}

// A Query is a statement with its arguments.
type Query struct {
	SQL  string
	Args []any
}

// Queries makes the statements that the store runs.
type Queries struct {
	ctx context.Context
	tx  *tx
}

func (q Queries) page(sel selection) (Query, error) {
	until := sel.start(1 << 62)
	if _, err := sel.window(q.ctx, q.tx, until); err != nil {
		return Query{}, err
	}
	query, args := sel.sql(pageRows, until)
	return Query{query, args}, nil
}

// Tickets is a page of tickets.
func (q Queries) Tickets(query storage.TicketQuery) (Query, error) {
	sel, err := tickets{q.tx}.selection(q.ctx, query)
	if err != nil {
		return Query{}, err
	}
	return q.page(sel)
}

// InCategories finds the tickets of some categories.
func (q Queries) InCategories(categories ...string) Query {
	return Query{inCategories, []any{categories, int64(0), int64(1 << 62), categoryWindow}}
}

// Rarest finds the category with the fewest tickets.
func (q Queries) Rarest(categories ...string) Query {
	return Query{rarest, []any{categories, int64(0), categoryWindow - 1, int64(1 << 62)}}
}

// Entries is a page of the ledger.
func (q Queries) Entries(query mailbox.LedgerQuery) (Query, error) {
	sel := selection{columns: entryColumns, table: "tm.ledger", newest: query.Newest}
	filterLedger(&sel, query)
	return q.page(sel)
}

// Mails is a page of the outbox.
func (q Queries) Mails(query notify.MailQuery) (Query, error) {
	sel := selection{columns: mailColumns, table: "tm.outbox", newest: query.Newest}
	filterMails(&sel, query)
	return q.page(sel)
}

// Changes is a page of the history of a ticket.
func (q Queries) Changes(id storage.TicketID) (Query, error) {
	sel := selection{columns: changeColumns, table: "tm.changes"}
	sel.and(`ticket = ?`, encode(id))
	return q.page(sel)
}

// Comments is a page of the comments of the ticket with a number.
func (q Queries) Comments(ticket int64) (Query, error) {
	sel := selection{columns: commentColumns, table: "tm.comments"}
	sel.and(`ticket = ?`, ticket)
	return q.page(sel)
}

// Lookup looks for keys in the ledger.
func (q Queries) Lookup(of []mailbox.Key) Query {
	k := newKeys(func(yield func(mailbox.Key) bool) {
		for _, key := range of {
			if !yield(key) {
				return
			}
		}
	})
	return Query{lookUp, []any{k.mailboxes, k.folders, k.validities, k.uids}}
}

// ByMessageID looks for mails.
func (q Queries) ByMessageID(ids ...string) Query {
	var hashes [][]byte
	for _, id := range ids {
		hashes = append(hashes, messageHash(id))
	}
	return Query{byMessageID, []any{hashes, 100}}
}

// Claim claims mails.
func (q Queries) Claim(now time.Time, n int) Query {
	return Query{claim, []any{now, n, "node", dueValue(now)}}
}

// CountReceived counts mails received between two times.
func (q Queries) CountReceived(since, until time.Time) Query {
	return Query{countReceived, []any{[]time.Time{since}, []time.Time{until}}}
}

// CountSent counts mails sent between two times.
func (q Queries) CountSent(since, until time.Time) Query {
	return Query{countSent, []any{[]time.Time{since}, []time.Time{until}}}
}

// CountMails counts mails.
func (q Queries) CountMails(query notify.MailQuery) (Query, error) {
	sel, err := outbox{q.tx}.selection(q.ctx, query)
	sql, args := sel.countSQL(1 << 62)
	return Query{sql, args}, err
}

// CountCategories counts the tickets of some categories.
func (q Queries) CountCategories(ids ...string) Query { return Query{countCategories, []any{ids}} }

// SeqScans returns how often each table was read as a whole, by the transaction
// of w and by earlier ones of its connection that are not reported yet.
func SeqScans(ctx context.Context, w storage.Writer, schema string) (scans map[string]int64, err error) {
	_, err = w.(writer).first(ctx, func(rows pgx.Rows) error { return rows.Scan(&scans) },
		`SELECT jsonb_object_agg(relname, seq_scan) FROM pg_stat_xact_user_tables WHERE schemaname = $1`, schema)
	return scans, err
}

// Backend returns the server's process that serves the transaction of w.
func Backend(ctx context.Context, w storage.Writer) (pid int, err error) {
	_, err = w.(writer).first(ctx, func(rows pgx.Rows) error { return rows.Scan(&pid) }, `SELECT pg_backend_pid()`)
	return pid, err
}
