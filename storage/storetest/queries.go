package storetest

import (
	"errors"
	"fmt"
	"slices"

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
		newest, err := subjects(e.ctx, r.Tickets(), storage.TicketQuery{Newest: true})
		if err != nil {
			return err
		}
		if err := same("tickets, newest first", newest, []string{"b", "a"}); err != nil {
			return err
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
	b.Mailbox, b.Outcome, b.Ticket, b.MessageID = "m2", mailbox.LeftThere, "T-4711", "x1%_\\@Mail.example"
	b.UID, b.Folder = "uid77", "Postfächer"
	if err := e.putEntries(a, b); err != nil {
		return err
	}
	err := e.view(func(r storage.Reader) error {
		for name, q := range map[string]mailbox.LedgerQuery{
			"Mailbox": {Mailbox: "m2"}, "Outcome": {Outcome: mailbox.LeftThere}, "After": {After: &a.Key},
			"Text in Ticket": {Text: "t-47"}, "Text in MessageID": {Text: "@mAIL"}, "Text that looks like a pattern": {Text: `1%_\@`},
			"Text in UID": {Text: "UID77"}, "Text in Folder": {Text: "fä"}, "Text and others": {Text: "4711", Mailbox: "m2", Newest: true},
			"Newest and Limit": {Newest: true, Limit: 1},
		} {
			all, err := collect(r.Ledger().List(e.ctx, q))
			if err != nil {
				return err
			}
			if len(all) != 1 || all[0].Key != b.Key {
				return fmt.Errorf("%d entries found by %s, want only %+v", len(all), name, b.Key)
			}
		}
		for name, q := range map[string]mailbox.LedgerQuery{
			"a pattern": {Text: "%711"}, "Text of another mailbox": {Text: "4711", Mailbox: "m1"}, "Text over two fields": {Text: "4711x1"}, "Text over two fields, with a line end": {Text: "example\nt-4711"},
			"letters beyond A to Z in another case": {Text: "FÄ"}, "Newest, behind the first": {Newest: true, After: &a.Key},
		} {
			if all, err := collect(r.Ledger().List(e.ctx, q)); err != nil || len(all) != 0 {
				return fmt.Errorf("%d entries found by %s, error %v; want none", len(all), name, err)
			}
		}
		_, err := collect(r.Ledger().List(e.ctx, mailbox.LedgerQuery{Newest: true, After: &mailbox.Key{Mailbox: "m3"}}))
		return wants("ledger after an unknown key", err, storage.ErrNotFound)
	})
	if err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error {
		b.Ticket = "T-99"
		if err := w.Ledger().Put(e.ctx, b); err != nil {
			return err
		}
		for text, want := range map[string]int{"t-99": 1, "t-47": 0} {
			if all, err := collect(w.Ledger().List(e.ctx, mailbox.LedgerQuery{Text: text})); err != nil || len(all) != want {
				return fmt.Errorf("%d entries found by Text %q after the ticket changed, error %v; want %d", len(all), text, err, want)
			}
		}
		return nil
	})
}

func mailQueries(e *env) error {
	a, b := mail("a", 1), mail("b", 2)
	b.State, b.Ticket, b.Subject, b.To.Address = notify.Held, "4711", "Über A\x00B", "Carl@customer.example"
	if err := e.putMails(a, b); err != nil {
		return err
	}
	err := e.view(func(r storage.Reader) error {
		for name, q := range map[string]notify.MailQuery{
			"State": {State: notify.Held}, "Ticket": {Ticket: "4711"}, "After": {After: "a"},
			"Text in Ticket": {Text: "71"}, "Text in Subject": {Text: "ber a"}, "Text in To.Address": {Text: "cARL@cust"},
			"Text and others": {Text: "471", State: notify.Held, Newest: true}, "Newest and Limit": {Newest: true, Limit: 1},
		} {
			all, err := collect(r.Outbox().List(e.ctx, q))
			if err != nil {
				return err
			}
			if len(all) != 1 || all[0].ID != "b" {
				return fmt.Errorf("%d mails found by %s, want only b", len(all), name)
			}
		}
		for name, q := range map[string]notify.MailQuery{
			"a pattern": {Text: "carl%"}, "Text over two fields, with a line end": {Text: "example\n4711"}, "letters beyond A to Z in another case": {Text: "über"}, "Newest, behind the first": {Newest: true, After: "a"},
		} {
			if all, err := collect(r.Outbox().List(e.ctx, q)); err != nil || len(all) != 0 {
				return fmt.Errorf("%d mails found by %s, error %v; want none", len(all), name, err)
			}
		}
		_, err := collect(r.Outbox().List(e.ctx, notify.MailQuery{Newest: true, After: "unknown"}))
		return wants("outbox after an unknown mail", err, storage.ErrNotFound)
	})
	if err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error {
		b.To.Address = "dora@erp.example"
		if err := w.Outbox().Put(e.ctx, b); err != nil {
			return err
		}
		for text, want := range map[string]int{"DORA@": 1, "carl": 0} {
			if all, err := collect(w.Outbox().List(e.ctx, notify.MailQuery{Text: text})); err != nil || len(all) != want {
				return fmt.Errorf("%d mails found by Text %q after the recipient changed, error %v; want %d", len(all), text, err, want)
			}
		}
		return nil
	})
}

