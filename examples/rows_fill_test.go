package examples_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/examples/helpdesk/web"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
	"example.com/ticketmail/storage/sqlitestore"
)

// rowsNow is when the rows are looked at.
var rowsNow = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// rowsDays is the time over which they came: half of them are newer than the
// fourteen days that the console draws.
const rowsDays = 28

func openSQLiteRows(t *testing.T, n int) web.Store {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "tickets.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := sqlitestore.New(t.Context(), db, &sqlitestore.Options{Search: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	fillRows(t, store, n)
	return store
}

func openPostgresRows(t *testing.T, dsn string, n int) web.Store {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn+" pool_max_conns=8")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := pgstore.New(t.Context(), pool, &pgstore.Options{Schema: "rows", Search: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	fillRows(t, store, n)
	if _, err := pool.Exec(t.Context(), "VACUUM ANALYZE"); err != nil { // as autovacuum does by and by
		t.Fatal(err)
	}
	return store
}

// fillRows writes n tickets with a comment and some history, n entries and n
// mails. Ticket 1 has a long history.
func fillRows(t *testing.T, store storage.Store, n int) {
	t.Helper()
	const batch = 1000
	began := time.Now()
	for from := 1; from <= n; from += batch {
		err := store.Update(t.Context(), func(w storage.Writer) error {
			for i := from; i < min(from+batch, n+1); i++ {
				if err := putTicketRow(t, w, i, n); err != nil {
					return err
				}
			}
			return putMailRows(t, w, from, min(from+batch, n+1), n)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d rows in each table after %v", n, time.Since(began).Round(time.Second))
}

// rowsAt is when row i of n came.
func rowsAt(i, n int) time.Time {
	return rowsNow.Add(-rowsDays * 24 * time.Hour / time.Duration(n) * time.Duration(n-i))
}

func putTicketRow(t *testing.T, w storage.Writer, i, n int) error {
	statuses := []storage.Status{storage.New, storage.InProcess, storage.Done, storage.Accepted}
	k := &storage.Ticket{
		Subject: fmt.Sprintf("Drucker %d druckt alles doppelt", i), Status: statuses[i%len(statuses)],
		Task: escalation.TaskID(fmt.Sprint("t", i%projectsOfRows)), Project: escalation.ProjectID(fmt.Sprint("p", i%projectsOfRows)),
		Assignee: escalation.PersonID(fmt.Sprint("e", i/2%peopleOfRows)), Sender: message.Address{Name: "Carl", Address: fmt.Sprintf("carl%d@kunde.example", i%5000)},
		Categories: []string{fmt.Sprint("c", i/4%categoriesOfRows)}, Mailbox: mailbox.ID(fmt.Sprint("box", i%boxesOfRows)), CreatedAt: rowsAt(i, n), ChangedAt: rowsAt(i, n),
	}
	if i%7 == 0 {
		k.Categories = append(k.Categories, fmt.Sprint("c", (i/4+5)%categoriesOfRows))
	}
	if i%(n/10) == 7 {
		k.Categories = append(k.Categories, "rare")
	}
	if i%(n/50) == 9 {
		k.CustomerContact = "mia"
	}
	if err := w.Tickets().Put(t.Context(), k); err != nil {
		return err
	}
	err := w.Tickets().PutComment(t.Context(), &storage.Comment{
		Ticket: k.ID, Kind: storage.ByPerson, Sender: k.Sender, CreatedAt: k.CreatedAt,
		Text: fmt.Sprintf("Der Drucker mit der Seriennummer%d im zweiten Stock druckt seit heute früh alles doppelt. Kann bitte jemand nachsehen?", i),
	})
	changes := 2
	if i == 1 {
		changes = 2000
	}
	for c := range changes {
		if err == nil {
			err = w.Tickets().AddChange(t.Context(), &storage.Change{Ticket: k.ID, At: k.CreatedAt, Actor: "bea", Field: storage.FieldSubject, Old: fmt.Sprint("Drucker ", c), New: fmt.Sprint("Drucker ", c+1)})
		}
	}
	return err
}

// putMailRows writes the rows from one up to another of the ledger and the
// outbox: of some 300 in 100,000 somebody has to take care.
func putMailRows(t *testing.T, w storage.Writer, from, to, n int) error {
	var entries []*mailbox.Entry
	var mails []*notify.Mail
	for i := from; i < to; i++ {
		e := &mailbox.Entry{
			Key:     mailbox.Key{Mailbox: mailbox.ID(fmt.Sprint("box", i%boxesOfRows)), Folder: "INBOX", Validity: 1, UID: fmt.Sprint(i)},
			Outcome: mailbox.Ticket, Ticket: storage.TicketID(fmt.Sprint(i)), MessageID: fmt.Sprintf("%d.4711@mail.kunde.example", i), Size: 8000, ReceivedAt: rowsAt(i, n), EmptiedAt: rowsAt(i, n),
			Reasons: []mailbox.Reason{{Code: "no-thread", Text: "it refers to no ticket"}, {Code: "new-ticket", Text: "new ticket of task t" + fmt.Sprint(i%projectsOfRows)}},
		}
		m := &notify.Mail{
			ID: fmt.Sprint("m", i), Event: notify.TicketCreated, Ticket: e.Ticket, Person: "bea", Audience: notify.Staff, Language: "de",
			Reasons: []notify.Reason{{Code: "role", Text: "member of the task"}}, Causes: []notify.Cause{{Event: fmt.Sprint("event", i), Kind: notify.TicketCreated, Roles: []notify.Role{"task_members"}}},
			To: message.Address{Name: "Bea Braun", Address: fmt.Sprintf("bea%d@muster.example", i%5000)}, Subject: fmt.Sprintf("[Ticket#%d-K7Q2PX9D] Drucker %d druckt alles doppelt", i, i),
			MessageID: fmt.Sprintf("m%d@muster.example", i), Text: strings.Repeat("Der Drucker druckt alles doppelt.\n", 15), HTML: strings.Repeat("<p>Der Drucker druckt alles doppelt.</p>\n", 50),
			Date: rowsAt(i, n), Due: rowsAt(i, n), State: notify.Sent, SentAt: rowsAt(i, n), Attempts: 1,
		}
		switch i % 320 {
		case 3:
			e.Outcome = mailbox.Quarantine
			m.State, m.Error = notify.Failed, "550 no such user"
		case 4:
			e.Outcome = mailbox.LeftThere
			m.State = notify.Held
		case 5:
			m.State = notify.Returned
		}
		entries, mails = append(entries, e), append(mails, m)
	}
	if err := w.Ledger().Put(t.Context(), entries...); err != nil {
		return err
	}
	return w.Outbox().Put(t.Context(), mails...)
}

func rowsCategories() []catalog.Category {
	all := []catalog.Category{{ID: "rare", Labels: map[string]string{"de": "Selten"}, Order: 99}}
	for i := range categoriesOfRows {
		all = append(all, catalog.Category{ID: fmt.Sprint("c", i), Labels: map[string]string{"de": fmt.Sprint("Kategorie ", i)}, Order: i})
	}
	return all
}
