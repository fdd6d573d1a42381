package ticketmail

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.com/ticketmail/storage"
)

// A watch tells this engine of the commits of other nodes, where the store can
// (storage.Watcher), so that it need not wait until it looks the next time. It
// is kept while somebody needs it: Run, and each Follow. The zero value of a
// store that cannot does nothing.
type watch struct {
	store storage.Watcher // nil: the store cannot tell

	mu    sync.Mutex
	users int
	stop  context.CancelFunc
	ended chan struct{}
}

// retryWatch is how long the engine relies on looking where a watch failed.
const retryWatch = time.Minute

// join begins to watch, unless somebody does already. leave must be called.
func (e *Engine) join(ctx context.Context) (leave func()) {
	w := e.watch
	if w.store == nil {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users++; w.users == 1 {
		ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // others may join, and stay longer
		ended := make(chan struct{})
		w.stop, w.ended = stop, ended
		go func() {
			defer close(ended)
			e.watchForever(ctx)
		}()
	}
	return e.leave
}

// leave ends the watch of who leaves last, and waits for its end.
func (e *Engine) leave() {
	w := e.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users--; w.users > 0 {
		return
	}
	w.stop()
	<-w.ended
}

func (e *Engine) watchForever(ctx context.Context) {
	for {
		err := e.watch.store.Watch(ctx, e.heard)
		if ctx.Err() != nil {
			return
		}
		e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "commits of other nodes are not told", slog.Any("error", err))
		if sleep(ctx, retryWatch); ctx.Err() != nil {
			return
		}
	}
}

// heard wakes those whom a commit concerns. They look for themselves, so that
// to be woken in vain costs a look.
func (e *Engine) heard(n storage.News) {
	if n.Missed || n.Changes {
		e.feed.notify()
	}
	if n.Missed || n.Outbox {
		e.wakeDelivery()
	}
	if n.Missed || slices.Contains(n.Settings, settingRoutes) {
		e.poller.rouse()
	}
}
