package memdirectory

import (
	"slices"

	"example.com/ticketmail/escalation"
)

// Data is all a [Directory] knows. The slices may be in any order; ids are
// unique within their slice. As JSON the names are those of the tags; see
// [ReadJSON].
type Data struct {
	Language       string                `json:"language"` // of the company, a BCP 47 tag; may be empty
	Persons        []Person              `json:"persons"`
	Departments    []Department          `json:"departments"`
	Projects       []Project             `json:"projects"`
	Tasks          []Task                `json:"tasks"`
	Administrators []escalation.PersonID `json:"administrators"`
	Mailbox        *MailboxAssignment    `json:"mailbox"` // nil: none; the Directory makes no use of it
}

// A Person is an [escalation.Person] with names for JSON.
type Person struct {
	ID       escalation.PersonID `json:"id"`
	Name     string              `json:"name"`
	Address  string              `json:"address"`  // bare addr-spec, for example "anna@corp.example"
	Language string              `json:"language"` // BCP 47 tag
	Kind     escalation.Kind     `json:"kind"`     // "employee" or "contact"; empty counts as contact
	Left     bool                `json:"left"`
}

// A Department is a part of the company (seed: Abteilung).
type Department struct {
	ID       escalation.DepartmentID `json:"id"`
	Parent   escalation.DepartmentID `json:"parent"` // empty: at the top
	Managers []escalation.PersonID   `json:"managers"`
}

// A Project has tasks (seed: Projekt).
type Project struct {
	ID         escalation.ProjectID    `json:"id"`
	Department escalation.DepartmentID `json:"department"` // empty: none
	Language   string                  `json:"language"`   // BCP 47 tag; empty: the company's
	Members    []escalation.PersonID   `json:"members"`
	Managers   []escalation.PersonID   `json:"managers"`
}

// A Task is where tickets live (seed: Vorgang).
type Task struct {
	ID       escalation.TaskID     `json:"id"`
	Project  escalation.ProjectID  `json:"project"` // empty: the task stands alone
	Members  []escalation.PersonID `json:"members"`
	Managers []escalation.PersonID `json:"managers"` // the project managers assigned to the task
}

// A MailboxAssignment says what becomes of the mails of a program's one
// mailbox. It stands beside the people in a file that configures a small
// installation.
type MailboxAssignment struct {
	Task            escalation.TaskID   `json:"task"`             // where the tickets go
	Creator         escalation.PersonID `json:"creator"`          // of mails from nobody known; an employee; may be empty
	CustomerContact escalation.PersonID `json:"customer_contact"` // may be empty
}

// clone returns a copy of d that shares nothing with it.
func (d Data) clone() Data {
	d.Persons = slices.Clone(d.Persons)
	d.Administrators = slices.Clone(d.Administrators)
	d.Departments = slices.Clone(d.Departments)
	for i, x := range d.Departments {
		d.Departments[i].Managers = slices.Clone(x.Managers)
	}
	d.Projects = slices.Clone(d.Projects)
	for i, x := range d.Projects {
		d.Projects[i].Members, d.Projects[i].Managers = slices.Clone(x.Members), slices.Clone(x.Managers)
	}
	d.Tasks = slices.Clone(d.Tasks)
	for i, x := range d.Tasks {
		d.Tasks[i].Members, d.Tasks[i].Managers = slices.Clone(x.Members), slices.Clone(x.Managers)
	}
	if d.Mailbox != nil {
		m := *d.Mailbox
		d.Mailbox = &m
	}
	return d
}
