package directorytest_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/directorytest"
	"example.com/ticketmail/escalation/memdirectory"
)

// load puts the fixture into a directory that is known to be good.
func load(t *testing.T, f directorytest.Fixture) *memdirectory.Directory {
	data := memdirectory.Data{Administrators: f.Administrators}
	for _, p := range f.Persons {
		data.Persons = append(data.Persons, memdirectory.Person(p))
	}
	for _, d := range f.Departments {
		data.Departments = append(data.Departments, memdirectory.Department(d))
	}
	for _, p := range f.Projects {
		data.Projects = append(data.Projects, memdirectory.Project(p))
	}
	for _, x := range f.Tasks {
		data.Tasks = append(data.Tasks, memdirectory.Task(x))
	}
	d, err := memdirectory.New(data)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGoodDirectoryPasses(t *testing.T) {
	directorytest.Run(t, func(t *testing.T, f directorytest.Fixture) escalation.Directory { return load(t, f) })
}

// broken is a good directory with some answers replaced.
type broken struct {
	*memdirectory.Directory
	person  func(escalation.PersonID, escalation.Person, error) (escalation.Person, error)
	address func(string) string
	members func(escalation.Group, []escalation.Person) []escalation.Person
	place   func(escalation.Place, error) (escalation.Place, error)
	search  func([]escalation.Person) []escalation.Person
	context func(context.Context) context.Context
}

func (b broken) ctx(ctx context.Context) context.Context {
	if b.context == nil {
		return ctx
	}
	return b.context(ctx)
}

func (b broken) Person(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	p, err := b.Directory.Person(b.ctx(ctx), id)
	if b.person == nil {
		return p, err
	}
	return b.person(id, p, err)
}

func (b broken) PersonByAddress(ctx context.Context, address string) (escalation.Person, error) {
	if b.address != nil {
		address = b.address(address)
	}
	return b.Directory.PersonByAddress(b.ctx(ctx), address)
}

func (b broken) Members(ctx context.Context, g escalation.Group, at escalation.Place) ([]escalation.Person, error) {
	ps, err := b.Directory.Members(b.ctx(ctx), g, at)
	if b.members == nil {
		return ps, err
	}
	return b.members(g, ps), err
}

func (b broken) Place(ctx context.Context, task escalation.TaskID) (escalation.Place, error) {
	p, err := b.Directory.Place(b.ctx(ctx), task)
	if b.place == nil {
		return p, err
	}
	return b.place(p, err)
}

func (b broken) SearchEmployees(ctx context.Context, query string, after escalation.PersonID, limit int) ([]escalation.Person, error) {
	ps, err := b.Directory.SearchEmployees(b.ctx(ctx), query, after, limit)
	if b.search == nil {
		return ps, err
	}
	return b.search(ps), err
}

// Each broken directory is caught by the check that is there for it.
func TestBrokenDirectoriesFail(t *testing.T) {
	type person = escalation.Person
	var calls atomic.Int64 // a check asks concurrently
	for name, tt := range map[string]struct {
		broken broken
		want   string // name of the check
	}{
		"forgets who left": {broken{person: func(_ escalation.PersonID, p person, err error) (person, error) {
			if p.Left {
				return person{}, escalation.ErrNotFound
			}
			return p, err
		}}, "Person"},
		"own error": {broken{person: func(_ escalation.PersonID, p person, err error) (person, error) {
			if err != nil {
				err = fmt.Errorf("sql: no rows")
			}
			return p, err
		}}, "UnknownPerson"},
		"case of the domain": {broken{address: func(s string) string {
			if s == "anna@CORP.Example" {
				return "x" + s
			}
			return s
		}}, "PersonByAddress"},
		"Unicode folding":     {broken{address: strings.ToLower}, "UnknownAddress"},
		"trims the address":   {broken{address: strings.TrimSpace}, "UnknownAddress"},
		"no shared addresses": {broken{address: func(s string) string { return strings.TrimPrefix(s, "desk") }}, "SharedAddress"},
		"twice in a group":    {broken{members: func(_ escalation.Group, ps []person) []person { return append(ps, ps...) }}, "Members"},
		"hides who left": {broken{members: func(_ escalation.Group, ps []person) []person {
			var out []person
			for _, p := range ps {
				if !p.Left {
					out = append(out, p)
				}
			}
			return out
		}}, "Members"},
		"changing order": {broken{members: func(_ escalation.Group, ps []person) []person {
			if calls.Add(1)%2 == 0 && len(ps) > 1 {
				ps[0], ps[1] = ps[1], ps[0]
			}
			return ps
		}}, "MembersAreStable"},
		"members without address": {broken{members: func(_ escalation.Group, ps []person) []person {
			for i := range ps {
				ps[i].Address = ""
			}
			return ps
		}}, "MembersAreStable"},
		"someone in every group": {broken{members: func(_ escalation.Group, ps []person) []person {
			if len(ps) == 0 {
				return []person{{ID: "root"}}
			}
			return ps
		}}, "EmptyGroups"},
		"no parents": {broken{place: func(p escalation.Place, err error) (escalation.Place, error) {
			p.Departments = p.Departments[:min(1, len(p.Departments))]
			return p, err
		}}, "NearestDepartment"},
		"no language": {broken{place: func(p escalation.Place, err error) (escalation.Place, error) {
			p.Language = ""
			return p, err
		}}, "Place"},
		"every task exists":   {broken{place: func(p escalation.Place, err error) (escalation.Place, error) { return p, nil }}, "UnknownTask"},
		"ignores the context": {broken{context: context.WithoutCancel}, "Cancelled"},
		"search unsorted": {broken{search: func(ps []person) []person {
			if len(ps) > 1 {
				ps[0], ps[1] = ps[1], ps[0]
			}
			return ps
		}}, "Search"},
		"search cut": {broken{search: func(ps []person) []person { return ps[:min(1, len(ps))] }}, "Search"},
	} {
		t.Run(name, func(t *testing.T) {
			b := tt.broken
			b.Directory = load(t, directorytest.NewFixture())
			err := directorytest.Check(t.Context(), b)
			if err == nil || !strings.Contains("\n"+err.Error(), "\n"+tt.want+": ") {
				t.Errorf("Check = %v, want a fault of %s", err, tt.want)
			}
		})
	}
}
