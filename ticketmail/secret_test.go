package ticketmail_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
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
				c.Rules = tellEverybody()
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

// tellEverybody are rules that tell customers and senders of everything they
// may know.
func tellEverybody() map[notify.Kind]notify.Rule {
	receipt := notify.ReceiptRule()
	receipt.Active = true
	rules := map[notify.Kind]notify.Rule{notify.Receipt: receipt}
	for kind, r := range notify.DefaultRules() {
		for _, role := range []notify.Role{notify.RoleCustomerContact, notify.RoleSender} {
			if !slices.Contains(r.Roles, role) {
				r.Roles = append(r.Roles, role)
			}
		}
		r.Active, r.Unassigned, r.SkipActor = true, nil, false
		rules[kind] = r
	}
	return rules
}

// TestAddressesStayPrivate (S7): no mail to anybody outside names the address
// of somebody else, where a name is missing and everywhere else.
func TestAddressesStayPrivate(t *testing.T) {
	addresses := regexp.MustCompile(`[\w.+-]+@[\w-]+\.example`)
	h, server := withServer(t, func(c *ticketmail.Config) {
		data := people()
		data.Persons = append(data.Persons, memdirectory.Person{ID: "nameless@erp.example", Address: "nameless@erp.example", Kind: escalation.Employee})
		c.Directory, c.Rules = directoryOf(t, data), tellEverybody()
		c.Caps = ticketmail.Caps{AddressHour: -1, AddressDay: -1, TicketHour: -1, MailboxMinute: -1, Minute: -1, ContentDay: -1}
	})
	nameless := ticketmail.Actor{Person: "nameless@erp.example"}
	k := h.createBy(nameless, ticketmail.NewTicket{Assignee: "nameless@erp.example", CustomerContact: "mia", Text: "hello"})
	token := h.Referencer().Token(k.ID)
	for i, from := range []string{"grace@outside.example", "\"grace@outside.example\" <grace@outside.example>", "carl@erp.example", "mia@kunde.example", "nameless@erp.example"} {
		server.Add("INBOX", mail(from, "Re: "+token, fmt.Sprintf("m%d@x", i), "words "+letters(i)))
		server.Add("INBOX", mail(from, "new", fmt.Sprintf("n%d@x", i), "other words "+letters(i)))
	}
	h.poll()
	steps := []error{
		h.Forward(t.Context(), nameless, k.ID, ticketmail.Forward{Comment: h.comments(k.ID)[1].ID, To: []string{"supplier@third.example"}}),
		errOf(h.AddComment(t.Context(), nameless, k.ID, ticketmail.NewComment{Text: "x", Reply: true})),
		errOf(h.Assign(t.Context(), nameless, k.ID, "carl")),
		errOf(h.Assign(t.Context(), nameless, k.ID, "nameless@erp.example")),
		errOf(h.SetStatus(t.Context(), nameless, k.ID, storage.InProcess)),
		errOf(h.SetStatus(t.Context(), nameless, k.ID, storage.Done)),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	h.deliver()
	outside := 0
	for _, m := range h.sender.Mails() {
		if m.Audience == notify.Staff {
			continue
		}
		outside++
		for _, a := range addresses.FindAllString(m.Subject+"\n"+m.Text+"\n"+m.HTML+"\n"+m.To.Name, -1) {
			if a != m.To.Address && a != "support@erp.example" {
				t.Errorf("%s to %s names %s:\n%s", m.Event, m.To.Address, a, m.Text)
			}
		}
	}
	if outside < 10 {
		t.Errorf("only %d mails went outside: the test does not test", outside)
	}
}

func errOf[T any](_ T, err error) error { return err }
