package pgstore_test

import (
	"errors"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// TestHopes puts records whose keys are taken, and refers to content that is
// not there, with nothing behind it that would send it to the server at once:
// Update must say so all the same, to whoever put the record.
func TestHopes(t *testing.T) {
	entry := func() *mailbox.Entry {
		return &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 1, UID: "1"}, Outcome: mailbox.Record}
	}
	for name, tt := range map[string]struct {
		put  func(w storage.Writer) error
		want error
	}{
		"a key of the ledger": {func(w storage.Writer) error { return w.Ledger().Put(t.Context(), entry()) }, storage.ErrExists},
		"an id of the outbox": {func(w storage.Writer) error {
			return w.Outbox().Put(t.Context(), &notify.Mail{ID: "mail", Ticket: "1", State: notify.Waiting})
		}, storage.ErrExists},
		"an id of a ticket": {func(w storage.Writer) error {
			return w.Tickets().Put(t.Context(), &storage.Ticket{ID: "mine", Status: storage.New})
		}, storage.ErrExists},
		"an id of a comment": {func(w storage.Writer) error {
			return w.Tickets().PutComment(t.Context(), &storage.Comment{ID: "said", Ticket: "mine"})
		}, storage.ErrExists},
		"content": {func(w storage.Writer) error {
			return putEntry(t.Context(), w, "2", storage.Blob{SHA256: [32]byte{1}, Size: 3})
		}, storage.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			store := openNew(t)
			update(t, store, func(w storage.Writer) error {
				return errors.Join(
					w.Ledger().Put(t.Context(), entry()),
					w.Outbox().Put(t.Context(), &notify.Mail{ID: "mail", Ticket: "1", State: notify.Waiting}),
					w.Tickets().Put(t.Context(), &storage.Ticket{ID: "mine", Status: storage.New}),
					w.Tickets().PutComment(t.Context(), &storage.Comment{ID: "said", Ticket: "mine"}),
				)
			})
			if err := store.Update(t.Context(), tt.put); !errors.Is(err, tt.want) {
				t.Errorf("Update = %v, want %v", err, tt.want)
			}
			// Whoever goes on regardless still learns of it, and so does one who
			// fails for what he was told.
			var told error
			update(t, store, func(w storage.Writer) error {
				told = tt.put(w)
				return nil
			})
			if !errors.Is(told, tt.want) {
				t.Errorf("Put in an Update that goes on = %v, want %v", told, tt.want)
			}
			other := errors.New("none of the kind")
			err := store.Update(t.Context(), func(w storage.Writer) error {
				if told = tt.put(w); told == nil {
					return other
				}
				return nil
			})
			if err != nil || !errors.Is(told, tt.want) {
				t.Errorf("Update that fails where Put succeeds = %v after %v, want nil after %v", err, told, tt.want)
			}
		})
	}
}

// TestHopesOfOldRecords: a caller whose record is made outside of fn must not
// overwrite what is stored, because the first attempt gave it a Version.
func TestHopesOfOldRecords(t *testing.T) {
	key := mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 1, UID: "1"}
	records := func(text string) []func(w storage.Writer) error {
		entry := &mailbox.Entry{Key: key, Outcome: mailbox.Record, Reasons: []mailbox.Reason{{Text: text}}}
		mail := &notify.Mail{ID: "mail", Ticket: "1", State: notify.Waiting, Subject: text}
		ticket := &storage.Ticket{ID: "mine", Status: storage.New, Subject: text}
		comment := &storage.Comment{ID: "said", Ticket: "mine", Text: text}
		return []func(w storage.Writer) error{
			func(w storage.Writer) error { return w.Ledger().Put(t.Context(), entry) },
			func(w storage.Writer) error { return w.Outbox().Put(t.Context(), mail) },
			func(w storage.Writer) error { return w.Tickets().Put(t.Context(), ticket) },
			func(w storage.Writer) error { return w.Tickets().PutComment(t.Context(), comment) },
		}
	}
	store := openNew(t)
	for _, put := range records("first") {
		update(t, store, put)
	}
	for i, put := range records("second") {
		if err := store.Update(t.Context(), put); !errors.Is(err, storage.ErrExists) {
			t.Errorf("record %d put again: %v, want storage.ErrExists", i, err)
		}
	}
	err := store.View(t.Context(), func(r storage.Reader) error {
		entries, err := r.Ledger().Lookup(t.Context(), []mailbox.Key{key})
		if err != nil || len(entries) != 1 || entries[0].Reasons[0].Text != "first" {
			t.Errorf("ledger: %+v, %v", entries, err)
		}
		ticket, err := r.Tickets().Get(t.Context(), "mine")
		if err != nil || ticket.Subject != "first" {
			t.Errorf("ticket: %+v, %v", ticket, err)
		}
		for c, err := range r.Tickets().Comments(t.Context(), "mine") {
			if err != nil || c.Text != "first" {
				t.Errorf("comment: %+v, %v", c, err)
			}
		}
		for m, err := range r.Outbox().List(t.Context(), notify.MailQuery{}) {
			if err != nil || m.Subject != "first" {
				t.Errorf("mail: %+v, %v", m, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
