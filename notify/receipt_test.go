package notify_test

import (
	"bytes"
	"strings"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// TestReceipt: whoever opened a ticket by mail is told, but never a machine.
func TestReceipt(t *testing.T) {
	for name, tt := range map[string]struct {
		sender    string
		automatic bool
		change    func(*notify.Planner)
		want      string // address; empty: nobody
		why       escalation.Reason
	}{
		"outside":           {"s@customer.example", false, nil, "s@customer.example", ""},
		"a contact":         {"k-kim@customer.example", false, nil, "k-kim@customer.example", ""},
		"an employee":       {"bea@corp.example", false, nil, "bea@corp.example", ""},
		"no sender":         {"", false, nil, "", notify.EmptyRole},
		"automatic":         {"s@customer.example", true, nil, "", notify.NoReply},
		"an employee's bot": {"bea@corp.example", true, nil, "", notify.NoReply},
		"a mailbox of ours": {"s@customer.example", false, func(p *notify.Planner) { p.Polled = func(string) bool { return true } }, "", notify.IsPolled},
		"bouncing":          {"s@customer.example", false, func(p *notify.Planner) { p.Bouncing = func(string) bool { return true } }, "", escalation.Bouncing},
	} {
		t.Run(name, func(t *testing.T) {
			p := &notify.Planner{Directory: everybody(), References: marks{}}
			if tt.change != nil {
				tt.change(p)
			}
			rule := notify.ReceiptRule()
			rule.Active = true
			ev := notify.Event{
				ID: "r1", Kind: notify.Receipt, ActorAddress: tt.sender, Automatic: tt.automatic, At: noon,
				Ticket:  notify.TicketView{Ref: "7", Subject: "Printer", Sender: tt.sender},
				Comment: &notify.CommentView{Text: "It burns.", AuthorAddress: tt.sender, MessageID: "first@customer.example"},
			}
			got, err := p.Plan(t.Context(), ev, rule, envelope)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				if len(got.Mails) != 0 || len(got.Skipped) != 1 || got.Skipped[0].Reason != tt.why || got.Nobody {
					t.Errorf("plan = %+v, want nobody because of %q", got, tt.why)
				}
				return
			}
			if len(got.Mails) != 1 || got.Mails[0].To.Address != tt.want {
				t.Fatalf("mails: %+v, want one to %s", got.Mails, tt.want)
			}
			m := got.Mails[0]
			if m.InReplyTo != "first@customer.example" || !strings.Contains(m.Text, "7") {
				t.Errorf("receipt answers %q:\n%s", m.InReplyTo, m.Text)
			}
			var wire bytes.Buffer
			if err := notify.Encode(t.Context(), &wire, m); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(wire.String(), "\r\nAuto-Submitted: auto-replied\r\n") {
				t.Errorf("not marked as an automatic answer (RFC 3834):\n%s", wire.String())
			}
		})
	}
}

// TestOwnKind: an event of a host without words of its own is told with those
// for any change.
func TestOwnKind(t *testing.T) {
	ev := notify.Event{ID: "o1", Kind: "overdue", Ticket: notify.TicketView{Ref: "7", Subject: "Printer", Assignee: "bea"}, Old: "due", New: "overdue", At: noon}
	rule := notify.Rule{Kind: "overdue", Active: true, Roles: []notify.Role{notify.RoleAssignee}}
	p := &notify.Planner{Directory: everybody(), References: marks{}}
	got, err := p.Plan(t.Context(), ev, rule, envelope)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Mails) != 1 || got.Mails[0].Event != "overdue" || !strings.Contains(got.Mails[0].Text, "overdue") {
		t.Errorf("mails = %+v", got.Mails)
	}
}
