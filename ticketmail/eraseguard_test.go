package ticketmail_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail"
)

// Of mails in quarantine an erasure takes only the person's own. Others wait
// for somebody to decide, and go with the erasure after that.
func TestEraseLeavesQuarantineOfOthers(t *testing.T) {
	h, server := withServer(t, nil)
	from := func(who, id, text string) string {
		return strings.NewReplacer("mia@kunde.example", who, "It burns", text).Replace(looping(id))
	}
	server.Add("INBOX", from("mia@kunde.example", "mia@x", "Carl Weber, it burns"))
	server.Add("INBOX", from("carl@erp.example", "carl@x", "It burns"))
	h.poll()
	before := h.entries()
	done, err := h.Erase(t.Context(), ticketmail.Subject{Person: "carl"}, "")
	if err != nil {
		t.Fatal(err)
	}
	after := h.entries()
	if diff := cmp.Diff(before[0], after[0]); diff != "" {
		t.Errorf("mia's mail (-before +after):\n%s", diff)
	}
	if e := after[1]; e.Outcome != mailbox.Record || !e.Raw.IsZero() {
		t.Errorf("his own mail = %+v, want a tombstone", e)
	}
	if diff := cmp.Diff([]mailbox.Key{before[0].Key}, done.Undecided); diff != "" {
		t.Errorf("undecided (-want +got):\n%s", diff)
	}
	if _, err := h.Discard(t.Context(), bea, before[0].Key, "seen"); err != nil {
		t.Fatal(err)
	}
	done, err = h.Erase(t.Context(), ticketmail.Subject{Person: "carl"}, "")
	if err != nil || done.Undecided != nil {
		t.Errorf("erased again: %+v, %v", done, err)
	}
	if e := h.entries()[0]; !e.Raw.IsZero() {
		t.Errorf("mia's mail, decided = %+v, want a tombstone", e)
	}
}
