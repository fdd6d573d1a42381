package notify_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// A scene is one row of the specification's table (THREATS R10). Group i, from
// the task's members to the administrators, is empty (0), has only "u<i>", who
// left (1), or also "m<i>", who can be mailed (2).
type scene struct {
	states   [6]int
	kind     notify.Kind
	assigned bool                // has an assignee now
	holder   string              // of assignee and creator: "fine", "left" or "mute" (no address)
	actor    escalation.PersonID // "": from outside
	extra    int                 // "m<i>" is an extra recipient; -1: nobody is
	group    int                 // told of a new ticket without assignee; the seed has the first
}

// oracle answers who is told, in alphabetical order, or that nobody can be. It
// knows the seed's text and nothing of the code: it fills a table of who could
// be told, from the last resort to the first.
func (s scene) oracle() (told string, nobody bool) {
	list := []string{}
	tell := func(who string) {
		if who != "" && !slices.Contains(list, who) {
			list = append(list, who)
		}
	}
	if s.extra >= 0 && s.states[s.extra] == 2 && !s.excepts(name('m', s.extra)) {
		tell(name('m', s.extra))
	}
	instead := func(from int) {
		nobody = true
		next := ""
		for i := 5; i >= from; i-- {
			if s.states[i] == 2 && string(s.actor) != name('m', i) {
				next, nobody = name('m', i), false
			}
		}
		tell(next)
	}
	person := map[notify.Kind]string{
		notify.TicketCreated: "assignee", notify.CommentAdded: "assignee", notify.InternalCommentAdded: "assignee",
		notify.AssigneeChanged: "assignee", notify.CommentEdited: "assignee",
		notify.StatusDone:     "creator",
		notify.StatusRejected: "assignee", notify.StatusAccepted: "assignee", // the last one
	}[s.kind]
	nowOnly := s.kind != notify.StatusDone && s.kind != notify.StatusRejected && s.kind != notify.StatusAccepted
	switch {
	case nowOnly && !s.assigned && s.kind == notify.TicketCreated: // all of the group
		switch s.states[s.group] {
		case 1:
			instead(s.group + 1)
		case 2:
			if member := name('m', s.group); !s.excepts(member) {
				tell(member)
			}
		}
	case nowOnly && !s.assigned: // nobody is meant
	case s.excepts(person): // meant, but did it himself
	case s.holder == "fine":
		tell(person)
	default:
		instead(0)
	}
	slices.Sort(list)
	return strings.Join(list, " "), nobody
}

func name(letter rune, i int) string { return string(letter) + string(rune('0'+i)) }

// excepts reports whether the seed's exception takes somebody out. Event 7 has
// none.
func (s scene) excepts(who string) bool {
	return s.kind != notify.StatusRejected && string(s.actor) == who
}

// groupNames are the seed's, in its order.
var groupNames = [...]escalation.Group{"task_members", "task_managers", "project_members", "project_managers", "department_managers", "administrators"}

// Person, PersonByAddress, Members and Place make a scene its own directory.

func (s scene) Person(_ context.Context, id escalation.PersonID) (escalation.Person, error) {
	p := escalation.Person{ID: id, Address: string(id) + "@corp.example", Kind: escalation.Employee}
	if id == "assignee" || id == "creator" {
		p.Left = s.holder == "left"
		if s.holder == "mute" {
			p.Address = ""
		}
		return p, nil
	}
	p.Left = id[0] == 'u'
	if i := int(id[1] - '0'); id[0] == 'm' && s.states[i] < 2 {
		return escalation.Person{}, escalation.ErrNotFound
	}
	return p, nil
}

func (s scene) PersonByAddress(context.Context, string) (escalation.Person, error) {
	return escalation.Person{}, escalation.ErrNotFound
}

