package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

func ticketQueries(e *env) error {
	a, b := ticket("a"), ticket("b")
	a.ID, b.ID = "host-a", "host-b"
	b.Status, b.Task, b.Project, b.Assignee, b.Parent = storage.Done, "task2", "project2", "bea", "host-a"
	b.Categories = []string{"x", "y"}
	if err := e.putAll(a, b); err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error {
		for name, q := range map[string]storage.TicketQuery{
			"Status": {Status: storage.Done}, "Task": {Task: "task2"}, "Project": {Project: "project2"}, "Assignee": {Assignee: "bea"},
			"Parent": {Parent: "host-a"}, "AnyCategory": {AnyCategory: []string{"y"}}, "After": {After: "host-a"},
			"AllCategories": {AllCategories: []string{"x", "y"}},
			"several":       {Status: storage.Done, Task: "task2", AnyCategory: []string{"x"}, AllCategories: []string{"y"}, Limit: 5},
		} {
			got, err := subjects(e.ctx, r.Tickets(), q)
			if err != nil {
				return err
			}
			if err := same("tickets found by "+name, got, []string{"b"}); err != nil {
				return err
			}
		}
		got, err := subjects(e.ctx, r.Tickets(), storage.TicketQuery{Status: storage.Done, Task: "task"})
		if err != nil {
			return err
		}
		return same("tickets found by fields that fit none together", got, nil)
	})
}

func ledgerQueries(e *env) error {
	a, b := pending(1), pending(2)
	b.Mailbox, b.Outcome = "m2", mailbox.LeftThere
	if err := e.putEntries(a, b); err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error {
		for name, q := range map[string]mailbox.LedgerQuery{
			"Mailbox": {Mailbox: "m2"}, "Outcome": {Outcome: mailbox.LeftThere}, "After": {After: &a.Key},
		} {
			all, err := collect(r.Ledger().List(e.ctx, q))
			if err != nil {
				return err
			}
			if len(all) != 1 || all[0].Key != b.Key {
				return fmt.Errorf("%d entries found by %s, want only %+v", len(all), name, b.Key)
			}
		}
		return nil
	})
}

func mailQueries(e *env) error {
	a, b := mail("a", 1), mail("b", 2)
	b.State, b.Ticket = notify.Held, "4711"
	if err := e.putMails(a, b); err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error {
		for name, q := range map[string]notify.MailQuery{
			"State": {State: notify.Held}, "Ticket": {Ticket: "4711"}, "After": {After: "a"},
		} {
			all, err := collect(r.Outbox().List(e.ctx, q))
			if err != nil {
				return err
			}
			if len(all) != 1 || all[0].ID != "b" {
				return fmt.Errorf("%d mails found by %s, want only b", len(all), name)
			}
		}
		return nil
	})
}

// paging adds rows, changes an early one and reads pages of two in between.
// add puts the row n; touch changes the row n; page returns the rows after the
// one called after (-1: from the start), by number.
func paging(add, touch func(n int) error, page func(after, limit int) ([]int, error)) error {
	const rows = 9
	for n := range 5 {
		if err := add(n); err != nil {
			return err
		}
	}
	var got []int
	added := 5
	for after := -1; ; {
		some, err := page(after, 2)
		if err != nil {
			return err
		}
		if len(some) > 2 {
			return fmt.Errorf("a page of 2 has %d rows", len(some))
		}
		if len(some) == 0 {
			break
		}
		got = append(got, some...)
		after = got[len(got)-1]
		if added < rows {
			if err := errors.Join(add(added), touch(0)); err != nil {
				return err
			}
			added++
		}
	}
	want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
	if !slices.Equal(got, want) {
		return fmt.Errorf("pages show rows %v, want %v", got, want)
	}
	all, err := page(-1, 0)
	if err == nil && !slices.Equal(all, want) {
		err = fmt.Errorf("without a limit rows %v, want %v", all, want)
	}
	return err
}

// name makes names whose order is not that of creation.
func name(n int) string { return strconv.Itoa(9-n) + "-row" }

func number(name string) int { return int('9' - name[0]) }

