package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/ticketmail/storage"
)

// soon is how long news may take, and a Watch to end. A store takes much less,
// but it may be tested on a machine that is busy.
const soon = 3 * time.Minute

// A watching is a Watch under way.
type watching struct {
	told       chan storage.News
	ended      chan error
	fn         sync.Mutex
	overlapped atomic.Bool
	untidy     atomic.Bool // kinds were not sorted, or one stood twice
}

func watchStore(ctx context.Context, store storage.Watcher) *watching {
	w := &watching{told: make(chan storage.News, 1000), ended: make(chan error, 1)}
	go func() { w.ended <- store.Watch(ctx, w.tell) }()
	return w
}

func (w *watching) tell(n storage.News) {
	n.Settings = slices.Clone(n.Settings)
	for i, kind := range n.Settings { // of other nodes they come as JSON, in which an invalid byte is U+FFFD
		n.Settings[i] = string([]rune(kind))
	}
	if !w.fn.TryLock() {
		w.overlapped.Store(true)
	} else {
		time.Sleep(time.Millisecond) // for another call that comes meanwhile; in a bubble it certainly does
		w.fn.Unlock()
	}
	if !slices.IsSorted(n.Settings) || len(slices.Compact(slices.Clone(n.Settings))) != len(n.Settings) {
		w.untidy.Store(true)
	}
	w.told <- n
}

// until gathers what is told, up to the commit that puts a setting.
func (w *watching) until(kind string) (all storage.News, err error) {
	late := time.NewTimer(soon)
	defer late.Stop()
	for !slices.Contains(all.Settings, kind) {
		select {
		case n := <-w.told:
			all.Add(n)
		case err := <-w.ended:
			return all, fmt.Errorf("the watch ended by itself: %v", err)
		case <-late.C:
			return all, errors.New("a commit was not told of")
		}
	}
	return all, nil
}

// begun waits for the first news.
func (w *watching) begun() error {
	late := time.NewTimer(soon)
	defer late.Stop()
	select {
	case n := <-w.told:
		if !n.Missed {
			return fmt.Errorf("the first news are %+v, want Missed: something may have been committed before", n)
		}
		return nil
	case err := <-w.ended:
		return fmt.Errorf("the watch ended by itself: %v", err)
	case <-late.C:
		return errors.New("a watch that begins does not say so")
	}
}

// stopped waits for the end of a Watch whose context was cancelled, or whose
// store was closed.
func (w *watching) stopped(cause error) error {
	late := time.NewTimer(soon)
	defer late.Stop()
	select {
	case err := <-w.ended:
		return wants("a watch that was ended", err, cause)
	case <-late.C:
		return errors.New("a watch that was ended goes on")
	}
}

// watch follows the commits of a store that tells of them.
func watch(e *env) error {
	watcher, ok := e.store.(storage.Watcher)
	if !ok {
		return nil // optional: the engine looks now and then
	}
	enough := errors.New("enough")
	ctx, stop := context.WithCancelCause(e.ctx)
	defer stop(nil)
	w := watchStore(ctx, watcher)
	if err := w.begun(); err != nil {
		return err
	}
	if err := watchSteps(e, w); err != nil {
		return err
	}
	switch {
	case w.overlapped.Load():
		return errors.New("news were told while others were being told: calls come one at a time")
	case w.untidy.Load():
		return errors.New("kinds of settings were told unsorted, or twice in one call")
	}
	stop(enough)
	return w.stopped(enough)
}

// watchSteps commits one thing after the other.
func watchSteps(e *env, w *watching) error {
	for _, step := range []struct {
		name string
		do   func(w storage.Writer) error
		want storage.News // besides the setting
	}{
		{"a waiting mail", func(w storage.Writer) error { return w.Outbox().Put(e.ctx, mail("m", 1)) }, storage.News{Outbox: true}},
		{"a change", func(w storage.Writer) error { return w.Tickets().AddChange(e.ctx, &storage.Change{Ticket: "1"}) }, storage.News{Changes: true}},
		{"settings of several kinds", func(w storage.Writer) error {
			return errors.Join(w.Settings().Put(e.ctx, "z", "k", nil), w.Settings().Put(e.ctx, "a", "k", nil), w.Settings().Put(e.ctx, "z", "l", nil))
		}, storage.News{Settings: []string{"a", "z"}}},
		{"a setting that is deleted", func(w storage.Writer) error { return w.Settings().Delete(e.ctx, "hostile "+hostile, "k") },
			storage.News{Settings: []string{string([]rune("hostile " + hostile))}}},
		{"reading", func(w storage.Writer) error { _, err := collect(w.Settings().List(e.ctx, "kind")); return err }, storage.News{}},
		{"what is rolled back", func(w storage.Writer) error { return errors.Join(e.writeEverything(w), errUndo) }, storage.News{}},
	} {
		if err := e.update(step.do); err != nil && !errors.Is(err, errUndo) {
			return err
		}
		kind := "behind " + step.name
		committed := make(chan error, 1)
		go func() {
			committed <- e.update(func(w storage.Writer) error { return w.Settings().Put(e.ctx, kind, "k", []byte("v")) })
		}()
		got, err := w.until(kind)
		if err == nil {
			err = e.view(func(r storage.Reader) error {
				_, err := r.Settings().Get(e.ctx, kind, "k")
				return err
			})
			if err != nil {
				err = fmt.Errorf("told of a commit before it is seen: %w", err)
			}
		}
		if err := errors.Join(err, <-committed); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		want := step.want
		want.Add(storage.News{Settings: []string{kind}})
		if got.Outbox != want.Outbox || got.Changes != want.Changes || got.Missed || !slices.Equal(got.Settings, want.Settings) {
			return fmt.Errorf("of %s and a setting was told %+v, want %+v", step.name, got, want)
		}
	}
	return nil
}
