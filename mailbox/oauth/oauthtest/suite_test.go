package oauthtest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
)

func TestMemStore(t *testing.T) {
	oauthtest.RunStore(t, func(*testing.T) oauth.Store { return &oauth.MemStore{} })
}

func TestMemLock(t *testing.T) {
	oauthtest.RunLock(t, func(*testing.T) (one, other oauth.Lock) {
		l := &oauth.MemLock{}
		return l, l
	})
}

// A brokenStore is a store with one thing wrong.
type brokenStore struct {
	oauth.MemStore
	load func(m *oauth.MemStore, ctx context.Context, at seal.Place) (oauth.Item, error)
	save func(m *oauth.MemStore, ctx context.Context, at seal.Place, it oauth.Item) (int64, error)
}

func (b *brokenStore) Load(ctx context.Context, at seal.Place) (oauth.Item, error) {
	if b.load != nil {
		return b.load(&b.MemStore, ctx, at)
	}
	return b.MemStore.Load(ctx, at)
}

func (b *brokenStore) Save(ctx context.Context, at seal.Place, it oauth.Item) (int64, error) {
	if b.save != nil {
		return b.save(&b.MemStore, ctx, at, it)
	}
	return b.MemStore.Save(ctx, at, it)
}

func TestStoreSuiteBites(t *testing.T) {
	for name, tt := range map[string]struct {
		broken *brokenStore
		want   []string
	}{
		"last writer wins": {&brokenStore{save: func(m *oauth.MemStore, ctx context.Context, at seal.Place, it oauth.Item) (int64, error) {
			for {
				old, err := m.Load(ctx, at)
				if err != nil {
					return 0, err
				}
				if v, err := m.Save(ctx, at, oauth.Item{Text: it.Text, Version: old.Version}); !errors.Is(err, oauth.ErrConflict) {
					return v, err
				}
			}
		}}, []string{"Versions", "Parallel"}},
		"keys run together": {&brokenStore{
			load: func(m *oauth.MemStore, ctx context.Context, at seal.Place) (oauth.Item, error) {
				return m.Load(ctx, seal.Place{Field: string(at.Mailbox) + at.Field})
			},
			save: func(m *oauth.MemStore, ctx context.Context, at seal.Place, it oauth.Item) (int64, error) {
				return m.Save(ctx, seal.Place{Field: string(at.Mailbox) + at.Field}, it)
			},
		}, []string{"Places"}},
		"cut": {&brokenStore{save: func(m *oauth.MemStore, ctx context.Context, at seal.Place, it oauth.Item) (int64, error) {
			it.Text = it.Text[:min(len(it.Text), 65535)]
			return m.Save(ctx, at, it)
		}}, []string{"Longest"}},
		"deaf": {&brokenStore{save: func(m *oauth.MemStore, ctx context.Context, at seal.Place, it oauth.Item) (int64, error) {
			return m.Save(context.WithoutCancel(ctx), at, it)
		}}, []string{"Cancelled"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := oauthtest.StoreChecks(t.Context(), func() oauth.Store {
				return &brokenStore{load: tt.broken.load, save: tt.broken.save}
			})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("checks that fail (-want +got):\n%s", diff)
			}
		})
	}
}

type brokenLock func(ctx context.Context, name string, fn func(context.Context) error) error

func (f brokenLock) Hold(ctx context.Context, name string, fn func(context.Context) error) error {
	return f(ctx, name, fn)
}

func TestLockSuiteBites(t *testing.T) {
	for name, tt := range map[string]struct {
		open func() oauth.Lock
		want []string
	}{
		"none": {func() oauth.Lock {
			return brokenLock(func(ctx context.Context, _ string, fn func(context.Context) error) error { return fn(ctx) })
		}, []string{"OneAtATime", "Waits"}},
		"one for all names": {func() oauth.Lock {
			var l oauth.MemLock
			return brokenLock(func(ctx context.Context, _ string, fn func(context.Context) error) error { return l.Hold(ctx, "", fn) })
		}, []string{"Names"}},
		"kept after an error": {func() oauth.Lock {
			var l oauth.MemLock
			return brokenLock(func(ctx context.Context, name string, fn func(context.Context) error) error {
				return l.Hold(ctx, name, func(ctx context.Context) error {
					if fn(ctx) != nil {
						<-ctx.Done()
						return context.Cause(ctx)
					}
					return nil
				})
			})
		}, []string{"GivenBack"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if diff := cmp.Diff(tt.want, oauthtest.LockChecks(ctx, tt.open)); diff != "" {
					t.Errorf("checks that fail (-want +got):\n%s", diff)
				}
			})
		})
	}
}
