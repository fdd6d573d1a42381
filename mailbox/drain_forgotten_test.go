package mailbox_test

import (
	"errors"
	"testing"

	"example.com/ticketmail/mailbox"
)

// forgetRaw does to the ledger what retention does, for mails whose sizes are
// written down as the engine writes them.
func (r *rig) forgetRaw(t *testing.T) {
	t.Helper()
	for _, e := range r.journal.Entries() {
		e.Size = int64(len(r.keeper.kept[e.UID]))
		e.Raw.SHA256, e.Raw.Size = [32]byte{1}, e.Size
		e.ForgetRaw()
		if err := r.journal.Put(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
}

// A UID that was given to another mail is no reason to delete that one unread,
// also where the raw bytes of the first are not kept any more.
func TestDrainReadsMailThatCameBackAfterRetention(t *testing.T) {
	lost := errors.New("connection lost")
	for name, earlier := range map[string][]string{
		"once":  {"first"},
		"again": {"first", "second, longer"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig()
			for i, body := range earlier {
				r.server.SetValidity("INBOX", 1)
				r.server.Add("INBOX", body)
				if i == len(earlier)-1 { // so that its removal is not confirmed
					r.server.FailAfterRemove(i+1, lost)
				}
				if _, err := r.drain(t.Context()); err != nil && !errors.Is(err, lost) {
					t.Fatal(err)
				}
			}
			for _, e := range r.journal.Entries()[len(earlier)-1:] {
				if !e.EmptiedAt.IsZero() || e.Outcome != mailbox.Ticket {
					t.Fatalf("entry %+v, want a settled one whose removal is not confirmed", e)
				}
			}
			r.forgetRaw(t)
			r.server.SetValidity("INBOX", 1)
			r.server.Add("INBOX", "another mail, of another size")
			if _, err := r.drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.checkKept(t, len(earlier)+1)
		})
	}
}
