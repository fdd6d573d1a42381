package pgstore_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// hostsPool opens a pool of a host that works in a schema.
func hostsPool(t testing.TB, schema string) *pgxpool.Pool {
	t.Helper()
	return openPool(t, server.DSN(t)+" search_path="+schema)
}

// searched opens a store that searches, and a pool of its host.
func searched(t testing.TB) (store *pgstore.Store, host *pgxpool.Pool, schema string) {
	t.Helper()
	pool := sharedPool(t)
	schema = newSchema(t, pool)
	store = openWith(t, pool, &pgstore.Options{Schema: schema, Search: true})
	return store, hostsPool(t, schema), schema
}

// noted returns how many tickets are noted as stale.
func noted(t testing.TB, host *pgxpool.Pool) int {
	t.Helper()
	return scalar[int](t, host, `SELECT count(DISTINCT ticket) FROM tm_stale`)
}

// touch runs an Update that writes nothing.
func touch(t testing.TB, store storage.Store) {
	t.Helper()
	update(t, store, func(w storage.Writer) error {
		_, err := w.Tickets().Get(t.Context(), "none")
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		return err
	})
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
	customer_contact, sender_name, sender_address, mailbox, version, seq, follows, merged_into)
	VALUES ('h', '', 'scanner', 'new', '', '', '', '', '', '', '', '', '', 1, 1000, '', '')`

const hostsComment = `INSERT INTO tm_comments (id, ticket, kind, internal, author, sender_name, sender_address, stranger, automatic, text,
	message_id, raw_size, version, seq) SELECT 'ch', seq, 'person', false, '', '', '', false, '', 'glass', '', 0, 1, 1000 FROM tm_tickets WHERE id = 'a'`

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
	"all comments deleted": {
		[]string{`TRUNCATE tm_comments`},
		map[string]string{"toner": "", "printer": "printer a,printer b"},
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
			store, host, _ := searched(t)
			putTalk(t, store, "a")
			putTalk(t, store, "b")
			if n := noted(t, host); n != 0 {
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

			tx, err := host.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
			within := store.Within(tx)
			update(t, within, func(w storage.Writer) error { // the host's statements come amid ours
				for _, query := range tt.do {
					execute(t, tx, query)
				}
				return w.Tickets().Put(t.Context(), &storage.Ticket{Subject: "ours", Status: storage.New})
			})
			check("in the host's transaction", within)
			if got := found(t, within, "ours"); got != "ours" {
				t.Errorf("in the host's transaction our own ticket is found as %q", got)
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := found(t, store, "toner"); got != "printer a,printer b" {
				t.Errorf("after its rollback toner finds %q", got)
			}

			for _, query := range tt.do {
				execute(t, host, query)
			}
			check("changed beside", store)
			touch(t, store)
			if n := noted(t, host); n != 0 {
				t.Errorf("%d tickets are noted still after an Update", n)
			}
			check("indexed by the next Update", store)
		})
	}
}

// TestHostsTriggerIsNoted: what a host's trigger does in a transaction of ours
// is not ours.
func TestHostsTriggerIsNoted(t *testing.T) {
	store, host, _ := searched(t)
	putTalk(t, store, "a")
	execute(t, host, `CREATE FUNCTION hosts_own() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
		BEGIN UPDATE tm_tickets SET subject = 'plotter' WHERE id = 'a'; RETURN NULL; END $$`)
	execute(t, host, `CREATE TRIGGER hosts_own AFTER INSERT ON tm_comments EXECUTE FUNCTION hosts_own()`)
	putTalk(t, store, "b")
	if got := found(t, store, "plotter"); got != "plotter" {
		t.Errorf("plotter finds %q", got)
	}
	if n := noted(t, host); n != 1 {
		t.Errorf("%d tickets are noted, want that of the trigger", n)
	}
}

// TestHostWithoutRights: who may write to our tables and nothing else is not
// kept from it by the notes.
func TestHostWithoutRights(t *testing.T) {
	store, host, schema := searched(t)
	putTalk(t, store, "a")
	role := schema + "_clerk"
	execute(t, host, `CREATE ROLE `+role)
	t.Cleanup(func() {
		for _, query := range []string{`DROP OWNED BY ` + role, `DROP ROLE ` + role} {
			if _, err := host.Exec(context.WithoutCancel(t.Context()), query); err != nil {
				t.Error(err)
			}
		}
	})
	execute(t, host, `GRANT USAGE ON SCHEMA `+schema+` TO `+role)
	execute(t, host, `GRANT SELECT, UPDATE ON tm_tickets, tm_comments TO `+role)
	tx, err := host.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	execute(t, tx, `SET LOCAL ROLE `+role)
	execute(t, tx, `UPDATE tm_comments SET text = 'ink'`)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := found(t, store, "ink"); got != "printer a" {
		t.Errorf("ink finds %q", got)
	}
}

// TestDeletedMeanwhile: an Update that indexes what others noted does not wait
// for a host that is deleting a ticket of it, and takes it up once it knows.
func TestDeletedMeanwhile(t *testing.T) {
	for name, deletes := range map[string]bool{"the host deletes": true, "the host does not": false} {
		t.Run(name, func(t *testing.T) {
			store, host, _ := searched(t)
			putTalk(t, store, "a")
			execute(t, host, `UPDATE tm_comments SET text = 'ink'`)
			tx, err := host.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
			execute(t, tx, `DELETE FROM tm_comments`)
			execute(t, tx, `DELETE FROM tm_tickets`)
			touch(t, store)
			if got := found(t, store, "ink"); got != "printer a" {
				t.Errorf("before the host is done, ink finds %q", got)
			}
			want, end := "printer a", tx.Rollback
			if deletes {
				want, end = "", tx.Commit
			}
			if err := end(t.Context()); err != nil {
				t.Fatal(err)
			}
			touch(t, store)
			if n := noted(t, host); n != 0 {
				t.Errorf("%d tickets are noted still", n)
			}
			if got := found(t, store, "ink"); got != want {
				t.Errorf("ink finds %q, want %q", got, want)
			}
		})
	}
}

// TestSearchCatchesUp: very much that was changed by others is found at once, an
// Update indexes a part of it, and New all.
func TestSearchCatchesUp(t *testing.T) {
	store, host, schema := searched(t)
	update(t, store, func(w storage.Writer) error {
		for range 350 {
			if err := w.Tickets().Put(t.Context(), &storage.Ticket{Subject: "printer", Status: storage.New}); err != nil {
				return err
			}
		}
		return nil
	})
	execute(t, host, `UPDATE tm_tickets SET subject = 'plotter ' || id`)
	for text, want := range map[string]string{"printer": "", `"plotter 350"`: "plotter 350"} {
		if got := found(t, store, text); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
	}
	touch(t, store)
	if n := noted(t, host); n != 250 {
		t.Errorf("%d tickets are noted after an Update, want 250", n)
	}
	again := openWith(t, sharedPool(t), &pgstore.Options{Schema: schema, Search: true})
	if n := noted(t, host); n != 0 {
		t.Errorf("%d tickets are noted after New", n)
	}
	if got := found(t, again, `"plotter 350"`); got != "plotter 350" {
		t.Errorf("after New is found %q", got)
	}
}

// TestNothingIsNotedWithoutIndex: who does not search does not pay for it.
func TestNothingIsNotedWithoutIndex(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	putTalk(t, openSchema(t, pool, schema), "a")
	host := hostsPool(t, schema)
	execute(t, host, `UPDATE tm_tickets SET subject = 'plotter'`)
	if n := noted(t, host); n != 0 {
		t.Errorf("%d tickets are noted, though there is no index", n)
	}
}

// TestFirstIndexWaits: a host that is writing when the index is made is waited
// for: its triggers did not know of the index.
func TestFirstIndexWaits(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	putTalk(t, openSchema(t, pool, schema), "a")
	tx, err := hostsPool(t, schema).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	execute(t, tx, `UPDATE tm_comments SET text = 'ink'`)
	opened := make(chan error, 1)
	var store *pgstore.Store
	go func() {
		var err error
		store, err = pgstore.New(t.Context(), pool, &pgstore.Options{Schema: schema, Search: true})
		opened <- err
	}()
	awaitWaiter(t, pool)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if got := found(t, store, "ink"); got != "printer a" {
		t.Errorf("ink finds %q", got)
	}
}

// TestIndexOfAnEarlierRelease: what a host changed before changes were noted is
// found once a store is opened to search.
func TestIndexOfAnEarlierRelease(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	if err := pgstore.Migrate(t.Context(), pool, schema, migrationsBefore("stale")); err != nil {
		t.Fatal(err)
	}
	host := hostsPool(t, schema)
	execute(t, host, hostsTicket)
	execute(t, host, `INSERT INTO tm_search VALUES (1000, '', '')`) // of another subject
	execute(t, host, `SELECT setval('tm_search_state', 2)`)
	if got := found(t, openSchema(t, pool, schema), "scanner"); got != "no search" {
		t.Errorf("before the index is read anew is found %q", got)
	}
	if got := found(t, openWith(t, pool, &pgstore.Options{Schema: schema, Search: true}), "scanner"); got != "scanner" {
		t.Errorf("of what was not indexed is found %q", got)
	}
}