// A pager reads rows, which are numbered in the order of their creation.
type pager struct {
	add   func(n int) error // puts the row n
	touch func(n int) error // changes the row n
	page  func(page) ([]int, error)
}

// A page is what to read: the rows after the one called after (-1: from the
// start), at most limit (0: all).
type page struct {
	after, limit int
	newest       bool
}

// test adds rows, changes an early one and reads pages of two in between.
func (p pager) test() error {
	for n := range 5 {
		if err := p.add(n); err != nil {
			return err
		}
	}
	want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
	if err := p.pages(false, 5, want); err != nil {
		return err
	}
	slices.Reverse(want)
	if err := p.pages(true, 9, want); err != nil { // what is added meanwhile is newer
		return fmt.Errorf("newest first: %w", err)
	}
	return nil
}

// pages reads all rows in one direction, adds four, from the row next on, and
// wants those.
func (p pager) pages(newest bool, next int, want []int) error {
	var got []int
	for after, end := -1, next+4; ; {
		some, err := p.page(page{after, 2, newest})
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
		if next < end {
			if err := errors.Join(p.add(next), p.touch(0)); err != nil {
				return err
			}
			next++
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("pages show rows %v, want %v", got, want)
	}
	all, err := p.page(page{-1, 0, newest})
	if newest { // those that were added
		want = slices.Concat([]int{12, 11, 10, 9}, want)
	}
	if err == nil && !slices.Equal(all, want) {
		err = fmt.Errorf("without a limit rows %v, want %v", all, want)
	}
	return err
}

// name makes names whose order is not that of creation.
func name(n int) string { return string(rune('z'-n)) + "-row" }

func number(name string) int { return int('z' - name[0]) }

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
	read := func(p page) (got []int, err error) {
		q := storage.TicketQuery{Limit: p.limit, Newest: p.newest}
		if p.after >= 0 {
			q.After = storage.TicketID(name(p.after))
		}
		err = e.view(func(r storage.Reader) error {
			all, err := collect(r.Tickets().List(e.ctx, q))
			for _, t := range all {
				got = append(got, number(string(t.ID)))
			}
			return err
		})
		return got, err
	}
	return pager{func(n int) error { return put(n, false) }, func(n int) error { return put(n, true) }, read}.test()
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
	return pager{add, touch, func(p page) (got []int, err error) {
		q := mailbox.LedgerQuery{Limit: p.limit, Newest: p.newest}
		if p.after >= 0 {
			q.After = new(rowKey(p.after))
		}
		err = e.view(func(r storage.Reader) error {
			all, err := collect(r.Ledger().List(e.ctx, q))
			for _, en := range all {
				got = append(got, number(en.UID))
			}
			return err
		})
		return got, err
	}}.test()
}

func pagingMails(e *env) error {
	add := func(n int) error { return e.putMails(mail(name(n), 20-n)) }
	touch := func(n int) error {
		return e.update(func(w storage.Writer) error {
			all, err := collect(w.Outbox().List(e.ctx, notify.MailQuery{}))
			if err != nil {
				return err
			}
			return w.Outbox().Put(e.ctx, &all[n])
		})
	}
	return pager{add, touch, func(p page) (got []int, err error) {
		q := notify.MailQuery{Limit: p.limit, Newest: p.newest}
		if p.after >= 0 {
			q.After = name(p.after)
		}
		err = e.view(func(r storage.Reader) error {
			all, err := collect(r.Outbox().List(e.ctx, q))
			for _, m := range all {
				got = append(got, number(m.ID))
			}
			return err
		})
		return got, err
	}}.test()
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
