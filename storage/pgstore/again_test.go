package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// failOnce makes the server fail with a state once, where a row of a table is
// inserted or, deferred, at the commit.
func failOnce(t *testing.T, pool *pgxpool.Pool, schema, table, state string, deferred bool) {
	t.Helper()
	when := "CREATE TRIGGER once BEFORE"
	if deferred {
		when = "CREATE CONSTRAINT TRIGGER once AFTER"
	}
	after := "FOR EACH ROW"
	if deferred {
		after = "DEFERRABLE INITIALLY DEFERRED " + after
	}
	for _, statement := range []string{
		"CREATE SEQUENCE %[1]s.once",
		`CREATE FUNCTION %[1]s.once() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN IF nextval('%[1]s.once') = 1 THEN RAISE EXCEPTION 'once' USING ERRCODE = '%[3]s'; END IF; RETURN NEW; END $$`,
		when + " INSERT ON %[1]s.%[2]s " + after + " EXECUTE FUNCTION %[1]s.once()",
	} {
		execute(t, pool, fmt.Sprintf(statement+" -- %[1]s %[2]s %[3]s", schema, table, state))
	}
}

// TestConflictAtCommit: a record that was made outside of fn has a Version from
// the first attempt, which must not be good for the second.
func TestConflictAtCommit(t *testing.T) {
	store, pool, schema := openBlobs(t)
	other := openSchema(t, pool, schema)
	failOnce(t, pool, schema, "tm_tickets", "40001", true)
	ticket := &storage.Ticket{ID: "mine", Status: storage.New, Subject: "second"}
	calls := 0
	err := store.Update(t.Context(), func(w storage.Writer) error {
		if calls++; calls == 2 { // another node, between the attempts
			update(t, other, func(w storage.Writer) error {
				return w.Tickets().Put(t.Context(), &storage.Ticket{ID: "mine", Status: storage.New, Subject: "first"})
			})
		}
		return w.Tickets().Put(t.Context(), ticket)
	})
	if !errors.Is(err, storage.ErrExists) {
		t.Errorf("Update = %v after %d calls, want storage.ErrExists", err, calls)
	}
	if got := scalar[string](t, pool, "SELECT subject FROM "+schema+".tm_tickets"); got != "first" {
		t.Errorf("stored is the %s", got)
	}
}

// TestNoHopeAtFault: what the server refuses for other reasons than the data is
// not tried record by record.
func TestNoHopeAtFault(t *testing.T) {
	for name, state := range map[string]string{"disk full": "53100", "cancelled": "57014", "not allowed": "42501", "internal": "XX000"} {
		t.Run(name, func(t *testing.T) {
			store, pool, schema := openBlobs(t)
			failOnce(t, pool, schema, "tm_outbox", state, false)
			calls := 0
			err := store.Update(t.Context(), func(w storage.Writer) error {
				calls++
				return w.Outbox().Put(t.Context(), &notify.Mail{ID: "mail", Ticket: "1", State: notify.Waiting})
			})
			if calls != 1 || err == nil {
				t.Errorf("Update = %v after %d calls, want an error after one", err, calls)
			}
		})
	}
}

// TestIndexBuiltAgain: a batch of the index of words that is rolled back is
// built again.
func TestIndexBuiltAgain(t *testing.T) {
	store, pool, schema := openBlobs(t)
	update(t, store, func(w storage.Writer) error {
		for range 150 {
			if err := w.Tickets().Put(t.Context(), &storage.Ticket{Status: storage.New, Subject: "needle"}); err != nil {
				return err
			}
		}
		return nil
	})
	failOnce(t, pool, schema, "tm_search", "40P01", true)
	openWith(t, pool, &pgstore.Options{Schema: schema, Search: true})
	if n := scalar[int](t, pool, "SELECT count(*) FROM "+schema+".tm_search"); n != 150 {
		t.Errorf("%d tickets are in the index, want 150", n)
	}
}

// TestUpdateForgets: what is written is not kept in memory until the commit.
func TestUpdateForgets(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	update(t, openNew(t), func(w storage.Writer) error {
		ticket := &storage.Ticket{Status: storage.New}
		if err := w.Tickets().Put(t.Context(), ticket); err != nil {
			return err
		}
		before := heap()
		for i := range 50 {
			text := strings.Repeat(string(rune('a'+i%26)), 1<<20)
			err := errors.Join(
				w.Tickets().PutComment(t.Context(), &storage.Comment{Ticket: ticket.ID, Text: text}),
				w.Outbox().Put(t.Context(), &notify.Mail{ID: fmt.Sprint(i), Ticket: "1", State: notify.Waiting, Text: text}),
			)
			if err != nil {
				return err
			}
		}
		if after := heap(); after > before+20<<20 {
			t.Errorf("the heap grew by %d MiB", (after-before)>>20)
		}
		return nil
	})
}

// dying is done after it was asked a number of times.
type dying struct {
	context.Context
	left int
}

func (d *dying) Err() error {
	if d.left--; d.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestMailsAllOrNone: mails put in one call are written all, or none, also where
// fn goes on after an error.
func TestMailsAllOrNone(t *testing.T) {
	store, pool, schema := openBlobs(t)
	for asked := range 12 {
		var told error
		err := store.Update(t.Context(), func(w storage.Writer) error {
			told = w.Outbox().Put(&dying{t.Context(), asked},
				&notify.Mail{ID: fmt.Sprint(asked, "a"), Ticket: "1", State: notify.Waiting}, &notify.Mail{ID: fmt.Sprint(asked, "b"), Ticket: "1", State: notify.Waiting})
			return nil
		})
		n := scalar[int](t, pool, fmt.Sprintf("SELECT count(*) FROM %s.tm_outbox WHERE id IN ('%da', '%[2]db')", schema, asked))
		if told != nil && n != 0 || told == nil && err == nil && n != 2 {
			t.Errorf("a context done after %d questions: Put = %v, Update = %v, %d of 2 mails stored", asked, told, err, n)
		}
	}
}

// TestStoredAsPut: what a caller does to a record behind Put is not stored.
func TestStoredAsPut(t *testing.T) {
	store := openNew(t)
	key := mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 1, UID: "1"}
	update(t, store, func(w storage.Writer) error {
		reasons := []mailbox.Reason{{Text: "as put"}}
		err := w.Ledger().Put(t.Context(), &mailbox.Entry{Key: key, Outcome: mailbox.Record, Reasons: reasons})
		reasons[0].Text = "changed behind Put"
		return err
	})
	err := store.View(t.Context(), func(r storage.Reader) error {
		got, err := r.Ledger().Lookup(t.Context(), []mailbox.Key{key})
		if err == nil && got[0].Reasons[0].Text != "as put" {
			t.Errorf("stored: %+v", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSchemaNames: a schema may be called like our tables in the queries.
func TestSchemaNames(t *testing.T) {
	pool := sharedPool(t)
	store := openSchema(t, pool, "atm.x"+newSchema(t, pool))
	calls := 0
	update(t, store, func(w storage.Writer) error {
		calls++
		return w.Outbox().Put(t.Context(), &notify.Mail{ID: "mail", Ticket: "1", State: notify.Waiting})
	})
	if calls != 1 {
		t.Errorf("the function was called %d times, want once", calls)
	}
}
