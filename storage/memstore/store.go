// Package memstore keeps everything in memory: the reference for implementors
// of [storage.Store] and [storage.Blobs], and the store of tests. It is not
// durable, so no real mailbox is emptied into it.
//
// All records stand in persistent trees. A View reads the root it found, for
// as long as it likes; an Update makes a new root and puts it in place. So
// readers and writers never wait for each other, an Update costs what it
// changes however much is stored, and a rollback is to forget the new root.
package memstore

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Options say how a [Store] works. The zero value is the default.
type Options struct {
	Now   func() time.Time // the clock of leases; nil: time.Now
	Blobs storage.Blobs    // keeps content instead of the Store, which passes it on; nil: in memory
}

// A Store is a [storage.Store] and [storage.Blobs] in memory. It is safe for
// concurrent use. An Update must not be begun inside another: it would wait
// for itself.
type Store struct {
	now   func() time.Time
	blobs blobs
	other storage.Blobs // keeps content instead of blobs; nil: none

	turn    chan struct{} // holds one token: the right to write
	current atomic.Pointer[state]
	given   given // guarded by turn
	commits storage.Broadcast
}

// given are the numbers given out as ids. They are no part of the state: one
// given out in a transaction that was rolled back may have been seen.
type given struct{ ticket, comment int64 }

var (
	_ storage.Watcher     = (*Store)(nil)
	_ storage.Blobs       = (*Store)(nil)
	_ storage.LeaseLister = (*Store)(nil)

	_ storage.Searcher = tickets{}

	_ storage.TicketCounter = tickets{}
	_ storage.EntryCounter  = ledger{}
	_ storage.MailCounter   = outbox{}
)

// New returns an empty store. opts may be nil.
func New(opts *Options) *Store {
	s := &Store{now: time.Now, turn: make(chan struct{}, 1)}
	if opts != nil {
		s.other = opts.Blobs
		if opts.Now != nil {
			s.now = opts.Now
		}
	}
	s.blobs.content = make(map[storage.Blob][][]byte)
	s.blobs.released = make(map[[32]byte]struct{})
	s.current.Store(&state{})
	s.turn <- struct{}{}
	return s
}

// Durable returns false.
func (s *Store) Durable() bool { return false }

// View implements [storage.Store]. It never waits.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	t := &tx{store: s, state: *s.current.Load()}
	defer t.ended.Store(true)
	if err := t.usable(ctx); err != nil {
		return err
	}
	return fn(reader{t})
}

// Update implements [storage.Store]. It waits for other writers. fn is called
// once.
func (s *Store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.turn:
	}
	defer func() { s.turn <- struct{}{} }()
	t := &tx{store: s, state: *s.current.Load()}
	defer t.ended.Store(true) // also when fn panics
	if err := t.usable(ctx); err != nil {
		return err
	}
	if err := fn(writer{t}); err != nil {
		return err
	}
	if s.other != nil {
		if err := storage.SyncReferences(ctx, s.other, t.known); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.current.Store(&t.state)
	s.commits.Tell(t.news)
	return nil
}

// Watch implements [storage.Watcher].
func (s *Store) Watch(ctx context.Context, fn func(storage.News)) error {
	return s.commits.Watch(ctx, nil, fn)
}

// A tx is one transaction: a state of its own.
type tx struct {
	store *Store
	state state
	known map[storage.Blob]struct{} // referred to, and kept elsewhere
	news  storage.News              // what was written
	ended atomic.Bool
}

var errEnded = errors.New("transaction has ended: a Reader or Writer was used after its function returned")

// usable reports why no more may be done in t.
func (t *tx) usable(ctx context.Context) error {
	if t.ended.Load() {
		return errEnded
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

type reader struct{ tx *tx }

func (r reader) Tickets() storage.TicketReader    { return tickets(r) }
func (r reader) Ledger() mailbox.LedgerReader     { return ledger(r) }
func (r reader) Outbox() notify.OutboxReader      { return outbox(r) }
func (r reader) Settings() storage.SettingsReader { return settings(r) }

type writer struct{ tx *tx }

func (w writer) Tickets() storage.Tickets   { return tickets(w) }
func (w writer) Ledger() mailbox.Ledger     { return ledger(w) }
func (w writer) Outbox() notify.Outbox      { return outbox(w) }
func (w writer) Settings() storage.Settings { return settings(w) }
func (w writer) Leases() storage.Leases     { return leases(w) }
