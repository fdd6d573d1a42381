package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver the ERP uses

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/ticketmail"
)

// erpSchema is what the ERP had before it heard of ticketmail: cases with
// numbers of its own, notes on them, and a column that only it knows.
const erpSchema = `
CREATE TABLE erp_number (kind TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE erp_case (
	id INTEGER PRIMARY KEY AUTOINCREMENT, case_no TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'OPEN', desk TEXT NOT NULL DEFAULT '', project_no TEXT NOT NULL DEFAULT '',
	handler TEXT NOT NULL DEFAULT '', customer_no TEXT NOT NULL DEFAULT '', parent_no TEXT NOT NULL DEFAULT '',
	opened TEXT NOT NULL DEFAULT '', shelf TEXT NOT NULL DEFAULT ''
);
CREATE TABLE erp_case_note (
	id INTEGER PRIMARY KEY AUTOINCREMENT, case_id INTEGER NOT NULL REFERENCES erp_case (id), author TEXT NOT NULL DEFAULT '',
	confidential INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL, written TEXT NOT NULL DEFAULT ''
);
CREATE INDEX erp_case_note_case ON erp_case_note (case_id);
INSERT INTO erp_number VALUES ('case', 10000);
`

// erpCases is what is in it today.
const erpCases = `
INSERT INTO erp_case (case_no, title, state, desk, handler, opened) VALUES
	('10001', 'Pump 7 leaks', 'CLOSED', 'returns', 'bea', '2026-01-12T08:15:00.000000Z'),
	('10002', 'Wrong valve delivered', 'OPEN', 'returns', 'carl', '2026-03-02T14:40:00.000000Z');
INSERT INTO erp_case_note (case_id, author, body, written) VALUES (2, 'carl', 'Asked for a photo.', '2026-03-02T15:01:00.000000Z');
UPDATE erp_number SET last = 10002;
`

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := demo(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "customstore:", err)
		os.Exit(1)
	}
}

// openERP opens the ERP's database in dir, making it if there is none.
func openERP(ctx context.Context, dir string) (*sql.DB, error) {
	file := filepath.Join(dir, "erp.db")
	_, err := os.Stat(file)
	db, openErr := sql.Open("sqlite", "file:"+file+dsnOptions)
	if openErr == nil && errors.Is(err, os.ErrNotExist) {
		_, openErr = db.ExecContext(ctx, erpSchema)
	}
	return db, openErr
}

// demo does what the ERP would do in a day.
func demo(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "ticketmail-customstore")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := openERP(ctx, dir)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, erpCases); err != nil {
		return err
	}
	store, err := New(ctx, db, filepath.Join(dir, "blobs"), time.Now)
	if err != nil {
		return err
	}
	server, sender := mailboxtest.NewServer(), &memsender.Sender{}
	engine, err := newEngine(ctx, store, server, sender)
	if err != nil {
		return err
	}

	_, _ = fmt.Fprintln(out, "A mail becomes a case:")
	server.Add("INBOX", "From: Grace <grace@customer.example>\r\nSubject: Motor hums but does not turn\r\n\r\nSince Monday.\r\n")
	if err := engine.Consent(ctx, ticketmail.Actor{}, "returns", ticketmail.Terms{}); err != nil { // the mail that is there already may be taken
		return err
	}
	if _, err := engine.Poll(ctx, "returns"); err != nil {
		return err
	}
	if err := account(ctx, db, engine, sender, out); err != nil {
		return err
	}

	_, _ = fmt.Fprintln(out, "The ERP changes a case of its own, and the engine tells of it, in one transaction:")
	if err := arrived(ctx, db, store, engine, "10002", "B7"); err != nil {
		return err
	}
	return account(ctx, db, engine, sender, out)
}

// account prints what the ERP sees, and whom the engine told.
func account(ctx context.Context, db *sql.DB, engine *ticketmail.Engine, sender *memsender.Sender, out io.Writer) error {
	if err := printCases(ctx, db, out); err != nil {
		return err
	}
	sender.Reset()
	if _, err := engine.Deliver(ctx); err != nil {
		return err
	}
	for _, m := range sender.Mails() {
		_, _ = fmt.Fprintf(out, "  mailed to %s: %s\n", m.To.Address, m.Subject)
	}
	return nil
}

// newEngine wires the engine with the ERP's tables as its store.
func newEngine(ctx context.Context, store *Store, server *mailboxtest.Server, sender *memsender.Sender) (*ticketmail.Engine, error) {
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{
			{ID: "bea", Name: "Bea", Address: "bea@erp.example", Kind: escalation.Employee},
			{ID: "carl", Name: "Carl", Address: "carl@erp.example", Kind: escalation.Employee},
		},
		Tasks: []memdirectory.Task{{ID: "returns", Members: []escalation.PersonID{"bea"}}},
	})
	if err != nil {
		return nil, err
	}
	return ticketmail.New(ctx, ticketmail.Config{
		Store:      store, // and Blobs
		Directory:  people,
		Sender:     sender,
		Connectors: map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}, // without it: real servers
		From:       message.Address{Name: "Returns", Address: "returns@erp.example"},
		Keys:       [][]byte{[]byte("a key for this demonstration only")}, // so that it prints the same every time
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{{ID: "returns", Address: "returns@erp.example", Host: "mail.erp.example", User: "returns"}},
			Assignments: []mailbox.Assignment{{Mailbox: "returns", Task: "returns"}},
		},
	})
}

// arrived is code of the ERP: the goods of a case came in. Its row, the comment
// and the mail that tells of it are committed together, or not at all.
func arrived(ctx context.Context, db *sql.DB, store *Store, engine *ticketmail.Engine, caseNo ticketmail.TicketID, shelf string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if _, err := tx.ExecContext(ctx, `UPDATE erp_case SET shelf = ?, state = 'WIP' WHERE case_no = ?`, shelf, string(caseNo)); err != nil {
		return err
	}
	_, err = engine.Within(store.Within(tx)).AddComment(ctx, ticketmail.Actor{Person: "bea"}, caseNo,
		ticketmail.NewComment{Text: "The goods are on shelf " + shelf + "."})
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	engine.Wake()
	return nil
}

// printCases is a report that the ERP has always had.
func printCases(ctx context.Context, db *sql.DB, out io.Writer) error {
	rows, err := db.QueryContext(ctx, `SELECT case_no, state, desk, handler, shelf, title,
		(SELECT count(*) FROM erp_case_note WHERE case_id = erp_case.id) FROM erp_case ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number, state, desk, handler, shelf, title string
		var notes int
		if err := rows.Scan(&number, &state, &desk, &handler, &shelf, &title, &notes); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "  %s %-6s %-7s %-4s %-2s %s, notes: %d\n", number, state, desk, handler, shelf, title, notes)
	}
	return rows.Err()
}
