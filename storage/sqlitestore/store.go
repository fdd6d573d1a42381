// Package sqlitestore keeps tickets, ledger, outbox, settings and leases in an
// SQLite database, and raw mails and files beside it. It is the durable store
// for one machine: nothing to install, several processes at once.
//
//	db, err := sql.Open("sqlite", "tickets.db") // any driver of database/sql
//	…
//	store, err := sqlitestore.New(ctx, db, nil)
//
// The package imports no driver: the host picks one, tests are run on
// modernc.org/sqlite (pure Go). The pool must allow two connections or more:
// one is kept for writing, in WAL mode with synchronous=FULL, which is set and
// read back whenever it is opened; readers take others and never wait for
// writers. A database from a newer release is refused.
//
// # Content
//
// Raw mails and files stand in segment files of up to 64 MiB in the blob
// directory, one record after the other, so that many of them become durable
// with one flush; content over 1 MiB has a file of its own. The database says
// which record holds which content. The database and its blob directory belong
// together: back up the database first, then the directory (which only grows
// by then), and restore both. Content staged twice before its first reference
// is kept once; two processes that stage the same content at the same time may
// leave a record in a segment that nothing refers to. Content that was referred
// to stays until it is released ([Store.Prune]) and discarded ([Store.Discard]).
//
// # Text and times
//
// Text in columns of its own comes back byte for byte, NUL and invalid UTF-8
// included. In lists (attachments, categories, references, reasons) and in the
// small fields of an outgoing mail each invalid byte comes back as U+FFFD.
// Times are kept in microseconds.
package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/ticketmail/storage"
)

// Options say how a [Store] works. The zero value is the default.
type Options struct {
	BlobDir string           // directory for content, made if missing; empty: the database file's path + "-blobs"
	Blobs   storage.Blobs    // keeps content instead of the Store, which passes it on and syncs it before a commit; nil: BlobDir does
	Now     func() time.Time // the clock of leases; nil: time.Now
	Logger  *slog.Logger     // nil: no logging

	// Search keeps an index of all words, so that the store is a
	// storage.Searcher. Who sets it first has the tickets that exist indexed
	// by New, some hundred a second. From then on the index is kept, whatever is
	// set, and searched by who opens the store; another process that had it open
	// before searches when it opens it again. What others change (an older
	// release, SQL of the host's own) is noted by the database: a search reads it
	// itself until it is indexed, by New where Search is set, or by an Update, 50
	// tickets each. It costs about as much as the tickets themselves, in time and
	// in space. New fails where the driver's SQLite lacks FTS5 (3.43 or newer).
	Search bool

	wrapFile func(blobFile) blobFile // tests put a failing disk between; nil: none
}

// A Store is a [storage.Store] and [storage.Blobs] on SQLite. It is safe for
// concurrent use. An Update must not be begun inside another.
type Store struct {
	db      *sql.DB
	now     func() time.Time
	log     *slog.Logger
	search  atomic.Bool // the index of words is complete
	durable atomic.Bool
	blobs   *blobs
	other   storage.Blobs // keeps content instead of blobs; nil: none

	turn   chan struct{} // holds one token: the right to use write
	write  *writeConn    // nil: to be opened
	closed bool          // guarded by turn, like write
	done   chan struct{} // closed by Close

	commits storage.Broadcast

	mu   sync.Mutex
	high map[string]int64 // table: highest seq given out, rolled back or not
}

var (
	_ storage.Watcher     = (*Store)(nil)
	_ storage.Blobs       = (*Store)(nil)
	_ storage.LeaseLister = (*Store)(nil)
)

