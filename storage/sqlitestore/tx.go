package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A runner runs statements in a transaction: the [writeConn], or a connection
// of the pool or a host's transaction, see unprepared.
type runner interface {
	exec(ctx context.Context, query string, args ...any) (sql.Result, error)
	query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// unprepared runs statements that are prepared each time.
type unprepared struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (u unprepared) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return u.on.ExecContext(ctx, query, args...)
}

func (u unprepared) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return u.on.QueryContext(ctx, query, args...)
}

var errEnded = errors.New("used after the end of its transaction")

// A tx is one transaction, reading or writing. It serves one goroutine.
type tx struct {
	store *Store
	run   runner
	err   error // why nothing more may be done in it

	// Of a writing transaction. What is put in is held back here and goes in
	// with few wide statements, see finish.
	writes  bool
	next    map[string]int64           // table: next seq
	tickets map[storage.TicketID]int64 // seq of tickets met
	touched int                        // tickets and comments put, whose words are not in the index yet
	changes []storage.Change           // not in the table yet
	staged  map[[32]byte]*stagedBlob   // referenced; their rows are not in the table yet
	known   map[storage.Blob]struct{}  // referenced, and have their rows
	news    storage.News               // what was written
}

// exec runs a statement to its end. A context ends the transaction between
// statements, not in them: each is short, and an interrupted connection would
// have to be replaced. After an error of the database nothing more is run,
// since SQLite may have rolled back and would then commit each statement.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := t.usable(ctx); err != nil {
		return 0, err
	}
	res, err := t.run.exec(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	return res.RowsAffected()
}

// each calls scan for every row of a query. No other statement may be run in
// scan.
func (t *tx) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	if err := t.usable(ctx); err != nil {
		return err
	}
	rows, err := t.run.query(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return t.fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return t.fail(err)
		}
	}
	if err := rows.Err(); err != nil {
		return t.fail(err)
	}
	return nil
}

// first calls scan for the first row and reports whether there is one.
func (t *tx) first(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) (bool, error) {
	found := false
	err := t.each(ctx, func(rows *sql.Rows) error {
		found = true
		return scan(rows)
	}, query, args...)
	return found, err
}

// exists reports whether a query has a row.
func (t *tx) exists(ctx context.Context, query string, args ...any) (bool, error) {
	return t.first(ctx, func(*sql.Rows) error { return nil }, query, args...)
}

// number returns the only value of a query's first row, 0 without one.
func (t *tx) number(ctx context.Context, query string, args ...any) (n int64, ok bool, err error) {
	ok, err = t.first(ctx, func(rows *sql.Rows) error { return rows.Scan(&n) }, query, args...)
	return n, ok, err
}

func (t *tx) usable(ctx context.Context) error {
	if t.err != nil {
		return t.err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// fail keeps the transaction from being committed.
func (t *tx) fail(err error) error {
	if t.err == nil {
		t.err = err
	}
	return err
}

// nextSeq gives out the next number of a table.
func (t *tx) nextSeq(ctx context.Context, table string) (int64, error) {
	n, ok := t.next[table]
	if !ok {
		last, _, err := t.number(ctx, `SELECT max(coalesce((SELECT max(seq) FROM `+table+`), 0), coalesce((SELECT seq FROM tm_last WHERE name = ?), 0))`, table)
		if err != nil {
			return 0, err
		}
		n = t.store.unused(table, last) + 1
	}
	t.next[table] = n + 1
	t.store.gaveOut(table, n)
	return n, nil
}

// finish makes the transaction ready to be committed: everything is in its
// tables, and the content referred to is on disk.
func (t *tx) finish(ctx context.Context) error {
	if err := t.usable(ctx); err != nil {
		return err
	}
	if err := t.flushChanges(ctx); err != nil {
		return err
	}
	if err := t.flushWords(ctx); err != nil {
		return err
	}
	if err := t.finishBlobs(ctx); err != nil {
		return fmt.Errorf("blobs: %w", err)
	}
	return nil
}

// A reader is a tx as View hands it out.
type reader struct{ *tx }

func (r reader) Tickets() storage.TicketReader {
	if r.store.search.Load() {
		return searcher{tickets{r.tx}}
	}
	return tickets{r.tx}
}
func (r reader) Ledger() mailbox.LedgerReader     { return ledger{r.tx} }
func (r reader) Outbox() notify.OutboxReader      { return outbox{r.tx} }
func (r reader) Settings() storage.SettingsReader { return settings{r.tx} }

// A writer is a tx as Update hands it out.
type writer struct{ *tx }

func (w writer) Tickets() storage.Tickets {
	if w.store.search.Load() {
		return searcher{tickets{w.tx}}
	}
	return tickets{w.tx}
}
func (w writer) Ledger() mailbox.Ledger     { return ledger{w.tx} }
func (w writer) Outbox() notify.Outbox      { return outbox{w.tx} }
func (w writer) Settings() storage.Settings { return settings{w.tx} }
func (w writer) Leases() storage.Leases     { return leases{w.tx} }

func newWriter(s *Store, run runner) *tx {
	return &tx{
		store: s, run: run, writes: true,
		next:    make(map[string]int64),
		tickets: make(map[storage.TicketID]int64),
		staged:  make(map[[32]byte]*stagedBlob),
		known:   make(map[storage.Blob]struct{}),
	}
}
