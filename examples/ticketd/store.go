package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver this program chose

	"example.com/ticketmail/storage/sqlitestore"
)

// openStore opens an SQLite file, made if missing. Raw mails and attachments
// go into a folder beside it.
func openStore(ctx context.Context, file string) (*sqlitestore.Store, func(), error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, nil, err
	}
	dsn := url.URL{Scheme: "file", Path: abs, RawQuery: "_pragma=busy_timeout(10000)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, nil, fmt.Errorf("-db %s: %w", file, err)
	}
	store, err := sqlitestore.New(ctx, db, nil)
	if err != nil {
		_ = db.Close()
		return nil, nil, fmt.Errorf("-db %s: %w", file, err)
	}
	return store, func() {
		_ = store.Close()
		_ = db.Close()
	}, nil
}

// openExisting opens an SQLite file that must be there.
func openExisting(ctx context.Context, file string) (*sqlitestore.Store, func(), error) {
	if _, err := os.Stat(file); err != nil {
		return nil, nil, fmt.Errorf("-db: %w", err)
	}
	return openStore(ctx, file)
}
