package ticketmail_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestForward: a comment goes to an address nobody knows, and its answer
// becomes a comment of somebody who takes part in that.
func TestForward(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", mail("mia@kunde.example", "Printer", "first@kunde", "It burns."))
	h.poll()
	k := h.tickets()[0]
	opening := h.comments(k.ID)[0]
	const expert = "expert@vendor.example"
	err := h.Forward(t.Context(), bea, k.ID, ticketmail.Forward{Comment: opening.ID, To: []string{expert, expert}, Note: "Is this normal?"})
	if err != nil {
		t.Fatal(err)
	}
	sent := h.outgoing(notify.Forward)
	if len(sent) != 1 {
		t.Fatalf("%d mails, want one for an address named twice", len(sent))
	}
	m := sent[0]
	if m.To.Address != expert || !strings.Contains(m.Subject, h.Referencer().Token(k.ID)) || m.ReplyTo != "support@erp.example" {
		t.Errorf("forward to %s: %q, Reply-To %q", m.To.Address, m.Subject, m.ReplyTo)
	}
	for _, want := range []string{"Is this normal?", "Bea Braun", "Mia Kunde", "It burns."} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, m.Text)
		}
	}
	if got := h.history(k.ID); got[len(got)-1] != "forwarded "+expert+", "+expert {
		t.Errorf("history = %q", got)
	}
	server.Add("INBOX", mail(expert, "Re: "+m.Subject, "a@vendor", "No.", "In-Reply-To: <"+m.MessageID+">"))
	h.poll()
	answer := h.comments(k.ID)[1]
	if answer.Stranger || answer.Internal || strings.TrimSpace(answer.Text) != "No." {
		t.Errorf("the answer = %+v, want a public comment of somebody we wrote to", answer)
	}
}

func TestForwardRefuses(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{Text: "hello"})
	secret, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "secret", Internal: true})
	if err != nil {
		t.Fatal(err)
	}
	public := h.comments(k.ID)[0].ID
	before := len(h.mails())
	for name, tt := range map[string]struct {
		f    ticketmail.Forward
		want error
		why  escalation.Reason
	}{
		"nobody":                 {ticketmail.Forward{Comment: public}, ticketmail.ErrInvalid, ""},
		"everybody":              {ticketmail.Forward{Comment: public, To: make([]string, 21)}, ticketmail.ErrInvalid, ""},
		"a line break":           {ticketmail.Forward{Comment: public, To: []string{"a@b.example\r\nBcc: v@x.example"}}, nil, notify.BadAddress},
		"no address":             {ticketmail.Forward{Comment: public, To: []string{"bea"}}, nil, notify.BadAddress},
		"one of two bad":         {ticketmail.Forward{Comment: public, To: []string{"a@b.example", "x"}}, nil, notify.BadAddress},
		"our own mailbox":        {ticketmail.Forward{Comment: public, To: []string{"support@erp.example"}}, nil, notify.IsPolled},
		"who left":               {ticketmail.Forward{Comment: public, To: []string{"dora@erp.example"}}, nil, escalation.Left},
		"internal, outside":      {ticketmail.Forward{Comment: secret.ID, To: []string{"a@b.example"}}, nil, escalation.NotStaff},
		"internal, to a contact": {ticketmail.Forward{Comment: secret.ID, To: []string{"mia@kunde.example"}}, nil, escalation.NotStaff},
		"no such comment":        {ticketmail.Forward{Comment: "none", To: []string{"a@b.example"}}, storage.ErrNotFound, ""},
	} {
		err := h.Forward(t.Context(), bea, k.ID, tt.f)
		u, _ := errors.AsType[*ticketmail.UndeliverableError](err)
		if tt.want != nil && !errors.Is(err, tt.want) || tt.why != "" && (u == nil || u.Reason != tt.why) {
			t.Errorf("%s: %v, want %v %s", name, err, tt.want, tt.why)
		}
	}
	if got := h.since(before); len(got) != 0 {
		t.Errorf("refused, but sent: %v", got)
	}
	if err := h.Forward(t.Context(), bea, k.ID, ticketmail.Forward{Comment: secret.ID, To: []string{"max@erp.example"}}); err != nil {
		t.Fatalf("an internal comment to an employee: %v", err)
	}
	if m := h.outgoing(notify.Forward)[0]; !m.Internal || m.Audience != notify.Staff {
		t.Errorf("forward of what is internal: %+v", m)
	}
}

// TestReceipts: off by default; a project that wants them has them.
func TestReceipts(t *testing.T) {
	h, server := withServer(t, nil)
	send := func(n int) {
		server.Add("INBOX", mail("x@outside.example", "Help", fmt.Sprintf("m%d@x", n), "text "+letters(n)))
		h.poll()
	}
	send(1)
	if got := h.outgoing(notify.Receipt); len(got) != 0 {
		t.Fatalf("receipts without being asked for: %d", len(got))
	}
	if err := h.PatchRule(t.Context(), "service", notify.Receipt, notify.RulePatch{Active: new(true)}); err != nil {
		t.Fatal(err)
	}
	send(2)
	got := h.outgoing(notify.Receipt)
	if len(got) != 1 || got[0].To.Address != "x@outside.example" || got[0].InReplyTo != "m2@x" {
		t.Fatalf("receipts = %+v", got)
	}
	server.Add("INBOX", mail("x@outside.example", "Re: "+got[0].Subject, "m3@x", "more"))
	if r := h.poll(); r.Comments != 1 {
		t.Errorf("an answer to the receipt: %+v", r)
	}
	server.Add("INBOX", mail("bot@outside.example", "Out of office", "m4@x", "away", "Auto-Submitted: auto-replied"))
	h.poll()
	x, err := h.Explain(t.Context(), h.tickets()[1].ID, notify.Receipt, ticketmail.Actor{})
	if err != nil || len(x.Mails) != 1 {
		t.Errorf("Explain of a receipt: %d mails, %v", len(x.Mails), err)
	}
	if n := len(h.outgoing(notify.Receipt)); n != 1 {
		t.Errorf("%d receipts, want none for a comment or a machine", n)
	}
	h.create(ticketmail.NewTicket{})
	if n := len(h.outgoing(notify.Receipt)); n != 1 {
		t.Errorf("%d receipts, want none for a ticket that was typed in", n)
	}
}
