package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// busyTimeout is how long a transaction waits for a lock that another process
// holds.
const busyTimeout = 10 * time.Second

// A writeConn is the connection that all Updates go through. SQLite has one
// writer at a time anyway; one connection keeps statements prepared, and its
// pragmas, which are per connection, checked.
type writeConn struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	sync  int // value of PRAGMA synchronous, as read back
}

// openWriteConn takes a connection from the pool for good and prepares it.
func openWriteConn(ctx context.Context, db *sql.DB) (*writeConn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &writeConn{conn: conn, stmts: make(map[string]*sql.Stmt)}
	if err := c.configure(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// configure sets the pragmas and reads them back: SQLite ignores what it does
// not know or cannot do.
func (c *writeConn) configure(ctx context.Context) error {
	for _, p := range []struct{ name, set, want string }{
		{"busy_timeout", strconv.FormatInt(busyTimeout.Milliseconds(), 10), strconv.FormatInt(busyTimeout.Milliseconds(), 10)},
		{"encoding", "", "UTF-8"},
		{"journal_mode", "WAL", "wal"},
		{"foreign_keys", "ON", "1"},
		{"query_only", "OFF", "0"},
		{"cache_size", "-8192", "-8192"}, // KiB
		{"wal_autocheckpoint", "4000", "4000"},
	} {
		got, err := c.pragma(ctx, p.name, p.set)
		if err != nil {
			return fmt.Errorf("pragma %s: %w", p.name, err)
		}
		if got != p.want {
			return fmt.Errorf("pragma %s is %q, need %q", p.name, got, p.want)
		}
	}
	if err := c.noMmap(ctx); err != nil {
		return err
	}
	return c.fullSync(ctx)
}

// noMmap switches memory mapping off: an I/O error on a mapped page is a
// signal that ends the process, not an error. A build without it has no value.
func (c *writeConn) noMmap(ctx context.Context) error {
	got, err := c.pragma(ctx, "mmap_size", "0")
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("pragma mmap_size: %w", err)
	}
	if err == nil && got != "0" {
		return fmt.Errorf("pragma mmap_size is %q, need 0", got)
	}
	return nil
}

// fullSync makes each commit durable, which NORMAL does not in WAL mode. EXTRA,
// if the host chose it, stays.
func (c *writeConn) fullSync(ctx context.Context) error {
	got, err := c.pragma(ctx, "synchronous", "")
	if err == nil && got != "3" {
		got, err = c.pragma(ctx, "synchronous", "FULL")
	}
	if err != nil {
		return fmt.Errorf("pragma synchronous: %w", err)
	}
	if got != "2" && got != "3" {
		return fmt.Errorf("pragma synchronous is %q, need 2 (FULL) or 3 (EXTRA)", got)
	}
	c.sync = int(got[0] - '0')
	return nil
}

// pragma sets a value, if there is one, and reads it back.
func (c *writeConn) pragma(ctx context.Context, name, set string) (string, error) {
	if set != "" {
		if _, err := c.conn.ExecContext(ctx, "PRAGMA "+name+" = "+set); err != nil {
			return "", err
		}
	}
	var got string
	err := c.conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got)
	return got, err
}

// retryBusy repeats what fails because of another process's lock, where SQLite
// does not wait by itself: when two turn WAL on at once, or on a connection of
// the pool without busy_timeout.
func retryBusy(ctx context.Context, fn func() error) error {
	deadline := time.Now().Add(busyTimeout)
	for {
		err := fn()
		if !isBusy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// isBusy recognises SQLITE_BUSY and SQLITE_LOCKED without naming a driver:
// by result code where the error has one, else by SQLite's own words.
func isBusy(err error) bool {
	if err == nil {
		return false
	}
	if coded, ok := errors.AsType[interface {
		error
		Code() int
	}](err); ok {
		code := coded.Code() & 0xff
		return code == 5 || code == 6
	}
	return strings.Contains(err.Error(), "database is locked") || strings.Contains(err.Error(), "table is locked")
}

// begin starts a transaction that has the write lock from its first moment, so
// that it never fails later because somebody else wrote in between.
func (c *writeConn) begin(ctx context.Context) error {
	_, err := c.conn.ExecContext(ctx, "BEGIN IMMEDIATE")
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case isBusy(err):
		err = fmt.Errorf("another process has held the write lock for %s: %w", busyTimeout, err)
	}
	// A BEGIN that was interrupted may have taken effect all the same.
	_, _ = c.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return fmt.Errorf("begin: %w", err)
}

// commit does not watch a context: its outcome must be known.
func (c *writeConn) commit() error {
	if _, err := c.conn.ExecContext(context.Background(), "COMMIT"); err != nil {
		c.rollback()
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback ends a transaction. It fails where SQLite has rolled back already,
// as it does on a full disk.
func (c *writeConn) rollback() {
	_, _ = c.conn.ExecContext(context.Background(), "ROLLBACK")
}

// exec runs a statement, prepared once for the life of the connection.
func (c *writeConn) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := c.prepare(ctx, query) //nolint:sqlclosecheck // closed with the connection
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

// query is exec for statements with rows. They must be closed before the same
// query is used again.
func (c *writeConn) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := c.prepare(ctx, query) //nolint:sqlclosecheck // closed with the connection
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (c *writeConn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := c.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := c.conn.PrepareContext(ctx, query)
	if err == nil {
		c.stmts[query] = stmt
	}
	return stmt, err
}

// close gives the connection up. The pool must not hand it out again, since
// what state it is in is not known.
func (c *writeConn) close() {
	for _, stmt := range c.stmts {
		_ = stmt.Close()
	}
	_ = c.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = c.conn.Close()
}

// databaseFile returns the path of the main database, or an error where it has
// none.
func databaseFile(ctx context.Context, db *sql.DB) (string, error) {
	var file string
	err := db.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&file)
	if err != nil {
		return "", err
	}
	if file == "" {
		return "", errors.New("the database is in memory or temporary, which loses mails: use a file, or storage/memstore")
	}
	return file, nil
}
