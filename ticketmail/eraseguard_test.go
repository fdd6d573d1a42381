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

// Whoever writes under words of others and is erased takes nothing of theirs
// along, unless somebody confirms that the words are his name.
func TestEraseNamesOfOutsiders(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", mail(`"Best regards" <evil@x.example>`, "Best regards to you", "evil@x", "Best regards"))
	server.Add("INBOX", mail("mia@kunde.example", "Printer", "mia@x", "Best regards, I wait"))
	h.poll()
	of := func(n int) (ticketmail.Ticket, ticketmail.Comment) {
		k := h.tickets()[n]
		return k, h.comments(k.ID)[0]
	}
	_, before := of(1)
	evil := ticketmail.Subject{Addresses: []string{"evil@x.example"}}
	done, err := h.Erase(t.Context(), evil, "")
	if err != nil {
		t.Fatal(err)
	}
	_, after := of(1)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("mia's comment (-before +after):\n%s", diff)
	}
	k, c := of(0)
	if k.Subject != "[erased] to you" || c.Text != "[erased]\n" || !c.Raw.IsZero() {
		t.Errorf("his own: %q, %q, %v", k.Subject, c.Text, c.Raw)
	}
	if diff := cmp.Diff([]string{"Best regards"}, done.Names); diff != "" {
		t.Errorf("names to confirm (-want +got):\n%s", diff)
	}
	if kept := found(h.dump(), []string{`["best regards"]`}); kept != nil {
		t.Errorf("the names were kept: %q", kept)
	}
	evil.Names = done.Names
	done, err = h.Erase(t.Context(), evil, "")
	if err != nil || done.Names != nil {
		t.Errorf("erased with the name: %+v, %v", done, err)
	}
	if _, c := of(1); c.Text != "[erased], I wait\n" {
		t.Errorf("mia's comment after the name was confirmed: %q", c.Text)
	}
}
