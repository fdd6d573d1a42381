package pgstore_test

import (
	"testing"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// olderMail puts a mail as releases do that know no column for the recipient.
const olderMail = `INSERT INTO tm_outbox (seq, id, ticket, subject, text, html, mail, state, attempts, due, claimed_by, claimed_until, error, version)
	VALUES ($1, $2, '', '', '', '', $3, 'sent', 0, '-infinity', '', '-infinity', '', 1)`

// TestRecipientOfAnOlderRelease: a mail is found by its recipient, whichever
// release put it, before the column was made or after, and whatever else is in
// its document.
func TestRecipientOfAnOlderRelease(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	if err := pgstore.Migrate(t.Context(), pool, schema, migrationsBefore("recipient")); err != nil {
		t.Fatal(err)
	}
	host := hostsPool(t, schema)
	documents := []struct{ id, mail string }{
		{"plain", `{"to":{"Name":"C","Address":"carl@customer.example"}}`},
		{"NUL", `{"to":{"Name":"\u0000\u0000C\\\u0000","Address":"carl@customer.example"}}`},
		{"no NUL", `{"to":{"Name":"C\\u0000\\\\u0000","Address":"carl@customer.example"}}`},
		{"somebody else", `{"to":{"Name":"B","Address":"bea@erp.example"}}`},
		{"nobody", `{}`},
	}
	put := func(from int, prefix string) {
		for i, d := range documents {
			execute(t, host, olderMail, from+i, prefix+d.id, d.mail)
		}
	}
	put(1, "before: ")
	store := openSchema(t, pool, schema)
	put(100, "after: ")
	execute(t, host, olderMail, 150, "half", `{"to":{"Name":"\ud800","Address":"carl@customer.example"}}`)
	execute(t, host, `SELECT setval('tm_outbox_last', 200)`)
	update(t, store, func(w storage.Writer) error {
		return w.Outbox().Put(t.Context(), &notify.Mail{ID: "new", State: notify.Sent, To: message.Address{Address: "carl@customer.example"}})
	})
	err := store.View(t.Context(), func(r storage.Reader) error {
		var ids string
		for _, m := range collect(t, r.Outbox().List(t.Context(), notify.MailQuery{Text: "CARL@customer"})) {
			ids += m.ID + ", "
		}
		if want := "before: plain, before: NUL, before: no NUL, after: plain, after: NUL, after: no NUL, half, new, "; ids != want {
			t.Errorf("by its recipient is found %q, want %q", ids, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
