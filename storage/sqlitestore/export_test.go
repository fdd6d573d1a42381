package sqlitestore

import (
	"context"
	"database/sql"
	"io/fs"
	"os"

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
