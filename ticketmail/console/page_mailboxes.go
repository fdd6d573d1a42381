package console

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// mailboxesBody is the table of mailboxes.
type mailboxesBody struct {
	Rows []mailboxRow
	Form form // the default mailboxes
}

// A mailboxRow is a mailbox and how it fares.
type mailboxRow struct {
	mailbox.Mailbox
	Status  ticketmail.MailboxStatus
	Why     diagnosis // what is behind its error, while it fails
	How     string    // key of its state, below "mailbox.how."
	Grade   string    // class: "good", "warn", "bad" or none
	Fixed   bool
	Default bool
}

// mailboxes shows the table.
func (v *visit) mailboxes() error {
	body, err := v.mailboxTable()
	if err != nil {
		return err
	}
	return v.show("mailboxes", page{Title: v.T("menu.mailboxes"), Nav: "mailboxes", Body: body})
}

func (v *visit) mailboxTable() (*mailboxesBody, error) {
	routes, err := v.engine.Routes(v.r.Context())
	if err != nil {
		return nil, err
	}
	rows, err := v.mailboxRows(routes)
	if err != nil {
		return nil, err
	}
	body := &mailboxesBody{Rows: rows, Form: form{off: !v.Administers()}}
	return body, v.defaultsForm(&body.Form, routes)
}

