package storetest_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
)

// A broken store is a sound one with one fault.
type broken struct {
	*memstore.Store
	view   func(*memstore.Store, context.Context, func(storage.Reader) error) error
	update func(*memstore.Store, context.Context, func(storage.Writer) error) error
	write  func(storage.Writer) storage.Writer
	held   func([]storage.HeldLease) []storage.HeldLease
	watch  func(*memstore.Store, context.Context, func(storage.News)) error
}

func (b broken) Watch(ctx context.Context, fn func(storage.News)) error {
	if b.watch != nil {
		return b.watch(b.Store, ctx, fn)
	}
	return b.Store.Watch(ctx, fn)
}

func (b broken) HeldLeases(ctx context.Context) ([]storage.HeldLease, error) {
	held, err := b.Store.HeldLeases(ctx)
	if b.held != nil {
		held = b.held(held)
	}
	return held, err
}

func (b broken) View(ctx context.Context, fn func(storage.Reader) error) error {
	if b.view != nil {
		return b.view(b.Store, ctx, fn)
	}
	return b.Store.View(ctx, fn)
}

func (b broken) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if b.update != nil {
		return b.update(b.Store, ctx, fn)
	}
	return b.Store.Update(ctx, func(w storage.Writer) error {
		if b.write != nil {
			w = b.write(w)
		}
		return fn(w)
	})
}

// TestBite proves that the suite finds faults: each broken store fails the
// checks named, and the sound one passes them.
func TestBite(t *testing.T) {
	for name, tt := range map[string]struct {
		fault broken
		fails []string
	}{
		"commits in spite of an error": {broken{update: commitAlways}, []string{"RollbackOnError"}},
		"loses updates":                {broken{update: staleReads}, []string{"LostUpdates", "WriteSkew", "AssignmentRace"}},
		"reads no snapshot":            {broken{view: liveReads}, []string{"Snapshot"}},
		"takes any for all":            {broken{view: anyForAll}, []string{"CategoryQueries"}},
		"knows no newest":              {broken{view: oldestFirst}, []string{"TicketQueries", "CategoryQueries", "PagingCategories", "PagingTickets"}},
		"ignores versions":             {broken{write: wrapTickets(func(p storage.Tickets) storage.Tickets { return noVersions{p} })}, []string{"TicketVersions"}},
		"forgets a field":              {broken{write: wrapTickets(func(p storage.Tickets) storage.Tickets { return forgetful{p} })}, []string{"RoundTripTicket"}},
		"does not see its own writes":  {broken{write: wrapTickets(func(p storage.Tickets) storage.Tickets { return blind{p} })}, []string{"OwnWrites"}},
		"has no unique key":            {broken{write: wrapLedger}, []string{"EntryVersions", "UniqueKeyRace"}},
		"claims twice":                 {broken{write: wrapOutbox}, []string{"ClaimOrder", "ClaimExpired", "ClaimRace"}},
		"forgets files of mails":       {broken{write: wrapFileless}, []string{"RoundTripMail"}},
		"lists a lease given back": {broken{held: func(held []storage.HeldLease) []storage.HeldLease {
			return append(held, storage.HeldLease{Lease: storage.Lease{Name: "poll/zz", Fence: 1}})
		}}, []string{"HeldLeases"}},
		"lists no leases":          {broken{held: func([]storage.HeldLease) []storage.HeldLease { return nil }}, []string{"HeldLeases"}},
		"gives a lease to anybody": {broken{write: wrapLeases}, []string{"LeaseHeld", "LeaseDead", "LeaseRace"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // in which nobody's patience ends too early
				clock := new(storetest.Clock)
				opts := &memstore.Options{Now: clock.Now}
				got := storetest.Failing(t.Context(), func() storage.Store {
					tt.fault.Store = memstore.New(opts)
					return tt.fault
				}, clock, tt.fails...)
				if !slices.Equal(got, tt.fails) {
					t.Errorf("failed checks are %q, want %q", got, tt.fails)
				}
				sound := storetest.Failing(t.Context(), func() storage.Store { return memstore.New(opts) }, clock, tt.fails...)
				if len(sound) > 0 {
					t.Errorf("a sound store fails %q", sound)
				}
			})
		})
	}
}

// commitAlways commits what a failed function wrote.
func commitAlways(s *memstore.Store, ctx context.Context, fn func(storage.Writer) error) error {
	var failed error
	err := s.Update(ctx, func(w storage.Writer) error {
		failed = fn(w)
		return nil
	})
	return errors.Join(failed, err)
}

// staleReads reads settings as they were before the transaction had its turn.
func staleReads(s *memstore.Store, ctx context.Context, fn func(storage.Writer) error) error {
	return s.View(ctx, func(r storage.Reader) error {
		return s.Update(ctx, func(w storage.Writer) error { return fn(staleWriter{w, r}) })
	})
}

