package notify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// overdue returns templates that know two values of a host, with words about
// them for employees and customers.
func overdue(t *testing.T, language, text string) *notify.Templates {
	t.Helper()
	templates, err := (*notify.Templates)(nil).WithValues(
		notify.Field{Name: "value.hours", About: "hours since it was due"},
		notify.Field{Name: "value.since", About: "when it was due"},
		notify.Field{Name: "value.cost", About: "what it costs us", Staff: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []notify.Audience{notify.Staff, notify.Customer} {
		words := notify.Template{Name: "overdue", Audience: a, Language: language, Subject: "{{ticket.subject}}", Text: text}
		if templates, err = templates.With(words); err != nil {
			t.Fatal(err)
		}
	}
	return templates
}

// TestValues: numbers and times are written in the language of the mail.
func TestValues(t *testing.T) {
	values := map[string]notify.Value{
		"hours": notify.NumberValue(1234.5, 1),
		"since": notify.TimeValue(time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)),
	}
	for language, want := range map[string]string{
		"de":    "1.234,5 h seit 02.03.2026 00:30\n",
		"de-CH": "1’234.5 h seit 02.03.2026 00:30\n",
		"en":    "1,234.5 h seit 2026-03-02 00:30\n",
		"fr":    "1\u202f234,5 h seit 02/03/2026 00:30\n",
	} {
		ev := notify.Event{ID: "o", Kind: "overdue", Values: values, At: noon, Ticket: notify.TicketView{Ref: "7", Subject: "S", Assignee: "bea", Place: escalation.Place{Language: language}}}
		p := &notify.Planner{Directory: everybody(), References: marks{}, Zone: time.FixedZone("CET", 3600), Templates: overdue(t, language, "{{value.hours}} h seit {{value.since}}")}
		got, err := p.Plan(t.Context(), ev, notify.Rule{Kind: "overdue", Active: true, Roles: []notify.Role{notify.RoleAssignee}}, envelope)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.ReplaceAll(got.Mails[0].Text, "\u00a0", "\u202f"); text != want {
			t.Errorf("%s: %q, want %q", language, text, want)
		}
	}
}

// TestValueForStaff: visibility is part of the value, and of its declaration.
func TestValueForStaff(t *testing.T) {
	ev := notify.Event{
		ID: "o", Kind: "overdue", At: noon, Ticket: notify.TicketView{Ref: "7", Subject: "S", CustomerContact: "k-kim", Assignee: "bea"},
		Values: map[string]notify.Value{"hours": notify.TextValue("canary").ForStaff()},
	}
	p := &notify.Planner{Directory: everybody(), References: marks{}, Templates: overdue(t, "en", "[{{value.hours}}]")}
	rule := notify.Rule{Kind: "overdue", Active: true, Roles: []notify.Role{notify.RoleAssignee, notify.RoleCustomerContact}}
	got, err := p.Plan(t.Context(), ev, rule, envelope)
	if err != nil || len(got.Mails) != 2 {
		t.Fatalf("%d mails, %v", len(got.Mails), err)
	}
	for _, m := range got.Mails {
		if shown := strings.Contains(m.Text, "canary"); shown != (m.Audience == notify.Staff) {
			t.Errorf("%s is shown %t", m.Audience, shown)
		}
	}
	cost := notify.Template{Name: "overdue", Audience: notify.Customer, Language: "en", Subject: "S", Text: "{{value.cost}}"}
	if _, err := p.Templates.With(cost); err == nil || !strings.Contains(err.Error(), "employees only") {
		t.Errorf("a template for customers with a value for employees: %v", err)
	}
}

func TestWithValuesRefuses(t *testing.T) {
	for name, fields := range map[string][]notify.Field{
		"a name of ours":  {{Name: "ticket.subject"}},
		"no name":         {{Name: "value."}},
		"capital letters": {{Name: "value.Hours"}},
		"twice":           {{Name: "value.a"}, {Name: "value.a"}},
	} {
		if _, err := (*notify.Templates)(nil).WithValues(fields...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	undeclared := notify.Template{Name: "overdue", Audience: notify.Staff, Language: "en", Subject: "S", Text: "a\n {{value.hours}}"}
	if _, err := notify.NewTemplates(undeclared); err == nil || !strings.HasPrefix(err.Error(), "Text:2:2: unknown placeholder") {
		t.Errorf("a value nobody declared: %v", err)
	}
}

func TestValueJSON(t *testing.T) {
	for _, v := range []notify.Value{{}, notify.TextValue("x"), notify.NumberValue(0, 2), notify.TimeValue(noon), notify.TextValue("s").ForStaff()} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back notify.Value
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(back)
		if err != nil || string(again) != string(b) {
			t.Errorf("%s comes back as %s (%v)", b, again, err)
		}
	}
}
