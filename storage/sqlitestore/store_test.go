package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

const hostile = "a\x00b \u202eevil\u202c <b>&\r\n\t'\"; -- \xff\xfe \U0001f4a3"

func putEntry(ctx context.Context, w storage.Writer, uid string, raw storage.Blob) error {
	return w.Ledger().Put(ctx, &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: uid}, Outcome: mailbox.Record, Raw: raw})
}

// collect reads a listing to its end.
func collect[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Error(err)
			break
		}
		all = append(all, v)
	}
	return all
}

// TestRoundTrip puts one record of each kind with every field set, and reads
// it with another store on the same file.
func TestRoundTrip(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store := openFile(t, file)
	raw := stage(t, store, []byte("raw"))
	ticket := storage.Ticket{
		ID: hostile, Parent: "p", Subject: hostile, Status: storage.Done, Task: hostile, Project: "pr", Creator: "c",
		Assignee: "a", LastAssignee: "l", CustomerContact: "cc", Sender: message.Address{Name: hostile, Address: hostile},
		Categories: []string{"x", "a\x00b"}, Mailbox: "m", CreatedAt: noon, ChangedAt: noon.Add(time.Microsecond),
	}
	comment := storage.Comment{
		ID: hostile, Ticket: hostile, Kind: storage.ByMail, Internal: true, Author: "a", Sender: message.Address{Name: "n", Address: hostile},
		Stranger: true, Automatic: hostile, Text: strings.Repeat(hostile, 50_000), MessageID: hostile, References: []string{"r1", "r<2>"},
		Raw: raw, Attachments: []storage.Attachment{{Name: "n\x00", Display: "d", Type: "t", ContentID: "c", Inline: true, Blob: raw}, {Display: "none"}},
		CreatedAt: noon, EditedAt: noon,
	}
	change := storage.Change{Ticket: hostile, At: noon, Actor: "a", Via: hostile, Field: "f", Old: hostile, New: hostile}
	entry := mailbox.Entry{
		Key:     mailbox.Key{Mailbox: "m", Folder: hostile, Validity: 1<<32 - 1, UID: hostile},
		Outcome: mailbox.Quarantine, Ticket: hostile, Reasons: []mailbox.Reason{{Code: "c", Text: "t\x00"}}, MessageID: hostile,
		Raw: raw, Content: [32]byte{31: 1}, Size: 1 << 40, Attempts: 3, ReceivedAt: noon, EmptiedAt: noon,
	}
	mail := notify.Mail{
		ID: "id-1", Event: notify.StatusDone, Ticket: hostile, Comment: "c", Person: "p", Audience: notify.Customer, Language: "de-AT",
		Template: "t", Reasons: []notify.Reason{{Code: "role", Text: "r"}}, From: message.Address{Name: "F", Address: "f@x"},
		To: message.Address{Address: "t@x"}, ReplyTo: "r@x", Subject: hostile, MessageID: "m", InReplyTo: "i", References: []string{"a"},
		Text: hostile, HTML: hostile, Date: noon, State: notify.Held, Attempts: 2, Due: noon, ClaimedBy: "o", ClaimedUntil: noon,
		SentAt: noon, Error: hostile,
	}
	update(t, store, func(w storage.Writer) error {
		return errors.Join(w.Tickets().Put(t.Context(), &ticket), w.Tickets().PutComment(t.Context(), &comment),
			w.Tickets().AddChange(t.Context(), &change), w.Ledger().Put(t.Context(), &entry), w.Outbox().Put(t.Context(), &mail),
			w.Settings().Put(t.Context(), hostile, hostile, []byte(hostile)))
	})
	err := openFile(t, file).View(t.Context(), func(r storage.Reader) error {
		got, err := r.Tickets().Get(t.Context(), ticket.ID)
		setting, settingErr := r.Settings().Get(t.Context(), hostile, hostile)
		for _, diff := range []string{
			cmp.Diff(ticket, got),
			cmp.Diff([]storage.Comment{comment}, collect(t, r.Tickets().Comments(t.Context(), ticket.ID))),
			cmp.Diff([]storage.Change{change}, collect(t, r.Tickets().Changes(t.Context(), ticket.ID, 0))),
			cmp.Diff([]mailbox.Entry{entry}, collect(t, r.Ledger().List(t.Context(), mailbox.LedgerQuery{}))),
			cmp.Diff([]notify.Mail{mail}, collect(t, r.Outbox().List(t.Context(), notify.MailQuery{}))),
			cmp.Diff([]byte(hostile), setting),
		} {
			if diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		}
		return errors.Join(err, settingErr)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestListsPageByPage reads more rows than a page has, with every filter, and
// writes in the loop.
func TestListsPageByPage(t *testing.T) {
	store := openNew(t)
	ctx := t.Context()
	const n = 250
	update(t, store, func(w storage.Writer) error {
		for i := range n {
			ticket := storage.Ticket{Subject: fmt.Sprint(i), Status: storage.New, Task: "t", Project: "p", Assignee: "a", Parent: "1"}
			if i%2 == 0 {
				ticket.Status, ticket.Task, ticket.Project, ticket.Assignee, ticket.Parent = storage.Done, "u", "q", "b", "2"
				ticket.Categories = []string{"even"}
			}
			if err := w.Tickets().Put(ctx, &ticket); err != nil {
				return err
			}
		}
		return nil
	})
	for name, tt := range map[string]struct {
		q    storage.TicketQuery
		want int
	}{
		"all":      {storage.TicketQuery{}, n},
		"limit":    {storage.TicketQuery{Limit: 101}, 101},
		"after":    {storage.TicketQuery{After: "100"}, n - 100},
		"status":   {storage.TicketQuery{Status: storage.New}, n / 2},
		"task":     {storage.TicketQuery{Task: "t"}, n / 2},
		"project":  {storage.TicketQuery{Project: "p"}, n / 2},
		"assignee": {storage.TicketQuery{Assignee: "b"}, n / 2},
		"parent":   {storage.TicketQuery{Parent: "2"}, n / 2},
		"category": {storage.TicketQuery{AnyCategory: []string{"even"}}, n / 2},
		"both":     {storage.TicketQuery{AllCategories: []string{"even"}, Status: storage.New}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			update(t, store, func(w storage.Writer) error {
				var last int
				got := collect(t, w.Tickets().List(ctx, tt.q))
				for _, ticket := range got {
					seq := 0
					if _, err := fmt.Sscan(string(ticket.ID), &seq); err != nil || seq <= last {
						t.Fatalf("ticket %s comes after %d (%v)", ticket.ID, last, err)
					}
					last = seq
				}
				if len(got) != tt.want {
					t.Errorf("%d tickets, want %d", len(got), tt.want)
				}
				return nil
			})
		})
	}
	update(t, store, func(w storage.Writer) error {
		for ticket, err := range w.Tickets().List(ctx, storage.TicketQuery{Status: storage.New}) {
			if err != nil {
				return err
			}
			ticket.Status = storage.InProcess
			if err := w.Tickets().Put(ctx, &ticket); err != nil {
				return err
			}
			if err := w.Tickets().Put(ctx, &storage.Ticket{Status: storage.New}); err != nil {
				return err
			}
		}
		if got := len(collect(t, w.Tickets().List(ctx, storage.TicketQuery{Status: storage.InProcess}))); got != n/2 {
			t.Errorf("the loop changed %d tickets, want %d", got, n/2)
		}
		return nil
	})
}

// TestFailedPutIsFinal: a part of the entries may be written, so that the
// transaction cannot be committed even if the error is ignored.
func TestFailedPutIsFinal(t *testing.T) {
	store := openNew(t)
	err := store.Update(t.Context(), func(w storage.Writer) error {
		a := mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: "1"}}
		b := mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: "1"}}
		_ = w.Ledger().Put(t.Context(), &a, &b)
		return nil
	})
	if !errors.Is(err, storage.ErrExists) {
		t.Errorf("Update = %v, want storage.ErrExists", err)
	}
	update(t, store, func(w storage.Writer) error { return putEntry(t.Context(), w, "1", storage.Blob{}) })
}