type staleWriter struct {
	storage.Writer
	stale storage.Reader
}

func (w staleWriter) Settings() storage.Settings {
	return staleSettings{w.Writer.Settings(), w.stale.Settings()}
}

type staleSettings struct {
	storage.Settings
	stale storage.SettingsReader
}

func (s staleSettings) Get(ctx context.Context, kind, key string) ([]byte, error) {
	return s.stale.Get(ctx, kind, key)
}

func (s staleSettings) List(ctx context.Context, kind string) iter.Seq2[storage.Setting, error] {
	return s.stale.List(ctx, kind)
}

// liveReads lists tickets as they are when asked.
func liveReads(s *memstore.Store, ctx context.Context, fn func(storage.Reader) error) error {
	return s.View(ctx, func(r storage.Reader) error { return fn(liveReader{r, s}) })
}

type liveReader struct {
	storage.Reader
	store *memstore.Store
}

func (r liveReader) Tickets() storage.TicketReader { return liveTickets{r.Reader.Tickets(), r.store} }

type liveTickets struct {
	storage.TicketReader
	store *memstore.Store
}

func (p liveTickets) List(ctx context.Context, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	return func(yield func(storage.Ticket, error) bool) {
		_ = p.store.View(ctx, func(r storage.Reader) error {
			r.Tickets().List(ctx, q)(yield)
			return nil
		})
	}
}

// anyForAll finds tickets in any of the categories that they must all have.
func anyForAll(s *memstore.Store, ctx context.Context, fn func(storage.Reader) error) error {
	return s.View(ctx, func(r storage.Reader) error { return fn(anyReader{r}) })
}

type anyReader struct{ storage.Reader }

func (r anyReader) Tickets() storage.TicketReader { return anyTickets{r.Reader.Tickets()} }

type anyTickets struct{ storage.TicketReader }

func (p anyTickets) List(ctx context.Context, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	if len(q.AnyCategory) == 0 {
		q.AnyCategory, q.AllCategories = q.AllCategories, nil
	}
	return p.TicketReader.List(ctx, q)
}

// oldestFirst lists tickets in one direction only.
func oldestFirst(s *memstore.Store, ctx context.Context, fn func(storage.Reader) error) error {
	return s.View(ctx, func(r storage.Reader) error { return fn(forwardReader{r}) })
}

type forwardReader struct{ storage.Reader }

func (r forwardReader) Tickets() storage.TicketReader { return forwardTickets{r.Reader.Tickets()} }

type forwardTickets struct{ storage.TicketReader }

func (p forwardTickets) List(ctx context.Context, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	q.Newest = false
	return p.TicketReader.List(ctx, q)
}

type ticketWriter struct {
	storage.Writer
	wrap func(storage.Tickets) storage.Tickets
}

func (w ticketWriter) Tickets() storage.Tickets { return w.wrap(w.Writer.Tickets()) }

func wrapTickets(wrap func(storage.Tickets) storage.Tickets) func(storage.Writer) storage.Writer {
	return func(w storage.Writer) storage.Writer { return ticketWriter{w, wrap} }
}

type noVersions struct{ storage.Tickets }

func (p noVersions) Put(ctx context.Context, t *storage.Ticket) error {
	if has, err := p.Get(ctx, t.ID); err == nil {
		t.Version = has.Version
	}
	return p.Tickets.Put(ctx, t)
}

type forgetful struct{ storage.Tickets }

func (p forgetful) Put(ctx context.Context, t *storage.Ticket) error {
	less := *t
	less.LastAssignee = ""
	err := p.Tickets.Put(ctx, &less)
	t.ID, t.Version = less.ID, less.Version
	return err
}

type blind struct{ storage.Tickets }

func (blind) List(context.Context, storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	return func(func(storage.Ticket, error) bool) {}
}

type ledgerWriter struct{ storage.Writer }

func wrapLedger(w storage.Writer) storage.Writer { return ledgerWriter{w} }
func (w ledgerWriter) Ledger() mailbox.Ledger    { return noKey{w.Writer.Ledger()} }

type noKey struct{ mailbox.Ledger }

func (p noKey) Put(ctx context.Context, entries ...*mailbox.Entry) error {
	err := p.Ledger.Put(ctx, entries...)
	if errors.Is(err, storage.ErrExists) {
		return nil
	}
	return err
}

type outboxWriter struct{ storage.Writer }

func wrapOutbox(w storage.Writer) storage.Writer { return outboxWriter{w} }
func (w outboxWriter) Outbox() notify.Outbox     { return doubleClaim{w.Writer.Outbox()} }