func (s scene) Members(ctx context.Context, g escalation.Group, _ escalation.Place) ([]escalation.Person, error) {
	i := slices.Index(groupNames[:], g)
	var list []escalation.Person
	for n, letter := range "um" {
		if s.states[i] > n {
			p, err := s.Person(ctx, escalation.PersonID(name(letter, i)))
			if err != nil {
				return nil, err
			}
			list = append(list, p)
		}
	}
	return list, nil
}

func (s scene) Place(context.Context, escalation.TaskID) (escalation.Place, error) {
	return escalation.Place{}, escalation.ErrNotFound
}

// scenes calls yield with every row for one state of the groups.
func scenes(states [6]int, kind notify.Kind, yield func(scene)) {
	actors := []escalation.PersonID{"", "assignee", "creator", "m0", "m1", "m2", "m3", "m4", "m5"}
	for _, actor := range actors {
		s := scene{states: states, kind: kind, assigned: true, actor: actor, extra: -1}
		for _, s.holder = range []string{"fine", "left"} {
			yield(s)
		}
		s.holder, s.assigned = "mute", false
		yield(s)
	}
	if kind == notify.TicketCreated {
		for group := 1; group < 6; group++ {
			for _, actor := range []escalation.PersonID{"", "m0", "m5", escalation.PersonID(name('m', group))} {
				yield(scene{states: states, kind: kind, holder: "fine", actor: actor, extra: -1, group: group})
			}
		}
	}
	if kind != notify.CommentAdded {
		return
	}
	for extra := range 6 { // told already, in another role
		for _, actor := range []escalation.PersonID{"", "m0", "m3"} {
			yield(scene{states: states, kind: kind, assigned: true, holder: "left", actor: actor, extra: extra})
		}
	}
}

// TestPlanAgainstOracle: all 3^6 states of the groups, eight events, and every
// actor and holder. The planner and the specification agree everywhere.
func TestPlanAgainstOracle(t *testing.T) {
	t.Parallel()                // long
	var words []notify.Template // short ones: it is about who, not what
	rules := notify.DefaultRules()
	for kind := range rules {
		words = append(words, template(func(t *notify.Template) { t.Name, t.Text = string(kind), "x" }))
	}
	templates, err := notify.NewTemplates(words...)
	if err != nil {
		t.Fatal(err)
	}
	plans, mails, nobodies, differences := 0, 0, 0, 0
	check := func(s scene) {
		plans++
		want, nobody := s.oracle()
		got := s.plan(t, rules[s.kind], templates)
		mails += len(got.Mails)
		if nobody {
			nobodies++
		}
		if told(got) == want && got.Nobody == nobody {
			return
		}
		if differences++; differences <= 10 {
			t.Logf("%+v: told %q, nobody %t, want %q, %t; skipped %s", s, told(got), got.Nobody, want, nobody, skips(got))
		}
	}
	for n := range 729 {
		var states [6]int
		for i := range states {
			states[i] = n % 3
			n /= 3
		}
		for kind := range rules {
			scenes(states, kind, check)
		}
	}
	t.Logf("%d plans, %d mails, %d reached nobody", plans, mails, nobodies)
	if differences != 0 || mails == 0 || nobodies == 0 {
		t.Errorf("%d of %d plans differ from the specification (%d mails, %d nobody)", differences, plans, mails, nobodies)
	}
}

func (s scene) plan(t *testing.T, rule notify.Rule, templates *notify.Templates) notify.Plan {
	rule.Active = true
	if s.extra >= 0 {
		rule.People = []escalation.PersonID{escalation.PersonID(name('m', s.extra))}
	}
	if s.group > 0 {
		rule.Unassigned = []notify.Role{notify.GroupRole(groupNames[s.group])}
	}
	ticket := notify.TicketView{Ref: "1", Creator: "creator", LastAssignee: "assignee"}
	if s.assigned {
		ticket.Assignee = "assignee"
	}
	p := notify.Planner{Directory: s, References: marks{}, Templates: templates, Language: "de"}
	got, err := p.Plan(t.Context(), notify.Event{ID: "e", Kind: s.kind, Ticket: ticket, Actor: s.actor, At: noon}, rule, envelope)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
