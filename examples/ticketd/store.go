package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // the driver this program chose

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
	"example.com/ticketmail/storage/sqlitestore"
)

// dsnEnv names the database as -dsn does.
const dsnEnv = "TICKETMAIL_DSN"

// A place is where the tickets are kept: in an SQLite file, or in PostgreSQL,
// whose DSN holds a password and is never shown.
type place struct {
	file    string
	dsn     mailbox.Secret
	dsnFile string
}

// flags adds the flags that name a place to fs.
func (p *place) flags(fs *flag.FlagSet) {
	fs.StringVar(&p.file, "db", "", "SQLite `file` for the tickets, made if missing")
	fs.Func("dsn", "PostgreSQL for the tickets instead of -db, as `postgres://user:password@host/database`", func(s string) error {
		p.dsn = mailbox.NewSecret(s)
		return nil
	})
	fs.StringVar(&p.dsnFile, "dsn-file", "", "`file` with what -dsn says; or set "+dsnEnv)
}

// check makes sure that one place is named. What the command line says counts
// more than the environment.
func (p *place) check() error {
	file, dsn, dsnFile := p.file != "", !p.dsn.IsZero(), p.dsnFile != ""
	switch {
	case file && dsn, file && dsnFile, dsn && dsnFile:
		return errors.New("-db, -dsn and -dsn-file exclude each other")
	case file, dsn:
		return nil
	}
	var err error
	if p.dsn, err = password(p.dsnFile, dsnEnv); err != nil {
		return fmt.Errorf("-dsn-file: %w", err)
	}
	if p.dsn.IsZero() {
		return errors.New("-db, -dsn, -dsn-file or " + dsnEnv + " is required (see -help)")
	}
	return nil
}

// A database is an open place.
type database interface {
	storage.Store
	storage.Blobs
	Close() error
}

// open opens the place, made if missing. close ends it.
func (p *place) open(ctx context.Context) (db database, closeDB func(), err error) {
	if !p.dsn.IsZero() {
		return openPostgres(ctx, p.dsn.Reveal(), false)
	}
	return openSQLite(ctx, p.file)
}

// openExisting opens a place that must have been used before: a listing makes
// nothing.
func (p *place) openExisting(ctx context.Context) (db database, closeDB func(), err error) {
	if !p.dsn.IsZero() {
		return openPostgres(ctx, p.dsn.Reveal(), true)
	}
	if _, err := os.Stat(p.file); err != nil {
		return nil, nil, fmt.Errorf("-db: %w", err)
	}
	return openSQLite(ctx, p.file)
}

// openSQLite opens an SQLite file. Raw mails and attachments go into a folder
// beside it.
func openSQLite(ctx context.Context, file string) (database, func(), error) {
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

// schema is where pgstore keeps its tables unless told otherwise.
const schema = "ticketmail"

// openPostgres opens a database on a PostgreSQL. Raw mails and attachments are
// in its tables.
func openPostgres(ctx context.Context, dsn string, existing bool) (database, func(), error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil { // its text may quote a part of the password
		return nil, nil, errors.New("-dsn: not like postgres://user:password@host:port/database (a password with special characters must be percent-encoded)")
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("-dsn: %w", err)
	}
	if existing {
		if err := usedBefore(ctx, pool); err != nil {
			pool.Close()
			return nil, nil, fmt.Errorf("-dsn: %w", err)
		}
	}
	store, err := pgstore.New(ctx, pool, &pgstore.Options{Schema: schema})
	if err != nil {
		pool.Close()
		return nil, nil, fmt.Errorf("-dsn: %w", err)
	}
	return store, func() {
		_ = store.Close()
		pool.Close()
	}, nil
}

func usedBefore(ctx context.Context, pool *pgxpool.Pool) error {
	var found bool
	err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)", schema).Scan(&found)
	if err == nil && !found {
		err = fmt.Errorf("schema %q does not exist: ticketd has never run on this database", schema)
	}
	return err
}

var (
	_ database = (*sqlitestore.Store)(nil)
	_ database = (*pgstore.Store)(nil)
)