// New opens the store in db, which it brings to the schema of this release.
// It takes one connection of db until Close, and others for the time of a View
// or of looking for content (a View that writes content or opens it needs two of
// them at once); db stays the caller's. It fails
// where db is in memory, allows one connection only, does not take the pragmas
// that durability needs, or belongs to a newer release or another blob
// directory.
func New(ctx context.Context, db *sql.DB, opts *Options) (*Store, error) {
	var s *Store
	err := retryBusy(ctx, func() (err error) {
		s, err = open(ctx, db, opts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open sqlite store: %w", err)
	}
	return s, nil
}

func open(ctx context.Context, db *sql.DB, opts *Options) (*Store, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if db.Stats().MaxOpenConnections == 1 {
		return nil, errors.New("the pool allows one connection only, need 2 or more: one is kept for writing (SetMaxOpenConns)")
	}
	file, err := databaseFile(ctx, db)
	if err != nil {
		return nil, err
	}
	if o.BlobDir == "" {
		o.BlobDir = file + "-blobs"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		db: db, now: o.Now, log: o.Logger, other: o.Blobs,
		turn: make(chan struct{}, 1), done: make(chan struct{}), high: make(map[string]int64),
	}
	if err := s.prepare(ctx, o); err != nil {
		if s.write != nil {
			s.write.close()
		}
		return nil, err
	}
	s.turn <- struct{}{}
	return s, nil
}

// prepare migrates the database, opens the blob directory and removes what
// earlier processes left in it.
func (s *Store) prepare(ctx context.Context, o Options) error {
	all, err := loadMigrations(migrations)
	if err != nil {
		return err
	}
	if err := s.openWrite(ctx); err != nil {
		return err
	}
	if err := s.write.migrate(ctx, all); err != nil {
		return err
	}
	if s.blobs, err = openBlobs(ctx, s.db, o); err != nil {
		return err
	}
	if err := s.openSearch(ctx, o.Search); err != nil {
		return fmt.Errorf("index of words: %w", err)
	}
	return s.Sweep(ctx)
}

func (s *Store) openWrite(ctx context.Context) (err error) {
	if s.write, err = openWriteConn(ctx, s.db); err != nil {
		return err
	}
	s.durable.Store(s.write.sync >= 2)
	return nil
}

// Durable reports whether a commit survives the loss of power: the last write
// connection opened had synchronous FULL or EXTRA when read back.
func (s *Store) Durable() bool { return s.durable.Load() }

// Close waits for the Update under way, then ends what New opened. It does not
// close the database. Host transactions used with [Store.Within] must have
// ended. Later calls of Update, View and Create fail with storage.ErrClosed.
func (s *Store) Close() error {
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.done)
	if s.write != nil {
		s.write.close()
		s.write = nil
	}
	return s.blobs.close()
}

func (s *Store) isClosed() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Update implements [storage.Store]. It waits for other writers, those of
// other processes for at most 10 s. fn is called once.
func (s *Store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.turn:
	}
	defer func() { s.turn <- struct{}{} }()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.closed {
		return storage.ErrClosed
	}
	if s.write == nil {
		if err := retryBusy(ctx, func() error { return s.openWrite(ctx) }); err != nil {
			return fmt.Errorf("reopen write connection: %w", err)
		}
	}
	return s.update(ctx, fn)
}

// update runs one transaction on the write connection, which is given up
// unless the transaction ended as it should.
func (s *Store) update(ctx context.Context, fn func(storage.Writer) error) error {
	clean := false
	defer func() {
		if !clean {
			s.write.close()
			s.write = nil
		}
	}()
	if err := s.write.begin(ctx); err != nil {
		clean = isBusy(err)
		return err
	}
	t := newWriter(s, s.write)
	defer func() { _ = t.fail(errEnded) }() // also when fn panics
	err := fn(writer{t})
	if err == nil {
		err = t.finish(ctx)
	}
	broken := t.err != nil
	if err != nil {
		s.write.rollback()
		clean = !broken
		return err
	}
	if err := s.write.commit(); err != nil {
		return err
	}
	clean = true
	s.blobs.committed(t.staged)
	s.commits.Tell(t.news)
	return nil
}

// Watch implements [storage.Watcher] for what this Store commits. Commits of
// other processes, and of a host's transaction (see Within), are not told.
func (s *Store) Watch(ctx context.Context, fn func(storage.News)) error {
	return s.commits.Watch(ctx, s.done, fn)
}

// View implements [storage.Store]. It never waits for a writer.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if s.isClosed() {
		return storage.ErrClosed
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	plain := context.WithoutCancel(ctx) // see tx.exec
	for _, stmt := range []string{
		fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout.Milliseconds()),
		"BEGIN",
		"SELECT 1 FROM tm_meta", // a deferred transaction takes its snapshot when it first reads
	} {
		if _, err = conn.ExecContext(plain, stmt); err != nil {
			break
		}
	}
	defer func() { _, _ = conn.ExecContext(plain, "ROLLBACK") }() // nothing was written
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	t := &tx{store: s, run: unprepared{conn}}
	defer func() { _ = t.fail(errEnded) }()
	return fn(reader{t})
}

// unused returns the highest number of a table that was ever given out by this
// Store or is stored. A number given out in a transaction that was rolled back
// is not given out again: it may have been seen.
func (s *Store) unused(table string, stored int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(stored, s.high[table])
}

func (s *Store) gaveOut(table string, seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.high[table] = max(s.high[table], seq)
}
