package notify_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
)

var troubles = []notify.Trouble{
	notify.TroublePassword, notify.TroubleSignIn, notify.TroubleOAuth, notify.TroubleProvider, notify.TroubleSecret, notify.TroubleName,
	notify.TroubleUnreachable, notify.TroubleCertificate, notify.TroubleFolder, notify.TroubleReadOnly, notify.TroubleKeep, notify.TroubleConsent,
	notify.TroubleBusy, notify.TroubleStalled, notify.TroubleOther, notify.TroubleSecretEnds, notify.TroubleSignInEnds, notify.TroubleUnused,
}

// outage is an event about a mailbox.
func outage(kind notify.Kind, what notify.Trouble) notify.Event {
	return notify.Event{
		ID: "outage", Kind: kind, At: noon,
		Mailbox: &notify.MailboxView{
			ID: "support", Name: "Support", Address: "support@corp.example", Server: "mail.corp.example", Trouble: what,
			Since: noon.Add(-20 * time.Minute), Until: noon.AddDate(0, 0, 7),
		},
	}
}

// planHealth plans an event about a mailbox.
func planHealth(t *testing.T, dir escalation.Directory, ev notify.Event, change func(*notify.Planner, *notify.Rule)) notify.Plan {
	t.Helper()
	refs, err := thread.New([][]byte{[]byte("0123456789abcdef")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &notify.Planner{Directory: dir, References: refs, Language: "en"}
	rule := notify.HealthRule(ev.Kind)
	if change != nil {
		change(p, &rule)
	}
	env := envelope
	env.ReplyTo = ""
	got, err := p.Plan(t.Context(), ev, rule, env)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestHealthIsTold: administrators get a whole mail about no ticket.
func TestHealthIsTold(t *testing.T) {
	for _, kind := range []notify.Kind{notify.MailboxFailing, notify.MailboxRecovered, notify.SignInExpiring} {
		t.Run(string(kind), func(t *testing.T) {
			dir := everybody()
			dir.groups[escalation.Administrators] = ids("anna", "bea")
			plan := planHealth(t, dir, outage(kind, notify.TroublePassword), nil)
			if len(plan.Mails) != 2 || len(plan.Skipped) > 0 {
				t.Fatalf("plan = %+v", plan)
			}
			m := plan.Mails[0]
			if m.Ticket != "" || m.ReplyTo != "" || m.InReplyTo != "" || m.References != nil || !m.Internal || m.Audience != notify.Staff || m.Template != string(kind) {
				t.Errorf("mail = %+v", m)
			}
			if strings.Contains(m.Subject, "Ticket#") || !strings.Contains(m.Subject, "Support") || !strings.HasPrefix(m.MessageID, m.ID+"@") {
				t.Errorf("subject %q, id %q", m.Subject, m.MessageID)
			}
			for _, want := range []string{"Support", "mail.corp.example"} {
				if !strings.Contains(m.Text, want) {
					t.Errorf("%q is not in the text:\n%s", want, m.Text)
				}
			}
			var wire bytes.Buffer
			if err := notify.Encode(t.Context(), &wire, m); err != nil {
				t.Error(err)
			}
			if again := planHealth(t, dir, outage(kind, notify.TroublePassword), nil); again.Mails[0].ID != m.ID {
				t.Error("the same event is another mail")
			}
			if m.MessageID == plan.Mails[1].MessageID {
				t.Error("two mails have one id")
			}
		})
	}
}

// Nobody outside learns of our mailboxes, whoever the rule names.
func TestHealthStaysInside(t *testing.T) {
	dir := everybody()
	dir.groups[escalation.Administrators] = ids("k-kim")
	plan := planHealth(t, dir, outage(notify.MailboxFailing, notify.TroubleOther), func(_ *notify.Planner, r *notify.Rule) {
		r.Addresses = []string{"pager@outside.example"}
		r.Roles = append(r.Roles, notify.RoleAssignee, notify.RoleSender)
	})
	if len(plan.Mails) != 0 {
		t.Errorf("told: %+v", plan.Mails)
	}
	var got []string
	for _, s := range plan.Skipped {
		got = append(got, fmt.Sprintf("%s%s %s", s.Role, s.Address, s.Reason))
	}
	want := []string{
		"administratorsk-kim@customer.example " + string(escalation.NotStaff), "assignee " + string(notify.EmptyRole), "sender " + string(notify.EmptyRole),
		"pager@outside.example " + string(escalation.NotStaff),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	plan = planHealth(t, dir, outage(notify.MailboxFailing, notify.TroubleOther), func(p *notify.Planner, r *notify.Rule) {
		r.Addresses, p.InternalDomains = []string{"pager@corp.example"}, []string{"corp.example"}
	})
	if len(plan.Mails) != 1 || plan.Mails[0].To.Address != "pager@corp.example" {
		t.Errorf("an address inside is not told: %+v", plan)
	}
}

// Every trouble has words of its own in each language, and any other the common
// ones.
func TestTroublesHaveWords(t *testing.T) {
	for _, language := range []string{"de", "en", "fr"} {
		seen := map[string]notify.Trouble{}
		words := func(what notify.Trouble) string {
			dir := everybody()
			dir.groups[escalation.Administrators] = ids("anna")
			dir.change("anna", func(p *escalation.Person) { p.Language = language })
			templates, err := notify.NewTemplates(template(func(tmpl *notify.Template) {
				tmpl.Name, tmpl.Language, tmpl.Text = string(notify.MailboxFailing), language, "{{mailbox.trouble}}"
			}))
			if err != nil {
				t.Fatal(err)
			}
			return planHealth(t, dir, outage(notify.MailboxFailing, what), func(p *notify.Planner, _ *notify.Rule) { p.Templates = templates }).Mails[0].Text
		}
		for _, what := range troubles {
			said := words(what)
			if other, twice := seen[said]; twice || strings.TrimSpace(said) == "" {
				t.Errorf("%s: %q of %s is that of %s", language, said, what, other)
			}
			seen[said] = what
		}
		if said := words("of_tomorrow"); seen[said] != notify.TroubleOther {
			t.Errorf("%s: an unknown trouble is %q", language, said)
		}
	}
	for _, name := range []string{"Subject", "module:mine"} {
		bad := template(func(tmpl *notify.Template) {
			if tmpl.Subject = "{{mailbox.trouble}}"; name != "Subject" {
				tmpl.Name, tmpl.Subject, tmpl.Text = name, "", "{{mailbox.trouble}}"
			}
		})
		if bad.Validate() == nil {
			t.Errorf("{{mailbox.trouble}} may stand in %s", name)
		}
	}
}
