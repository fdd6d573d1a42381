package storetest

import (
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

var errUndo = errors.New("undo")

// writeEverything writes a record of each kind.
func (e *env) writeEverything(w storage.Writer) error {
	t := ticket("t")
	if err := w.Tickets().Put(e.ctx, t); err != nil {
		return err
	}
	if err := w.Tickets().PutComment(e.ctx, &storage.Comment{Ticket: t.ID, Kind: storage.ByPerson}); err != nil {
		return err
	}
	if err := w.Tickets().AddChange(e.ctx, &storage.Change{Ticket: t.ID, Field: "created"}); err != nil {
		return err
	}
	if err := w.Ledger().Put(e.ctx, pending(1)); err != nil {
		return err
	}
	if err := w.Outbox().Put(e.ctx, mail("m", 1)); err != nil {
		return err
	}
	if err := w.Settings().Put(e.ctx, "kind", "key", []byte("v")); err != nil {
		return err
	}
	_, err := w.Leases().Acquire(e.ctx, "poll/m1", "a", long, 0)
	return err
}

// counts returns how many records of each kind r sees.
func (e *env) counts(r storage.Reader) (string, error) {
	tickets, err := collect(r.Tickets().List(e.ctx, storage.TicketQuery{}))
	if err != nil {
		return "", err
	}
	comments := 0
	for _, t := range tickets {
		some, err := collect(r.Tickets().Comments(e.ctx, t.ID))
		if err != nil {
			return "", err
		}
		comments += len(some)
	}
	changes, err := collect(r.Tickets().Changes(e.ctx, "", 0))
	if err != nil {
		return "", err
	}
	entries, err := collect(r.Ledger().List(e.ctx, mailbox.LedgerQuery{}))
	if err != nil {
		return "", err
	}
	mails, err := collect(r.Outbox().List(e.ctx, notify.MailQuery{}))
	if err != nil {
		return "", err
	}
	settings, err := collect(r.Settings().List(e.ctx, "kind"))
	return fmt.Sprintf("%d tickets, %d comments, %d changes, %d entries, %d mails, %d settings",
		len(tickets), comments, len(changes), len(entries), len(mails), len(settings)), err
}

const (
	nothing = "0 tickets, 0 comments, 0 changes, 0 entries, 0 mails, 0 settings"
	oneEach = "1 tickets, 1 comments, 1 changes, 1 entries, 1 mails, 1 settings"
)

func (e *env) sees(r storage.Reader, want string) error {
	got, err := e.counts(r)
	if err == nil && got != want {
		err = fmt.Errorf("found %s; want %s", got, want)
	}
	return err
}

func (e *env) countEntries() (int, error) {
	var n int
	err := e.view(func(r storage.Reader) error {
		all, err := collect(r.Ledger().List(e.ctx, mailbox.LedgerQuery{}))
		n = len(all)
		return err
	})
	return n, err
}

func rollbackOnError(e *env) error {
	err := e.update(func(w storage.Writer) error {
		if err := e.writeEverything(w); err != nil {
			return err
		}
		return errUndo
	})
	if err := wants("Update whose function fails", err, errUndo); err != nil {
		return err
	}
	if err := e.view(func(r storage.Reader) error { return e.sees(r, nothing) }); err != nil {
		return fmt.Errorf("after a rollback: %w", err)
	}
	if _, err := e.acquire("b", long, 0); err != nil {
		return fmt.Errorf("after a rollback the lease is taken: %w", err)
	}
	return nil
}

func rollbackOnPanic(e *env) error {
	panicked := func() (v any) {
		defer func() { v = recover() }()
		_ = e.update(func(w storage.Writer) error {
			if err := e.writeEverything(w); err != nil {
				return err
			}
			panic("on purpose")
		})
		return nil
	}()
	if panicked == nil {
		return errors.New("a panic inside Update did not reach the caller")
	}
	if err := e.view(func(r storage.Reader) error { return e.sees(r, nothing) }); err != nil {
		return fmt.Errorf("after a panic: %w", err)
	}
	return e.update(e.writeEverything)
}

func ownWrites(e *env) error {
	err := e.update(func(w storage.Writer) error {
		if err := e.writeEverything(w); err != nil {
			return err
		}
		if err := e.sees(asReader{w}, oneEach); err != nil {
			return err
		}
		found, err := w.Ledger().Lookup(e.ctx, []mailbox.Key{key(1)})
		if err != nil || len(found) != 1 {
			return fmt.Errorf("own ledger entry: %d found, error %v", len(found), err)
		}
		found[0].MessageID = "id@example.com"
		if err := w.Ledger().Put(e.ctx, &found[0]); err != nil {
			return fmt.Errorf("own entry, put again: %w", err)
		}
		found, err = w.Ledger().ByMessageID(e.ctx, []string{"id@example.com"})
		if err != nil || len(found) != 1 {
			return fmt.Errorf("own ledger entry by Message-ID: %d found, error %v", len(found), err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error { return e.sees(r, oneEach) })
}

// asReader lets a Writer read.
type asReader struct{ w storage.Writer }

func (r asReader) Tickets() storage.TicketReader    { return r.w.Tickets() }
func (r asReader) Ledger() mailbox.LedgerReader     { return r.w.Ledger() }
func (r asReader) Outbox() notify.OutboxReader      { return r.w.Outbox() }
func (r asReader) Settings() storage.SettingsReader { return r.w.Settings() }

func afterTheEnd(e *env) error {
	var kept storage.Writer
	if err := e.update(func(w storage.Writer) error { kept = w; return nil }); err != nil {
		return err
	}
	var err error
	func() {
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("panic: %v", v)
			}
		}()
		err = kept.Settings().Put(e.ctx, "kind", "key", []byte("v"))
	}()
	if err == nil {
		return errors.New("a Put after the Update returned gave no error")
	}
	return e.view(func(r storage.Reader) error { return e.sees(r, nothing) })
}

func snapshot(e *env) error {
	return e.view(func(r storage.Reader) error {
		if err := parallel(1, func(int) error { return e.update(e.writeEverything) }); err != nil {
			return fmt.Errorf("update during a view: %w", err)
		}
		if err := e.sees(r, nothing); err != nil {
			return fmt.Errorf("in a view begun before a commit: %w", err)
		}
		if err := e.view(func(r storage.Reader) error { return e.sees(r, oneEach) }); err != nil {
			return fmt.Errorf("in a view begun after a commit: %w", err)
		}
		return nil
	})
}

func uncommitted(e *env) error {
	return e.update(func(w storage.Writer) error {
		if err := e.writeEverything(w); err != nil {
			return err
		}
		return parallel(1, func(int) error {
			return e.view(func(r storage.Reader) error { return e.sees(r, nothing) })
		})
	})
}