type doubleClaim struct{ notify.Outbox }

func (p doubleClaim) Claim(ctx context.Context, _ string, _, _ time.Time, n int) (mails []notify.Mail, err error) {
	for m, err := range p.List(ctx, notify.MailQuery{State: notify.Waiting, Limit: n}) {
		if err != nil {
			return nil, err
		}
		mails = append(mails, m)
	}
	return mails, nil
}

// filelessWriter keeps no attachments.
type filelessWriter struct{ storage.Writer }

func wrapFileless(w storage.Writer) storage.Writer { return filelessWriter{w} }
func (w filelessWriter) Outbox() notify.Outbox     { return fileless{w.Writer.Outbox()} }

type fileless struct{ notify.Outbox }

func (p fileless) Put(ctx context.Context, mails ...*notify.Mail) error {
	for _, m := range mails {
		files := m.Attachments
		m.Attachments = nil
		err := p.Outbox.Put(ctx, m)
		m.Attachments = files
		if err != nil {
			return err
		}
	}
	return nil
}

type leaseWriter struct{ storage.Writer }

func wrapLeases(w storage.Writer) storage.Writer { return leaseWriter{w} }
func (w leaseWriter) Leases() storage.Leases     { return anybody{w.Writer.Leases()} }

type anybody struct{ storage.Leases }

func (p anybody) Acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	l, err := p.Leases.Acquire(ctx, name, holder, ttl, dead)
	if held, ok := errors.AsType[*storage.HeldError](err); ok {
		return p.Leases.Acquire(ctx, name, holder, ttl, held.Lease.Fence)
	}
	return l, err
}

// truncating loses the last byte of content.
type truncating struct{ *memstore.Store }

func (s truncating) Open(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	r, err := s.Store.Open(ctx, b)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(io.LimitReader(r, b.Size-1)), nil
}

// TestBiteBlobs proves the same for content. A store in memory fails the
// check of bounded memory, which shows that this one bites too.
func TestBiteBlobs(t *testing.T) {
	got := storetest.FailingBlobs(t.Context(), func() storage.Blobs { return truncating{memstore.New(nil)} })
	if want := []string{"Content", "SameContent", "Discard", "Parallel", "BoundedMemory"}; !slices.Equal(got, want) {
		t.Errorf("with truncated content fail %q, want %q", got, want)
	}
	got = storetest.FailingBlobs(t.Context(), func() storage.Blobs { return memstore.New(nil) })
	if want := []string{"BoundedMemory"}; !slices.Equal(got, want) {
		t.Errorf("with content in memory fail %q, want %q", got, want)
	}
}

// forgetful about references: it removes whatever was released.
type hasty struct {
	*memstore.Store
	released *sync.Map // by storage.Blob
}

func (h hasty) Prune(ctx context.Context, fn func(storage.PruneWriter) error) error {
	return h.Store.Prune(ctx, func(w storage.PruneWriter) error { return fn(hastyWriter{w, h.released}) })
}

type hastyWriter struct {
	storage.PruneWriter
	released *sync.Map
}

func (w hastyWriter) Release(_ context.Context, blobs ...storage.Blob) error {
	for _, b := range blobs {
		w.released.Store(b, true)
	}
	return nil
}

func (h hasty) Open(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	if _, gone := h.released.Load(b); gone {
		return nil, storage.ErrNotFound
	}
	return h.Store.Open(ctx, b)
}

// TestBitePruner proves that the suite of Pruners finds one that removes
// content too soon.
func TestBitePruner(t *testing.T) {
	got := storetest.FailingPruner(t.Context(), func() storage.Pruner { return hasty{memstore.New(nil), &sync.Map{}} })
	if want := []string{"Rollback", "Content", "ContentAgain", "ContentRace"}; !slices.Equal(got, want) {
		t.Errorf("with content removed at once fail %q, want %q", got, want)
	}
}

// roommates is one store for all tenants.
type roommates struct {
	*memstore.Tenants
	store *memstore.Store
}

func (r roommates) Tenant(ctx context.Context, id storage.TenantID) (storage.Store, error) {
	if _, err := r.Tenants.Tenant(ctx, id); err != nil {
		return nil, err
	}
	return r.store, nil
}

// TestBiteTenants proves that the suite of Tenants finds a leak.
func TestBiteTenants(t *testing.T) {
	got := storetest.FailingTenants(t.Context(), func() storage.Tenants { return roommates{memstore.NewTenants(nil), memstore.New(nil)} })
	if want := []string{"NoLeak", "SameNames", "Content", "Changes", "Parallel"}; !slices.Equal(got, want) {
		t.Errorf("with one store for all tenants fail %q, want %q", got, want)
	}
}
