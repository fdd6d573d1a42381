package mailbox_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
)

func box(id mailbox.ID, change func(*mailbox.Mailbox)) mailbox.Mailbox {
	m := mailbox.Mailbox{ID: id, Address: string(id) + "@erp.example", Host: string(id) + ".example", User: "u"}
	if change != nil {
		change(&m)
	}
	return m
}

// routes has a mailbox for a task, for two nested departments, and for the
// company.
func routes() mailbox.Routes {
	return mailbox.Routes{
		Mailboxes:   []mailbox.Mailbox{box("task", nil), box("inner", nil), box("outer", nil), box("company", nil)},
		Assignments: []mailbox.Assignment{{Mailbox: "task", Task: "t"}},
		Departments: map[escalation.DepartmentID]mailbox.ID{"inner": "inner", "outer": "outer"},
		Default:     "company",
	}
}

func TestReplyTo(t *testing.T) {
	nested := []escalation.DepartmentID{"inner", "outer"}
	switchOff := func(ids ...mailbox.ID) func(*mailbox.Routes) {
		return func(r *mailbox.Routes) {
			for i := range r.Mailboxes {
				r.Mailboxes[i].Inactive = slices.Contains(ids, r.Mailboxes[i].ID)
			}
		}
	}
	for name, tt := range map[string]struct {
		change func(*mailbox.Routes)
		at     escalation.Place
		want   mailbox.ID
	}{
		"the task's":                     {nil, escalation.Place{Task: "t", Departments: nested}, "task"},
		"moved: the department's":        {nil, escalation.Place{Task: "other", Departments: nested}, "inner"},
		"the parent department's":        {nil, escalation.Place{Task: "other", Departments: []escalation.DepartmentID{"none", "outer"}}, "outer"},
		"the company's":                  {nil, escalation.Place{Task: "other"}, "company"},
		"inactive is passed over":        {switchOff("task", "inner"), escalation.Place{Task: "t", Departments: nested}, "outer"},
		"all inactive: the first step's": {switchOff("inner", "outer", "company"), escalation.Place{Task: "x", Departments: nested}, "inner"},
		"none":                           {func(r *mailbox.Routes) { r.Default = "" }, escalation.Place{Task: "other"}, ""},
		"without address is no way":      {func(r *mailbox.Routes) { r.Mailboxes[0].Address = "" }, escalation.Place{Task: "t"}, "company"},
		"a default that does not exist":  {func(r *mailbox.Routes) { r.Default = "gone" }, escalation.Place{Task: "other"}, ""},
		"a ticket without task":          {nil, escalation.Place{}, "company"},
	} {
		t.Run(name, func(t *testing.T) {
			r := routes()
			if tt.change != nil {
				tt.change(&r)
			}
			got := r.ReplyTo(tt.at)
			if got.Mailbox != tt.want {
				t.Errorf("ReplyTo = %q, want %q (reasons %v)", got.Mailbox, tt.want, got.Reasons)
			}
			if want := string(tt.want) + "@erp.example"; tt.want != "" && got.Address != want {
				t.Errorf("address = %q, want %q", got.Address, want)
			}
			if len(got.Reasons) == 0 {
				t.Error("no reasons are given")
			}
		})
	}
}

func TestRoutesValidate(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*mailbox.Routes)
		field  string // empty: valid
	}{
		"valid": {nil, ""},
		"mailbox assigned twice": {func(r *mailbox.Routes) {
			r.Assignments = append(r.Assignments, mailbox.Assignment{Mailbox: "task", Task: "t2"})
		}, "Assignments[1].Mailbox"},
		"task with two": {func(r *mailbox.Routes) {
			r.Assignments = append(r.Assignments, mailbox.Assignment{Mailbox: "inner", Task: "t"})
		}, "Assignments[1].Task"},
		"unknown mailbox":      {func(r *mailbox.Routes) { r.Assignments[0].Mailbox = "gone" }, "Assignments[0].Mailbox"},
		"no task":              {func(r *mailbox.Routes) { r.Assignments[0].Task = "" }, "Assignments[0].Task"},
		"unknown default":      {func(r *mailbox.Routes) { r.Default = "gone" }, "Default"},
		"unknown department's": {func(r *mailbox.Routes) { r.Departments["inner"] = "gone" }, "Departments[inner]"},
		"same id":              {func(r *mailbox.Routes) { r.Mailboxes[1].ID = "TASK" }, "Mailboxes[1].ID"},
		"same folder of an account": {func(r *mailbox.Routes) {
			r.Mailboxes[1].Host = "TASK.example"
			r.Mailboxes[1].Folders = []string{"x", "inbox"}
		}, "Mailboxes[1].Folders"},
		"same folder in other letters": {func(r *mailbox.Routes) {
			r.Mailboxes[0].Folders = []string{"Orders/New"}
			r.Mailboxes[1].Host, r.Mailboxes[1].Folders = "task.example", []string{"orders.new"}
		}, "Mailboxes[1].Folders"},
		"same account in other letters": {func(r *mailbox.Routes) {
			r.Mailboxes[1].Host = "Task.example."
			r.Mailboxes[1].User = strings.ToUpper(r.Mailboxes[1].User)
		}, "Mailboxes[1].Folders"},
		"other account": {func(r *mailbox.Routes) {
			r.Mailboxes[1].Host, r.Mailboxes[1].User = "task.example", "another"
		}, ""},
		"other folder of an account": {func(r *mailbox.Routes) {
			r.Mailboxes[1].Host = "task.example"
			r.Mailboxes[1].Folders = []string{"INBOX.x"}
		}, ""},
		"same folder by another port and notation": {func(r *mailbox.Routes) {
			r.Mailboxes[0].Folders = []string{"INBOX.orders"}
			r.Mailboxes[1].Host, r.Mailboxes[1].Security = "task.example", mailbox.STARTTLS
			r.Mailboxes[1].Folders = []string{"INBOX/orders"}
		}, "Mailboxes[1].Folders"},
		"same account by POP3": {func(r *mailbox.Routes) {
			r.Mailboxes[1].Host, r.Mailboxes[1].Protocol = "task.example", mailbox.POP3
		}, "Mailboxes[1].Folders"},
		"bad mailbox": {func(r *mailbox.Routes) { r.Mailboxes[2].Port = 70000 }, "Mailboxes[2].Port"},
	} {
		t.Run(name, func(t *testing.T) {
			r := routes()
			if tt.change != nil {
				tt.change(&r)
			}
			err := r.Validate()
			got := ""
			if e, ok := errors.AsType[*mailbox.FieldError](err); ok {
				got = e.Field
			}
			if got != tt.field {
				t.Errorf("Validate = %v, want a complaint about %q", err, tt.field)
			}
		})
	}
}