// TestFullDatabase fills the database: the update fails whole, and the store
// works again as soon as there is room.
func TestFullDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store := openFile(t, file+"?_pragma=max_page_count(80)")
	big := strings.Repeat("x", 100_000)
	put := func(text string) error {
		return store.Update(t.Context(), func(w storage.Writer) error {
			ticket := storage.Ticket{Subject: "s"}
			if err := w.Tickets().Put(t.Context(), &ticket); err != nil {
				return err
			}
			return w.Tickets().PutComment(t.Context(), &storage.Comment{Ticket: ticket.ID, Text: text})
		})
	}
	if err := put(strings.Repeat(big, 10)); err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("put into a full database: %v, want an error that says so", err)
	}
	if err := put("small"); err != nil {
		t.Fatalf("after the full database: %v", err)
	}
	err := store.View(t.Context(), func(r storage.Reader) error {
		if n := len(collect(t, r.Tickets().List(t.Context(), storage.TicketQuery{}))); n != 1 {
			t.Errorf("%d tickets, want the one that fitted", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestUsedAfterEnd: parts kept beyond their transaction fail.
func TestUsedAfterEnd(t *testing.T) {
	store := openNew(t)
	var kept storage.Writer
	update(t, store, func(w storage.Writer) error { kept = w; return nil })
	if err := kept.Settings().Put(t.Context(), "k", "a", nil); err == nil {
		t.Error("a Writer wrote after its Update")
	}
	func() {
		defer func() { _ = recover() }()
		_ = store.Update(t.Context(), func(w storage.Writer) error {
			_ = w.Settings().Put(t.Context(), "k", "panicked", nil)
			panic("fn")
		})
	}()
	err := store.View(t.Context(), func(r storage.Reader) error {
		_, err := r.Settings().Get(t.Context(), "k", "panicked")
		return err
	})
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("after a panic: %v, want storage.ErrNotFound", err)
	}
}

func TestWithin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	db := openDB(t, file+"?_txlock=immediate")
	store := openFile(t, file)
	ctx := t.Context()
	raw := stage(t, store, []byte("mail"))
	if _, err := db.Exec(`CREATE TABLE hosts_own (x)`); err != nil {
		t.Fatal(err)
	}
	run := func(end func(*sql.Tx) error) {
		t.Helper()
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(`INSERT INTO hosts_own VALUES (1)`); err != nil {
			t.Fatal(err)
		}
		update(t, store.Within(tx), func(w storage.Writer) error { return putEntry(ctx, w, "1", raw) })
		err = store.Within(tx).View(ctx, func(r storage.Reader) error {
			if n := len(collect(t, r.Ledger().List(ctx, mailbox.LedgerQuery{}))); n != 1 {
				t.Errorf("the transaction sees %d entries of its own, want 1", n)
			}
			return nil
		})
		if err := errors.Join(err, end(tx)); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (entries, own int) {
		t.Helper()
		err := store.View(ctx, func(r storage.Reader) error {
			entries = len(collect(t, r.Ledger().List(ctx, mailbox.LedgerQuery{})))
			return nil
		})
		if err := errors.Join(err, db.QueryRow(`SELECT count(*) FROM hosts_own`).Scan(&own)); err != nil {
			t.Fatal(err)
		}
		return entries, own
	}
	run((*sql.Tx).Rollback)
	if entries, own := count(); entries != 0 || own != 0 {
		t.Errorf("after a rollback: %d entries, %d rows of the host", entries, own)
	}
	run((*sql.Tx).Commit)
	if entries, own := count(); entries != 1 || own != 1 {
		t.Errorf("after a commit: %d entries, %d rows of the host, want 1 and 1", entries, own)
	}
	readBack(t, openFile(t, file), []byte("mail"))
}

// TestDeletedNumbersStayTaken: the host deletes the newest ticket, and its
// number is not given out again, also not by another process.
func TestDeletedNumbersStayTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	put := func(store storage.Store) (id storage.TicketID) {
		update(t, store, func(w storage.Writer) error {
			k := storage.Ticket{Subject: "s", Status: storage.New}
			err := w.Tickets().Put(t.Context(), &k)
			id = k.ID
			return err
		})
		return id
	}
	store := openFile(t, file)
	put(store)
	last := put(store)
	db := openDB(t, file)
	if _, err := db.ExecContext(t.Context(), `DELETE FROM tm_tickets WHERE id = ?`, string(last)); err != nil {
		t.Fatal(err)
	}
	if id := put(openFile(t, file)); id != "3" {
		t.Errorf("the next ticket is %s, want 3: %s was seen", id, last)
	}
}

// TestTextGoesWithItsRow: what lists are searched by is no copy that outlives
// what it was made of, however that was changed or deleted.
func TestTextGoesWithItsRow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store, db := openFile(t, file), openDB(t, file)
	update(t, store, func(w storage.Writer) error {
		ingest(t, w, 1)
		return w.Outbox().Put(t.Context(), &notify.Mail{ID: "m", Subject: "Old", State: notify.Waiting})
	})
	words := func() (all []string) {
		rows, err := db.QueryContext(t.Context(), `SELECT words FROM tm_ledger_text UNION ALL SELECT words FROM tm_outbox_text`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := words(); len(got) != 2 {
		t.Fatalf("the text of one entry and one mail is %q", got)
	}
	for _, stmt := range []string{`UPDATE tm_ledger SET message_id = 'NEW@Mail', version = version + 1`, `UPDATE tm_outbox SET subject = 'New'`} {
		if _, err := db.ExecContext(t.Context(), stmt); err != nil {
			t.Fatal(err)
		}
	}
	if got := words(); !strings.HasPrefix(got[0], "new@mail\n") || !strings.HasPrefix(got[1], "new\n") {
		t.Errorf("after a change by the host the text is %q", got)
	}
	for _, stmt := range []string{`DELETE FROM tm_ledger`, `DELETE FROM tm_outbox`} {
		if _, err := db.ExecContext(t.Context(), stmt); err != nil {
			t.Fatal(err)
		}
	}
	if got := words(); len(got) > 0 {
		t.Errorf("text without rows: %q", got)
	}
}
