package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // the driver this program chose

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
	"example.com/ticketmail/storage/sqlitestore"
)

// A store keeps tickets, mails and files.
type store interface {
	storage.Store
	storage.Blobs
}

// openStore opens PostgreSQL, or SQLite in the folder of -data.
func (h *helpdesk) openStore(ctx context.Context, o options) (store, error) {
	if o.dsn != "" {
		pool, err := pgxpool.New(ctx, o.dsn)
		if err != nil {
			return nil, fmt.Errorf("-dsn: %w", err)
		}
		h.closers = append(h.closers, func() error { pool.Close(); return nil })
		return pgstore.New(ctx, pool, &pgstore.Options{Search: true})
	}
	db, err := sql.Open("sqlite", filepath.Join(o.data, "tickets.db"))
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, db.Close)
	s, err := sqlitestore.New(ctx, db, &sqlitestore.Options{Search: true})
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, s.Close)
	return s, nil
}
