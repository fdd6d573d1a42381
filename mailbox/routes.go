package mailbox

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
)

// Routes say which mailbox serves what: the assignments to tasks, the default
// mailboxes of departments, and the company's.
type Routes struct {
	Mailboxes   []Mailbox
	Assignments []Assignment
	Departments map[escalation.DepartmentID]ID // department -> its default mailbox; sub-departments inherit it
	Default     ID                             // the company's default mailbox; empty: none
}

// A Route is the mailbox through which answers about a ticket come back.
type Route struct {
	Mailbox ID       // empty: none, answers would be lost
	Address string   // the mailbox's address, for Reply-To
	Reasons []Reason // the steps that led there, and those that did not
}

// ReplyTo finds the mailbox for answers about a ticket at a place: the one of
// the ticket's task, else the default of the task's department, then of its
// parents, else the company's default (seed: "Reply-To"-Adresse). Active ones
// with an address come first; if none on the way is active, the inactive one
// of the first step that has one is taken: its mail waits until it is
// switched on. It is a pure function of its arguments.
func (r Routes) ReplyTo(at escalation.Place) Route {
	var route Route
	var waiting *Mailbox
	note := func(code, format string, args ...any) {
		route.Reasons = append(route.Reasons, Reason{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	for _, step := range r.steps(at) {
		m, ok := r.mailbox(step.mailbox)
		switch {
		case step.mailbox == "":
			note(step.code, "%s has no mailbox", step.what)
		case !ok:
			note(step.code, "%s names mailbox %s, which does not exist", step.what, step.mailbox)
		case m.Address == "":
			note(step.code, "mailbox %s of %s has no address", m.ID, step.what)
		case m.Inactive:
			note(step.code, "mailbox %s of %s is inactive", m.ID, step.what)
			if waiting == nil {
				waiting = &m
			}
		default:
			note(step.code, "mailbox %s of %s", m.ID, step.what)
			route.Mailbox, route.Address = m.ID, m.Address
			return route
		}
	}
	if waiting != nil {
		note("inactive", "no active mailbox on the way: answers wait in %s", waiting.ID)
		route.Mailbox, route.Address = waiting.ID, waiting.Address
	} else {
		note("none", "no mailbox receives the answers")
	}
	return route
}

type routeStep struct {
	code, what string
	mailbox    ID
}

func (r Routes) steps(at escalation.Place) []routeStep {
	steps := []routeStep{{"task", fmt.Sprintf("task %s", at.Task), r.OfTask(at.Task)}}
	for _, d := range at.Departments {
		steps = append(steps, routeStep{"department", fmt.Sprintf("department %s", d), r.Departments[d]})
	}
	return append(steps, routeStep{"default", "the company", r.Default})
}

// OfTask returns the mailbox assigned to a task, or "". One that does not exist
// any more hides none that does.
func (r Routes) OfTask(task escalation.TaskID) ID {
	var gone ID
	for _, a := range r.Assignments {
		if a.Task != task {
			continue
		}
		if _, ok := r.mailbox(a.Mailbox); ok {
			return a.Mailbox
		}
		gone = cmp.Or(gone, a.Mailbox)
	}
	return gone
}

// Assignment returns what a mailbox is assigned to.
func (r Routes) Assignment(id ID) (Assignment, bool) {
	for _, a := range r.Assignments {
		if a.Mailbox == id {
			return a, true
		}
	}
	return Assignment{}, false
}

func (r Routes) mailbox(id ID) (Mailbox, bool) {
	i := slices.IndexFunc(r.Mailboxes, func(m Mailbox) bool { return m.ID == id })
	if i < 0 {
		return Mailbox{}, false
	}
	return r.Mailboxes[i], true
}

// Polled reports whether address is that of one of the mailboxes, compared
// without case: mail we send there would come back to us.
func (r Routes) Polled(address string) bool {
	return slices.ContainsFunc(r.Mailboxes, func(m Mailbox) bool {
		return m.Address != "" && strings.EqualFold(m.Address, address)
	})
}

// Validate returns a *FieldError for the first thing that cannot be: a
// mailbox or task assigned twice, one folder in two mailboxes, unknown names.
func (r Routes) Validate() error {
	seen := map[string]string{} // folder of an account -> mailbox
	ids := map[string]int{}     // in lower case
	for i, m := range r.Mailboxes {
		field := fmt.Sprintf("Mailboxes[%d]", i)
		if err := m.Validate(); err != nil {
			return prefixField(field, err)
		}
		id := strings.ToLower(string(m.ID))
		if j, taken := ids[id]; taken {
			return &FieldError{field + ".ID", fmt.Sprintf("%q is the ID of Mailboxes[%d] too", m.ID, j)}
		}
		ids[id] = i
		m = m.WithDefaults()
		for _, f := range m.Folders {
			account := fmt.Sprintf("%s folder %s", m.account(), foldFolder(f))
			if other, ok := seen[account]; ok {
				return &FieldError{field + ".Folders", fmt.Sprintf("%s is read by mailbox %s already", account, other)}
			}
			seen[account] = string(m.ID)
		}
	}
	for i, m := range r.Mailboxes {
		for field, folder := range map[string]string{"MoveTo": m.MoveTo, "MoveFailing": m.MoveFailing} {
			if other, ok := seen[fmt.Sprintf("%s folder %s", m.account(), foldFolder(folder))]; ok && folder != "" {
				return &FieldError{fmt.Sprintf("Mailboxes[%d].%s", i, field), fmt.Sprintf("%q is read by mailbox %s: what is moved there would come again", folder, other)}
			}
		}
	}
	for i, a := range r.Assignments {
		field := fmt.Sprintf("Assignments[%d]", i)
		if _, ok := r.mailbox(a.Mailbox); !ok {
			return &FieldError{field + ".Mailbox", fmt.Sprintf("there is no mailbox %q", a.Mailbox)}
		}
		if a.Task == "" {
			return &FieldError{field + ".Task", "is missing"}
		}
		for _, b := range r.Assignments[:i] {
			if a.Mailbox == b.Mailbox {
				return &FieldError{field + ".Mailbox", fmt.Sprintf("mailbox %q serves task %q already", a.Mailbox, b.Task)}
			}
			if a.Task == b.Task {
				return &FieldError{field + ".Task", fmt.Sprintf("task %q has mailbox %q already", a.Task, b.Mailbox)}
			}
		}
	}
	if _, ok := r.mailbox(r.Default); r.Default != "" && !ok {
		return &FieldError{"Default", fmt.Sprintf("there is no mailbox %q", r.Default)}
	}
	for _, d := range slices.Sorted(maps.Keys(r.Departments)) {
		if _, ok := r.mailbox(r.Departments[d]); !ok {
			return &FieldError{fmt.Sprintf("Departments[%s]", d), fmt.Sprintf("there is no mailbox %q", r.Departments[d])}
		}
	}
	return nil
}

// account names the mailbox's account on its server, so that two mailboxes on
// one account can be told. Port and protocol are only ways to it. Letter case
// makes no other account: hardly a server tells users apart by it, and many
// take any.
func (m Mailbox) account() string {
	return strings.ToLower(fmt.Sprintf("%s@%s", m.User, strings.TrimSuffix(m.Host, ".")))
}

// foldFolder writes folder names one way that are the same folder on some
// server: INBOX is case-insensitive everywhere (RFC 9051 section 5.1), all names
// are on Exchange, and whether "." or "/" parts a name is the server's business.
// Who reads a folder under two names finds its mails twice.
func foldFolder(folder string) string {
	return strings.ToLower(strings.ReplaceAll(folder, "/", "."))
}

func prefixField(prefix string, err error) error {
	if e, ok := err.(*FieldError); ok { //nolint:errorlint // Validate returns it unwrapped
		return &FieldError{prefix + "." + e.Field, e.Reason}
	}
	return err
}
