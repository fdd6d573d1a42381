package ticketmail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestRuleChanges: the company's change holds everywhere, the project's in the
// project, field by field; an empty patch is back to default.
func TestRuleChanges(t *testing.T) {
	h := build(t, nil)
	created := func(task escalation.TaskID) []string {
		before := len(h.mails())
		h.create(ticketmail.NewTicket{Assignee: "carl", Task: task})
		return sorted(h.since(before))
	}
	patch := func(project escalation.ProjectID, p notify.RulePatch) {
		t.Helper()
		if err := h.PatchRule(t.Context(), project, notify.TicketCreated, p); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, task escalation.TaskID, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, created(task)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	carl, max := "ticket_created carl@erp.example", "ticket_created max@erp.example"
	check("default", "helpdesk", carl)
	patch("", notify.RulePatch{People: &[]escalation.PersonID{"max"}})
	check("company adds max", "helpdesk", carl, max)
	patch("service", notify.RulePatch{Active: new(false)})
	check("project switched off", "helpdesk")
	check("another project", "elsewhere", carl, max)
	patch("service", notify.RulePatch{Roles: &[]notify.Role{}})
	check("project drops the roles, keeps the company's people", "helpdesk", max)
	r, origins, err := h.Rule(t.Context(), "service", notify.TicketCreated)
	if err != nil || len(r.Roles) != 0 || len(r.People) != 1 {
		t.Errorf("Rule = %+v, %v", r, err)
	}
	for _, o := range origins {
		want := map[string]notify.Origin{"Roles": notify.FromProject, "People": notify.FromCompany}[o.Field]
		if want != "" && o.Origin != want {
			t.Errorf("origin of %s = %s, want %s", o.Field, o.Origin, want)
		}
	}
	patch("service", notify.RulePatch{})
	patch("", notify.RulePatch{})
	check("back to default", "helpdesk", carl)
}

func TestRuleChangesAreRefused(t *testing.T) {
	h := build(t, nil)
	for name, tt := range map[string]struct {
		kind  notify.Kind
		patch notify.RulePatch
	}{
		"unknown event":  {"exploded", notify.RulePatch{Active: new(true)}},
		"unknown role":   {notify.StatusDone, notify.RulePatch{Roles: &[]notify.Role{"hr"}}},
		"line break":     {notify.StatusDone, notify.RulePatch{Addresses: &[]string{"a@b.example>\r\nRCPT TO:<v@x.example"}}},
		"unknown person": {notify.StatusDone, notify.RulePatch{People: &[]escalation.PersonID{"nobody"}}},
	} {
		t.Run(name, func(t *testing.T) {
			err := h.PatchRule(t.Context(), "", tt.kind, tt.patch)
			_, invalid := errors.AsType[*notify.InvalidError](err)
			if !invalid && !errors.Is(err, escalation.ErrNotFound) {
				t.Errorf("PatchRule = %v, want it refused", err)
			}
			h.view(func(r storage.Reader) error {
				for s, err := range r.Settings().List(t.Context(), "rule") {
					t.Errorf("stored %v, %v", s, err)
				}
				return nil
			})
		})
	}
}

// TestOneActionIsOneMail: comment, status and assignee in one step reach each
// person once, in one mail that says all of it.
func TestOneActionIsOneMail(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{Assignee: "bea"})
	before := len(h.mails())
	_, err := h.Edit(t.Context(), ticketmail.Actor{Person: "max"}, k.ID, ticketmail.Edit{
		Comment: &ticketmail.NewComment{Text: "please take over, it burns"}, Assignee: new(escalation.PersonID("carl")),
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"comment_added carl@erp.example"}, h.since(before)); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	mails := h.sender.To("carl@erp.example")
	text := mails[len(mails)-1].Text
	for _, part := range []string{"it burns", "Carl Weber"} {
		if !strings.Contains(text, part) {
			t.Errorf("the mail does not say %q:\n%s", part, text)
		}
	}
}

// TestDigest: with a delay, many changes are one mail, and it is sent once.
func TestDigest(t *testing.T) {
	now := noon
	h := build(t, func(c *ticketmail.Config) { c.Now = func() time.Time { return now } })
	k := h.create(ticketmail.NewTicket{Assignee: "carl"})
	if err := h.PatchRule(t.Context(), "", notify.CommentAdded, notify.RulePatch{Delay: new(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	before := len(h.mails())
	for _, text := range []string{"first", "second", "third"} {
		if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: text}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(10 * time.Second)
	}
	if got := h.since(before); len(got) != 1 {
		t.Fatalf("mails = %v, want one", got)
	}
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := len(h.sender.Mails())
	now = now.Add(time.Minute)
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	mails := h.sender.Mails()
	if len(mails) != sent+1 {
		t.Fatalf("%d mails sent when the delay was over, want 1", len(mails)-sent)
	}
	for _, text := range []string{"first", "second", "third"} {
		if !strings.Contains(mails[sent].Text, text) {
			t.Errorf("the mail does not hold the %s comment", text)
		}
	}
}

// TestPatchRuleRefuses: the error names the field, and nothing is written.
func TestPatchRuleRefuses(t *testing.T) {
	h := build(t, nil)
	for name, tt := range map[string]struct {
		patch notify.RulePatch
		field string
	}{
		"role":      {notify.RulePatch{Roles: &[]notify.Role{"hr"}}, `Projects["service"]["status_done"].Roles[0]`},
		"a contact": {notify.RulePatch{People: &[]escalation.PersonID{"mia"}}, "People[0]"},
		"address":   {notify.RulePatch{Addresses: &[]string{"a@b.example\r\nBcc: c@d.example"}}, `Projects["service"]["status_done"].Addresses[0]`},
	} {
		err := h.PatchRule(t.Context(), "service", notify.StatusDone, tt.patch)
		if i, ok := errors.AsType[*notify.InvalidError](err); !ok || i.Field != tt.field {
			t.Errorf("%s: %v, want the field %s", name, err, tt.field)
		}
	}
	r, _, err := h.Rule(t.Context(), "service", notify.StatusDone)
	if diff := cmp.Diff(notify.DefaultRules()[notify.StatusDone], r); diff != "" || err != nil {
		t.Errorf("rule (-want +got):\n%s%v", diff, err)
	}
}

// TestZone: dates in mails are of the company's zone.
func TestZone(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) { c.Zone = time.FixedZone("CET", 3600) })
	k := h.create(ticketmail.NewTicket{Assignee: "bea"})
	if _, err := h.AddComment(t.Context(), ticketmail.Actor{Person: "carl"}, k.ID, ticketmail.NewComment{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if m := h.outgoing(notify.CommentAdded)[0]; !strings.Contains(m.Text, "13:00 Uhr") { // noon in UTC
		t.Errorf("text = %s", m.Text)
	}
}
