package storetest

import (
	"fmt"
	"strconv"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

func uids(entries []mailbox.Entry) []string {
	var names []string
	for _, en := range entries {
		names = append(names, en.UID)
	}
	return names
}

func lookup(e *env) error {
	if err := e.putEntries(pending(1), pending(2), pending(3)); err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error {
		var keys []mailbox.Key
		for n := 1500; n > 0; n-- { // more than a statement takes parameters
			keys = append(keys, key(n))
		}
		got, err := r.Ledger().Lookup(e.ctx, keys)
		if err != nil {
			return err
		}
		if err := same("entries looked up", uids(got), []string{"3", "2", "1"}); err != nil {
			return err
		}
		got, err = r.Ledger().Lookup(e.ctx, nil)
		if err != nil {
			return err
		}
		return same("entries looked up by no keys", uids(got), nil)
	})
}

func byMessageID(e *env) error {
	var entries []*mailbox.Entry
	var oldest []string
	for n := range 130 {
		en := pending(n)
		en.MessageID = []string{"a@example.com", "b@example.com", "", "A@example.com"}[min(n%12, 3)]
		entries = append(entries, en)
	}
	for n := range 120 {
		en := pending(1000 - n)
		en.MessageID = []string{"c@example.com", "d@example.com"}[n%2]
		entries = append(entries, en)
		if len(oldest) < 100 {
			oldest = append(oldest, strconv.Itoa(1000-n))
		}
	}
	if err := e.putEntries(entries...); err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error {
		for _, c := range []struct {
			ids  []string
			want []string
		}{
			{[]string{"b@example.com", "", "a@example.com", "no@example.com", "a@example.com"}, []string{
				"0", "1", "12", "13", "24", "25", "36", "37", "48", "49", "60", "61", "72", "73", "84", "85", "96", "97", "108", "109", "120", "121"}},
			{[]string{""}, nil},
			{nil, nil},
			{[]string{"d@example.com", "c@example.com"}, oldest},
		} {
			got, err := r.Ledger().ByMessageID(e.ctx, c.ids)
			if err != nil {
				return err
			}
			if err := same(fmt.Sprintf("entries by Message-IDs %q", c.ids), uids(got), c.want); err != nil {
				return err
			}
		}
		return nil
	})
}

func emptied(e *env) error {
	a, b := pending(1), pending(2)
	if err := e.putEntries(a, b); err != nil {
		return err
	}
	err := e.update(func(w storage.Writer) error {
		return w.Ledger().Emptied(e.ctx, []mailbox.Key{a.Key, key(99)}, at(3))
	})
	if err != nil {
		return err
	}
	err = e.view(func(r storage.Reader) error {
		got, err := r.Ledger().Lookup(e.ctx, []mailbox.Key{a.Key, b.Key, key(99)})
		if err != nil {
			return err
		}
		if len(got) != 2 || !got[0].EmptiedAt.Equal(at(3)) || !got[1].EmptiedAt.IsZero() {
			return fmt.Errorf("after Emptied of the first of two: %+v", got)
		}
		if got[0].Version <= a.Version || got[1].Version != b.Version {
			return fmt.Errorf("versions are %d and %d, want that of the emptied one raised from %d", got[0].Version, got[1].Version, a.Version)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = e.update(func(w storage.Writer) error { stale := *a; return w.Ledger().Put(e.ctx, &stale) })
	return wants("putting an entry read before Emptied", err, storage.ErrConflict)
}
