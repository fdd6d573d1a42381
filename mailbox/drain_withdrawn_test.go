package mailbox_test

import (
	"errors"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

var inboxKey = mailbox.FolderKey{Mailbox: "support", Folder: "INBOX", Validity: 1}

// TestWithdrawalBlamesNoMail: a receiver that may take nothing any more ends
// the drain, and the mails it was about to take are as good as before.
func TestWithdrawalBlamesNoMail(t *testing.T) {
	t.Run("in a batch", func(t *testing.T) {
		r := newRig("mail 1", "withdraw", "mail 3")
		if _, err := r.drain(t.Context()); !errors.Is(err, mailbox.ErrWithdrawn) {
			t.Fatalf("drain = %v, want ErrWithdrawn", err)
		}
		if opened, err := r.journal.Opened(t.Context(), inboxKey); err != nil || len(opened) > 0 {
			t.Errorf("under suspicion: %v, %v", opened, err)
		}
	})
	t.Run("taken singly", func(t *testing.T) {
		r := newRig("mail 1", "withdraw", "mail 3")
		for i := range 6 { // three attempts would put it into quarantine
			r.server.Add("INBOX", "another mail")
			if err := r.journal.Open(t.Context(), inboxKey, append(r.server.UIDs("INBOX")[:1], "2")); err != nil {
				t.Fatal(err)
			}
			if _, err := r.drain(t.Context()); !errors.Is(err, mailbox.ErrWithdrawn) {
				t.Fatalf("drain %d = %v, want ErrWithdrawn", i, err)
			}
			found, err := r.journal.Lookup(t.Context(), []mailbox.Key{inboxKey.Key("2")})
			if err != nil || len(found) != 1 || found[0].Outcome != mailbox.Pending || found[0].Attempts != 0 {
				t.Fatalf("after drain %d the ledger has %+v, %v, want no attempt that counts", i, found, err)
			}
		}
		if len(r.keeper.poison) > 0 || r.server.Count(mailboxtest.OpRemove) == 0 {
			t.Errorf("handed over unread: %v; removals: %d, want those of the other mails", r.keeper.poison, r.server.Count(mailboxtest.OpRemove))
		}
	})
}
