package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/ticketmail/storage"
)

// A follower reads the history, each time what was added since the last.
type follower struct {
	*env
	last int64 // Seq of the last change
	seen int
}

func (f *follower) look() error {
	return f.view(func(r storage.Reader) error {
		for c, err := range r.Tickets().Changes(f.ctx, "", f.last) {
			if err != nil {
				return err
			}
			if c.Seq <= f.last {
				return fmt.Errorf("change %d follows %d, want Seq to grow", c.Seq, f.last)
			}
			f.last = c.Seq
			f.seen++
		}
		return nil
	})
}

// has wants n changes to have been seen.
func (f *follower) has(n int) error {
	if f.seen != n {
		return fmt.Errorf("a follower saw %d changes, want %d: one committed behind a later Seq", f.seen, n)
	}
	return nil
}

// changeOrder follows the history while others write it: first where one change
// is overtaken by another, if the store lets it be, then as it happens.
func changeOrder(e *env) error {
	f := &follower{env: e}
	for round := range 3 {
		if err := f.overtaken(patience(round)); err != nil {
			return err
		}
		if err := f.has(2 * (round + 1)); err != nil {
			return err
		}
	}
	const writers, rounds = 4, 10
	done := make(chan error, 1)
	go func() {
		done <- parallel(writers, func(int) error {
			for range rounds {
				err := e.update(func(w storage.Writer) error {
					return errors.Join(w.Tickets().AddChange(e.ctx, &storage.Change{Ticket: "1"}),
						w.Tickets().AddChange(e.ctx, &storage.Change{Ticket: "2"}))
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}()
	for {
		select {
		case err := <-done:
			return errors.Join(err, f.look(), f.has(2*3+2*writers*rounds))
		default:
		}
		if err := f.look(); err != nil {
			return errors.Join(err, <-done)
		}
	}
}

// overtaken adds a change in an Update that does not commit before another one
// has added the next, and the follower has seen that. Where the store lets in
// one after the other the first goes on when patience is over.
func (f *follower) overtaken(patience time.Duration) error {
	add := func(meanwhile func()) error {
		return f.update(func(w storage.Writer) error {
			err := w.Tickets().AddChange(f.ctx, &storage.Change{Ticket: "1"})
			meanwhile()
			return err
		})
	}
	added, seen := make(chan struct{}), make(chan struct{})
	begun := sync.OnceFunc(func() { close(added) })
	wait := sync.OnceFunc(func() { // a store may run the Update again
		begun()
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-seen:
		case <-timer.C:
		}
	})
	err := parallel(2, func(i int) error {
		if i == 0 {
			defer begun() // also where nothing could be added
			return add(wait)
		}
		<-added
		defer close(seen)
		return errors.Join(add(func() {}), f.look())
	})
	return errors.Join(err, f.look())
}
