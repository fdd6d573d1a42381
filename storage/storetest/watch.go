package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/ticketmail/storage"
)

// watch follows the commits of a store that tells of them.
func watch(e *env) error {
	watcher, ok := e.store.(storage.Watcher)
	if !ok {
		return nil // optional: the engine looks now and then
	}
	stopped := errors.New("enough")
	ctx, stop := context.WithCancelCause(e.ctx)
	defer stop(nil)
	told, ended := make(chan storage.News, 100), make(chan error, 1)
	go func() { ended <- watcher.Watch(ctx, func(n storage.News) { told <- n }) }()
	// until gathers what is told, up to the commit that puts a setting.
	until := func(kind string) (all storage.News, err error) {
		for !slices.Contains(all.Settings, kind) {
			select {
			case n := <-told:
				all.Add(n)
			case err := <-ended:
				return all, fmt.Errorf("the watch ended: %w", err)
			case <-ctx.Done():
				return all, fmt.Errorf("a commit was not told of: %w", context.Cause(ctx))
			}
		}
		return all, nil
	}
	if n := <-told; !n.Missed {
		return fmt.Errorf("the first news are %+v, want Missed: something may have been committed before", n)
	}
	settings := func(kind string) error {
		return e.update(func(w storage.Writer) error { return w.Settings().Put(e.ctx, kind, "k", []byte("v")) })
	}
	for _, step := range []struct {
		name string
		do   func(w storage.Writer) error
		want storage.News // besides the setting
	}{
		{"a waiting mail", func(w storage.Writer) error { return w.Outbox().Put(e.ctx, mail("m", 1)) }, storage.News{Outbox: true}},
		{"a change", func(w storage.Writer) error { return w.Tickets().AddChange(e.ctx, &storage.Change{Ticket: "1"}) }, storage.News{Changes: true}},
		{"a setting that is deleted", func(w storage.Writer) error { return w.Settings().Delete(e.ctx, "hostile "+hostile, "k") },
			storage.News{Settings: []string{"hostile " + hostile}}},
		{"reading", func(w storage.Writer) error { _, err := collect(w.Settings().List(e.ctx, "kind")); return err }, storage.News{}},
		{"what is rolled back", func(w storage.Writer) error { return errors.Join(e.writeEverything(w), errUndo) }, storage.News{}},
	} {
		if err := e.update(step.do); err != nil && !errors.Is(err, errUndo) {
			return err
		}
		kind := "behind " + step.name
		if err := settings(kind); err != nil {
			return err
		}
		got, err := until(kind)
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		want := step.want
		want.Add(storage.News{Settings: []string{kind}})
		if got.Outbox != want.Outbox || got.Changes != want.Changes || got.Missed || len(got.Settings) != len(want.Settings) {
			return fmt.Errorf("of %s and a setting was told %+v, want %+v", step.name, got, want)
		}
	}
	stop(stopped)
	if err := <-ended; !errors.Is(err, stopped) {
		return fmt.Errorf("a watch whose context was cancelled returned %v, want the cause", err)
	}
	return nil
}
