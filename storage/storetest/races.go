package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

func lostUpdates(e *env) error {
	const writers, rounds = 4, 25
	for round := range rounds {
		err := together(writers, patience(round), func(_ int, meet func()) error {
			return e.update(func(w storage.Writer) error { return count(e.ctx, w.Settings(), meet) })
		})
		if err != nil {
			return err
		}
	}
	return e.view(func(r storage.Reader) error {
		v, err := r.Settings().Get(e.ctx, "counter", "n")
		if err == nil && string(v) != strconv.Itoa(writers*rounds) {
			err = fmt.Errorf("%d writers counted to %s, want %d", writers, v, writers*rounds)
		}
		return err
	})
}

// count adds one, and meets the others between reading and writing.
func count(ctx context.Context, s storage.Settings, meet func()) error {
	v, err := s.Get(ctx, "counter", "n")
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	n, _ := strconv.Atoi(string(v)) // 0 at the start
	meet()
	return s.Put(ctx, "counter", "n", []byte(strconv.Itoa(n+1)))
}

// writeSkew lets two updates each take a place if the other's is free.
func writeSkew(e *env) error {
	for round := range 25 {
		kind := "skew" + strconv.Itoa(round)
		err := together(2, patience(round), func(i int, meet func()) error {
			return e.update(func(w storage.Writer) error {
				_, err := w.Settings().Get(e.ctx, kind, strconv.Itoa(1-i))
				meet()
				if err == nil {
					return nil // the other was first
				}
				if !errors.Is(err, storage.ErrNotFound) {
					return err
				}
				return w.Settings().Put(e.ctx, kind, strconv.Itoa(i), []byte("taken"))
			})
		})
		if err != nil {
			return err
		}
		if err := e.settingsAre(kind, 1); err != nil {
			return fmt.Errorf("two updates that read each other's row, round %d: %w", round, err)
		}
	}
	return nil
}

func (e *env) settingsAre(kind string, want int) error {
	return e.view(func(r storage.Reader) error {
		all, err := collect(r.Settings().List(e.ctx, kind))
		if err == nil && len(all) != want {
			err = fmt.Errorf("%d rows were written, want %d", len(all), want)
		}
		return err
	})
}

func uniqueKeyRace(e *env) error {
	for round := range 50 {
		var won atomic.Int32
		err := together(8, patience(round), func(i int, meet func()) error {
			err := e.update(func(w storage.Writer) error {
				meet()
				return w.Ledger().Put(e.ctx, &mailbox.Entry{Key: key(round), Outcome: mailbox.Pending, Size: int64(i)})
			})
			if errors.Is(err, storage.ErrExists) {
				return nil
			}
			if err == nil {
				won.Add(1)
			}
			return err
		})
		if err != nil {
			return err
		}
		if won.Load() != 1 {
			return fmt.Errorf("round %d: %d of 8 put the same new key, want 1", round, won.Load())
		}
	}
	if n, err := e.countEntries(); err != nil || n != 50 {
		return fmt.Errorf("ledger has %d entries (%v), want 50", n, err)
	}
	return nil
}

// assignmentRace assigns a mailbox by looking through all assignments, as
// ticketmail does.
func assignmentRace(e *env) error {
	for round := range 25 {
		kind := "assignment" + strconv.Itoa(round)
		err := together(4, patience(round), func(i int, meet func()) error {
			return e.update(func(w storage.Writer) error {
				taken, err := collect(w.Settings().List(e.ctx, kind))
				meet()
				if err != nil || len(taken) > 0 {
					return err
				}
				return w.Settings().Put(e.ctx, kind, "task"+strconv.Itoa(i), []byte("m1"))
			})
		})
		if err != nil {
			return err
		}
		if err := e.settingsAre(kind, 1); err != nil {
			return fmt.Errorf("one mailbox assigned by four at once, round %d: %w", round, err)
		}
	}
	return nil
}

func cancelled(e *env) error {
	ctx, cancel := context.WithCancel(e.ctx)
	err := e.store.Update(ctx, func(w storage.Writer) error {
		if err := w.Settings().Put(ctx, "kind", "a", nil); err != nil {
			return err
		}
		cancel()
		return w.Settings().Put(ctx, "kind", "b", nil)
	})
	want, outcome := 0, "failed"
	if err == nil {
		want, outcome = 2, "succeeded"
	} else if err := wants("Update cancelled inside", err, context.Canceled); err != nil {
		return err
	}
	if err := e.settingsAre("kind", want); err != nil {
		return fmt.Errorf("an Update cancelled inside, which %s: %w", outcome, err)
	}
	err = e.store.Update(ctx, func(w storage.Writer) error { return w.Settings().Put(ctx, "late", "a", nil) })
	if err := wants("Update with a context that is done", err, context.Canceled); err != nil {
		return err
	}
	err = e.store.View(ctx, func(r storage.Reader) error {
		_, err := collect(r.Settings().List(ctx, "kind"))
		return err
	})
	if err := wants("View with a context that is done", err, context.Canceled); err != nil {
		return err
	}
	return e.settingsAre("late", 0)
}

func cancelledLoop(e *env) error {
	const rows = 400
	tickets := make([]*storage.Ticket, rows)
	for i := range tickets {
		tickets[i] = ticket(strconv.Itoa(i))
	}
	if err := e.putAll(tickets...); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	n := 0
	err := e.store.View(ctx, func(r storage.Reader) error {
		for _, err := range r.Tickets().List(ctx, storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			n++
			cancel()
		}
		return nil
	})
	if n == rows {
		return fmt.Errorf("a loop cancelled at the first of %d rows saw them all", rows)
	}
	return wants("loop cancelled inside", err, context.Canceled)
}

func earlyBreak(e *env) error {
	if err := e.putAll(ticket("a"), ticket("b"), ticket("c")); err != nil {
		return err
	}
	for range 50 { // more often than a pool has connections
		err := e.update(func(w storage.Writer) error {
			for t, err := range w.Tickets().List(e.ctx, storage.TicketQuery{}) {
				if err != nil {
					return err
				}
				t.Subject += "!"
				if err := w.Tickets().Put(e.ctx, &t); err != nil {
					return fmt.Errorf("put inside a loop: %w", err)
				}
				break
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = e.view(func(r storage.Reader) error {
			for _, err := range r.Tickets().List(e.ctx, storage.TicketQuery{}) {
				return err
			}
			return errors.New("no tickets")
		})
		if err != nil {
			return err
		}
	}
	return nil
}
