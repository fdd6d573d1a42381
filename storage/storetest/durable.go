package storetest

import (
	"errors"
	"fmt"
	"testing"

	"example.com/ticketmail/storage"
)

// RunDurable tests stores that outlive their process: what was committed is
// there when the store is opened again, and nothing else. open opens the store
// kept in dir, making it if need be; close closes it. opts may be nil.
func RunDurable(t *testing.T, open func(t *testing.T, dir string) (store storage.Store, close func() error), opts *Options) {
	run(t, optionsOf(opts), durableChecks, func(t *testing.T, c check[*durableEnv]) error {
		dir := t.TempDir()
		return c.run(&durableEnv{func(fn func(*env) error) error {
			store, closeStore := open(t, dir)
			err := fn(&env{ctx: t.Context(), store: store})
			return errors.Join(err, closeStore())
		}})
	})
}

// A durableEnv opens the same store again and again.
type durableEnv struct {
	with func(fn func(*env) error) error
}

var durableChecks = []check[*durableEnv]{
	{"Durable", "Durable is true, or mailboxes are not emptied", saysDurable},
	{"Reopen", "what was committed is there when the store is opened again, and nothing else", reopen},
	{"ReopenContent", "content referred to is there when the store is opened again", reopenContent},
	{"WatchEnds", "who follows the commits of a store that is closed is told so", watchEnds},
	{"ReopenIDs", "an id is not given out again after the store was opened again", reopenIDs},
}

func saysDurable(d *durableEnv) error {
	return d.with(func(e *env) error {
		if !e.store.Durable() {
			return errors.New("Durable() = false")
		}
		return nil
	})
}

func reopen(d *durableEnv) error {
	err := d.with(func(e *env) error {
		if err := e.update(e.writeEverything); err != nil {
			return err
		}
		err := e.update(func(w storage.Writer) error {
			if err := w.Ledger().Put(e.ctx, pending(2)); err != nil {
				return err
			}
			return errUndo
		})
		return wants("Update whose function fails", err, errUndo)
	})
	if err != nil {
		return err
	}
	return d.with(func(e *env) error {
		if err := e.view(func(r storage.Reader) error { return e.sees(r, oneEach) }); err != nil {
			return fmt.Errorf("opened again: %w", err)
		}
		if _, err := e.acquire("b", long, 0); err == nil {
			return errors.New("opened again, the lease of another was free")
		}
		return nil
	})
}

func reopenContent(d *durableEnv) error {
	var blob storage.Blob
	err := d.with(func(e *env) (err error) {
		if blob, err = e.blob(hostile); err != nil {
			return err
		}
		en := pending(1)
		en.Raw = blob
		return e.putEntries(en)
	})
	if err != nil {
		return err
	}
	return d.with(func(e *env) error {
		blobs, ok := e.store.(storage.Blobs)
		if !ok {
			return nil
		}
		got, err := (&blobEnv{e.ctx, blobs}).read(blob)
		if err == nil && got != hostile {
			err = fmt.Errorf("content is %q, want %q", got, hostile)
		}
		return err
	})
}

func watchEnds(d *durableEnv) error {
	var w *watching
	err := d.with(func(e *env) error {
		watcher, ok := e.store.(storage.Watcher)
		if !ok {
			return nil // optional
		}
		w = watchStore(e.ctx, watcher)
		return w.begun()
	})
	if err != nil || w == nil {
		return err
	}
	return w.stopped(storage.ErrClosed)
}

func reopenIDs(d *durableEnv) error {
	seen := make(map[storage.TicketID]bool)
	for range 3 {
		err := d.with(func(e *env) error {
			t := ticket("t")
			if err := e.putAll(t); err != nil {
				return err
			}
			if seen[t.ID] {
				return fmt.Errorf("id %q was given out twice", t.ID)
			}
			seen[t.ID] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
