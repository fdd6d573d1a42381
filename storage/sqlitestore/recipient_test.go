package sqlitestore_test

import (
	"path/filepath"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// olderMail puts a mail as releases do that know no column for the recipient.
const olderMail = `INSERT INTO tm_outbox (id, ticket, subject, text, html, mail, state, attempts, claimed_by, error, version)
	SELECT ?, ticket, subject, text, html, mail, state, attempts, claimed_by, error, version FROM tm_outbox WHERE id = 'new'`

// TestRecipientOfAnOlderRelease: a mail is found by its recipient, whichever
// release put it, before the column was made or after.
func TestRecipientOfAnOlderRelease(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	db := openDB(t, file)
	earlier := migrationsBefore(t, "recipient")
	if err := sqlitestore.Migrate(t.Context(), db, earlier); err != nil {
		t.Fatal(err)
	}
	execute(t, db, `INSERT INTO tm_outbox (id, ticket, subject, text, html, mail, state, attempts, claimed_by, error, version)
		VALUES ('old', '', '', '', '', '{"to":{"Name":"C","Address":"carl@customer.example"}}', 'sent', 0, '', '', 1)`)
	store := openFile(t, file)
	update(t, store, func(w storage.Writer) error {
		return w.Outbox().Put(t.Context(), &notify.Mail{ID: "new", State: notify.Sent, To: message.Address{Address: "carl@customer.example"}})
	})
	execute(t, db, olderMail, "older")
	err := store.View(t.Context(), func(r storage.Reader) error {
		var ids string
		for _, m := range collect(t, r.Outbox().List(t.Context(), notify.MailQuery{Text: "CARL@customer"})) {
			ids += m.ID + " "
		}
		if want := "old new older "; ids != want {
			t.Errorf("by its recipient is found %q, want %q", ids, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestHostReplaces: a row that a host puts in the place of another with REPLACE,
// which fires no trigger for that, and deletes, is in nobody's way.
func TestHostReplaces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store, db := openFile(t, file), openDB(t, file)
	put := func() {
		t.Helper()
		update(t, store, func(w storage.Writer) error {
			return w.Outbox().Put(t.Context(), &notify.Mail{ID: "new", State: notify.Sent, To: message.Address{Address: "carl@customer.example"}})
		})
	}
	put()
	execute(t, db, `REPLACE INTO tm_outbox (id, ticket, subject, text, html, mail, state, attempts, claimed_by, error, version)
		SELECT id, ticket, subject, text, html, mail, state, attempts, claimed_by, error, version FROM tm_outbox`)
	execute(t, db, `DELETE FROM tm_outbox`)
	put()
}
