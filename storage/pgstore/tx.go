package pgstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A runner runs statements in a transaction: a connection of ours, or a host's
// transaction.
type runner interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

var errEnded = errors.New("used after the end of its transaction")

// A tx is one transaction, reading or writing. It serves one goroutine.
type tx struct {
	store *Store
	run   runner // nil: not begun yet
	err   error  // why nothing more may be done in it

	// Of a writing transaction. Changes are held back and go in with one wide
	// statement, see flush; what hardly ever fails goes with the next statement,
	// see hold and errHope.
	writes  bool
	turn    *turn       // nil: in a host's transaction
	conn    *connection // nil: not begun yet, or a host's
	locked  bool
	last    map[string]int64           // sequence: last number given out
	moved   map[string]bool            // sequences of which this transaction gave out numbers
	ids     map[string]*ids            // table: which numbers are free as ids
	tickets map[storage.TicketID]int64 // seq of tickets met
	stale   map[int64]struct{}         // tickets whose words are not in the index yet
	changes []storage.Change           // held back
	held    []held
	rows    [kindsOfRows][]any        // of new records, held back
	entries []numberedEntry           // of the ledger, held back
	waiting int                       // how many of all these there are
	bytes   int                       // about how much memory they hold
	flight  *flight                   // what was held back, on its way; nil: nothing is
	hopes   bool                      // new records are taken to be new, see errHope
	undo    []func()                  // gives records put the ID and Version they had
	wanted  map[[32]byte]storage.Blob // content referred to in what is held back
	known   map[storage.Blob]struct{} // content referred to
	values  settingCache
	renewed []renewal    // leases to be extended with the commit
	news    storage.News // what was written
}

func newWriter(s *Store) *tx {
	return &tx{
		store: s, writes: true,
		last: make(map[string]int64), moved: make(map[string]bool), ids: make(map[string]*ids),
		tickets: make(map[storage.TicketID]int64), stale: make(map[int64]struct{}), known: make(map[storage.Blob]struct{}),
	}
}

// pgConn returns the connection for statements without parameters.
func (t *tx) pgConn() *pgconn.PgConn {
	if host, ok := t.run.(pgx.Tx); ok {
		return host.Conn().PgConn()
	}
	return t.conn.conn.Conn().PgConn()
}

// ready sees to it that a statement may be run, under the lock where it is in
// an Update.
func (t *tx) ready(ctx context.Context) error {
	if err := t.usable(ctx); err != nil {
		return err
	}
	if t.writes {
		return t.lock(ctx)
	}
	return nil
}

// exec runs a statement to its end. After an error of the database nothing
// more is run: the server would refuse it.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := t.ready(ctx); err != nil {
		return 0, err
	}
	rows, end, err := t.open(ctx, query, args)
	if err != nil {
		return 0, err
	}
	defer end()
	rows.Close()
	if err := rows.Err(); err != nil {
		return 0, t.fail(cause(ctx, err))
	}
	return rows.CommandTag().RowsAffected(), nil
}

// each calls scan for every row of a query. No other statement may be run in
// scan.
func (t *tx) each(ctx context.Context, scan func(pgx.Rows) error, query string, args ...any) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	return t.eachOf(ctx, scan, query, args...)
}

// eachOf is each for a transaction that is ready.
func (t *tx) eachOf(ctx context.Context, scan func(pgx.Rows) error, query string, args ...any) error {
	rows, end, err := t.open(ctx, query, args)
	if err != nil {
		return err
	}
	defer end()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return t.fail(cause(ctx, err))
		}
	}
	if err := rows.Err(); err != nil {
		return t.fail(cause(ctx, err))
	}
	return nil
}

// first calls scan for the first row and reports whether there is one.
func (t *tx) first(ctx context.Context, scan func(pgx.Rows) error, query string, args ...any) (bool, error) {
	found := false
	err := t.each(ctx, func(rows pgx.Rows) error {
		found = true
		return scan(rows)
	}, query, args...)
	return found, err
}

// number returns the only value of a query's first row, 0 without one.
func (t *tx) number(ctx context.Context, query string, args ...any) (n int64, ok bool, err error) {
	ok, err = t.first(ctx, func(rows pgx.Rows) error { return rows.Scan(&n) }, query, args...)
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

// next gives out the next number of a sequence. Under the lock nobody else
// does, so that the sequence itself is moved only once, by finish.
func (t *tx) next(ctx context.Context, sequence string) (int64, error) {
	if err := t.ready(ctx); err != nil {
		return 0, err
	}
	n := t.store.unused(sequence, t.last[sequence]) + 1
	t.last[sequence] = n
	t.moved[sequence] = true
	t.store.gaveOut(sequence, n)
	return n, nil
}

// flush writes what was held back.
func (t *tx) flush(ctx context.Context) error {
	if err := t.flushWords(ctx); err != nil {
		return err
	}
	return t.flushHeld(ctx)
}

// finish makes the transaction ready to be committed: everything is in its
// tables.
func (t *tx) finish(ctx context.Context) error {
	if err := t.usable(ctx); err != nil {
		return err
	}
	if t.store.other != nil && len(t.known) > 0 {
		if err := storage.SyncReferences(ctx, t.store.other, t.known); err != nil {
			return err
		}
	}
	return t.flush(ctx)
}

// lastStatements returns those that belong to the commit, or "".
func (t *tx) lastStatements() string { return t.moves() + t.extends() + t.tells() }

// moves returns the statement that moves the sequences, so that no number is
// given out again, or "".
func (t *tx) moves() string {
	var set []string
	for _, name := range sequences {
		if t.moved[name] {
			set = append(set, fmt.Sprintf("setval('%s.tm_%s', %d)", strings.ReplaceAll(t.store.schema, "'", "''"), name, t.last[name]))
		}
	}
	if set == nil {
		return ""
	}
	return "SELECT " + strings.Join(set, ", ") + "; "
}

// sql returns a query for the tables of the Store's schema: as written here
// they are called tm.tickets and so on.
func (s *Store) sql(query string) string {
	if known, ok := s.queries.Load(query); ok {
		return known.(string)
	}
	full := strings.ReplaceAll(query, "tm.", s.schema+".tm_")
	s.queries.Store(query, full)
	return full
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
