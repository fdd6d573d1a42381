package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/notify"
)

// patch returns what is stored of a rule's change.
func (r *rig) patch(project escalation.ProjectID, kind notify.Kind) notify.RulePatch {
	r.t.Helper()
	book, err := r.RuleBook(r.t.Context())
	r.must(err)
	if project == "" {
		return book.Company[kind]
	}
	return book.Projects[project][kind]
}

// created are the values of the unchanged form of event 1.
func created(more ...string) []string {
	form := []string{"active", "on", "roles", "assignee", "free", "task_members", "skip", "on", "addresses", "", "template", "", "delay", "0", "attach", "0"}
	return append(form, more...)
}

func TestNotifications(t *testing.T) {
	r := build(t, change{})
	r.get("/notifications").has("Ticket or subtask created", "Without an assignee: Members of the task", "except whoever caused it", "at once")
	if a := r.get("/notifications"); strings.Contains(a.body, `class="changed"`) {
		t.Error("something is marked although nothing was changed")
	}

	// What was not changed is not kept.
	r.post("/notifications/edit?event=ticket_created", created()...).leads("/notifications?done=rule")
	if diff := cmp.Diff(notify.RulePatch{}, r.patch("", notify.TicketCreated)); diff != "" {
		t.Errorf("a form that changes nothing (-want +got):\n%s", diff)
	}

	form := created("people", "carl")
	form[slices.Index(form, "addresses")+1] = "a@b.example\r\nc@d.example"
	form[slices.Index(form, "delay")+1] = "5"
	r.post("/notifications/edit?event=ticket_created", form...).leads("/notifications?done=rule")
	want := notify.RulePatch{People: &[]escalation.PersonID{"carl"}, Addresses: &[]string{"a@b.example", "c@d.example"}, Delay: new(5 * time.Minute)}
	if diff := cmp.Diff(want, r.patch("", notify.TicketCreated)); diff != "" {
		t.Errorf("patch (-want +got):\n%s", diff)
	}
	r.get("/notifications").has("Carl Weber", "a@b.example", "5 min", "changed")
	r.get("/notifications/edit?event=ticket_created").has("What differs", "Extra employees", "Back to default")

	r.post("/notifications/reset?event=ticket_created&field=People").leads("/notifications/edit?done=rule.reset&event=ticket_created")
	if p := r.patch("", notify.TicketCreated); p.People != nil || p.Delay == nil {
		t.Errorf("after one field is back to default: %+v", p)
	}
	r.post("/notifications/reset?event=ticket_created").want(http.StatusSeeOther)
	if diff := cmp.Diff(notify.RulePatch{}, r.patch("", notify.TicketCreated)); diff != "" {
		t.Errorf("after all is back to default (-want +got):\n%s", diff)
	}
}

// TestProjectNotifications: a project's change is laid over the company's.
func TestProjectNotifications(t *testing.T) {
	r := build(t, change{})
	r.must(r.PatchRule(t.Context(), "", notify.TicketCreated, notify.RulePatch{People: &[]escalation.PersonID{"carl"}}))
	path := "/notifications/edit?event=ticket_created&project=service"
	r.post(path, created("people", "carl")...).leads("/notifications?done=rule&project=service")
	if diff := cmp.Diff(notify.RulePatch{}, r.patch("service", notify.TicketCreated)); diff != "" {
		t.Errorf("as in the company (-want +got):\n%s", diff)
	}
	r.post(path, created("same", "on")...).want(http.StatusSeeOther)
	want := notify.RulePatch{People: &[]escalation.PersonID{}, UnassignedAsRoles: true}
	if diff := cmp.Diff(want, r.patch("service", notify.TicketCreated), cmp.Transformer("nil", func(p *[]escalation.PersonID) []escalation.PersonID {
		if p == nil {
			return nil
		}
		return append([]escalation.PersonID{}, *p...)
	})); diff != "" {
		t.Errorf("patch (-want +got):\n%s", diff)
	}
	r.get("/notifications").has("Projects with rules of their own", "service")
	r.get("/notifications?project=service").has("Notifications in project service", "changed")
	r.get(path).has("In the company", "Carl Weber")
}

// TestProjectKeepsItsChange: what a project has changed holds whatever becomes of
// the company's rule, also where something else of it is saved meanwhile.
func TestProjectKeepsItsChange(t *testing.T) {
	r := build(t, change{})
	off := notify.RulePatch{Active: new(false)}
	r.must(r.PatchRule(t.Context(), "service", notify.TicketCreated, off))
	r.must(r.PatchRule(t.Context(), "", notify.TicketCreated, off))
	path := "/notifications/edit?event=ticket_created&project=service"
	form := created("people", "carl")[2:] // not active
	r.post(path, form...).want(http.StatusSeeOther)
	want := notify.RulePatch{Active: new(false), People: &[]escalation.PersonID{"carl"}}
	if diff := cmp.Diff(want, r.patch("service", notify.TicketCreated)); diff != "" {
		t.Errorf("patch (-want +got):\n%s", diff)
	}
	r.post(path, append([]string{"active", "on"}, form...)...).want(http.StatusSeeOther)
	r.post(path, form...).want(http.StatusSeeOther) // as in the company, on purpose
	want.Active = nil
	if diff := cmp.Diff(want, r.patch("service", notify.TicketCreated)); diff != "" {
		t.Errorf("patch of who wants what the company has (-want +got):\n%s", diff)
	}
}

