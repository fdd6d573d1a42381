package examples_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
	"example.com/ticketmail/storage/sqlitestore"
	"example.com/ticketmail/ticketmail"
)

// traces is what names the customer that is erased: all of it stands in mails,
// tickets, history, outbox and files before.
var traces = []string{"zack.canary", "zacharias", "canary-1@", "canary-2@", "zack-pc", "canary-in-file"}

// TestEraseSQLite: after an erasure nothing of the person is in any file of the
// store: not in the database once it is compacted, not in the write-ahead log,
// not in the blob directory.
func TestEraseSQLite(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "tickets.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := sqlitestore.New(t.Context(), db, &sqlitestore.Options{Search: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	erases(t, store, func() []byte {
		if err := store.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		var all []byte
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			all = append(all, b...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	})
}

// TestErasePostgres: the same for every row of every table.
func TestErasePostgres(t *testing.T) {
	pool, err := pgxpool.New(t.Context(), postgres.Start(t).DSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := pgstore.New(t.Context(), pool, &pgstore.Options{Schema: "tm", Search: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	erases(t, store, func() []byte {
		var all []byte
		rows, err := pool.Query(t.Context(), `SELECT table_name FROM information_schema.tables WHERE table_schema = 'tm'`)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(tables) < 10 {
			t.Fatalf("%d tables, %v", len(tables), err)
		}
		for _, table := range tables {
			rows, err := pool.Query(t.Context(), "SELECT * FROM tm."+pgx.Identifier{table}.Sanitize())
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				for _, v := range rows.RawValues() { // as they come: bytes of content are bytes
					all = append(append(all, v...), '\n')
				}
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
		}
		return all
	})
}

// erases takes in mails of a customer and of somebody else, erases the first,
// and looks for what names him in everything that dump returns.
func erases(t *testing.T, store storage.Store, dump func() []byte) {
	t.Helper()
	ctx := t.Context()
	dir, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{
			{ID: "bea", Name: "Bea Braun", Address: "bea@erp.example", Kind: escalation.Employee},
			{ID: "person-canary-7", Name: "Zacharias Canary", Address: "zack.canary@private.example", Kind: escalation.Contact},
		},
		Projects: []memdirectory.Project{{ID: "service"}},
		Tasks:    []memdirectory.Task{{ID: "help", Project: "service", Members: []escalation.PersonID{"bea"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := mailboxtest.NewServer()
	e, err := ticketmail.New(ctx, ticketmail.Config{
		Store: store, Directory: dir, Sender: &memsender.Sender{},
		Connectors: map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server},
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{{ID: "support", Address: "support@erp.example", Host: "mail.example", User: "support"}},
			Assignments: []mailbox.Assignment{{Mailbox: "support", Task: "help"}},
			Default:     "support",
		},
		From: message.Address{Address: "support@erp.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Consent(ctx, ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	poll := func(mails ...string) {
		t.Helper()
		for _, m := range mails {
			server.Add("INBOX", strings.ReplaceAll(m, "\n", "\r\n"))
		}
		if _, err := e.Poll(ctx, "support"); err != nil {
			t.Fatal(err)
		}
	}
	file := base64.StdEncoding.EncodeToString([]byte("canary-in-file"))
	big := strings.Repeat("padding of a mail that has a file of its own\n", 40_000)
	poll(
		"From: Zacharias Canary <Zack.Canary@private.example>\nSubject: Help for Zacharias Canary\nMessage-ID: <canary-1@zack-pc.example>\n"+
			"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nI am Zacharias Canary, zack.canary@private.example.\n--b\nContent-Type: application/octet-stream; name=f.bin\n"+
			"Content-Transfer-Encoding: base64\n\n"+file+"\n--b--\n",
		"From: Mia <mia@kunde.example>\nSubject: Other\nMessage-ID: <mia@kunde.example>\n\nMia's words.\n",
		strings.Repeat("Received: from a by b\n", 60)+"From: zack.canary@private.example\nSubject: loop\nMessage-ID: <canary-2@zack-pc.example>\n\nA loop.\n",
		"From: zack.canary@private.example\nSubject: big\nMessage-ID: <canary-3@zack-pc.example>\n\nZacharias Canary\n"+big,
	)
	bea := ticketmail.Actor{Person: "bea"}
	if _, err := e.AddComment(ctx, bea, "1", ticketmail.NewComment{Text: "Dear Zacharias Canary", Reply: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := e.AddComment(ctx, bea, "2", ticketmail.NewComment{Text: "As Zacharias Canary said"}); err != nil {
		t.Fatal(err)
	}
	search := append(slices.Clone(traces), "person-canary-7")
	if hits := hits(dump(), search); len(hits) != len(search) {
		t.Fatalf("before, only %q are found: the test has lost its traces", hits)
	}
	done, err := e.Erase(ctx, ticketmail.Subject{Person: "person-canary-7"}, "")
	if err != nil {
		t.Fatal(err)
	}
	all := dump()
	for _, h := range hits(all, search) {
		at := bytes.Index(bytes.ToLower(all), []byte(h))
		t.Errorf("%q is left: %q", h, all[max(0, at-100):min(len(all), at+100)])
	}
	if others := []string{"mia's words.", "mia@kunde.example", "a loop"}; !slices.Equal(hits(all, others), others[:2]) {
		t.Errorf("of %q only %q are left", others[:2], hits(all, others))
	}
	v, err := storage.Verify(ctx, store, store.(storage.Blobs), func(d storage.Damage) error { return fmt.Errorf("%+v", d) })
	if err != nil || v.Blobs != 1 {
		t.Errorf("verified %+v, %v; want the one mail that is not his", v, err)
	}
	t.Logf("%+v", done)
}

// hits returns those of words that stand in b, in any case.
func hits(b []byte, words []string) (found []string) {
	b = bytes.ToLower(b)
	for _, w := range words {
		if bytes.Contains(b, []byte(w)) {
			found = append(found, w)
		}
	}
	return found
}
