package escalation_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
)

// groups is a directory that knows groups only.
type groups map[escalation.Group][]escalation.Person

func (g groups) Person(context.Context, escalation.PersonID) (escalation.Person, error) {
	return escalation.Person{}, escalation.ErrNotFound
}

func (g groups) PersonByAddress(context.Context, string) (escalation.Person, error) {
	return escalation.Person{}, escalation.ErrNotFound
}

func (g groups) Members(_ context.Context, group escalation.Group, _ escalation.Place) ([]escalation.Person, error) {
	if group == "broken" {
		return nil, errors.ErrUnsupported
	}
	return g[group], nil
}

func (g groups) Place(context.Context, escalation.TaskID) (escalation.Place, error) {
	return escalation.Place{}, escalation.ErrNotFound
}

func employee(id escalation.PersonID) escalation.Person {
	return escalation.Person{ID: id, Name: "N" + string(id), Address: string(id) + "@corp.example", Kind: escalation.Employee}
}

func with(p escalation.Person, change func(*escalation.Person)) escalation.Person {
	change(&p)
	return p
}

var (
	anna, bert, carl = employee("anna"), employee("bert"), employee("carl")

	gone    = with(employee("gone"), func(p *escalation.Person) { p.Left = true })
	mute    = with(employee("mute"), func(p *escalation.Person) { p.Address = "" })
	bounce  = employee("bounce")
	contact = with(employee("contact"), func(p *escalation.Person) { p.Kind = escalation.Contact })
	unsaid  = with(employee("unsaid"), func(p *escalation.Person) { p.Kind = "" })
	nobody  = escalation.Person{Address: "x@corp.example", Kind: escalation.Employee}
)

func bouncing(address string) bool { return address == bounce.Address }