// TestFindEmployees: the search offers, one that fits is taken.
func TestFindEmployees(t *testing.T) {
	r := build(t, change{})
	path := "/notifications/edit?event=ticket_created"
	a := r.post(path, created("person", "e", "do", "search")...).want(http.StatusOK)
	inspect(t, a)
	a.has("Bea Braun", "Carl Weber", "Max Boss")
	a.hasNot("Dora", "Mia") // left, and no employee
	if p := r.patch("", notify.TicketCreated); len(p.Fields()) != 0 {
		t.Errorf("a search saved %v", p.Fields())
	}
	if got := r.post(path, created("person", "e")...).fault("person"); !strings.Contains(got, "Several fit") {
		t.Errorf("fault = %q", got)
	}
	if got := r.post(path, created("person", "zzz")...).fault("person"); !strings.Contains(got, "No employee") {
		t.Errorf("fault = %q", got)
	}
	r.post(path, created("person", "carl@")...).want(http.StatusSeeOther)
	if p := r.patch("", notify.TicketCreated).People; p == nil || !slices.Equal(*p, []escalation.PersonID{"carl"}) {
		t.Errorf("people = %v", p)
	}
}

func TestBadNotifications(t *testing.T) {
	r := build(t, change{})
	for name, tt := range map[string]struct {
		field, value, fault string
	}{
		"address":        {"addresses", "not an address", "is no e-mail address"},
		"header in it":   {"addresses", "a@b.example>\tx", "is no e-mail address"},
		"long delay":     {"delay", "1441", "0 to 1440"},
		"no number":      {"delay", "soon", "0 to 1440"},
		"attach":         {"attach", "19", "0 to 18"},
		"unknown role":   {"roles", "hr", "no role"},
		"a contact":      {"people", "mia", "no employee"},
		"unknown person": {"people", "nobody", "does not know"},
		"no template":    {"template", "nothing", "none named"},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			form := created()
			if i := slices.Index(form, tt.field); i >= 0 && tt.field != "roles" {
				form[i+1] = tt.value
			} else {
				form = append(form, tt.field, tt.value)
			}
			a := r.post("/notifications/edit?event=ticket_created", form...)
			if got := a.fault(tt.field); !strings.Contains(got, tt.fault) {
				t.Errorf("fault = %q, want %q", got, tt.fault)
			}
			inspect(t, a)
			if p := r.patch("", notify.TicketCreated); len(p.Fields()) != 0 {
				t.Errorf("saved %v", p.Fields())
			}
		})
	}
	r.send(http.MethodGet, "/notifications/edit?event=nothing", nil).want(http.StatusNotFound)
}

func TestExplain(t *testing.T) {
	r := build(t, change{})
	r.seed()                                                      // ticket 1: dora, who left, is its assignee
	for _, carl := range []string{"carl", "Carl%40erp.example"} { // his id or his address
		r.get("/notifications/explain?ticket=1&event=assignee_changed&actor="+carl).
			has("Bea Braun", "has left the company", "Escalation procedure", "Members of the task gets the mail: Bea Braun", "Managers of the task is not asked any more", "support@erp.example (mailbox support)")
	}
	r.get("/notifications/explain?ticket=1&event=comment_edited").has("inactive")

	// A group that cannot be mailed starts the procedure behind itself.
	r.must(r.PatchRule(t.Context(), "", notify.StatusRejected, notify.RulePatch{Roles: &[]notify.Role{"project_members"}}))
	r.must(r.dir.Replace(func() memdirectory.Data {
		data := people()
		data.Projects[0].Members = []escalation.PersonID{"dora"}
		return data
	}()))
	r.get("/notifications/explain?ticket=1&event=status_rejected&actor=mia").
		has("Members of the task comes before the group that was meant", "Managers of the project gets the mail: Max Boss")
	for query, want := range map[string][2]string{
		"ticket=&event=status_done":              {"ticket", "fill this in"},
		"ticket=99&event=status_done":            {"ticket", "no such ticket"},
		"ticket=1&event=status_done&actor=zorro": {"actor", "does not know"},
		"ticket=1&event=exploded":                {"event", "no such event"},
	} {
		a := r.send(http.MethodGet, "/notifications/explain?"+query, nil)
		if got := a.fault(want[0]); !strings.Contains(got, want[1]) {
			t.Errorf("%s: fault = %q, want %q", query, got, want[1])
		}
		inspect(t, a)
	}
}

// TestExplainOfMailboxForgetsTheTicket: who looks from a ticket at an event
// about mailboxes is not told that there is no such event.
func TestExplainOfMailboxForgetsTheTicket(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.get("/notifications/explain?ticket=1&event=mailbox_failing").has("Administrators")
}
