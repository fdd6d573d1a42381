package notify_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// back plans an event, lets one of its mails come back, and returns who is
// told instead, in the order of the mails.
func back(t *testing.T, d *staff, ev notify.Event, person escalation.PersonID, change func(*notify.Planner, *notify.Rule), told ...escalation.PersonID) notify.Plan {
	t.Helper()
	rule := notify.DefaultRules()[ev.Kind]
	p := &notify.Planner{Directory: d, References: marks{}}
	if change != nil {
		change(p, &rule)
	}
	first, err := p.Plan(t.Context(), ev, rule, envelope)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range first.Mails {
		if m.Person == person {
			came := notify.ReturnedMail{Mail: m, Told: map[string][]escalation.PersonID{ev.ID: told}}
			plan, err := p.Instead(t.Context(), []notify.Event{ev}, func(notify.Kind) notify.Rule { return rule }, envelope, came)
			if err != nil {
				t.Fatal(err)
			}
			return plan
		}
	}
	t.Fatalf("%s was not told at first", person)
	return notify.Plan{}
}

func TestInstead(t *testing.T) {
	assigned := notify.TicketView{Ref: "7", Creator: "anna", Assignee: "emil", LastAssignee: "emil", CustomerContact: "k-kim"}
	unassigned := notify.TicketView{Ref: "7", Creator: "anna"}
	for name, tt := range map[string]struct {
		kind   notify.Kind
		ticket notify.TicketView
		person escalation.PersonID
		told   []escalation.PersonID
		change func(*notify.Planner, *notify.Rule)
		want   string // persons; "nobody": the chain ended
	}{
		"assignee":                {notify.CommentAdded, assigned, "emil", nil, nil, "bea carl"},
		"last assignee":           {notify.StatusRejected, assigned, "emil", nil, nil, "bea carl"},
		"creator":                 {notify.StatusDone, assigned, "anna", nil, nil, "bea carl"},
		"customer contact":        {notify.StatusDone, assigned, "k-kim", nil, nil, ""},
		"one of a group":          {notify.TicketCreated, unassigned, "bea", []escalation.PersonID{"carl"}, nil, ""},
		"the last of a group":     {notify.TicketCreated, unassigned, "bea", nil, nil, "dora"},
		"an extra employee":       {notify.CommentAdded, assigned, "ina", nil, func(_ *notify.Planner, r *notify.Rule) { r.Roles, r.People = nil, []escalation.PersonID{"ina"} }, ""},
		"group told already":      {notify.CommentAdded, assigned, "emil", []escalation.PersonID{"bea", "carl"}, nil, ""},
		"whole chain unreachable": {notify.CommentAdded, assigned, "emil", nil, func(p *notify.Planner, _ *notify.Rule) { p.Bouncing = bouncesBut("emil@corp.example") }, "nobody"},
		"in two roles": {notify.CommentAdded, assigned, "emil", nil, func(_ *notify.Planner, r *notify.Rule) {
			r.Roles = []notify.Role{notify.GroupRole(escalation.ProjectMembers), notify.RoleAssignee}
		}, "fritz bea carl"},
	} {
		t.Run(name, func(t *testing.T) {
			d := everybody()
			ev := notify.Event{ID: "e1", Kind: tt.kind, Ticket: tt.ticket, Actor: "hans", At: noon, Comment: &notify.CommentView{ID: "c", Text: "x"}}
			got := back(t, d, ev, tt.person, tt.change, tt.told...)
			var who []string
			for _, m := range got.Mails {
				who = append(who, string(m.Person))
			}
			if got.Nobody {
				who = append(who, "nobody")
			}
			if s := strings.Join(who, " "); s != tt.want {
				t.Errorf("told instead: %q, want %q (skipped %v)", s, tt.want, got.Skipped)
			}
		})
	}
}

// bouncesBut knows all addresses to bounce except one.
func bouncesBut(address string) func(string) bool {
	return func(a string) bool { return a != address }
}

// TestInsteadExplains: the substitute's mail says whose place he takes, and is
// the same mail however often it is planned.
func TestInsteadExplains(t *testing.T) {
	ev := notify.Event{
		ID: "e1", Kind: notify.CommentAdded, Actor: "hans", At: noon, Ticket: notify.TicketView{Ref: "7", Assignee: "emil"},
		Comment: &notify.CommentView{ID: "c", Text: "It burns."},
	}
	once, again := back(t, everybody(), ev, "emil", nil), back(t, everybody(), ev, "emil", nil)
	m := once.Mails[0]
	if m.ID != again.Mails[0].ID {
		t.Errorf("two ids for one mail: %s and %s", m.ID, again.Mails[0].ID)
	}
	if s := fmt.Sprint(m.Reasons); !strings.Contains(s, "mail to emil of assignee came back") || !strings.Contains(s, "task_members told instead of assignee emil") {
		t.Errorf("reasons: %s", s)
	}
	if !strings.Contains(m.Text, "It burns.") {
		t.Errorf("text: %s", m.Text)
	}
}

func TestInsteadIsInternal(t *testing.T) {
	d := everybody()
	d.groups[escalation.TaskMembers] = []escalation.PersonID{"k-lea"}
	ev := notify.Event{ID: "e", Kind: notify.InternalCommentAdded, At: noon, Ticket: notify.TicketView{Ref: "7", Assignee: "emil"}, Comment: &notify.CommentView{Internal: true, Text: "secret"}}
	for _, m := range back(t, d, ev, "emil", nil).Mails {
		if m.Audience != notify.Staff || !m.Internal || m.Person != "dora" {
			t.Errorf("%s (%s) is told of what is internal", m.Person, m.Audience)
		}
	}
}
