package ticketmail_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/ticketmail"
)

// TestAddressInLetters: the directory has an address whose domain is written in
// letters, and mail comes from its ASCII form, or the other way round. It is the
// same person, who is not told of what he wrote himself.
func TestAddressInLetters(t *testing.T) {
	for _, forms := range [][2]string{
		{"lea@b\u00fcro.example", "lea@xn--bro-hoa.example"},
		{"lea@xn--bro-hoa.example", "lea@b\u00fcro.example"},
	} {
		h, server := withServer(t, func(c *ticketmail.Config) {
			data := people()
			data.Persons = append(data.Persons, memdirectory.Person{ID: "lea", Name: "Lea", Address: forms[0], Kind: escalation.Employee})
			c.Directory = directoryOf(t, data)
		})
		server.Add("INBOX", mail(forms[1], "From an office", "a@x", "text"))
		h.poll()
		k := h.tickets()[0]
		if k.Creator != "lea" {
			t.Errorf("%s: creator %q, want lea", forms[1], k.Creator)
		}
		if _, err := h.Assign(t.Context(), bea, k.ID, "lea"); err != nil {
			t.Fatal(err)
		}
		before := len(h.mails())
		server.Add("INBOX", mail(forms[1], "Re: ["+h.Referencer().Token(k.ID)+"]", "b@x", "more"))
		server.Add("INBOX", mail(forms[1], h.outgoing("assignee_changed")[0].Subject, "c@x", "more still"))
		h.poll()
		if diff := cmp.Diff([]string(nil), h.since(before)); diff != "" {
			t.Errorf("told of what he wrote himself (-want +got):\n%s", diff)
		}
		if got := len(h.comments(k.ID)); got < 2 {
			t.Errorf("%d comments", got)
		}
	}
}
