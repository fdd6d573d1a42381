package memdirectory

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"example.com/ticketmail/escalation"
)

// A FieldError reports a field of [Data] that is wrong.
type FieldError struct {
	Field  string // path, for example "persons[3].address"
	Record string // id of the record the field belongs to; may be empty
	Line   int    // in the file read by [ReadJSON], from 1; 0: not from a file
	Err    error
}

// Error gives the line, the path, the record and the fault.
func (e *FieldError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	b.WriteString(e.Field)
	if e.Record != "" {
		fmt.Fprintf(&b, " (of %q)", e.Record)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the fault.
func (e *FieldError) Unwrap() error { return e.Err }

// Validate reports every fault of d as a [*FieldError], joined with
// [errors.Join]: missing and duplicate ids, references to records that do not
// exist, departments that contain themselves, addresses that are no bare
// addr-spec (RFC 5322 section 3.4.1), languages that are no BCP 47 tag.
func (d Data) Validate() error {
	c := checker{
		persons:     ids(d.Persons, func(p Person) escalation.PersonID { return p.ID }),
		departments: ids(d.Departments, func(d Department) escalation.DepartmentID { return d.ID }),
		projects:    ids(d.Projects, func(p Project) escalation.ProjectID { return p.ID }),
		tasks:       ids(d.Tasks, func(t Task) escalation.TaskID { return t.ID }),
	}
	c.language("language", d.Language)
	c.checkPersons(d.Persons)
	c.checkDepartments(d.Departments)
	c.checkProjects(d.Projects)
	c.checkTasks(d.Tasks)
	refs(&c, "administrators", d.Administrators, c.persons)
	if d.Mailbox != nil {
		c.checkMailbox(*d.Mailbox, d.Persons)
	}
	return errors.Join(c.errs...)
}

// A checker collects the faults of a Data.
type checker struct {
	persons     map[escalation.PersonID]int // index of the first record with the id
	departments map[escalation.DepartmentID]int
	projects    map[escalation.ProjectID]int
	tasks       map[escalation.TaskID]int

	record string // id of the record being checked
	errs   []error
}

func (c *checker) fault(field, format string, args ...any) {
	c.errs = append(c.errs, &FieldError{Field: field, Record: c.record, Err: fmt.Errorf(format, args...)})
}

func (c *checker) checkPersons(persons []Person) {
	for i, p := range persons {
		at := begin(c, "persons", i, p.ID, c.persons)
		c.text(at+".name", p.Name)
		c.address(at+".address", p.Address)
		c.language(at+".language", p.Language)
		switch p.Kind {
		case "", escalation.Employee, escalation.Contact:
		default:
			c.fault(at+".kind", "%q is neither %q nor %q", p.Kind, escalation.Employee, escalation.Contact)
		}
	}
	c.record = ""
}

func (c *checker) checkDepartments(departments []Department) {
	for i, d := range departments {
		at := begin(c, "departments", i, d.ID, c.departments)
		ref(c, at+".parent", d.Parent, c.departments)
		refs(c, at+".managers", d.Managers, c.persons)
		if c.inCycle(departments, d) {
			c.fault(at+".parent", "department %q is above itself", d.ID)
		}
	}
	c.record = ""
}

// inCycle reports whether d is among its own parents.
func (c *checker) inCycle(departments []Department, d Department) bool {
	parent := d.Parent
	for range departments {
		if parent == "" {
			return false
		}
		if parent == d.ID {
			return true
		}
		i, ok := c.departments[parent]
		if !ok {
			return false
		}
		parent = departments[i].Parent
	}
	return false // another cycle above d, reported there
}

func (c *checker) checkProjects(projects []Project) {
	for i, p := range projects {
		at := begin(c, "projects", i, p.ID, c.projects)
		ref(c, at+".department", p.Department, c.departments)
		c.language(at+".language", p.Language)
		refs(c, at+".members", p.Members, c.persons)
		refs(c, at+".managers", p.Managers, c.persons)
	}
	c.record = ""
}

func (c *checker) checkTasks(tasks []Task) {
	for i, t := range tasks {
		at := begin(c, "tasks", i, t.ID, c.tasks)
		ref(c, at+".project", t.Project, c.projects)
		refs(c, at+".members", t.Members, c.persons)
		refs(c, at+".managers", t.Managers, c.persons)
	}
	c.record = ""
}

func (c *checker) checkMailbox(m MailboxAssignment, persons []Person) {
	if m.Task == "" {
		c.fault("mailbox.task", "is missing")
	}
	ref(c, "mailbox.task", m.Task, c.tasks)
	ref(c, "mailbox.creator", m.Creator, c.persons)
	ref(c, "mailbox.customer_contact", m.CustomerContact, c.persons)
	if i, ok := c.persons[m.Creator]; ok && persons[i].Kind != escalation.Employee {
		c.fault("mailbox.creator", "person %q is no employee", m.Creator)
	}
}

func (c *checker) language(field, tag string) {
	if tag == "" {
		return
	}
	if _, err := language.Parse(tag); err != nil {
		c.fault(field, "%q is no BCP 47 tag: %w", tag, err)
	}
}

// address accepts what net/mail reads as an addr-spec and nothing else, so a
// display name, a comment or a line break is refused.
func (c *checker) address(field, address string) {
	if address == "" {
		return
	}
	a, err := mail.ParseAddress(address)
	switch {
	case err != nil:
		c.fault(field, "%q is no mail address: %w", address, err)
	case a.Address != address:
		c.fault(field, "%q is no bare mail address (name@host)", address)
	}
}

// text refuses what must not reach a header field or a log.
func (c *checker) text(field, s string) {
	if strings.ContainsFunc(s, unicode.IsControl) {
		c.fault(field, "%q holds a control character", s)
	}
}

// ids returns the index of the first record with each id.
func ids[R any, ID ~string](records []R, id func(R) ID) map[ID]int {
	m := make(map[ID]int, len(records))
	for i, r := range records {
		if _, dup := m[id(r)]; !dup && id(r) != "" {
			m[id(r)] = i
		}
	}
	return m
}

// begin checks the id of record i of a list and returns the record's path.
func begin[ID ~string](c *checker, list string, i int, id ID, known map[ID]int) string {
	at := fmt.Sprintf("%s[%d]", list, i)
	c.record = string(id)
	switch first := known[id]; {
	case id == "":
		c.fault(at+".id", "is missing")
	case first != i:
		c.fault(at+".id", "%q is the id of %s[%d] already", id, list, first)
	}
	c.text(at+".id", string(id))
	return at
}

// ref checks a reference that may be empty.
func ref[ID ~string](c *checker, field string, id ID, known map[ID]int) {
	if _, ok := known[id]; !ok && id != "" {
		c.fault(field, "%q does not exist", id)
	}
}

// refs checks a list of references, none of which may be empty.
func refs[ID ~string](c *checker, field string, list []ID, known map[ID]int) {
	for i, id := range list {
		if _, ok := known[id]; !ok {
			c.fault(fmt.Sprintf("%s[%d]", field, i), "%q does not exist", id)
		}
	}
}
