package pgstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/storage"
)

// Options say how a [Store] works. The zero value is the default.
type Options struct {
	// Schema is where the tables are. It is made if missing, for which the
	// user needs CREATE on the database. Empty: "ticketmail".
	Schema string

	// IdleTimeout is how long an Update may do nothing in the database before
	// that takes it for dead and rolls it back: what it locked others wait for.
	// 0: 10 s.
	IdleTimeout time.Duration

	// Blobs keeps content instead of the Store, which passes it on and syncs
	// it before a commit. nil: content is in the database.
	Blobs storage.Blobs

	// Search keeps an index of all words, so that the store is a
	// storage.Searcher. Who sets it first has the tickets that exist indexed
	// by New, some hundred a second; others may write meanwhile, but a
	// transaction of a host's own that has written to our tables is waited for
	// at its beginning. From then on all nodes keep the index, whatever they set,
	// and those that are opened search it; one that was open before does when it
	// is opened again. What others change (a node of an older release, SQL of the
	// host's own) is noted by the database: a search reads it itself until it is
	// indexed, by New where Search is set, or by an Update, 100 notes each. It
	// costs about as much as the tickets themselves, in time and in space.
	Search bool

	Logger *slog.Logger // nil: no logging

	turns *turns // of Tenants, for all of them; nil: the Store's own
}

// A Store is a [storage.Store] and [storage.Blobs] on PostgreSQL. It is safe
// for concurrent use. An Update must not be begun inside another.
type Store struct {
	pool    *pgxpool.Pool
	log     *slog.Logger
	other   storage.Blobs // keeps content instead of the database; nil: none
	schema  string        // as an identifier, quoted
	idle    time.Duration // see Options.IdleTimeout
	begin   atomic.Pointer[beginning]
	durable atomic.Bool
	search  atomic.Bool   // the index of words is complete
	unsaved atomic.Bool   // something was staged since the last flush
	syncing chan struct{} // one who flushes
	staged  stager        // content that is not on the server yet
	turns   *turns        // of the Updates under way
	shared  bool          // turns are those of Tenants, who wait for them
	done    chan struct{} // closed by Close
	closing sync.Once

	queries sync.Map // query as written here: with the names of the tables

	mu   sync.Mutex
	high map[string]int64 // sequence: highest number given out, rolled back or not
	ids  map[string]ids   // table: what was seen of its ids last
}

var (
	_ storage.Watcher     = (*Store)(nil)
	_ storage.Blobs       = (*Store)(nil)
	_ storage.LeaseLister = (*Store)(nil)
)

// New opens the store in the database of pool, whose schema it brings to this
// release. The pool stays the caller's; it must allow two connections or more.
// An Update, and a View in which another View or an Update is begun or content
// is opened, take two at once. Half of the pool serves Updates at most; of such
// Views there must be fewer at a time than connections in the other half, or
// they wait for each other until their contexts end. With four connections or
// more some of the first half are for Updates that only take, renew or give back
// leases: these do not wait for writers.
// New fails where the server is too old, read-only or not in UTF8, or where the
// schema belongs to a newer release. With fsync switched off it warns, and the
// Store is not durable.
func New(ctx context.Context, pool *pgxpool.Pool, opts *Options) (*Store, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Schema == "" {
		o.Schema = "ticketmail"
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 10 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := open(ctx, pool, o)
	if err != nil {
		return nil, fmt.Errorf("open postgres store: %w", cause(ctx, err))
	}
	return s, nil
}

func open(ctx context.Context, pool *pgxpool.Pool, o Options) (*Store, error) {
	most := int(pool.Config().MaxConns)
	if most < 2 {
		return nil, errors.New("the pool allows one connection only, need 2 or more: content is written beside an Update (MaxConns)")
	}
	if o.IdleTimeout < time.Millisecond {
		return nil, fmt.Errorf("Options.IdleTimeout is %v, need 1ms or more", o.IdleTimeout)
	}
	if len(o.Schema) > maxIdentifier {
		return nil, fmt.Errorf("Options.Schema %q is longer than %d bytes", o.Schema, maxIdentifier)
	}
	schema := pgx.Identifier{o.Schema}.Sanitize()
	s := &Store{
		pool: pool, log: o.Logger, other: o.Blobs, schema: schema, idle: o.IdleTimeout,
		turns: newTurns(most), syncing: make(chan struct{}, 1), staged: stager{sending: make(chan struct{}, 1)}, done: make(chan struct{}), high: make(map[string]int64), ids: make(map[string]ids),
	}
	if o.turns != nil {
		s.turns, s.shared = o.turns, true
	}
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	all, err := loadMigrations(migrations)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, all); err != nil {
		return nil, err
	}
	if err := s.openSearch(ctx, o.Search); err != nil {
		return nil, fmt.Errorf("index of words: %w", err)
	}
	return s, s.Sweep(ctx)
}

// maxIdentifier is how long a name may be; PostgreSQL cuts a longer one.
const maxIdentifier = 63

// Durable reports whether a commit survives the loss of power: the server's
// fsync was on when an Update or New last looked. Every Update sees to
// synchronous_commit itself.
func (s *Store) Durable() bool { return s.durable.Load() }

// Close waits for the Updates under way. It does not close the pool. Later
// calls of Update, View, Create, Open and Sync fail with storage.ErrClosed.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.done)
		if !s.shared {
			s.turns.close()
		}
	})
	return nil
}

// usable returns why nothing may be begun.
func (s *Store) usable(ctx context.Context) error {
	select {
	case <-s.done:
		return storage.ErrClosed
	default:
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// View implements [storage.Store]. It never waits for a writer.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	c, err := s.connect(ctx, beginView)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer c.rollback() // nothing was written
	t := &tx{store: s, run: c.conn.Conn()}
	defer func() { _ = t.fail(errEnded) }()
	return fn(reader{t})
}

// unused returns the highest number of a sequence that was ever given out by
// this Store or is stored. A number given out in a transaction that was rolled
// back is not given out again: it may have been seen.
func (s *Store) unused(sequence string, stored int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(stored, s.high[sequence])
}

func (s *Store) gaveOut(sequence string, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.high[sequence] = max(s.high[sequence], n)
}
