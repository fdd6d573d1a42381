package oauth

import (
	"context"
	"sync"

	"example.com/ticketmail/mailbox/seal"
)

// A MemStore is a [Store] in memory, for tests and for programs that ask for a
// sign-in at each start. The zero MemStore is empty and ready to use.
type MemStore struct {
	mu    sync.Mutex
	items map[seal.Place]Item
}

// Load implements [Store].
func (m *MemStore) Load(ctx context.Context, at seal.Place) (Item, error) {
	if ctx.Err() != nil {
		return Item{}, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.items[at], nil
}

// Save implements [Store].
func (m *MemStore) Save(ctx context.Context, at seal.Place, it Item) (int64, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.items[at].Version != it.Version {
		return 0, ErrConflict
	}
	if m.items == nil {
		m.items = map[seal.Place]Item{}
	}
	it.Version++
	m.items[at] = it
	return it.Version, nil
}

// A MemLock is a [Lock] within one process. The zero MemLock is ready to use.
type MemLock struct {
	mu   sync.Mutex
	held map[string]chan struct{} // closed when given back
}

// Hold implements [Lock].
func (m *MemLock) Hold(ctx context.Context, name string, fn func(context.Context) error) error {
	for {
		busy := m.take(name)
		if busy == nil {
			break
		}
		select {
		case <-busy:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	defer m.giveBack(name)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fn(ctx)
}

// take takes the lock, or returns what is closed when it is worth another try.
func (m *MemLock) take(name string) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if busy, ok := m.held[name]; ok {
		return busy
	}
	if m.held == nil {
		m.held = map[string]chan struct{}{}
	}
	m.held[name] = make(chan struct{})
	return nil
}

func (m *MemLock) giveBack(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.held[name])
	delete(m.held, name)
}

var (
	_ Store = (*MemStore)(nil)
	_ Lock  = (*MemLock)(nil)
)
