package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver this program chose

	"example.com/ticketmail/storage/sqlitestore"
)

// temporaryStore opens an SQLite store that is deleted by the function
// returned.
func temporaryStore(ctx context.Context) (*sqlitestore.Store, func(), error) {
	dir, err := os.MkdirTemp("", "ticketmail-quickstart")
	if err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "tickets.db"))
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlitestore.New(ctx, db, nil)
	if err != nil {
		return nil, nil, err
	}
	return store, func() {
		_ = store.Close()
		_ = db.Close()
		_ = os.RemoveAll(dir)
	}, nil
}
