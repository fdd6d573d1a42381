package storetest

import (
	"errors"
	"fmt"
	"strconv"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// versioned tests the rules of Put: put writes a record with a version.
func versioned(put func(version int64) (int64, error)) error {
	v, err := put(0)
	if err != nil {
		return fmt.Errorf("a new record: %w", err)
	}
	if v == 0 {
		return errors.New("Put left Version at 0")
	}
	if _, err := put(0); !errors.Is(err, storage.ErrExists) {
		return fmt.Errorf("a new record whose key is taken: %v, want ErrExists", err)
	}
	v2, err := put(v)
	if err != nil {
		return fmt.Errorf("replacing version %d: %w", v, err)
	}
	if v2 <= v {
		return fmt.Errorf("Version went from %d to %d, want it raised", v, v2)
	}
	for _, stale := range []int64{v, v2 + 1} {
		if _, err := put(stale); !errors.Is(err, storage.ErrConflict) {
			return fmt.Errorf("replacing version %d where %d is stored: %v, want ErrConflict", stale, v2, err)
		}
	}
	return nil
}

func ticketVersions(e *env) error {
	return versioned(func(version int64) (int64, error) {
		var t *storage.Ticket
		err := e.update(func(w storage.Writer) error {
			t = ticket("t")
			t.ID, t.Version = "host-1", version
			return w.Tickets().Put(e.ctx, t)
		})
		return t.Version, err
	})
}

func commentVersions(e *env) error {
	t := ticket("t")
	if err := e.putAll(t); err != nil {
		return err
	}
	return versioned(func(version int64) (int64, error) {
		var c *storage.Comment
		err := e.update(func(w storage.Writer) error {
			c = &storage.Comment{ID: "c", Ticket: t.ID, Kind: storage.ByPerson, Version: version}
			return w.Tickets().PutComment(e.ctx, c)
		})
		return c.Version, err
	})
}

func entryVersions(e *env) error {
	err := versioned(func(version int64) (int64, error) {
		var en *mailbox.Entry
		err := e.update(func(w storage.Writer) error {
			en = pending(1)
			en.Version = version
			return w.Ledger().Put(e.ctx, en)
		})
		return en.Version, err
	})
	if err != nil {
		return err
	}
	// Each part of the key makes another mail.
	k := key(1)
	others := []mailbox.Key{k, k, k, k}
	others[0].Mailbox, others[1].Folder, others[2].Validity, others[3].UID = "m2", "inbox", 1, "01"
	for _, k := range others {
		if err := e.putEntries(&mailbox.Entry{Key: k, Outcome: mailbox.Pending}); err != nil {
			return fmt.Errorf("key %+v beside %+v: %w", k, key(1), err)
		}
	}
	err = e.putEntries(pending(10), pending(11), pending(10))
	if err := wants("one key twice in a Put", err, storage.ErrExists); err != nil {
		return err
	}
	if n, err := e.countEntries(); err != nil || n != 5 {
		return fmt.Errorf("ledger has %d entries (%v), want 5", n, err)
	}
	return nil
}

func mailVersions(e *env) error {
	return versioned(func(version int64) (v int64, err error) {
		err = e.update(func(w storage.Writer) error {
			m := mail("m", 1)
			m.Version = version
			err := w.Outbox().Put(e.ctx, m)
			v = m.Version
			return err
		})
		return v, err
	})
}

func ticketIDs(e *env) error {
	var last int64
	host := ticket("host's")
	host.ID = "3"
	if err := e.putAll(host); err != nil {
		return err
	}
	seen := map[storage.TicketID]bool{"3": true}
	for i := range 12 {
		undo := i%3 == 1 // it may leave a gap
		var t *storage.Ticket
		err := e.update(func(w storage.Writer) error {
			t = ticket("t")
			if err := w.Tickets().Put(e.ctx, t); err != nil {
				return err
			}
			if undo {
				return errUndo
			}
			return nil
		})
		if err != nil && !(undo && errors.Is(err, errUndo)) {
			return err
		}
		n, err := strconv.ParseInt(string(t.ID), 10, 64)
		if err != nil || n <= last || seen[t.ID] {
			return fmt.Errorf("id given out is %q after %d, want a decimal number counting up, never twice", t.ID, last)
		}
		last, seen[t.ID] = n, true
	}
	return nil
}

func notFound(e *env) error {
	return e.view(func(r storage.Reader) error {
		_, err := r.Tickets().Get(e.ctx, "4711")
		if err := wants("Get of an unknown ticket", err, storage.ErrNotFound); err != nil {
			return err
		}
		_, err = r.Settings().Get(e.ctx, "kind", "key")
		if err := wants("Get of an unknown setting", err, storage.ErrNotFound); err != nil {
			return err
		}
		comments, err := collect(r.Tickets().Comments(e.ctx, "4711"))
		if len(comments) > 0 || err != nil && !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("comments of an unknown ticket: %d, %v; want none", len(comments), err)
		}
		entries, err := r.Ledger().Lookup(e.ctx, []mailbox.Key{key(1)})
		if len(entries) > 0 || err != nil {
			return fmt.Errorf("Lookup of an unknown key: %d, %v; want none", len(entries), err)
		}
		return nil
	})
}

func references(e *env) error {
	t := ticket("t")
	if err := e.putAll(t); err != nil {
		return err
	}
	comment := func(c storage.Comment) error {
		return e.update(func(w storage.Writer) error {
			c := c
			return w.Tickets().PutComment(e.ctx, &c)
		})
	}
	if err := wants("comment on an unknown ticket", comment(storage.Comment{Ticket: "no"}), storage.ErrNotFound); err != nil {
		return err
	}
	if _, ok := e.store.(storage.Blobs); !ok {
		return nil // content is kept elsewhere
	}
	unknown := blobOf("never written")
	err := comment(storage.Comment{Ticket: t.ID, Raw: unknown})
	if err := wants("comment whose raw mail is unknown", err, storage.ErrNotFound); err != nil {
		return err
	}
	err = comment(storage.Comment{Ticket: t.ID, Attachments: []storage.Attachment{{Display: "f", Blob: unknown}}})
	if err := wants("comment whose file is unknown", err, storage.ErrNotFound); err != nil {
		return err
	}
	err = e.putEntries(&mailbox.Entry{Key: key(1), Outcome: mailbox.Record, Raw: unknown})
	if err := wants("ledger entry whose raw mail is unknown", err, storage.ErrNotFound); err != nil {
		return err
	}
	known, err := e.blob("written")
	if err != nil {
		return err
	}
	longer := known
	longer.Size++
	err = e.putEntries(&mailbox.Entry{Key: key(1), Outcome: mailbox.Record, Raw: known}, &mailbox.Entry{Key: key(2), Outcome: mailbox.Record, Raw: longer})
	if err := wants("ledger entry whose raw mail is known in another size", err, storage.ErrNotFound); err != nil {
		return err
	}
	err = e.update(func(w storage.Writer) error {
		if err := w.Ledger().Put(e.ctx, &mailbox.Entry{Key: key(1), Outcome: mailbox.Record, Raw: known}); err != nil {
			return err
		}
		return w.Ledger().Put(e.ctx, &mailbox.Entry{Key: key(2), Outcome: mailbox.Record, Raw: longer})
	})
	return wants("the same in two steps", err, storage.ErrNotFound)
}
