package ticketmail_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestLintCountsHeld: the number is said, as long as it is one.
func TestLintCountsHeld(t *testing.T) {
	h := build(t, nil)
	held := 0
	for _, tt := range []struct {
		n    int
		want ticketmail.Finding
	}{
		{1, ticketmail.Finding{Text: "mails held by a cap: 1, the first to x@y.example", Args: []string{"1", "x@y.example"}}},
		{999, ticketmail.Finding{Text: "mails held by a cap: 999, the first to x@y.example", Args: []string{"999", "x@y.example"}}},
		{1000, ticketmail.Finding{Text: "mails held by a cap: 1000, the first to x@y.example", Args: []string{"1000", "x@y.example"}}},
		{1001, ticketmail.Finding{Text: "mails held by a cap: more than 1000, the first to x@y.example", Args: []string{"1000+", "x@y.example"}}},
	} {
		var mails []*notify.Mail
		for ; held < tt.n; held++ {
			m := &notify.Mail{ID: fmt.Sprintf("held%d", held), State: notify.Held}
			m.To.Address = "x@y.example"
			mails = append(mails, m)
		}
		if err := h.store.Update(t.Context(), func(w storage.Writer) error { return w.Outbox().Put(t.Context(), mails...) }); err != nil {
			t.Fatal(err)
		}
		found, err := h.Lint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found = slices.DeleteFunc(found, func(f ticketmail.Finding) bool { return f.Code != "mails-held" })
		tt.want.Code, tt.want.Where, tt.want.Subject = "mails-held", "Outbox", "outbox"
		if diff := cmp.Diff([]ticketmail.Finding{tt.want}, found); diff != "" {
			t.Errorf("%d mails (-want +got):\n%s", tt.n, diff)
		}
	}
}

// TestFindingsName: what Where and Text name is given besides, as it is.
func TestFindingsName(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) {
		c.Templates, _ = notify.LoadTemplates(notify.Template{Name: "status_done", Audience: notify.Staff, Language: "de", Subject: "S", Text: "{{gone}}"})
		r := notify.DefaultRules()[notify.StatusDone]
		r.People = []escalation.PersonID{"dora"}
		c.Rules = map[notify.Kind]notify.Rule{notify.StatusDone: r}
	})
	if err := h.PatchRule(t.Context(), "service", notify.StatusDone, notify.RulePatch{People: new([]escalation.PersonID), Roles: new([]notify.Role)}); err != nil {
		t.Fatal(err)
	}
	found, err := h.Lint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]ticketmail.Finding{
		"store-volatile":          {Subject: "store"},
		"template-broken":         {Subject: "template", Names: []string{"status_done"}, Args: []string{`unknown placeholder "gone"`}},
		"rule-person-unreachable": {Subject: "rule", Names: []string{"status_done"}, Args: []string{"dora"}},
		"rule-without-recipients": {Subject: "project-rule", Names: []string{"status_done", "service"}},
	}
	got := map[string]ticketmail.Finding{}
	for _, f := range found {
		for _, named := range slices.Concat(f.Names, f.Args) {
			if !strings.Contains(f.Where+f.Text, named) {
				t.Errorf("%s: neither %q nor %q names %q", f.Code, f.Where, f.Text, named)
			}
		}
		code := f.Code
		f.Code, f.Where, f.Text = "", "", ""
		got[code] = f
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
