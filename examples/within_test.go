package examples_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
	"example.com/ticketmail/ticketmail"
)

// TestActionsInTheHostsTransaction: the host's row, our ticket and the mail
// that tells of it are one transaction of the host.
func TestActionsInTheHostsTransaction(t *testing.T) {
	for _, commit := range []bool{true, false} {
		t.Run(fmt.Sprintf("commit %t", commit), func(t *testing.T) {
			ctx := t.Context()
			db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "erp.db")+"?_txlock=immediate&_pragma=busy_timeout(10000)")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			if _, err := db.ExecContext(ctx, "CREATE TABLE orders (id TEXT PRIMARY KEY, ticket TEXT)"); err != nil {
				t.Fatal(err)
			}
			store, err := sqlitestore.New(ctx, db, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			engine := returnsEngine(t, store)

			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			k, err := engine.Within(store.Within(tx)).CreateTicket(ctx, ticketmail.Actor{Person: "bea"},
				ticketmail.NewTicket{Subject: "Order 12 came back", Task: "returns"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.ExecContext(ctx, "INSERT INTO orders VALUES ('12', ?)", string(k.ID)); err != nil {
				t.Fatal(err)
			}
			end := tx.Rollback
			if commit {
				end = tx.Commit
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}

			want := 0
			if commit {
				want = 1
			}
			var orders int
			if err := db.QueryRowContext(ctx, "SELECT count(*) FROM orders").Scan(&orders); err != nil {
				t.Fatal(err)
			}
			if tickets, mails := count(t, ctx, store); orders != want || tickets != want || mails != want {
				t.Errorf("%d orders, %d tickets, %d mails, want %d of each", orders, tickets, mails, want)
			}
		})
	}
}

// returnsEngine returns an engine with two people and a task, "returns".
func returnsEngine(t *testing.T, store storage.Store) *ticketmail.Engine {
	t.Helper()
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{
			{ID: "bea", Address: "bea@erp.example", Kind: escalation.Employee},
			{ID: "carl", Address: "carl@erp.example", Kind: escalation.Employee},
		},
		Tasks: []memdirectory.Task{{ID: "returns", Members: []escalation.PersonID{"carl"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := ticketmail.New(t.Context(), ticketmail.Config{
		Store: store, Directory: people, From: message.Address{Address: "support@erp.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func count(t *testing.T, ctx context.Context, store storage.Store) (tickets, mails int) {
	t.Helper()
	err := store.View(ctx, func(r storage.Reader) error {
		for _, err := range r.Tickets().List(ctx, storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			tickets++
		}
		for _, err := range r.Outbox().List(ctx, notify.MailQuery{}) {
			if err != nil {
				return err
			}
			mails++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tickets, mails
}
