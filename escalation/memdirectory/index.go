package memdirectory

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"example.com/ticketmail/escalation"
)

// An index is one state of the data with the ways to find something in it.
// It is never changed.
type index struct {
	data        Data
	persons     map[escalation.PersonID]escalation.Person
	addresses   map[string]escalation.Person // by the address with ASCII letters in lower case
	employees   []escalation.Person          // who have not left, by name, then id
	departments map[escalation.DepartmentID]Department
	projects    map[escalation.ProjectID]Project
	tasks       map[escalation.TaskID]Task
}

// newIndex returns the index of valid data, which it keeps.
func newIndex(data Data) *index {
	x := &index{
		data:        data,
		persons:     make(map[escalation.PersonID]escalation.Person, len(data.Persons)),
		addresses:   make(map[string]escalation.Person, len(data.Persons)),
		departments: make(map[escalation.DepartmentID]Department, len(data.Departments)),
		projects:    make(map[escalation.ProjectID]Project, len(data.Projects)),
		tasks:       make(map[escalation.TaskID]Task, len(data.Tasks)),
	}
	for _, p := range data.Persons {
		x.addPerson(escalation.Person(p))
	}
	slices.SortFunc(x.employees, byName)
	for _, d := range data.Departments {
		x.departments[d.ID] = d
	}
	for _, p := range data.Projects {
		x.projects[p.ID] = p
	}
	for _, t := range data.Tasks {
		x.tasks[t.ID] = t
	}
	return x
}

func (x *index) addPerson(p escalation.Person) {
	x.persons[p.ID] = p
	if p.Internal() {
		x.employees = append(x.employees, p)
	}
	if p.Address == "" {
		return
	}
	address := foldASCII(p.Address)
	if q, taken := x.addresses[address]; !taken || before(p, q) {
		x.addresses[address] = p
	}
}

// before reports whether p answers for an address that q has too.
func before(p, q escalation.Person) bool {
	if p.Left != q.Left {
		return q.Left
	}
	return p.ID < q.ID
}

func byName(p, q escalation.Person) int {
	return cmp.Or(strings.Compare(p.Name, q.Name), cmp.Compare(p.ID, q.ID))
}

// searchStart returns how many employees come before or at p.
func (x *index) searchStart(p escalation.Person) int {
	return sort.Search(len(x.employees), func(i int) bool { return byName(x.employees[i], p) > 0 })
}

// group returns the ids of a group as seen from a place.
func (x *index) group(g escalation.Group, at escalation.Place) []escalation.PersonID {
	switch g {
	case escalation.TaskMembers:
		return x.tasks[at.Task].Members
	case escalation.TaskManagers:
		return x.tasks[at.Task].Managers
	case escalation.ProjectMembers:
		return x.projects[at.Project].Members
	case escalation.ProjectManagers:
		return x.projects[at.Project].Managers
	case escalation.DepartmentManagers:
		for _, id := range at.Departments {
			if d := x.departments[id]; len(d.Managers) > 0 {
				return d.Managers
			}
		}
	case escalation.Administrators:
		return x.data.Administrators
	}
	return nil
}

// above returns a department and all its parents. Validation has made sure
// that it ends.
func (x *index) above(id escalation.DepartmentID) []escalation.DepartmentID {
	var path []escalation.DepartmentID
	for id != "" {
		path = append(path, id)
		id = x.departments[id].Parent
	}
	return path
}

// foldASCII returns s with ASCII letters in lower case. strings.ToLower
// would make addresses equal that only look alike.
func foldASCII(s string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}
