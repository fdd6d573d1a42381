package sqlitestore

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"strings"

	"example.com/ticketmail/storage"
)

// BlobFile is a file that tests may let fail.
type BlobFile = blobFile

// WithFile returns options whose blob files are seen through wrap.
func WithFile(o Options, wrap func(BlobFile) BlobFile) *Options {
	o.wrapFile = wrap
	return &o
}

// Migrate brings db to the schema of the migrations in fsys.
func Migrate(ctx context.Context, db *sql.DB, fsys fs.FS) error {
	all, err := loadMigrations(fsys)
	if err != nil {
		return err
	}
	c, err := openWriteConn(ctx, db)
	if err != nil {
		return err
	}
	defer c.close()
	return c.migrate(ctx, all)
}

// Migrations are those of this release.
var Migrations fs.FS = migrations

// BreakWriteConn closes the connection under the store's feet.
func (s *Store) BreakWriteConn() {
	<-s.turn
	_ = s.write.conn.Close()
	s.turn <- struct{}{}
}

// WritePragma reads a pragma of the write connection.
func (s *Store) WritePragma(ctx context.Context, name string) (string, error) {
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	return s.write.pragma(ctx, name, "")
}

// BlobPaths returns the paths of all blob files.
func (s *Store) BlobPaths() ([]string, error) {
	names, err := os.ReadDir(s.blobs.dir)
	var paths []string
	for _, n := range names {
		if id, ok := fileID(n.Name()); ok {
			paths = append(paths, filePath(s.blobs.dir, id))
		}
	}
	return paths, err
}

// TicketSQL returns the statement that reads a page of tickets.
func (s *Store) TicketSQL(ctx context.Context, q storage.TicketQuery) (query string, args []any, err error) {
	err = s.View(ctx, func(r storage.Reader) error {
		sel, err := r.Tickets().(tickets).selection(ctx, q)
		query, args = sel.sql(pageRows, 1000)
		return err
	})
	return query, args, err
}

// Plans returns how SQLite runs each statement of fn, which works in a
// transaction that is rolled back: one plan a statement, one step a line.
func (s *Store) Plans(ctx context.Context, db *sql.DB, fn func(storage.Writer) error) (plans []string, err error) {
	on, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = on.Rollback() }()
	err = fn(writer{newWriter(s, explained{unprepared{on}, &plans})})
	return plans, err
}

// explained runs statements and notes how SQLite does that.
type explained struct {
	unprepared
	plans *[]string
}

func (e explained) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := e.explain(ctx, query, args); err != nil {
		return nil, err
	}
	return e.unprepared.exec(ctx, query, args...)
}

func (e explained) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := e.explain(ctx, query, args); err != nil {
		return nil, err
	}
	return e.unprepared.query(ctx, query, args...)
}

func (e explained) explain(ctx context.Context, query string, args []any) error {
	rows, err := e.unprepared.query(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return err
		}
		plan.WriteString(step + "\n")
	}
	*e.plans = append(*e.plans, plan.String())
	return rows.Err()
}

// CreateSearch makes the index.
const CreateSearch = createSearch
