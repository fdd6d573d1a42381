package sqlitestore_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // or any other SQLite driver for database/sql

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// A store in a file: a ticket is put, and read back.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := sql.Open("sqlite", filepath.Join(dir, "tickets.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	ctx := context.Background()
	store, err := sqlitestore.New(ctx, db, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	ticket := storage.Ticket{Subject: "Printer is on fire", Status: storage.New}
	err = store.Update(ctx, func(w storage.Writer) error {
		return w.Tickets().Put(ctx, &ticket)
	})
	if err != nil {
		log.Fatal(err)
	}
	err = store.View(ctx, func(r storage.Reader) error {
		t, err := r.Tickets().Get(ctx, ticket.ID)
		fmt.Println(t.ID, t.Status, t.Subject)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("durable:", store.Durable())
	// Output:
	// 1 new Printer is on fire
	// durable: true
}
