package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.com/ticketmail/storage"
)

// A Store is a [storage.Store] and [storage.Blobs] over the ERP's tables. It is
// safe for concurrent use. There is nothing to close: the database is the
// ERP's.
type Store struct {
	db   *sql.DB
	dir  string           // of blobs
	now  func() time.Time // the clock of leases
	turn chan struct{}    // full while an Update runs: waiting for it can be cancelled, waiting for SQLite cannot

	mu       sync.Mutex
	given    int64 // highest case number given out by this process
	unsynced bool  // a blob got its name since the last flush of dir
}

var (
	_ storage.Store = (*Store)(nil)
	_ storage.Blobs = (*Store)(nil)
)

// New makes a Store of the ERP's database, which must be opened with dsnOptions
// and gets our columns and tables if it lacks them. Blobs are kept in dir, which
// is made if missing. now is the clock of leases.
func New(ctx context.Context, db *sql.DB, dir string, now func() time.Time) (*Store, error) {
	s := &Store{db: db, dir: dir, now: now, turn: make(chan struct{}, 1)}
	if err := s.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open custom store: %w", err)
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	var journal string
	var level int
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous)`).Scan(&journal, &level)
	if err != nil {
		return err
	}
	if journal != "wal" || level < 2 {
		return fmt.Errorf("journal_mode is %s and synchronous %d, need wal and 2 (FULL): open the database with dsnOptions", journal, level)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(s.dir)); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		var done bool
		err := t.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&done) }, `SELECT count(*) FROM pragma_table_info('erp_case') WHERE name = 'tm_doc'`)
		if err == nil && !done {
			_, err = t.exec(ctx, schema)
		}
		return err
	})
}

// Durable implements [storage.Store]; New has looked.
func (s *Store) Durable() bool { return true }

// Update implements [storage.Store]. fn is called once.
func (s *Store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	return s.write(ctx, func(t *tx) error { return fn(writer{t}) })
}

func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case s.turn <- struct{}{}:
	}
	defer func() { <-s.turn }()
	if ctx.Err() != nil { // select takes either
		return context.Cause(ctx)
	}
	on, err := s.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = on.Rollback() }() // also when fn panics; after Commit it does nothing
	if err := s.use(ctx, on, fn); err != nil {
		return err
	}
	return on.Commit()
}

// View implements [storage.Store]. It waits for no writer.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	on, err := s.db.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = on.Rollback() }()
	return s.use(ctx, on, func(t *tx) error {
		// SQLite takes the snapshot with the first read, not with BEGIN.
		if err := t.each(ctx, func(*sql.Rows) error { return nil }, `SELECT 1 FROM erp_number LIMIT 1`); err != nil {
			return err
		}
		return fn(reader{t})
	})
}

// Within returns a store whose Update and View run inside tx, a transaction
// of the ERP, which commits it. After an error from Update the ERP must roll
// back. Until tx ends, an Update of the Store itself waits for it.
func (s *Store) Within(tx *sql.Tx) storage.Store { return within{s, tx} }

type within struct {
	*Store
	host *sql.Tx
}

func (w within) Update(ctx context.Context, fn func(storage.Writer) error) error {
	return w.use(ctx, w.host, func(t *tx) error { return fn(writer{t}) })
}

func (w within) View(ctx context.Context, fn func(storage.Reader) error) error {
	return w.use(ctx, w.host, func(t *tx) error { return fn(reader{t}) })
}

// use calls fn with a transaction and makes it ready to be committed.
func (s *Store) use(ctx context.Context, on *sql.Tx, fn func(*tx) error) error {
	t := &tx{store: s, on: on}
	defer func() { _ = t.fail(errEnded) }()
	if err := fn(t); err != nil {
		return err
	}
	if err := t.usable(ctx); err != nil { // fn may have passed over it
		return err
	}
	if t.refers {
		return s.Sync(ctx)
	}
	return nil
}
