package pgstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// byIndex keeps the server from planning to read whole tables. Every statement
// has an index, but while a table is small a plan without it looks cheaper, and
// a connection may keep that plan until long after the table has grown.
//
// What has no index all the same, as the numbers given out, the server then
// takes for so expensive that it would compile it first, at a cost of some
// hundred milliseconds each time: so jit is off, too.
const byIndex = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; "

// beginView takes the snapshot at once: a transaction has none until it reads.
// Workers beside it would take longer to start than a page takes to be found.
const beginView = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " + byIndex + "SET LOCAL max_parallel_workers_per_gather = 0; SELECT 1"

// A beginning is what an Update begins with, in one round trip. In READ
// COMMITTED each statement sees what was committed before it; under the lock
// that is everything all the time.
type beginning struct {
	plain  string // without the lock
	locked string // with the lock and the numbers given out
	lock   string
	last   string // a query for the numbers given out, in the order of sequences
	fsync  int    // which of its results says first whether the server flushes
	method string // by which texts are compressed; empty: the server's default
}

// sequences give out numbers, or are read with them.
var sequences = []string{ticketsLast, commentsLast, changesLast, ledgerLast, outboxLast, settingsLast, searchState, staleAny}

const (
	ticketsLast  = "tickets_last"
	commentsLast = "comments_last"
	changesLast  = "changes_last"
	ledgerLast   = "ledger_last"
	outboxLast   = "outbox_last"
	settingsLast = "settings_last"

	searchState = "search_state" // one of the states of the index, see search.go
	staleAny    = "stale_any"    // 1: tickets are noted whose words are to be indexed anew; a view
)

// newBeginning puts the statements together. synchronous_commit must make a
// commit wait for the local flush, whatever the host set; a stronger one stays.
// Waiting for the lock ends with the context, not with a setting of the host.
// ticketmail.indexes tells the triggers that we index ourselves what we write.
//
// Texts are compressed by LZ4 where the server can, see check: for the end of an
// Update all nodes wait, and with PostgreSQL's own method one that writes comments
// of 8 KB takes a third longer (BenchmarkCompression). A column that the host has
// given a method keeps it.
func newBeginning(schema string, idle time.Duration, method string) beginning {
	compress := ""
	if method != "" {
		compress = fmt.Sprintf(", set_config('default_toast_compression', '%s', true)", method)
	}
	b := beginning{
		method: method,
		plain: fmt.Sprintf(`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; `+byIndex+`SELECT current_setting('fsync'),
			CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END,
			set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),
			set_config('idle_in_transaction_session_timeout', '%d', true), set_config('ticketmail.indexes', 'on', true)%s`, idle.Milliseconds(), compress),
		lock: fmt.Sprintf("LOCK TABLE %s.tm_writer IN EXCLUSIVE MODE", schema),
	}
	var columns, tables []string
	for i, name := range sequences {
		columns = append(columns, fmt.Sprintf("s%d.last_value", i))
		tables = append(tables, fmt.Sprintf("%s.tm_%s s%d", schema, name, i))
	}
	b.last = "SELECT " + strings.Join(columns, ", ") + " FROM " + strings.Join(tables, ", ")
	b.fsync = strings.Count(b.plain, ";")
	b.locked = b.plain + "; " + b.lock + "; " + b.last
	return b
}

// A connection is one of the pool, in a transaction.
type connection struct {
	conn *pgxpool.Conn
}

// connect takes a connection from the pool and begins a transaction on it. One
// that turns out to be gone, because the server was started anew, is replaced:
// nothing has been done on it.
func (s *Store) connect(ctx context.Context, begin string) (*connection, error) {
	c, _, err := s.connectResult(ctx, begin)
	return c, err
}

func (s *Store) connectResult(ctx context.Context, begin string) (*connection, []*pgconn.Result, error) {
	for tries := int(s.pool.Config().MaxConns); ; tries-- {
		conn, err := s.pool.Acquire(ctx)
		if err != nil {
			return nil, nil, cause(ctx, err)
		}
		c := &connection{conn}
		results, err := conn.Conn().PgConn().Exec(ctx, begin).ReadAll()
		if err == nil {
			return c, results, nil
		}
		c.rollback()
		if ctx.Err() != nil || tries <= 0 || !isLost(err) {
			return nil, nil, cause(ctx, err)
		}
	}
}

// grace is how long a commit goes on after its context is done: its outcome
// should be known, but the server may be gone.
const grace = 3 * time.Second

// rollbackTime is how long giving up may take; then the connection is closed.
const rollbackTime = time.Second

// commit runs some last statements, ends the transaction and gives the
// connection back. The server answers COMMIT of a failed transaction with
// ROLLBACK and no error.
func (c *connection) commit(ctx context.Context, last string) error {
	defer c.conn.Release()
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-patient.Done():
		}
	})
	defer stop()
	results, err := c.conn.Conn().PgConn().Exec(patient, last+"COMMIT").ReadAll()
	if err != nil && patient.Err() != nil {
		return fmt.Errorf("commit: no answer for %v, it is not known whether it was committed: %w", grace, context.Cause(ctx))
	}
	if err == nil && results[len(results)-1].CommandTag.String() != "COMMIT" {
		err = errors.New("the server rolled back")
	}
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback gives up the transaction and gives the connection back. The pool
// closes one that is still in a transaction.
func (c *connection) rollback() {
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
	defer cancel()
	_, _ = c.conn.Exec(ctx, "ROLLBACK")
	c.conn.Release()
}
