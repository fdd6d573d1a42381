package storetest

import (
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// countCategories counts the tickets in each category, if the store does that.
func countCategories(e *env) error {
	ids := []string{"a", "b", hostile, "none", "a"}
	want := map[string]int{"a": 2, "b": 1, hostile: 1}
	has := func(r storage.TicketReader) error {
		c, ok := r.(storage.TicketCounter)
		if !ok {
			return errNotOffered
		}
		got, err := c.CountCategories(e.ctx, ids)
		if err == nil {
			err = diff("tickets in each category", want, got)
		}
		if err != nil {
			return err
		}
		got, err = c.CountCategories(e.ctx, nil)
		if err == nil && len(got) > 0 {
			err = fmt.Errorf("tickets in no category: %v", got)
		}
		return err
	}
	err := e.update(func(w storage.Writer) error {
		for _, in := range [][]string{{"a"}, {"a", "b"}, {hostile}, {"other"}, nil, {"other"}} {
			t := ticket("x")
			t.Categories = in
			if err := w.Tickets().Put(e.ctx, t); err != nil {
				return err
			}
		}
		return has(w.Tickets())
	})
	if err != nil {
		return err
	}
	if err := e.view(func(r storage.Reader) error { return has(r.Tickets()) }); err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error {
		for t, err := range w.Tickets().List(e.ctx, storage.TicketQuery{AnyCategory: []string{"b"}}) {
			if err != nil {
				return err
			}
			t.Categories = []string{"other"}
			if err := w.Tickets().Put(e.ctx, &t); err != nil {
				return err
			}
		}
		want = map[string]int{"a": 1, hostile: 1}
		return has(w.Tickets())
	})
}

// spans are bounds of an hour each, with one that has nothing in it.
func spans() []time.Time { return []time.Time{at(0), at(60), at(120), at(180)} }

// countEntries counts entries, if the store does that: as many as are listed,
// and those received in spans of time.
func countEntries(e *env) error {
	put := func(w storage.Writer, uid int, o mailbox.Outcome, received time.Time) error {
		entry := pending(uid)
		entry.Outcome, entry.ReceivedAt, entry.MessageID = o, received, fmt.Sprint(uid, "@Mail")
		return w.Ledger().Put(e.ctx, entry)
	}
	has := func(r mailbox.LedgerReader, want []int) error {
		c, ok := r.(storage.EntryCounter)
		if !ok {
			return errNotOffered
		}
		for _, q := range []mailbox.LedgerQuery{
			{}, {Outcome: mailbox.Record}, {Outcome: mailbox.Quarantine}, {Limit: 2}, {Mailbox: "m1", Limit: 100}, {Mailbox: "m2"},
			{Text: "@mAIL"}, {Text: "2@", Newest: true}, {After: new(key(2))}, {After: new(key(2)), Newest: true},
		} {
			all, err := collect(r.List(e.ctx, q))
			if err != nil {
				return err
			}
			if n, err := c.Count(e.ctx, q); err != nil || n != len(all) {
				return fmt.Errorf("%+v counts %d entries, error %v; %d are listed", q, n, err, len(all))
			}
		}
		_, err := c.Count(e.ctx, mailbox.LedgerQuery{After: new(key(99))})
		if err := wants("count after an unknown key", err, storage.ErrNotFound); err != nil {
			return err
		}
		got, err := c.CountReceived(e.ctx, spans())
		if err != nil {
			return err
		}
		return diff("mails received in each hour", want, got)
	}
	err := e.update(func(w storage.Writer) error {
		for uid, m := range []struct {
			o  mailbox.Outcome
			at time.Time
		}{
			{mailbox.Ticket, at(0)}, {mailbox.Record, at(59)}, {mailbox.Record, at(60)}, {mailbox.Comment, at(-1)}, {mailbox.Quarantine, at(180)},
			{mailbox.LeftThere, at(5)}, {mailbox.Pending, at(5)}, {mailbox.Ticket, time.Time{}}, {mailbox.Quarantine, at(60).Add(-time.Microsecond)},
		} {
			if err := put(w, uid, m.o, m.at); err != nil {
				return err
			}
		}
		return has(w.Ledger(), []int{3, 1, 0})
	})
	if err != nil {
		return err
	}
	if err := e.view(func(r storage.Reader) error { return has(r.Ledger(), []int{3, 1, 0}) }); err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error {
		found, err := w.Ledger().Lookup(e.ctx, []mailbox.Key{key(6)})
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("%d entries found, want 1", len(found))
		}
		found[0].Outcome, found[0].ReceivedAt = mailbox.Ticket, at(170) // pending until now
		if err := w.Ledger().Put(e.ctx, &found[0]); err != nil {
			return err
		}
		return has(w.Ledger(), []int{3, 1, 1})
	})
}

// countMails counts mails, if the store does that: as many as are listed, and
// those sent in spans of time.
func countMails(e *env) error {
	has := func(r notify.OutboxReader, want []int) error {
		c, ok := r.(storage.MailCounter)
		if !ok {
			return errNotOffered
		}
		for _, q := range []notify.MailQuery{
			{}, {State: notify.Sent}, {State: notify.Held}, {State: notify.Failed}, {Limit: 2}, {Ticket: "7", Limit: 100}, {Ticket: "8"},
			{Text: "bEA"}, {Text: "nowhere", Newest: true}, {After: "m2"}, {After: "m2", Newest: true},
		} {
			all, err := collect(r.List(e.ctx, q))
			if err != nil {
				return err
			}
			if n, err := c.Count(e.ctx, q); err != nil || n != len(all) {
				return fmt.Errorf("%+v counts %d mails, error %v; %d are listed", q, n, err, len(all))
			}
		}
		_, err := c.Count(e.ctx, notify.MailQuery{After: "unknown"})
		if err := wants("count after an unknown mail", err, storage.ErrNotFound); err != nil {
			return err
		}
		got, err := c.CountSent(e.ctx, spans())
		if err != nil {
			return err
		}
		return diff("mails sent in each hour", want, got)
	}
	var last *notify.Mail
	err := e.update(func(w storage.Writer) error {
		for i, m := range []struct {
			s  notify.State
			at time.Time
		}{
			{notify.Sent, at(0)}, {notify.Returned, at(59)}, {notify.Sent, at(60)}, {notify.Sent, at(-1)}, {notify.Sent, at(180)},
			{notify.Held, at(5)}, {notify.Failed, time.Time{}}, {notify.Sent, time.Time{}}, {notify.Waiting, at(170)},
		} {
			last = mail(fmt.Sprint("m", i), 1)
			last.State, last.SentAt, last.Ticket, last.To.Address = m.s, m.at, "7", "bea@erp.example"
			if err := w.Outbox().Put(e.ctx, last); err != nil {
				return err
			}
		}
		return has(w.Outbox(), []int{2, 1, 0})
	})
	if err != nil {
		return err
	}
	if err := e.view(func(r storage.Reader) error { return has(r.Outbox(), []int{2, 1, 0}) }); err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error {
		sent := *last
		sent.State = notify.Sent
		if err := w.Outbox().Put(e.ctx, &sent); err != nil {
			return err
		}
		return has(w.Outbox(), []int{2, 1, 1})
	})
}
