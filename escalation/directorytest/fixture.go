package directorytest

import "example.com/ticketmail/escalation"

// A Fixture is what an adapter loads into its tables before it is tested. The
// order of members and managers is the order in which they were added.
type Fixture struct {
	Persons        []escalation.Person
	Departments    []Department
	Projects       []Project
	Tasks          []Task
	Administrators []escalation.PersonID
}

// A Department has a parent unless that is empty.
type Department struct {
	ID       escalation.DepartmentID
	Parent   escalation.DepartmentID
	Managers []escalation.PersonID
}

// A Project belongs to a department unless that is empty.
type Project struct {
	ID         escalation.ProjectID
	Department escalation.DepartmentID
	Language   string
	Members    []escalation.PersonID
	Managers   []escalation.PersonID
}

// A Task belongs to a project unless that is empty.
type Task struct {
	ID       escalation.TaskID
	Project  escalation.ProjectID
	Members  []escalation.PersonID
	Managers []escalation.PersonID
}

// NewFixture returns the company that [Run] asks about: people of every kind,
// two who share an address, a department without manager inside one with, a
// task without project and a task without anybody.
func NewFixture() Fixture {
	type ids = []escalation.PersonID
	return Fixture{
		Persons: []escalation.Person{
			{ID: "anna", Name: "Anna Arndt", Address: "anna@corp.example", Language: "de-AT", Kind: escalation.Employee},
			{ID: "bert", Name: "Bert Brandt", Address: "Bert.Brandt@Corp.Example", Language: "en", Kind: escalation.Employee},
			{ID: "carl", Name: "Carl Customer", Address: "carl@customer.example", Kind: escalation.Contact},
			{ID: "dora", Name: "Dora Dietz", Address: "dora@corp.example", Kind: escalation.Employee},
			{ID: "emil", Name: "Emil Ernst", Kind: escalation.Employee},
			{ID: "gone", Name: "Gerd Gone", Address: "desk@corp.example", Kind: escalation.Employee, Left: true},
			{ID: "kim1", Name: "Kim König", Address: "kim@corp.example", Kind: escalation.Employee},
			{ID: "kim2", Name: "Kim König", Address: "desk@corp.example", Kind: escalation.Employee},
			{ID: "kim3", Name: "Kim König", Address: "desk@corp.example", Kind: escalation.Employee},
			{ID: "root", Name: "Root", Address: "root@corp.example", Kind: escalation.Employee},
		},
		Departments: []Department{
			{ID: "corp", Managers: ids{"dora", "gone"}},
			{ID: "it", Parent: "corp"},
			{ID: "sales", Parent: "corp", Managers: ids{"kim1"}},
		},
		Projects: []Project{
			{ID: "erp", Department: "it", Language: "fr", Members: ids{"bert", "anna", "carl"}, Managers: ids{"bert"}},
			{ID: "shop", Department: "sales", Members: ids{"kim1"}},
			{ID: "free"},
		},
		Tasks: []Task{
			{ID: "support", Project: "erp", Members: ids{"emil", "anna", "gone"}, Managers: ids{"bert"}},
			{ID: "orders", Project: "shop"},
			{ID: "idle", Project: "free"},
			{ID: "alone", Members: ids{"anna"}},
		},
		Administrators: ids{"root", "anna"},
	}
}