func TestWalk(t *testing.T) {
	type walk = escalation.Walk
	type result = escalation.Result
	const (
		tm = escalation.TaskMembers
		tl = escalation.TaskManagers
		pm = escalation.ProjectMembers
		ad = escalation.Administrators
	)
	people := func(p ...escalation.Person) []escalation.Person { return p }
	skip := func(p escalation.Person, g escalation.Group, r escalation.Reason) escalation.Skip {
		return escalation.Skip{Person: p.ID, Name: p.Name, Group: g, Reason: r}
	}
	told := func(ids ...escalation.PersonID) map[escalation.PersonID]bool {
		m := map[escalation.PersonID]bool{}
		for _, id := range ids {
			m[id] = true
		}
		return m
	}
	for name, tt := range map[string]struct {
		groups groups
		walk   walk
		want   result
	}{
		"nobody at all": {groups{}, walk{}, result{}},
		"first group":   {groups{tm: {anna, bert}, tl: {carl}}, walk{}, result{Group: tm, Persons: people(anna, bert)}},
		"all mailable of it, in order": {
			groups{tm: {bert, mute, anna}}, walk{},
			result{Group: tm, Persons: people(bert, anna), Skipped: []escalation.Skip{skip(mute, tm, escalation.NoAddress)}},
		},
		"nobody mailable goes on": {
			groups{tm: {gone, mute, bounce}, ad: {anna}}, walk{Bouncing: bouncing},
			result{Group: ad, Persons: people(anna), Skipped: []escalation.Skip{
				skip(gone, tm, escalation.Left), skip(mute, tm, escalation.NoAddress), skip(bounce, tm, escalation.Bouncing),
			}},
		},
		"nobody left": {
			groups{tm: {gone}, ad: {mute}}, walk{},
			result{Skipped: []escalation.Skip{skip(gone, tm, escalation.Left), skip(mute, ad, escalation.NoAddress)}},
		},
		"no address known to bounce": {groups{tm: {bounce}}, walk{}, result{Group: tm, Persons: people(bounce)}},
		"after a group": {
			groups{tm: {anna}, tl: {bert}}, walk{After: tm}, result{Group: tl, Persons: people(bert)},
		},
		"after the last group":    {groups{tm: {anna}}, walk{After: ad}, result{}},
		"after a group elsewhere": {groups{tm: {anna}}, walk{After: "board"}, result{Group: tm, Persons: people(anna)}},
		"twice in a group":        {groups{tm: {anna, bert, anna}}, walk{}, result{Group: tm, Persons: people(anna, bert)}},
		"skipped twice in a group": {
			groups{tm: {mute, mute}}, walk{},
			result{Skipped: []escalation.Skip{skip(mute, tm, escalation.NoAddress)}},
		},
		"skipped in two groups": {
			groups{tm: {mute}, tl: {mute}}, walk{},
			result{Skipped: []escalation.Skip{skip(mute, tm, escalation.NoAddress), skip(mute, tl, escalation.NoAddress)}},
		},
		"actor beside others": {
			groups{tm: {anna, bert}}, walk{Actor: "anna"},
			result{Group: tm, Persons: people(bert), Skipped: []escalation.Skip{skip(anna, tm, escalation.IsActor)}},
		},
		"actor alone goes on": {
			groups{tm: {anna, mute}, tl: {bert}}, walk{Actor: "anna"},
			result{Group: tl, Persons: people(bert), Skipped: []escalation.Skip{
				skip(anna, tm, escalation.IsActor), skip(mute, tm, escalation.NoAddress),
			}},
		},
		"told alone ends": {
			groups{tm: {anna, mute}, tl: {bert}}, walk{Told: told("anna")},
			result{Group: tm, Skipped: []escalation.Skip{skip(anna, tm, escalation.Told), skip(mute, tm, escalation.NoAddress)}},
		},
		"told beside others": {
			groups{tm: {anna, bert}}, walk{Told: told("anna")},
			result{Group: tm, Persons: people(bert), Skipped: []escalation.Skip{skip(anna, tm, escalation.Told)}},
		},
		"told but cannot be mailed goes on": {
			groups{tm: {mute}, tl: {bert}}, walk{Told: told("mute")},
			result{Group: tl, Persons: people(bert), Skipped: []escalation.Skip{skip(mute, tm, escalation.NoAddress)}},
		},
		"actor who is told goes on": {
			groups{tm: {anna}, tl: {bert}}, walk{Actor: "anna", Told: told("anna")},
			result{Group: tl, Persons: people(bert), Skipped: []escalation.Skip{skip(anna, tm, escalation.IsActor)}},
		},
		"contact gets what is public": {groups{pm: {contact}}, walk{}, result{Group: pm, Persons: people(contact)}},
		"contact gets nothing internal": {
			groups{pm: {contact, unsaid}, ad: {anna}}, walk{Internal: true, Told: told("contact")},
			result{Group: ad, Persons: people(anna), Skipped: []escalation.Skip{
				skip(contact, pm, escalation.NotStaff), skip(unsaid, pm, escalation.NotStaff),
			}},
		},
		"left is left, not no staff": {
			groups{pm: {gone}}, walk{Internal: true}, result{Skipped: []escalation.Skip{skip(gone, pm, escalation.Left)}},
		},
		"person without id": {
			groups{tm: {nobody}, tl: {anna}}, walk{},
			result{Group: tl, Persons: people(anna), Skipped: []escalation.Skip{skip(nobody, tm, escalation.Unknown)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tt.walk.Directory = tt.groups
			got, err := escalation.DefaultChain().Walk(t.Context(), tt.walk)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Walk (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWalkOwnChain(t *testing.T) {
	d := groups{"board": {anna}, escalation.TaskMembers: {bert}}
	got, err := escalation.Chain{"board", escalation.TaskMembers}.Walk(t.Context(), escalation.Walk{Directory: d})
	if err != nil || got.Group != "board" {
		t.Errorf("Walk of a chain with the host's own group = %+v, %v, want group board", got, err)
	}
	got, err = escalation.Chain{}.Walk(t.Context(), escalation.Walk{Directory: d})
	if err != nil || got.Group != "" {
		t.Errorf("Walk of an empty chain = %+v, %v, want nobody", got, err)
	}
}

func TestWalkReturnsTheDirectorysError(t *testing.T) {
	got, err := escalation.Chain{escalation.TaskMembers, "broken"}.Walk(t.Context(), escalation.Walk{Directory: groups{}})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Walk error = %v, want the directory's", err)
	}
	if diff := cmp.Diff(escalation.Result{}, got); diff != "" {
		t.Errorf("Result beside an error (-want +got):\n%s", diff)
	}
}

func TestChainValidate(t *testing.T) {
	for name, tt := range map[string]struct {
		chain escalation.Chain
		ok    bool
	}{
		"default": {escalation.DefaultChain(), true},
		"empty":   {nil, true},
		"twice":   {escalation.Chain{"a", "b", "a"}, false},
		"no name": {escalation.Chain{"a", ""}, false},
	} {
		if err := tt.chain.Validate(); (err == nil) != tt.ok {
			t.Errorf("%s: Validate = %v", name, err)
		}
	}
}
