package ticketmail_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// withOverdue is a house whose host raises an event of its own.
func withOverdue(t *testing.T) house {
	t.Helper()
	words, err := (*notify.Templates)(nil).WithValues(notify.Field{Name: "value.hours", About: "hours since it was due"})
	if err != nil {
		t.Fatal(err)
	}
	words, err = words.With(notify.Template{Name: "overdue", Audience: notify.Staff, Language: "de", Subject: "{{ticket.subject}}", Text: "Seit {{value.hours}} Stunden überfällig."})
	if err != nil {
		t.Fatal(err)
	}
	return build(t, func(c *ticketmail.Config) {
		c.Templates = words
		c.Rules = map[notify.Kind]notify.Rule{"overdue": {Kind: "overdue", Active: true, Roles: []notify.Role{notify.RoleAssignee}}}
	})
}

// TestRaise: an event of the host's own has rules, words, values, history and
// the chain as any other, and happens once where that was asked for.
func TestRaise(t *testing.T) {
	h := withOverdue(t)
	k := h.create(ticketmail.NewTicket{Assignee: "bea"})
	o := ticketmail.Occurrence{Kind: "overdue", Values: map[string]notify.Value{"hours": notify.NumberValue(1500, 0)}, Once: "2026-11-23"}
	for range 3 {
		if err := h.Raise(t.Context(), ticketmail.Actor{}, k.ID, o); err != nil {
			t.Fatal(err)
		}
	}
	got := h.outgoing("overdue")
	if len(got) != 1 || got[0].Text != "Seit 1.500 Stunden überfällig.\n" {
		t.Fatalf("mails = %+v", got)
	}
	o.Once = "2026-11-24"
	if err := h.Raise(t.Context(), ticketmail.Actor{}, k.ID, o); err != nil {
		t.Fatal(err)
	}
	if n := len(h.outgoing("overdue")); n != 2 {
		t.Errorf("%d mails after another occurrence, want two", n)
	}
	if err := h.PatchRule(t.Context(), "service", "overdue", notify.RulePatch{Active: new(false)}); err != nil {
		t.Fatal(err)
	}
	o.Once = ""
	if err := h.Raise(t.Context(), ticketmail.Actor{}, k.ID, o); err != nil {
		t.Fatal(err)
	}
	if n := len(h.outgoing("overdue")); n != 2 {
		t.Errorf("%d mails with the rule off", n)
	}
	x, err := h.Explain(t.Context(), k.ID, "overdue", ticketmail.Actor{})
	if err != nil || x.Rule.Active {
		t.Errorf("Explain = %+v, %v", x, err)
	}
}

// TestRaisedMailComesBack: the values are there for the substitute too.
func TestRaisedMailComesBack(t *testing.T) {
	h := withOverdue(t)
	h.sender.Fail("max@erp.example", -1, refusal("max@erp.example"))
	k := h.create(ticketmail.NewTicket{Assignee: "max"})
	h.deliver()
	if err := h.ClearBounce(t.Context(), "max@erp.example"); err != nil {
		t.Fatal(err)
	}
	o := ticketmail.Occurrence{Kind: "overdue", Values: map[string]notify.Value{"hours": notify.NumberValue(3, 0)}}
	if err := h.Raise(t.Context(), ticketmail.Actor{}, k.ID, o); err != nil {
		t.Fatal(err)
	}
	h.deliver()
	all := h.sender.To("bea@erp.example")
	if len(all) == 0 || !strings.Contains(all[len(all)-1].Text, "Seit 3 Stunden") {
		t.Errorf("bea was told %+v", all)
	}
}

func TestRaiseRefuses(t *testing.T) {
	h := withOverdue(t)
	k := h.create(ticketmail.NewTicket{})
	for name, tt := range map[string]struct {
		id   ticketmail.TicketID
		kind notify.Kind
		want error
	}{
		"no rule":     {k.ID, "unheard_of", ticketmail.ErrInvalid},
		"the seed's":  {k.ID, notify.StatusDone, ticketmail.ErrInvalid},
		"a receipt":   {k.ID, notify.Receipt, ticketmail.ErrInvalid},
		"no ticket":   {"none", "overdue", storage.ErrNotFound},
		"no kind":     {k.ID, "", ticketmail.ErrInvalid},
		"a forward":   {k.ID, notify.Forward, ticketmail.ErrInvalid},
		"not a reply": {k.ID, notify.Reply, ticketmail.ErrInvalid},
	} {
		if err := h.Raise(t.Context(), bea, tt.id, ticketmail.Occurrence{Kind: tt.kind}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
