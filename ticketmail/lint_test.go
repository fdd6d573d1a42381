package ticketmail_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

func TestLint(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*ticketmail.Config)
		want   []string // beyond the volatile store
	}{
		"nothing":                      {nil, nil},
		"no exit":                      {func(c *ticketmail.Config) { c.Sender = nil }, []string{"no-sender"}},
		"no default":                   {func(c *ticketmail.Config) { c.Routes.Default = "" }, []string{"no-default-mailbox"}},
		"a company that reads Italian": {func(c *ticketmail.Config) { c.Language = "it" }, []string{"templates-untranslated"}},
		"mailboxes": {func(c *ticketmail.Config) {
			c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{ID: "old", Host: "h", User: "u", Inactive: true})
		}, []string{"mailbox-unassigned", "mailbox-inactive", "mailbox-without-address"}},
		"a rule for nobody": {func(c *ticketmail.Config) {
			c.Rules = map[notify.Kind]notify.Rule{notify.StatusDone: {Kind: notify.StatusDone, Active: true}}
		}, []string{"rule-without-recipients"}},
		"unknown task":           {func(c *ticketmail.Config) { c.Routes.Assignments[0].Task = "gone" }, []string{"task-unknown"}},
		"a task without members": {func(c *ticketmail.Config) { c.Routes.Assignments[0].Task = "elsewhere" }, []string{"event-reaches-nobody"}},
		"a rule's template": {func(c *ticketmail.Config) {
			r := notify.DefaultRules()[notify.StatusDone]
			r.Template = "gone"
			c.Rules = map[notify.Kind]notify.Rule{notify.StatusDone: r}
		}, []string{"rule-template-missing"}},
		"a rule's person": {func(c *ticketmail.Config) {
			r := notify.DefaultRules()[notify.StatusDone]
			r.People = []escalation.PersonID{"dora", "bea"}
			c.Rules = map[notify.Kind]notify.Rule{notify.StatusDone: r}
		}, []string{"rule-person-unreachable"}},
		"a broken template": {func(c *ticketmail.Config) {
			c.Templates, _ = notify.LoadTemplates(notify.Template{Name: "status_done", Audience: notify.Staff, Language: "de", Subject: "S", Text: "{{gone}}"})
		}, []string{"template-broken"}},
		"a default of a department that nobody knows": {func(c *ticketmail.Config) {
			c.Routes.Departments = map[escalation.DepartmentID]mailbox.ID{"sails": "support"}
		}, []string{"department-empty"}},
		"nobody to tell": {func(c *ticketmail.Config) { c.Chain = escalation.Chain{escalation.DepartmentManagers} }, []string{"chain-reaches-nobody"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, tt.change)
			found, err := h.Lint(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, f := range found[1:] {
				codes = append(codes, f.Code)
			}
			if found[0].Code != "store-volatile" {
				t.Errorf("the volatile store is not found: %+v", found)
			}
			if diff := cmp.Diff(tt.want, codes); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLintLooksAtTasks: also at those without a mailbox that are named, and in
// the language of their projects.
func TestLintLooksAtTasks(t *testing.T) {
	data := people()
	data.Projects[1].Language = "it"
	dir, err := memdirectory.New(data)
	if err != nil {
		t.Fatal(err)
	}
	h := build(t, func(c *ticketmail.Config) { c.Directory = dir })
	found, err := h.Lint(t.Context(), "elsewhere", "nowhere")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range found[1:] {
		got = append(got, f.Code+" "+f.Where)
	}
	want := []string{`task-unknown task "nowhere"`, `templates-untranslated language "it"`, `event-reaches-nobody task "elsewhere"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestLintFindsMissingLabels(t *testing.T) {
	h := build(t, nil)
	h.category("bug", nil)
	h.category("nur-deutsch", func(c *catalog.Category) { c.Labels = map[string]string{"de": "x"} })
	found, err := h.Lint(t.Context())
	if err != nil || len(found) != 2 || found[1].Where != `category "nur-deutsch"` {
		t.Errorf("findings = %+v, %v, want the category without an English label", found, err)
	}
}

// TestLintFindsMistypedProjects: a rule of a project in which there is nobody
// is one that hardly ever holds.
func TestLintFindsMistypedProjects(t *testing.T) {
	h := build(t, nil)
	for _, project := range []escalation.ProjectID{"service", "srevice"} { // max manages the first
		if err := h.PatchRule(t.Context(), project, notify.StatusDone, notify.RulePatch{Active: new(bool)}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := h.Lint(t.Context())
	if err != nil || len(found) != 2 || found[1].Code != "project-empty" || found[1].Where != `rules of project "srevice"` {
		t.Errorf("findings = %+v, %v, want the project that nobody knows", found, err)
	}
}
