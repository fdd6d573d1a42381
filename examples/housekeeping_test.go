package examples_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// wantHousekeeping is how many records a second are looked at at least, and
// taken away if they are old, among many: so slow is a machine that does much
// else.
const wantHousekeeping = 50

// TestHousekeeping measures what takes time in proportion to all that is stored:
// to prune what is old, to erase a person, and to sweep. With TICKETMAIL_LONG
// there are 100,000 tickets, each with a comment, an entry, a change and a mail
// that was sent, and a raw mail for each tenth.
func TestHousekeeping(t *testing.T) {
	n := 300
	if os.Getenv("TICKETMAIL_LONG") != "" {
		n = 100_000
	}
	dsn := postgres.Start(t).DSN
	for name, open := range map[string]func() storage.Store{
		"memstore":    func() storage.Store { return memstore.New(nil) },
		"sqlitestore": func() storage.Store { return openSQLite(t) },
		"pgstore":     func() storage.Store { return openPostgres(t, dsn, "housekeeping") },
	} {
		t.Run(name, func(t *testing.T) {
			store := open()
			timed := func(what string, records int, do func() error) {
				t.Helper()
				began := time.Now()
				if err := do(); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				took := time.Since(began)
				t.Logf("%s: %s at %d tickets (%.0f records/s)", what, took.Round(time.Millisecond), n, float64(records)/took.Seconds())
				if n == 100_000 && float64(records)/took.Seconds() < wantHousekeeping {
					t.Errorf("%s: %s for %d records, want %d a second", what, took, records, wantHousekeeping)
				}
			}
			timed("filled", 4*n, func() error { return fillHouse(t.Context(), store, n) })
			engine := oldHouse(t, store)
			timed("a person erased", 4*n, func() error {
				done, err := engine.Erase(t.Context(), ticketmail.Subject{Addresses: []string{"carl7@customer.example"}}, "")
				if err == nil && done.Tickets != (n+92)/100 {
					err = fmt.Errorf("%d tickets of the person, want %d", done.Tickets, (n+92)/100)
				}
				return err
			})
			timed("all pruned", 3*n, func() error {
				done, err := engine.Prune(t.Context())
				if err == nil && (done.Mails < n*9/10 || done.Entries < n*9/10 || done.Comments < n/10*9/10) {
					err = fmt.Errorf("%+v", done)
				}
				return err
			})
			timed("nothing to prune", 2*n, func() error {
				done, err := engine.Prune(t.Context())
				if err == nil && done != (ticketmail.Pruned{}) {
					err = fmt.Errorf("%+v", done)
				}
				return err
			})
			if s, ok := store.(interface{ Sweep(context.Context) error }); ok {
				timed("swept", n, func() error { return s.Sweep(t.Context()) })
			}
		})
	}
}

var longAgo = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// oldHouse is an engine to which all in store is old.
func oldHouse(t *testing.T, store storage.Store) *ticketmail.Engine {
	t.Helper()
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{{ID: "bea", Address: "bea@erp.example", Kind: escalation.Employee}},
		Tasks:   []memdirectory.Task{{ID: "returns", Members: []escalation.PersonID{"bea"}}},
	})
	must(t, err)
	engine, err := ticketmail.New(t.Context(), ticketmail.Config{
		Store: store, Directory: people, From: message.Address{Address: "erp@erp.example"},
		Retention: ticketmail.Retention{RawMails: time.Hour, Journal: time.Hour, Outbox: time.Hour},
		Now:       func() time.Time { return longAgo.Add(48 * time.Hour) },
	})
	must(t, err)
	return engine
}

// fillHouse puts n tickets, with what comes with each, 200 a transaction.
func fillHouse(ctx context.Context, store storage.Store, n int) error {
	const batch = 200
	for from := 0; from < n; from += batch {
		var raws [batch]storage.Blob
		for i := 0; i < batch; i += 10 {
			var err error
			if raws[i], err = stageRaw(ctx, store.(storage.Blobs), from+i); err != nil {
				return err
			}
		}
		if err := store.(storage.Blobs).Sync(ctx); err != nil {
			return err
		}
		err := store.Update(ctx, func(w storage.Writer) error {
			for i := range min(batch, n-from) {
				if err := putHouse(ctx, w, from+i, raws[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func stageRaw(ctx context.Context, blobs storage.Blobs, i int) (storage.Blob, error) {
	spool, err := blobs.Create(ctx)
	if err != nil {
		return storage.Blob{}, err
	}
	if _, err := fmt.Fprint(spool, ingestMail("returns", i)); err != nil {
		return storage.Blob{}, err
	}
	return spool.Finish()
}

// putHouse puts what a mail brings. A hundred customers write in turn.
func putHouse(ctx context.Context, w storage.Writer, i int, raw storage.Blob) error {
	from := message.Address{Name: fmt.Sprint("Carl ", i%100), Address: fmt.Sprintf("carl%d@customer.example", i%100)}
	id := fmt.Sprintf("%d@customer.example", i)
	k := storage.Ticket{Subject: fmt.Sprint("Order ", i, " came back"), Status: storage.New, Task: "returns", Sender: from, Mailbox: "returns", CreatedAt: longAgo, ChangedAt: longAgo}
	if err := w.Tickets().Put(ctx, &k); err != nil {
		return err
	}
	return errors.Join(
		w.Tickets().PutComment(ctx, &storage.Comment{Ticket: k.ID, Kind: storage.ByMail, Sender: from, Text: "It came back. Why?", MessageID: id, Raw: raw, CreatedAt: longAgo}),
		w.Tickets().AddChange(ctx, &storage.Change{Ticket: k.ID, At: longAgo, Via: id, Field: "created", New: string(k.ID)}),
		w.Ledger().Put(ctx, &mailbox.Entry{
			Key:     mailbox.Key{Mailbox: "returns", Folder: "INBOX", Validity: 1, UID: fmt.Sprint(i + 1)},
			Outcome: mailbox.Ticket, Ticket: k.ID, MessageID: id, Raw: raw, Size: 8000, ReceivedAt: longAgo, EmptiedAt: longAgo,
			Reasons: []mailbox.Reason{{Code: "new", Text: "no reference to a ticket"}},
		}),
		w.Outbox().Put(ctx, &notify.Mail{
			ID: fmt.Sprint("mail-", i), Event: notify.TicketCreated, State: notify.Sent, SentAt: longAgo, Date: longAgo, Subject: k.Subject,
			To: message.Address{Address: "bea@erp.example"}, Text: "Order came back: It came back. Why?", MessageID: fmt.Sprintf("%d@erp.example", i),
		}))
}
