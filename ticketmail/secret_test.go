package ticketmail_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestSecretStaysSecret: whatever becomes of an answer to an internal mail,
// what it quotes reaches nobody outside.
func TestSecretStaysSecret(t *testing.T) {
	const canary = "CANARY"
	byToken := func(h house, m notify.Mail) string { // the employee's program dropped all ids
		return mail("carl@erp.example", "Re: "+m.Subject, "q@x", "> "+canary)
	}
	byID := func(from string) func(house, notify.Mail) string {
		return func(_ house, m notify.Mail) string {
			return mail(from, "Re: whatever", "q@x", "> "+canary, "In-Reply-To: <"+m.MessageID+">")
		}
	}
	looping := func(raw func(house, notify.Mail) string) func(house, notify.Mail) string {
		return func(h house, m notify.Mail) string {
			return strings.Repeat("Received: from a by b\r\n", 60) + raw(h, m)
		}
	}
	for name, tt := range map[string]struct {
		policy ticketmail.Threading
		before func(t *testing.T, h house, k ticketmail.Ticket)
		answer func(h house, m notify.Mail) string
		after  func(t *testing.T, h house, k ticketmail.Ticket)
	}{
		"an employee's answer":  {answer: byID("carl@erp.example")},
		"by the subject only":   {answer: byToken},
		"from an unknown place": {answer: byID("carl.private@home.example")},
		"that opens a ticket":   {policy: ticketmail.Threading{Strangers: ticketmail.StrangerOpens}, answer: byID("carl.private@home.example")},
		"of a merged ticket": {
			before: func(t *testing.T, h house, k ticketmail.Ticket) {
				into := h.create(ticketmail.NewTicket{Assignee: "max", CustomerContact: "mia"})
				if err := h.Merge(t.Context(), bea, k.ID, into.ID); err != nil {
					t.Fatal(err)
				}
			},
			answer: byToken,
		},
		"by a verdict, ticket": {answer: looping(byToken), after: func(t *testing.T, h house, k ticketmail.Ticket) {
			if _, err := h.Replay(t.Context(), bea, h.quarantined(), ticketmail.Verdict{Ticket: k.ID}); err != nil {
				t.Fatal(err)
			}
		}},
		"by a verdict, task": {answer: looping(byID("carl@erp.example")), after: func(t *testing.T, h house, k ticketmail.Ticket) {
			if _, err := h.Replay(t.Context(), bea, h.quarantined(), ticketmail.Verdict{Task: "elsewhere"}); err != nil {
				t.Fatal(err)
			}
		}},
		"on a closed ticket": {
			policy: ticketmail.Threading{Closed: ticketmail.ClosedOpens},
			before: func(t *testing.T, h house, k ticketmail.Ticket) {
				for _, s := range []ticketmail.Status{storage.InProcess, storage.Done} {
					if _, err := h.SetStatus(t.Context(), bea, k.ID, s); err != nil {
						t.Fatal(err)
					}
				}
			},
			answer: byID("carl@erp.example"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, func(c *ticketmail.Config) {
				c.Threading = tt.policy
				rules := map[notify.Kind]notify.Rule{notify.Receipt: notify.ReceiptRule()}
				for kind, r := range notify.DefaultRules() {
					for _, role := range []notify.Role{notify.RoleCustomerContact, notify.RoleSender} {
						if !slices.Contains(r.Roles, role) {
							r.Roles = append(r.Roles, role)
						}
					}
					r.Unassigned, r.SkipActor = nil, false
					rules[kind] = r
				}
				c.Rules = rules
			})
			k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
			if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: canary, Internal: true}); err != nil {
				t.Fatal(err)
			}
			sent := h.outgoing(notify.InternalCommentAdded)[0]
			h.deliver()
			if tt.before != nil {
				tt.before(t, h, k)
			}
			server.Add("INBOX", tt.answer(h, sent))
			h.poll()
			if tt.after != nil {
				tt.after(t, h, k)
			}
			h.deliver()
			found := false
			for _, k := range h.tickets() {
				for _, c := range h.comments(k.ID) {
					if strings.Contains(c.Text, canary) && c.Kind == storage.ByMail {
						found = true
						if !c.Internal {
							t.Errorf("the answer is a public comment on ticket %s", k.ID)
						}
					}
				}
			}
			if !found {
				t.Errorf("the answer is nowhere: %v", h.journal())
			}
			for _, m := range h.sender.Mails() {
				if m.Audience != notify.Staff && strings.Contains(m.Text+m.HTML+m.Subject, canary) {
					t.Errorf("%s is told of what is internal (%s):\n%s", m.To.Address, m.Event, m.Text)
				}
			}
		})
	}
}
