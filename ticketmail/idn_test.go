package ticketmail_test

import (
	"errors"
	"strings"
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

// Our own mailbox is ours in both forms.
func TestNoMailToOurselvesInLetters(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) { c.Routes.Mailboxes[0].Address = "help@b\u00fcro.example" })
	server.Add("INBOX", mail("x@y.example", "hello", "a@x", "text"))
	h.poll()
	id := h.tickets()[0].ID
	for _, to := range []string{"help@b\u00fcro.example", "help@xn--bro-hoa.example"} {
		err := h.Forward(t.Context(), bea, id, ticketmail.Forward{Comment: h.comments(id)[0].ID, To: []string{to}})
		if _, ok := errors.AsType[*ticketmail.UndeliverableError](err); !ok {
			t.Errorf("forward to our own mailbox %s = %v", to, err)
		}
	}
}

// Erase takes an address away in both forms.
func TestEraseInLetters(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", mail("lea@xn--bro-hoa.example", "hello", "a@x", "I am lea@b\u00fcro.example and lea@xn--bro-hoa.example"))
	h.poll()
	if _, err := h.Erase(t.Context(), ticketmail.Subject{Addresses: []string{"lea@xn--bro-hoa.example"}}, ""); err != nil {
		t.Fatal(err)
	}
	if text := h.comments(h.tickets()[0].ID)[0].Text; strings.Contains(text, "lea@") {
		t.Errorf("text = %q", text)
	}
}
