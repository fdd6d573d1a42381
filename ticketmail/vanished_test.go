package ticketmail_test

import (
	"errors"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// A mailbox of the program that an administrator has given to a task is no more:
// answers about the task's tickets go to the one that it has got since.
func TestAssignedMailboxVanishes(t *testing.T) {
	key := ring(t)
	settings := serving(mailboxtest.NewServer(), func(c *ticketmail.Config) { c.Sealer = key })
	h := build(t, func(c *ticketmail.Config) {
		settings(c)
		c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{ID: "old", Address: "old@erp.example", Host: "mail.example", User: "old"})
	})
	ctx := t.Context()
	must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "old", Task: "elsewhere"}))
	h = h.restarted(settings)
	must(t, errors.Join(h.PutMailbox(ctx, box2(nil)), h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"})))
	h.create(ticketmail.NewTicket{Task: "elsewhere", Assignee: "carl"})
	if m := h.outgoing(notify.TicketCreated)[0]; m.From.Address != "sales@erp.example" || m.ReplyTo != "sales@erp.example" {
		t.Errorf("From %s, Reply-To %s, want those of the task's mailbox", m.From.Address, m.ReplyTo)
	}
}

// The default mailbox that an administrator has chosen is no more: the program's
// own is the default again, so that answers go somewhere.
func TestDefaultMailboxVanishes(t *testing.T) {
	settings := serving(mailboxtest.NewServer(), nil)
	h := build(t, func(c *ticketmail.Config) {
		settings(c)
		c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{ID: "old", Address: "old@erp.example", Host: "mail.example", User: "old"})
	})
	must(t, h.SetDefaultMailbox(t.Context(), "", "old"))
	h = h.restarted(settings)
	h.create(ticketmail.NewTicket{Task: "elsewhere", Assignee: "carl"})
	if m := h.outgoing(notify.TicketCreated)[0]; m.ReplyTo != "support@erp.example" {
		t.Errorf("Reply-To %q, want the program's default", m.ReplyTo)
	}
	if _, refused := errors.AsType[*mailbox.FieldError](h.SetDefaultMailbox(t.Context(), "", "old")); !refused {
		t.Error("a mailbox that is none becomes the default")
	}
}

// A program without From, and then the default mailbox has no address either:
// mails still have a sender, so that nothing comes to a stop.
func TestDefaultMailboxWithoutAddress(t *testing.T) {
	key := ring(t)
	h := build(t, serving(mailboxtest.NewServer(), func(c *ticketmail.Config) { c.Sealer, c.From = key, message.Address{} }))
	ctx := t.Context()
	must(t, errors.Join(h.PutMailbox(ctx, box2(nil)), h.SetDefaultMailbox(ctx, "", "sales")))
	must(t, h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Address = "" })))
	h.create(ticketmail.NewTicket{Task: "elsewhere", Assignee: "carl"})
	if m := h.outgoing(notify.TicketCreated)[0]; m.From.Address != "support@erp.example" || m.ReplyTo != "" {
		t.Errorf("From %q, Reply-To %q, want the program's default and none", m.From.Address, m.ReplyTo)
	}
}
