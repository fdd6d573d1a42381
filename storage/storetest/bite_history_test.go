package storetest_test

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
)

// An eager store gives out the numbers of changes before it is their turn to be
// committed, as a sequence of a database does. It has nothing but changes.
type eager struct {
	storage.Store
	mu   sync.Mutex
	last int64
	done []storage.Change
}

func (s *eager) Update(_ context.Context, fn func(storage.Writer) error) error {
	w := &eagerTickets{store: s}
	if err := fn(eagerWriter{tickets: w}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, w.added...)
	slices.SortFunc(s.done, func(a, b storage.Change) int { return cmp.Compare(a.Seq, b.Seq) })
	return nil
}

func (s *eager) View(_ context.Context, fn func(storage.Reader) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn(eagerReader{tickets: eagerHistory{done: slices.Clone(s.done)}})
}

type eagerWriter struct {
	storage.Writer
	tickets *eagerTickets
}

func (w eagerWriter) Tickets() storage.Tickets { return w.tickets }

type eagerTickets struct {
	storage.Tickets
	store *eager
	added []storage.Change
}

func (p *eagerTickets) AddChange(_ context.Context, c *storage.Change) error {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	p.store.last++
	c.Seq = p.store.last
	p.added = append(p.added, *c)
	return nil
}

type eagerReader struct {
	storage.Reader
	tickets eagerHistory
}

func (r eagerReader) Tickets() storage.TicketReader { return r.tickets }

type eagerHistory struct {
	storage.TicketReader
	done []storage.Change
}

func (p eagerHistory) Changes(_ context.Context, _ storage.TicketID, after int64) iter.Seq2[storage.Change, error] {
	return func(yield func(storage.Change, error) bool) {
		for _, c := range p.done {
			if c.Seq > after && !yield(c, nil) {
				return
			}
		}
	}
}

// TestBiteHistory proves that the suite finds a store whose changes are
// committed in another order than that of their numbers.
func TestBiteHistory(t *testing.T) {
	for name, tt := range map[string]struct {
		open func() storage.Store
		want int // checks failed
	}{
		"gives out numbers too early": {func() storage.Store { return &eager{} }, 1},
		"is sound":                    {func() storage.Store { return memstore.New(nil) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // in which nobody's patience ends too early
				if got := storetest.Failing(t.Context(), tt.open, new(storetest.Clock), "ChangeOrder"); len(got) != tt.want {
					t.Errorf("failed checks are %q, want %d", got, tt.want)
				}
			})
		})
	}
}
