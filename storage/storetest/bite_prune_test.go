package storetest_test

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
)

// A careless pruner discards what no committed record refers to, whatever an
// Update under way has put.
type careless struct {
	*memstore.Store
	mu       sync.Mutex
	released map[storage.Blob]bool // whether it was discarded
}

func (s *careless) Prune(ctx context.Context, fn func(storage.PruneWriter) error) error {
	var released []storage.Blob
	err := s.Store.Prune(ctx, func(w storage.PruneWriter) error { return fn(carelessWriter{w, &released}) })
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range released {
		s.released[b] = false
	}
	return nil
}

func (s *careless) Discard(ctx context.Context) (removed int, err error) {
	used := make(map[storage.Blob]bool)
	err = s.View(ctx, func(r storage.Reader) error {
		for e, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			used[e.Raw] = true
		}
		return nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	for b, gone := range s.released {
		if !gone && !used[b] {
			s.released[b] = true
			removed++
		}
	}
	return removed, err
}

func (s *careless) Open(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released[b] {
		return nil, storage.ErrNotFound
	}
	return s.Store.Open(ctx, b)
}

func (s *careless) Create(ctx context.Context) (message.Spool, error) {
	spool, err := s.Store.Create(ctx)
	return carelessSpool{spool, s}, err
}

type carelessSpool struct {
	message.Spool
	store *careless
}

func (p carelessSpool) Finish() (storage.Blob, error) {
	b, err := p.Spool.Finish()
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	delete(p.store.released, b)
	return b, err
}

type carelessWriter struct {
	storage.PruneWriter
	released *[]storage.Blob
}

func (w carelessWriter) Release(_ context.Context, blobs ...storage.Blob) error {
	*w.released = append(*w.released, blobs...)
	return nil
}

// TestBiteDiscard proves that the suite finds a Pruner that takes away the
// content of a reference that is put at this moment.
func TestBiteDiscard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which nobody's patience ends too early
		got := storetest.FailingPruner(t.Context(), func() storage.Pruner {
			return &careless{Store: memstore.New(nil), released: make(map[storage.Blob]bool)}
		})
		if !slices.Contains(got, "ContentRace") {
			t.Errorf("failed checks are %q, want ContentRace among them", got)
		}
		if got := storetest.FailingPruner(t.Context(), func() storage.Pruner { return memstore.New(nil) }); len(got) > 0 {
			t.Errorf("a sound store fails %q", got)
		}
	})
}
