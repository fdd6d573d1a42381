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
