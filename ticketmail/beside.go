package ticketmail

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
)

// rest finds the stored mailboxes that cannot be polled beside those before
// them: the program has come to read the same folder, or more is known than
// when they were stored of what must not stand together. What the program
// defines comes first; New refuses it if it cannot be.
func (r *routing) rest() {
	if (mailbox.Routes{Mailboxes: r.Mailboxes}).Validate() == nil {
		return
	}
	r.resting = map[mailbox.ID]*mailbox.FieldError{}
	var polled mailbox.Routes
	for _, m := range r.Mailboxes {
		polled.Mailboxes = append(polled.Mailboxes, m)
		if err, cannot := errors.AsType[*mailbox.FieldError](unnumbered(polled.Validate())); cannot {
			r.resting[m.ID] = err
			polled.Mailboxes = polled.Mailboxes[:len(polled.Mailboxes)-1]
		}
	}
}

// blame validates everything together, such that what is said of a mailbox
// just changed is refused, and not what was there before.
func (r *routing) blame(id mailbox.ID) error {
	all := r.Routes
	last := func(of mailbox.ID) int {
		if of == id {
			return 1
		}
		return 0
	}
	all.Mailboxes, all.Assignments = slices.Clone(r.Mailboxes), slices.Clone(r.Assignments)
	slices.SortStableFunc(all.Mailboxes, func(a, b mailbox.Mailbox) int { return last(a.ID) - last(b.ID) })
	slices.SortStableFunc(all.Assignments, func(a, b mailbox.Assignment) int { return last(a.Mailbox) - last(b.Mailbox) })
	if all.Validate() == nil {
		return nil
	}
	return unnumbered(without(all, id).Validate())
}

// without leaves out of routes what cannot be even without one mailbox, and is
// not its fault. Other mailboxes that cannot be stay by their names, which
// others are not to take.
func without(all mailbox.Routes, id mailbox.ID) mailbox.Routes {
	r := mailbox.Routes{Departments: map[escalation.DepartmentID]mailbox.ID{}}
	for _, m := range all.Mailboxes {
		r.Mailboxes = append(r.Mailboxes, m)
		last := len(r.Mailboxes) - 1
		if m.ID != id && r.Validate() != nil {
			r.Mailboxes[last] = mailbox.Mailbox{ID: m.ID, Host: "resting.invalid", User: string(m.ID)}
			if r.Validate() != nil { // not even its name
				r.Mailboxes = r.Mailboxes[:last]
			}
		}
	}
	for _, a := range all.Assignments {
		r.Assignments = append(r.Assignments, a)
		if a.Mailbox != id && r.Validate() != nil {
			r.Assignments = r.Assignments[:len(r.Assignments)-1]
		}
	}
	known := func(of mailbox.ID) bool {
		return of == id || slices.ContainsFunc(all.Mailboxes, func(m mailbox.Mailbox) bool { return m.ID == of })
	}
	if known(all.Default) {
		r.Default = all.Default
	}
	maps.Copy(r.Departments, all.Departments)
	maps.DeleteFunc(r.Departments, func(_ escalation.DepartmentID, of mailbox.ID) bool { return !known(of) })
	return r
}

// unnumbered takes the number of a mailbox from the name of a field, which
// means nothing among those that are stored.
func unnumbered(err error) error {
	if e, ok := errors.AsType[*mailbox.FieldError](err); ok {
		if _, field, nested := strings.Cut(e.Field, "]."); nested { // Mailboxes[3].Folders
			return &mailbox.FieldError{Field: field, Reason: e.Reason}
		}
	}
	return err
}