// mailboxRows returns all mailboxes by their names.
func (v *visit) mailboxRows(routes mailbox.Routes) ([]mailboxRow, error) {
	statuses, err := v.engine.Status(v.r.Context())
	if err != nil {
		return nil, err
	}
	var rows []mailboxRow
	for _, m := range routes.Mailboxes {
		row := mailboxRow{Mailbox: m.WithDefaults(), Fixed: v.fixed(m.ID), Default: routes.Default == m.ID}
		if i := slices.IndexFunc(statuses, func(s ticketmail.MailboxStatus) bool { return s.Mailbox == m.ID }); i >= 0 {
			row.Status = statuses[i]
		}
		if row.How, row.Grade = howFares(row.Status); row.How == "failing" {
			row.Why = v.diagnose(row.Status.Err, mailbox.Diagnose(row.Status.Err))
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b mailboxRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return rows, nil
}

// howFares says in a word how a mailbox is, and how bad that is.
func howFares(s ticketmail.MailboxStatus) (how, grade string) {
	_, consent := errors.AsType[*ticketmail.ConsentError](s.Err)
	switch {
	case s.Inactive:
		return "inactive", ""
	case s.Task == "":
		return "free", "warn"
	case consent:
		return "consent", "warn"
	case s.Paused:
		return "paused", "warn"
	case s.Err != nil:
		return "failing", "bad"
	case s.Polling:
		return "polling", "good"
	case s.Elsewhere:
		return "elsewhere", ""
	case s.LastSuccess.IsZero():
		return "new", ""
	}
	return "ok", "good"
}

// defaultsForm offers a default mailbox for the company and each department
// that has one.
func (v *visit) defaultsForm(f *form, routes mailbox.Routes) error {
	choices := func(on mailbox.ID) []option {
		list := []option{{Value: "", Text: v.T("defaults.none"), On: on == ""}}
		for _, m := range routes.Mailboxes {
			list = append(list, option{Value: string(m.ID), Text: m.WithDefaults().Name, On: m.ID == on})
		}
		return list
	}
	f.add(field{Name: "company", Kind: "select", Label: v.T("defaults.company"), Options: choices(routes.Default)})
	for _, d := range slices.Sorted(maps.Keys(routes.Departments)) {
		f.add(field{Name: "of." + string(d), Kind: "select", Label: v.T("defaults.of", d), Options: choices(routes.Departments[d])})
	}
	suggest, err := v.placeOptions(Departments)
	if err != nil {
		return err
	}
	v.over(f)
	f.add(field{Name: "department", Label: v.T("defaults.department"), Suggest: suggest, Value: v.value("department")})
	f.add(field{Name: "mailbox", Kind: "select", Label: v.T("defaults.mailbox"), Options: choices(mailbox.ID(v.value("mailbox")))})
	return nil
}

// saveDefaults carries the form out: what changed of it.
func (v *visit) saveDefaults() error {
	ctx := v.r.Context()
	routes, err := v.engine.Routes(ctx)
	if err != nil {
		return err
	}
	wanted := map[escalation.DepartmentID]mailbox.ID{"": mailbox.ID(v.value("company"))}
	for d, had := range routes.Departments {
		if wanted[d] = had; v.r.Form.Has("of." + string(d)) { // else somebody gave it one after the form was shown
			wanted[d] = mailbox.ID(v.value("of." + string(d)))
		}
	}
	more, at := escalation.DepartmentID(v.value("department")), mailbox.ID(v.value("mailbox"))
	body, err := v.mailboxTable()
	if err != nil {
		return err
	}
	f := &body.Form
	if (more == "") != (at == "") {
		f.refuse(map[bool]string{true: "department", false: "mailbox"}[more == ""], v.T("form.missing"))
	} else {
		v.changed(f, f)
	}
	if !f.ok() {
		f.Get("company").choose(string(wanted[""]))
		for d := range routes.Departments {
			if field := f.Get("of." + string(d)); field != nil { // else its default went meanwhile
				field.choose(string(wanted[d]))
			}
		}
		return v.refuse("mailboxes", page{Title: v.T("menu.mailboxes"), Nav: "mailboxes", Body: body})
	}
	if more != "" {
		wanted[more] = at
	}
	for d, id := range wanted {
		had := routes.Departments[d]
		if d == "" {
			had = routes.Default
		}
		if had == id {
			continue
		}
		if err := v.engine.SetDefaultMailbox(ctx, d, id); err != nil {
			return err
		}
	}
	return v.goTo("defaults", "mailboxes")
}

// row returns the mailbox that the query names.
func (v *visit) row() (mailboxRow, mailbox.Routes, error) {
	routes, err := v.engine.Routes(v.r.Context())
	if err != nil {
		return mailboxRow{}, routes, err
	}
	rows, err := v.mailboxRows(routes)
	if err != nil {
		return mailboxRow{}, routes, err
	}
	i := slices.IndexFunc(rows, func(r mailboxRow) bool { return string(r.ID) == v.r.Form.Get("id") })
	if i < 0 {
		return mailboxRow{}, routes, errGone
	}
	return rows[i], routes, nil
}

// deletionBody asks before a mailbox is deleted.
type deletionBody struct {
	ID   mailbox.ID
	Form form
}

func (v *visit) deletionOfMailbox(id mailbox.ID) page {
	return page{
		Title: v.T("mailbox.delete", id), Nav: "mailboxes", Body: &deletionBody{ID: id},
		Crumbs: []crumb{{v.T("menu.mailboxes"), v.URL("mailboxes")}, {v.T("mailbox.title", id), v.URL("mailboxes/show", "id", id)}},
	}
}

// askDeleteMailbox shows what deleting means.
func (v *visit) askDeleteMailbox() error {
	row, _, err := v.row()
	if err != nil {
		return err
	}
	return v.show("mailbox_delete", v.deletionOfMailbox(row.ID))
}

// deleteMailbox carries it out.
func (v *visit) deleteMailbox() error {
	id := mailbox.ID(v.value("id"))
	err := v.engine.DeleteMailbox(v.r.Context(), id)
	if used, ok := errors.AsType[*ticketmail.InUseError](err); ok {
		p := v.deletionOfMailbox(id)
		by, err := v.usedBy(id)
		if err != nil {
			return err
		}
		p.Body.(*deletionBody).Form.fault = v.T("mailbox.inuse") + " " + cmp.Or(by, used.By) + "."
		return v.refuse("mailbox_delete", p)
	}
	if errors.Is(err, storage.ErrNotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	return v.goTo("mailbox.gone", "mailboxes")
}

// usedBy says what a mailbox is still needed for; empty: for nothing.
func (v *visit) usedBy(id mailbox.ID) (string, error) {
	routes, err := v.engine.Routes(v.r.Context())
	if err != nil {
		return "", err
	}
	var uses []string
	if a, ok := routes.Assignment(id); ok {
		uses = append(uses, v.T("inuse.task", a.Task))
	}
	if routes.Default == id {
		uses = append(uses, v.T("inuse.company"))
	}
	for _, d := range slices.Sorted(maps.Keys(routes.Departments)) {
		if routes.Departments[d] == id {
			uses = append(uses, v.T("inuse.department", d))
		}
	}
	return strings.Join(uses, ", "), nil
}
