package storage

import (
	"context"
	"slices"
	"sync"
)

// A Watcher is a [Store] that tells of commits, also of those of other nodes,
// so that nobody need look for them. The engine looks now and then all the
// same: what a Watcher misses comes late, and is not lost.
type Watcher interface {
	Store

	// Watch calls fn with what was written, soon after the commit, until ctx
	// is done; it returns ctx's cause, or ErrClosed. Several commits may be told
	// in one call, and a commit of the caller's own is told too. Calls come one
	// at a time, and fn must not wait for anything.
	//
	// A connection that is lost is made anew by Watch. Then, and when it begins,
	// it calls fn with News.Missed: something may have been committed unnoticed.
	Watch(ctx context.Context, fn func(News)) error
}

// News says what one or several commits wrote.
type News struct {
	Outbox   bool     `json:"outbox,omitempty"`   // mails that are notify.Waiting
	Changes  bool     `json:"changes,omitempty"`  // lines of history
	Settings []string `json:"settings,omitempty"` // kinds of settings put or deleted, sorted, none twice; bytes that are not UTF-8 may be U+FFFD
	Missed   bool     `json:"missed,omitempty"`   // anything may have been written
}

// IsZero reports whether there is nothing to tell.
func (n News) IsZero() bool { return !n.Outbox && !n.Changes && !n.Missed && len(n.Settings) == 0 }

// Add makes n tell what o tells too. Memory of o is not kept.
func (n *News) Add(o News) {
	n.Outbox, n.Changes, n.Missed = n.Outbox || o.Outbox, n.Changes || o.Changes, n.Missed || o.Missed
	for _, kind := range o.Settings {
		if i, found := slices.BinarySearch(n.Settings, kind); !found {
			n.Settings = slices.Insert(slices.Clip(n.Settings), i, kind)
		}
	}
}

// A Broadcast tells the watchers in this process of commits: what an
// implementor needs for [Watcher] where no other process writes, or beside what
// tells of those. The zero value is ready. It is safe for concurrent use.
type Broadcast struct {
	mu       sync.Mutex
	watchers map[*watcher]struct{}
}

// A watcher has what it was not told yet.
type watcher struct {
	news  News
	ready chan struct{} // holds a token while there are news
}

// Tell notes what a commit wrote for every Watch under way. It does not wait.
func (b *Broadcast) Tell(n News) {
	if n.IsZero() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for w := range b.watchers {
		w.news.Add(n)
		select {
		case w.ready <- struct{}{}:
		default:
		}
	}
}

// Watch is the Watch of a [Watcher]. It returns ErrClosed when done is closed;
// nil: never.
func (b *Broadcast) Watch(ctx context.Context, done <-chan struct{}, fn func(News)) error {
	w := &watcher{news: News{Missed: true}, ready: make(chan struct{}, 1)}
	w.ready <- struct{}{}
	b.mu.Lock()
	if b.watchers == nil {
		b.watchers = make(map[*watcher]struct{})
	}
	b.watchers[w] = struct{}{}
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.watchers, w)
		b.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-done:
			return ErrClosed
		case <-w.ready:
		}
		b.mu.Lock()
		n := w.news
		w.news = News{}
		b.mu.Unlock()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fn(n)
	}
}
