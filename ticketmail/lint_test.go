package ticketmail_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
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
		"unknown task":   {func(c *ticketmail.Config) { c.Routes.Assignments[0].Task = "gone" }, []string{"task-unknown"}},
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

func TestLintFindsMissingLabels(t *testing.T) {
	h := build(t, nil)
	h.category("bug", nil)
	h.category("nur-deutsch", func(c *catalog.Category) { c.Labels = map[string]string{"de": "x"} })
	found, err := h.Lint(t.Context())
	if err != nil || len(found) != 2 || found[1].Where != `category "nur-deutsch"` {
		t.Errorf("findings = %+v, %v, want the category without an English label", found, err)
	}
}
