package sqlitestore_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// searched opens a store that searches, for the length of the test.
func searched(t testing.TB, db *sql.DB) *sqlitestore.Store {
	t.Helper()
	store, err := sqlitestore.New(t.Context(), db, &sqlitestore.Options{Search: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// noted returns how many tickets are noted as stale.
func noted(t testing.TB, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM tm_stale`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func execute(t testing.TB, on interface {
	Exec(query string, args ...any) (sql.Result, error)
}, query string, args ...any,
) {
	t.Helper()
	if _, err := on.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// putTalk puts ticket id, about a printer, with a comment about toner, called c
// and the id.
func putTalk(t testing.TB, store storage.Store, id storage.TicketID) {
	t.Helper()
	update(t, store, func(w storage.Writer) error {
		k := storage.Ticket{ID: id, Subject: "printer " + string(id), Status: storage.New}
		return errors.Join(
			w.Tickets().Put(t.Context(), &k),
			w.Tickets().PutComment(t.Context(), &storage.Comment{ID: "c" + string(id), Ticket: id, Kind: storage.ByPerson, Text: "toner " + string(id)}))
	})
}

const hostsTicket = `INSERT INTO tm_tickets (id, parent, subject, status, task, project, creator, assignee, last_assignee,
	customer_contact, sender_name, sender_address, mailbox, version) VALUES ('h', '', 'scanner', 'new', '', '', '', '', '', '', '', '', '', 1)`

const hostsComment = `INSERT INTO tm_comments (id, ticket, kind, internal, author, sender_name, sender_address, stranger, automatic, text,
	message_id, raw_size, version) SELECT 'ch', seq, 'person', 0, '', '', '', 0, '', 'glass', '', 0, 1 FROM tm_tickets WHERE id = 'a'`

// hostChanges are what a host may do to our tables itself. Before, ticket a and
// ticket b exist, see putTalk.
var hostChanges = map[string]struct {
	do    []string
	finds map[string]string // words: subjects of the tickets found afterwards
}{
	"a ticket put": {[]string{hostsTicket}, map[string]string{"scanner": "scanner", "toner": "printer a,printer b"}},
	"a ticket renamed": {
		[]string{`UPDATE tm_tickets SET subject = 'plotter' WHERE id = 'a'`},
		map[string]string{"plotter": "plotter", "printer": "printer b", "toner": "plotter,printer b"},
	},
	"a ticket called anew": {
		[]string{`UPDATE tm_tickets SET id = 'z' WHERE id = 'a'`},
		map[string]string{"z": "printer a", "a": "printer a", "b": "printer b"}, // its subject and comment say a still
	},
	"a comment put": {[]string{hostsComment}, map[string]string{"glass": "printer a", "printer glass": "printer a"}},
	"a comment changed": {
		[]string{`UPDATE tm_comments SET text = 'ink', sender_name = 'Meier' WHERE id = 'ca'`},
		map[string]string{"ink": "printer a", "meier": "printer a", "toner": "printer b"},
	},
	"a comment made internal": {
		[]string{`UPDATE tm_comments SET internal = (1 = 1) WHERE id = 'ca'`},
		map[string]string{"toner": "printer b", "printer": "printer a,printer b"},
	},
	"a comment moved": {
		[]string{`UPDATE tm_comments SET ticket = (SELECT seq FROM tm_tickets WHERE id = 'b') WHERE id = 'ca'`},
		map[string]string{`"toner a"`: "printer b", "toner": "printer b"},
	},
	"a comment deleted": {
		[]string{`DELETE FROM tm_comments WHERE id = 'ca'`},
		map[string]string{"toner": "printer b", "printer": "printer a,printer b"},
	},
	"a ticket deleted": {
		[]string{`DELETE FROM tm_comments WHERE id = 'ca'`, `DELETE FROM tm_tickets WHERE id = 'a'`},
		map[string]string{"toner": "printer b", "printer": "printer b"},
	},
	"nothing that is searched": {
		[]string{`UPDATE tm_tickets SET status = 'done'`},
		map[string]string{"toner": "printer a,printer b"},
	},
}

// TestSearchSeesTheHostsSQL: what a host changes itself is found as it stands,
// in its transaction, beside one of ours, and after the next Update, which
// brings the index up to it.
func TestSearchSeesTheHostsSQL(t *testing.T) {
	for name, tt := range hostChanges {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tickets.db")
			db := openDB(t, file+"?_txlock=immediate")
			store := searched(t, db)
			putTalk(t, store, "a")
			putTalk(t, store, "b")
			if n := noted(t, db); n != 0 {
				t.Errorf("%d tickets are noted that the Store put itself", n)
			}
			check := func(when string, store storage.Store) {
				t.Helper()
				for text, want := range tt.finds {
					if got := found(t, store, text); got != want {
						t.Errorf("%s, %s finds %q, want %q", when, text, got, want)
					}
				}
			}

			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			within := store.Within(tx)
			update(t, within, func(w storage.Writer) error { // the host's statements come amid ours
				k, err := w.Tickets().Get(t.Context(), "a")
				if err != nil {
					return err
				}
				for _, query := range tt.do {
					execute(t, tx, query)
				}
				if k.ID != "a" {
					t.Errorf("ticket %+v", k)
				}
				return nil
			})
			check("in the host's transaction", within)
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			if got := found(t, store, "toner"); got != "printer a,printer b" {
				t.Errorf("after its rollback toner finds %q", got)
			}

			for _, query := range tt.do {
				execute(t, db, query)
			}
			check("changed beside", store)
			update(t, store, func(storage.Writer) error { return nil })
			if n := noted(t, db); n != 0 {
				t.Errorf("%d tickets are noted still after an Update", n)
			}
			check("indexed by the next Update", store)
		})
	}
}

// TestSearchCatchesUp: very much that was changed by others is found at once, an
// Update indexes a part of it, and New all.
func TestSearchCatchesUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	db := openDB(t, file)
	store := searched(t, db)
	update(t, store, func(w storage.Writer) error {
		for range 450 {
			if err := w.Tickets().Put(t.Context(), &storage.Ticket{Subject: "printer", Status: storage.New}); err != nil {
				return err
			}
		}
		return nil
	})
	execute(t, db, `UPDATE tm_tickets SET subject = 'plotter ' || id`)
	for text, want := range map[string]string{"printer": "", `"plotter 450"`: "plotter 450"} {
		if got := found(t, store, text); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
	}
	update(t, store, func(storage.Writer) error { return nil })
	if n := noted(t, db); n != 400 {
		t.Errorf("%d tickets are noted after an Update, want 400", n)
	}
	again := searched(t, openDB(t, file))
	if n := noted(t, db); n != 0 {
		t.Errorf("%d tickets are noted after New", n)
	}
	if got := found(t, again, `"plotter 450"`); got != "plotter 450" {
		t.Errorf("after New is found %q", got)
	}
}

// TestNothingIsNotedWithoutIndex: who does not search does not pay for it.
func TestNothingIsNotedWithoutIndex(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	db := openDB(t, file)
	putTalk(t, openFile(t, file), "a")
	execute(t, db, `UPDATE tm_tickets SET subject = 'plotter'`)
	if n := noted(t, db); n != 0 {
		t.Errorf("%d tickets are noted, though there is no index", n)
	}
}

// TestIndexOfAnEarlierRelease: what a host changed before changes were noted is
// found once a store is opened to search.
func TestIndexOfAnEarlierRelease(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	db := openDB(t, file)
	if err := sqlitestore.Migrate(t.Context(), db, migrationsBefore(t, "stale")); err != nil {
		t.Fatal(err)
	}
	execute(t, db, sqlitestore.CreateSearch)
	execute(t, db, `INSERT INTO tm_meta VALUES ('search', 'on')`)
	execute(t, db, hostsTicket) // not indexed
	if got := found(t, openFile(t, file), "scanner"); got != "no search" {
		t.Errorf("before the index is read anew is found %q", got)
	}
	if got := found(t, searched(t, db), "scanner"); got != "scanner" {
		t.Errorf("of what was not indexed is found %q", got)
	}
}
