package ticketmail_test

import (
	"errors"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/ticketmail"
)

// A mailbox of the program reads what one in the store does, which was there
// first: the stored one rests and says why, its mail is found once, and nothing
// else is hindered.
func TestStoredMailboxBesideOneOfTheProgram(t *testing.T) {
	server := mailboxtest.NewServer()
	key := ring(t)
	settings := func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
		c.Sealer = key
	}
	h := build(t, settings)
	ctx := t.Context()
	if err := errors.Join(
		h.PutMailbox(ctx, box2(nil)),
		h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}),
		h.Consent(ctx, ticketmail.Actor{}, "sales", ticketmail.Terms{}),
	); err != nil {
		t.Fatal(err)
	}
	h = h.restarted(func(c *ticketmail.Config) {
		settings(c)
		c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{ID: "verkauf", Address: "verkauf@erp.example", Host: "MAIL.example", User: "Sales", Password: mailbox.NewSecret("hunter2")})
		c.Routes.Assignments = append(c.Routes.Assignments, mailbox.Assignment{Mailbox: "verkauf", Task: "printing"})
	})
	if err := h.Consent(ctx, ticketmail.Actor{}, "verkauf", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	server.Add("INBOX", mail("x@y.example", "Order", "a@x", "We need paper."))

	_, err := h.Poll(ctx, "sales")
	if why, ok := errors.AsType[*mailbox.FieldError](err); !ok || why.Field != "Folders" {
		t.Errorf("Poll = %v, want what is wrong with Folders", err)
	}
	if r, err := h.Poll(ctx, "verkauf"); err != nil || r.Tickets != 1 {
		t.Errorf("Poll of the program's = %+v, %v", r, err)
	}
	if !h.finds("mailbox-resting", `mailbox "sales"`) || h.finds("mailbox-resting", `mailbox "verkauf"`) {
		t.Error("Lint does not tell which one rests")
	}
	if err := h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.ID, m.Address, m.User = "info", "info@erp.example", "info" })); err != nil {
		t.Errorf("a third mailbox is hindered: %v", err)
	}
	if _, ok := errors.AsType[*mailbox.FieldError](h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.ID = "third" }))); !ok {
		t.Error("another one on the same folder is stored")
	}
	if err := h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Folders = []string{"Orders"} })); err != nil {
		t.Errorf("what is wrong cannot be changed: %v", err)
	}
	server.Add("Orders", mail("x@y.example", "Order", "b@x", "And pens."))
	if err := h.Consent(ctx, ticketmail.Actor{}, "sales", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	if r, err := h.Poll(ctx, "sales"); err != nil || r.Tickets != 1 {
		t.Errorf("after the change: %+v, %v", r, err)
	}
	if n := len(h.tickets()); n != 2 {
		t.Errorf("%d tickets, want each mail once", n)
	}
}

// The program takes a name that a stored mailbox has in other letters: changes of
// others are not hindered.
func TestStoredMailboxOfTheProgramsName(t *testing.T) {
	key := ring(t)
	h := build(t, func(c *ticketmail.Config) { c.Sealer = key })
	if err := h.PutMailbox(t.Context(), box2(nil)); err != nil {
		t.Fatal(err)
	}
	h = h.restarted(func(c *ticketmail.Config) {
		c.Sealer = key
		c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{ID: "SALES", Address: "x@erp.example", Host: "x.example", User: "x"})
	})
	info := box2(func(m *mailbox.Mailbox) { m.ID, m.Address, m.User = "info", "info@erp.example", "info" })
	for range 2 {
		if err := h.PutMailbox(t.Context(), info); err != nil {
			t.Errorf("another mailbox is hindered: %v", err)
		}
	}
}