func pagingTickets(e *env) error {
	put := func(n int, change bool) error {
		return e.update(func(w storage.Writer) error {
			t := *ticket("t")
			t.ID = storage.TicketID(name(n))
			if change {
				var err error
				if t, err = w.Tickets().Get(e.ctx, t.ID); err != nil {
					return err
				}
			}
			return w.Tickets().Put(e.ctx, &t)
		})
	}
	return paging(func(n int) error { return put(n, false) }, func(n int) error { return put(n, true) },
		func(after, limit int) (got []int, err error) {
			q := storage.TicketQuery{Limit: limit}
			if after >= 0 {
				q.After = storage.TicketID(name(after))
			}
			err = e.view(func(r storage.Reader) error {
				all, err := collect(r.Tickets().List(e.ctx, q))
				for _, t := range all {
					got = append(got, number(string(t.ID)))
				}
				return err
			})
			return got, err
		})
}

func pagingLedger(e *env) error {
	rowKey := func(n int) mailbox.Key { return mailbox.Key{Mailbox: "m1", UID: name(n)} }
	add := func(n int) error {
		return e.putEntries(&mailbox.Entry{Key: rowKey(n), Outcome: mailbox.Pending})
	}
	touch := func(n int) error {
		return e.update(func(w storage.Writer) error {
			found, err := w.Ledger().Lookup(e.ctx, []mailbox.Key{rowKey(n)})
			if err != nil || len(found) != 1 {
				return fmt.Errorf("entry %d: %d found, error %v", n, len(found), err)
			}
			found[0].Attempts++
			return w.Ledger().Put(e.ctx, &found[0])
		})
	}
	return paging(add, touch, func(after, limit int) (got []int, err error) {
		q := mailbox.LedgerQuery{Limit: limit}
		if after >= 0 {
			k := rowKey(after)
			q.After = &k
		}
		err = e.view(func(r storage.Reader) error {
			all, err := collect(r.Ledger().List(e.ctx, q))
			for _, en := range all {
				got = append(got, number(en.UID))
			}
			return err
		})
		return got, err
	})
}

func pagingMails(e *env) error {
	add := func(n int) error { return e.putMails(mail(name(n), 9-n)) }
	touch := func(n int) error {
		return e.update(func(w storage.Writer) error {
			all, err := collect(w.Outbox().List(e.ctx, notify.MailQuery{}))
			if err != nil {
				return err
			}
			return w.Outbox().Put(e.ctx, &all[n])
		})
	}
	return paging(add, touch, func(after, limit int) (got []int, err error) {
		q := notify.MailQuery{Limit: limit}
		if after >= 0 {
			q.After = name(after)
		}
		err = e.view(func(r storage.Reader) error {
			all, err := collect(r.Outbox().List(e.ctx, q))
			for _, m := range all {
				got = append(got, number(m.ID))
			}
			return err
		})
		return got, err
	})
}

func commentOrder(e *env) error {
	t := ticket("t")
	if err := e.putAll(t); err != nil {
		return err
	}
	err := e.update(func(w storage.Writer) error {
		var first *storage.Comment
		for _, id := range []string{"z", "m", "a"} {
			c := &storage.Comment{ID: id, Ticket: t.ID, Kind: storage.ByPerson, CreatedAt: at(5)}
			if err := w.Tickets().PutComment(e.ctx, c); err != nil {
				return err
			}
			if first == nil {
				first = c
			}
		}
		first.Text = "edited"
		return w.Tickets().PutComment(e.ctx, first)
	})
	if err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error {
		all, err := collect(r.Tickets().Comments(e.ctx, t.ID))
		if err != nil {
			return err
		}
		var ids []string
		for _, c := range all {
			ids = append(ids, c.ID)
		}
		return same("comments", ids, []string{"z", "m", "a"})
	})
}

// changeOrder follows the history while others write it.
func changeOrder(e *env) error {
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
	var seen, last int64
	follow := func() error {
		return e.view(func(r storage.Reader) error {
			for c, err := range r.Tickets().Changes(e.ctx, "", last) {
				if err != nil {
					return err
				}
				if c.Seq <= last {
					return fmt.Errorf("change %d follows %d, want Seq to grow", c.Seq, last)
				}
				last = c.Seq
				seen++
			}
			return nil
		})
	}
	for {
		select {
		case err := <-done:
			if err = errors.Join(err, follow()); err == nil && seen != 2*writers*rounds {
				err = fmt.Errorf("a follower saw %d changes, want %d: one committed behind a later Seq", seen, 2*writers*rounds)
			}
			return err
		default:
		}
		if err := follow(); err != nil {
			return errors.Join(err, <-done)
		}
	}
}
