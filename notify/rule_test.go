package notify_test

import (
	"errors"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

func TestDefaultRulesAreValid(t *testing.T) {
	rules := notify.DefaultRules()
	if len(rules) != 8 {
		t.Errorf("%d rules, the seed has 8 events", len(rules))
	}
	for kind, r := range rules {
		if err := r.Validate(); err != nil || r.Kind != kind {
			t.Errorf("%s: kind %s, %v", kind, r.Kind, err)
		}
	}
	delete(rules, notify.CommentAdded)
	if len(notify.DefaultRules()) != 8 {
		t.Error("two callers share a map")
	}
}

func TestRuleValidate(t *testing.T) {
	const own escalation.Group = "first_level"
	for name, tt := range map[string]struct {
		rule  notify.Rule
		field string // empty: valid
	}{
		"host's event":     {notify.Rule{Kind: "overdue", Roles: []notify.Role{"creator"}}, ""},
		"host's group":     {notify.Rule{Kind: "overdue", Roles: []notify.Role{notify.GroupRole(own)}}, ""},
		"no kind":          {notify.Rule{}, "Kind"},
		"hostile kind":     {notify.Rule{Kind: "a\nb"}, "Kind"},
		"unknown role":     {notify.Rule{Kind: "overdue", Roles: []notify.Role{"creator", "boss"}}, "Roles[1]"},
		"empty role":       {notify.Rule{Kind: "overdue", Unassigned: []notify.Role{""}}, "Unassigned[0]"},
		"role twice":       {notify.Rule{Kind: "overdue", Roles: []notify.Role{"creator", "creator"}}, "Roles[1]"},
		"nobody as person": {notify.Rule{Kind: "overdue", People: ids("a", "")}, "People[1]"},
		"good addresses":   {notify.Rule{Kind: "overdue", Addresses: []string{"a.b+c@d.example", `"a b"@d.example`, "jürgen@müller.example", "a@[192.0.2.1]"}}, ""},
		"line break":       {notify.Rule{Kind: "overdue", Addresses: []string{"a@b.example\r\nBcc: c@d.example"}}, "Addresses[0]"},
		"quoted break":     {notify.Rule{Kind: "overdue", Addresses: []string{"\"a\r\nb\"@b.example"}}, "Addresses[0]"},
		"closed bracket":   {notify.Rule{Kind: "overdue", Addresses: []string{"a@b.example>"}}, "Addresses[0]"},
		"two addresses":    {notify.Rule{Kind: "overdue", Addresses: []string{"a@b.example,c@d.example"}}, "Addresses[0]"},
		"no domain":        {notify.Rule{Kind: "overdue", Addresses: []string{"root"}}, "Addresses[0]"},
		"two dots":         {notify.Rule{Kind: "overdue", Addresses: []string{"a..b@d.example"}}, "Addresses[0]"},
		"bidi override":    {notify.Rule{Kind: "overdue", Addresses: []string{"a\u202eb@d.example"}}, "Addresses[0]"},
		"all files":        {notify.Rule{Kind: "overdue", Attach: notify.MaxAttach}, ""},
		"too many files":   {notify.Rule{Kind: "overdue", Attach: notify.MaxAttach + 1}, "Attach"},
		"less than none":   {notify.Rule{Kind: "overdue", Attach: -1}, "Attach"},
		"hostile template": {notify.Rule{Kind: "overdue", Template: "a\x00"}, "Template"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.rule.Validate(own)
			inv, _ := errors.AsType[*notify.InvalidError](err)
			if (err == nil) != (tt.field == "") || inv != nil && inv.Field != tt.field {
				t.Errorf("%v, want an InvalidError of %q", err, tt.field)
			}
		})
	}
}
