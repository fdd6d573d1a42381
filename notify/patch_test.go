package notify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

func TestRuleWith(t *testing.T) {
	base := notify.DefaultRules()[notify.TicketCreated]
	for name, tt := range map[string]struct {
		patch  notify.RulePatch
		change func(*notify.Rule)
		fields string
	}{
		"nothing":    {notify.RulePatch{}, func(*notify.Rule) {}, ""},
		"off":        {notify.RulePatch{Active: new(false)}, func(r *notify.Rule) { r.Active = false }, "Active"},
		"tell actor": {notify.RulePatch{SkipActor: new(false)}, func(r *notify.Rule) { r.SkipActor = false }, "SkipActor"},
		"nobody":     {notify.RulePatch{Roles: &[]notify.Role{}}, func(r *notify.Rule) { r.Roles = []notify.Role{} }, "Roles"},
		"unassigned": {notify.RulePatch{Unassigned: &[]notify.Role{"creator"}}, func(r *notify.Rule) { r.Unassigned = []notify.Role{"creator"} }, "Unassigned"},
		"as roles":   {notify.RulePatch{UnassignedAsRoles: true}, func(r *notify.Rule) { r.Unassigned = nil }, "Unassigned"},
		"people":     {notify.RulePatch{People: new(ids("bea"))}, func(r *notify.Rule) { r.People = ids("bea") }, "People"},
		"addresses":  {notify.RulePatch{Addresses: &[]string{"a@b.example"}}, func(r *notify.Rule) { r.Addresses = []string{"a@b.example"} }, "Addresses"},
		"template":   {notify.RulePatch{Template: new("mine")}, func(r *notify.Rule) { r.Template = "mine" }, "Template"},
		"delay":      {notify.RulePatch{Delay: new(time.Minute)}, func(r *notify.Rule) { r.Delay = time.Minute }, "Delay"},
		"attach":     {notify.RulePatch{Attach: new(int64(5))}, func(r *notify.Rule) { r.Attach = 5 }, "Attach"},
		"the same":   {notify.RulePatch{Active: new(true)}, func(*notify.Rule) {}, "Active"},
		"several":    {notify.RulePatch{Active: new(false), Template: new("")}, func(r *notify.Rule) { r.Active = false }, "Active Template"},
		"whole rule": {notify.PatchOf(base), func(r *notify.Rule) { r.People, r.Addresses = []escalation.PersonID{}, []string{} }, "Active Roles Unassigned People Addresses SkipActor Template Delay Attach"},
		"another rule": {notify.PatchOf(notify.Rule{}), func(r *notify.Rule) {
			*r = notify.Rule{Kind: r.Kind, Roles: []notify.Role{}, People: []escalation.PersonID{}, Addresses: []string{}}
		}, "Active Roles Unassigned People Addresses SkipActor Template Delay Attach"},
	} {
		t.Run(name, func(t *testing.T) {
			want := base
			tt.change(&want)
			if diff := cmp.Diff(want, base.With(tt.patch)); diff != "" {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
			if got := strings.Join(tt.patch.Fields(), " "); got != tt.fields {
				t.Errorf("sets %q, want %q", got, tt.fields)
			}
			if err := tt.patch.Validate(); err != nil {
				t.Error(err)
			}
			data, err := json.Marshal(tt.patch)
			if err != nil {
				t.Fatal(err)
			}
			var back notify.RulePatch
			if err := json.Unmarshal(data, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.patch, back); diff != "" {
				t.Errorf("through %s (-want +got):\n%s", data, diff)
			}
		})
	}
}

// TestRulePatchStored: what was stored once must be read for ever.
func TestRulePatchStored(t *testing.T) {
	const stored = `{"active":true,"roles":["creator"],"unassigned":[],"people":["bea"],"addresses":["a@b.example"],"skip_actor":false,"template":"mine","delay":60000000000,"attach":1048576}`
	patch := notify.RulePatch{
		Active: new(true), Roles: &[]notify.Role{"creator"}, Unassigned: &[]notify.Role{}, People: new(ids("bea")),
		Addresses: &[]string{"a@b.example"}, SkipActor: new(false), Template: new("mine"), Delay: new(time.Minute), Attach: new(int64(1 << 20)),
	}
	if data, err := json.Marshal(patch); err != nil || string(data) != stored {
		t.Errorf("stored as %s, %v", data, err)
	}
	if data, err := json.Marshal(notify.RulePatch{UnassignedAsRoles: true}); err != nil || string(data) != `{"unassigned_as_roles":true}` {
		t.Errorf("stored as %s, %v", data, err)
	}
}

func TestRulePatchNilListIsSet(t *testing.T) {
	data, err := json.Marshal(notify.RulePatch{Roles: new([]notify.Role)})
	if err != nil || string(data) != `{"roles":[]}` {
		t.Errorf("stored as %s, %v: it would be read as keep", data, err)
	}
}

func TestRulePatchOwnsLists(t *testing.T) {
	roles := []notify.Role{notify.RoleCreator}
	rule := notify.Rule{}.With(notify.RulePatch{Roles: &roles})
	rule.Roles[0] = notify.RoleSender
	if roles[0] != notify.RoleCreator {
		t.Error("a change of the rule changes the patch")
	}
}

func TestRulePatchValidate(t *testing.T) {
	for want, patch := range map[string]notify.RulePatch{
		"Roles[0]: ":          {Roles: &[]notify.Role{"boss"}},
		"Unassigned[1]: ":     {Unassigned: &[]notify.Role{"creator", "creator"}},
		"UnassignedAsRoles: ": {Unassigned: &[]notify.Role{"creator"}, UnassignedAsRoles: true},
		"People[0]: ":         {People: new(ids(""))},
		"Addresses[0]: ":      {Addresses: &[]string{"a@b.example\r\nBcc: v@x.example"}},
		"Template: \"a\\n\"":  {Template: new("a\n")},
		"Template: \"module":  {Template: new("module:x")},
		"Delay: -1s":          {Delay: new(-time.Second)},
		"Delay: 25h":          {Delay: new(25 * time.Hour)},
		"Attach: -1 is":       {Attach: new(int64(-1))},
		"Attach: 18874369 is": {Attach: new(notify.MaxAttach + 1)},
	} {
		if err := patch.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		book := notify.RuleBook{Projects: map[escalation.ProjectID]map[notify.Kind]notify.RulePatch{"p": {notify.StatusDone: patch}}}
		if err := book.Validate(); err == nil || !strings.HasPrefix(err.Error(), `Projects["p"]["status_done"].`+want) {
			t.Errorf("book: %v, want %q", err, want)
		}
	}
}

func TestRuleBook(t *testing.T) {
	book := notify.RuleBook{
		Company: map[notify.Kind]notify.RulePatch{
			notify.StatusDone:    {Active: new(false), Addresses: &[]string{"all@corp.example"}},
			notify.CommentEdited: {Active: new(true)},
		},
		Projects: map[escalation.ProjectID]map[notify.Kind]notify.RulePatch{
			"erp": {notify.StatusDone: {Active: new(true), SkipActor: new(true)}},
		},
	}
	if err := book.Validate(); err != nil {
		t.Fatal(err)
	}
	company := notify.DefaultRules()[notify.StatusDone]
	company.Active, company.Addresses = false, []string{"all@corp.example"}
	project := company
	project.Active = true
	for name, tt := range map[string]struct{ got, want notify.Rule }{
		"default": {notify.RuleBook{}.Rule(notify.StatusDone, "erp"), notify.DefaultRules()[notify.StatusDone]},
		"company": {book.Rule(notify.StatusDone, ""), company},
		"project": {book.Rule(notify.StatusDone, "erp"), project},
		"other":   {book.Rule(notify.StatusDone, "crm"), company},
		"unknown": {book.Rule("overdue", "erp"), notify.Rule{Kind: "overdue"}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}

	want := []notify.FieldOrigin{
		{"Active", notify.FromProject, false}, {"Roles", notify.FromDefault, false}, {"Unassigned", notify.FromDefault, false},
		{"People", notify.FromDefault, false}, {"Addresses", notify.FromCompany, true}, {"SkipActor", notify.FromProject, false},
		{"Template", notify.FromDefault, false}, {"Delay", notify.FromDefault, false},
		{"Attach", notify.FromDefault, false},
	}
	if diff := cmp.Diff(want, book.Origins(notify.StatusDone, "erp")); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}

	data, err := json.Marshal(book)
	if err != nil {
		t.Fatal(err)
	}
	var back notify.RuleBook
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(book, back); diff != "" {
		t.Errorf("through JSON (-want +got):\n%s", diff)
	}

	delete(book.Projects["erp"], notify.StatusDone) // "back to default"
	if diff := cmp.Diff(company, book.Rule(notify.StatusDone, "erp")); diff != "" {
		t.Errorf("taken back (-want +got):\n%s", diff)
	}
	book.Company["overdue"] = notify.RulePatch{Active: new(true)}
	if err := book.Validate(); err == nil {
		t.Error("a patch of an unknown kind is accepted")
	}
	book.Defaults = notify.DefaultRules()
	book.Defaults["overdue"] = notify.Rule{Roles: []notify.Role{notify.RoleAssignee}}
	if got := book.Rule("overdue", ""); !got.Active || got.Kind != "overdue" || book.Validate() != nil {
		t.Errorf("own kind: %+v, %v", got, book.Validate())
	}
}