func TestMailboxValidate(t *testing.T) {
	for field, change := range map[string]func(*mailbox.Mailbox){
		"ID":              func(m *mailbox.Mailbox) { m.ID = "with blank" },
		"Protocol":        func(m *mailbox.Mailbox) { m.Protocol = "smtp" },
		"Security":        func(m *mailbox.Mailbox) { m.Security = "maybe" },
		"Host":            func(m *mailbox.Mailbox) { m.Host = "a\r\nb" },
		"Port":            func(m *mailbox.Mailbox) { m.Port = -1 },
		"User":            func(m *mailbox.Mailbox) { m.User = "" },
		"MaxMessageBytes": func(m *mailbox.Mailbox) { m.MaxMessageBytes = -1 },
		"Interval":        func(m *mailbox.Mailbox) { m.Interval = -1 },
		"Address":         func(m *mailbox.Mailbox) { m.Address = "Support <a@b.example>" },
		"Folders[1]":      func(m *mailbox.Mailbox) { m.Folders = []string{"a", "a"} },
		"Folders[2]":      func(m *mailbox.Mailbox) { m.Folders = []string{"a", "INBOX/b", "Inbox.B"} },
		"Folders":         func(m *mailbox.Mailbox) { m.Protocol, m.Folders = mailbox.POP3, []string{"a"} },
	} {
		t.Run(field, func(t *testing.T) {
			err := box("ok", change).Validate()
			if e, ok := errors.AsType[*mailbox.FieldError](err); !ok || e.Field != field {
				t.Errorf("Validate = %v, want a complaint about %s", err, field)
			}
		})
	}
	if err := box("ok", nil).Validate(); err != nil {
		t.Errorf("a good mailbox is refused: %v", err)
	}
}

func TestMailboxDefaults(t *testing.T) {
	for _, tt := range []struct {
		protocol mailbox.Protocol
		security mailbox.Security
		port     int
	}{
		{"", "", 993}, {mailbox.IMAP, mailbox.STARTTLS, 143}, {mailbox.IMAP, mailbox.None, 143},
		{mailbox.POP3, mailbox.TLS, 995}, {mailbox.POP3, mailbox.STARTTLS, 110},
	} {
		m := mailbox.Mailbox{Protocol: tt.protocol, Security: tt.security}.WithDefaults()
		if m.Port != tt.port || m.Folders[0] != "INBOX" || m.MaxMessageBytes != 25<<20 {
			t.Errorf("%s/%s: defaults = %+v, want port %d", tt.protocol, tt.security, m, tt.port)
		}
	}
}

// ExampleRoutes_ReplyTo finds where answers about a ticket go that was moved
// to a task without a mailbox.
func ExampleRoutes_ReplyTo() {
	r := mailbox.Routes{
		Mailboxes: []mailbox.Mailbox{
			{ID: "hotline", Address: "hotline@erp.example", Host: "mail.erp.example", User: "hotline"},
			{ID: "sales", Address: "sales@erp.example", Host: "mail.erp.example", User: "sales", Inactive: true},
			{ID: "info", Address: "info@erp.example", Host: "mail.erp.example", User: "info"},
		},
		Assignments: []mailbox.Assignment{{Mailbox: "hotline", Task: "support"}},
		Departments: map[escalation.DepartmentID]mailbox.ID{"south": "sales"},
		Default:     "info",
	}
	route := r.ReplyTo(escalation.Place{Task: "offers", Project: "shop", Departments: []escalation.DepartmentID{"south"}})
	fmt.Println(route.Address)
	for _, reason := range route.Reasons {
		fmt.Println("-", reason.Text)
	}
	// Output:
	// info@erp.example
	// - task offers has no mailbox
	// - mailbox sales of department south is inactive
	// - mailbox info of the company
}
