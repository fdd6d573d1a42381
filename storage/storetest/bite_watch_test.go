package storetest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
)

// tells is a fault in what is told: fn changes it.
func tells(fn func(*storage.News)) func() broken {
	return func() broken {
		return broken{watch: func(s *memstore.Store, ctx context.Context, told func(storage.News)) error {
			return s.Watch(ctx, func(n storage.News) {
				n.Settings = slices.Clone(n.Settings)
				if fn(&n); !n.IsZero() {
					told(n)
				}
			})
		}}
	}
}

// watches is a fault in how it is told.
func watches(fn func(*memstore.Store, context.Context, func(storage.News)) error) func() broken {
	return func() broken { return broken{watch: fn} }
}

// TestBiteWatch proves that the suite finds each way not to keep what a
// storage.Watcher promises.
func TestBiteWatch(t *testing.T) {
	for name, fault := range map[string]func() broken{
		"tells of no mails":    tells(func(n *storage.News) { n.Outbox = false }),
		"tells of no history":  tells(func(n *storage.News) { n.Changes = false }),
		"tells of no settings": tells(func(n *storage.News) { n.Settings = nil }),
		"tells of no deletions": tells(func(n *storage.News) {
			n.Settings = slices.DeleteFunc(n.Settings, func(kind string) bool { return strings.HasPrefix(kind, "hostile") })
		}),
		"tells of one kind":     tells(func(n *storage.News) { n.Settings = n.Settings[max(0, len(n.Settings)-1):] }),
		"sorts no kinds":        tells(func(n *storage.News) { slices.Reverse(n.Settings) }),
		"tells of a kind twice": tells(func(n *storage.News) { n.Settings = slices.Concat(n.Settings, n.Settings); slices.Sort(n.Settings) }),
		"tells too much":        tells(func(n *storage.News) { n.Changes = n.Changes || !n.Missed }),
		"does not say that it begins": watches(func(s *memstore.Store, ctx context.Context, told func(storage.News)) error {
			return s.Watch(ctx, func(n storage.News) {
				n.Missed = false
				told(n)
			})
		}),
		"tells nothing": watches(func(_ *memstore.Store, ctx context.Context, _ func(storage.News)) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}),
		"tells of what was rolled back": undone,
		"tells before the commit":       hurried,
		"tells of two things at once": watches(func(s *memstore.Store, ctx context.Context, told func(storage.News)) error {
			return s.Watch(ctx, func(n storage.News) {
				if n.Outbox {
					var wg sync.WaitGroup
					wg.Go(func() { told(storage.News{Outbox: true}) })
					wg.Go(func() { told(storage.News{Outbox: true}) })
					wg.Wait()
				}
				if n.Outbox = false; !n.IsZero() {
					told(n)
				}
			})
		}),
		"ends by itself": watches(func(_ *memstore.Store, _ context.Context, told func(storage.News)) error {
			told(storage.News{Missed: true})
			return nil
		}),
		"hides the cause": watches(func(s *memstore.Store, ctx context.Context, told func(storage.News)) error {
			_ = s.Watch(ctx, told)
			return ctx.Err()
		}),
		"does not end": watches(func(s *memstore.Store, ctx context.Context, told func(storage.News)) error {
			err := s.Watch(ctx, told)
			time.Sleep(time.Hour) // in a bubble
			return err
		}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				open := func() storage.Store {
					b := fault()
					b.Store = memstore.New(nil)
					return b
				}
				if got := storetest.Failing(t.Context(), open, new(storetest.Clock), "Watch"); len(got) == 0 {
					t.Error("the suite does not notice")
				}
				time.Sleep(2 * time.Hour) // in a bubble: what does not end in time ends now
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		open := func() storage.Store { return memstore.New(nil) }
		if got := storetest.Failing(t.Context(), open, new(storetest.Clock), "Watch"); len(got) > 0 {
			t.Error("a sound store fails")
		}
	})
}

// TestBiteWatchClosed: the suite finds a store that tells its followers
// something else than that it was closed, or nothing.
func TestBiteWatchClosed(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(context.Context, error) error // what becomes of the error of a sound Watch
		want int                                // checks failed
	}{
		"a sound store": {func(_ context.Context, err error) error { return err }, 0},
		"says nothing":  {func(context.Context, error) error { return nil }, 1},
		"does not end": {func(ctx context.Context, _ error) error {
			<-ctx.Done()
			return storage.ErrClosed
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				open := func() (storage.Store, func() error) {
					done := make(chan struct{})
					var commits storage.Broadcast
					b := watches(func(_ *memstore.Store, ctx context.Context, told func(storage.News)) error {
						return tt.end(ctx, commits.Watch(ctx, done, told))
					})()
					b.Store = memstore.New(nil)
					return b, func() error {
						close(done)
						return nil
					}
				}
				if got := storetest.FailingDurable(ctx, open, "WatchEnds"); len(got) != tt.want {
					t.Errorf("failed checks are %q, want %d", got, tt.want)
				}
			})
		})
	}
}

// undone tells of mails that were rolled back, with the next commit.
func undone() broken {
	var mu sync.Mutex
	var more storage.News
	return broken{
		update: func(s *memstore.Store, ctx context.Context, fn func(storage.Writer) error) error {
			return s.Update(ctx, func(w storage.Writer) error {
				err := fn(w)
				if err != nil {
					mu.Lock()
					more.Outbox = true
					mu.Unlock()
				}
				return err
			})
		},
		watch: func(s *memstore.Store, ctx context.Context, told func(storage.News)) error {
			return s.Watch(ctx, func(n storage.News) {
				mu.Lock()
				n.Add(more)
				more = storage.News{}
				mu.Unlock()
				told(n)
			})
		},
	}
}

// hurried tells of settings when they are put, and commits a second later.
func hurried() broken {
	var early storage.Broadcast
	return broken{
		update: func(s *memstore.Store, ctx context.Context, fn func(storage.Writer) error) error {
			return s.Update(ctx, func(w storage.Writer) error {
				err := fn(hurriedWriter{w, &early})
				time.Sleep(time.Second) // in a bubble
				return err
			})
		},
		watch: func(s *memstore.Store, ctx context.Context, told func(storage.News)) error {
			return early.Watch(ctx, nil, told)
		},
	}
}

type hurriedWriter struct {
	storage.Writer
	early *storage.Broadcast
}

func (w hurriedWriter) Settings() storage.Settings {
	return hurriedSettings{w.Writer.Settings(), w.early}
}

type hurriedSettings struct {
	storage.Settings
	early *storage.Broadcast
}

func (s hurriedSettings) Put(ctx context.Context, kind, key string, value []byte) error {
	s.early.Tell(storage.News{Settings: []string{kind}})
	return s.Settings.Put(ctx, kind, key, value)
}
