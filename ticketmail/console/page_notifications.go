package console

import (
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// notificationsBody is the table of events.
type notificationsBody struct {
	Project escalation.ProjectID // empty: the company
	Choose  form
	Own     []escalation.ProjectID // projects with rules of their own
	Rows    []ruleRow
}

// A ruleRow is one event: what holds, and which of it is not as preset.
type ruleRow struct {
	notify.Rule
	Number     int // the seed's; 0: none
	To, Free   string
	Changed    map[string]bool // by field of notify.Rule
	AnyChanged bool
}

// notifications shows the table, of the company or of the project that the
// query names.
func (v *visit) notifications() error {
	book, err := v.engine.RuleBook(v.r.Context())
	if err != nil {
		return err
	}
	project := escalation.ProjectID(v.value("project"))
	body := &notificationsBody{Project: project, Own: slices.Sorted(maps.Keys(book.Projects))}
	for i, kind := range v.setup.Kinds {
		row := v.ruleRow(book, kind, project)
		if i < 8 {
			row.Number = i + 1
		}
		body.Rows = append(body.Rows, row)
	}
	known := make([]string, len(body.Own))
	for i, id := range body.Own {
		known[i] = string(id)
	}
	suggest, err := v.placeOptions(Projects, known...)
	if err != nil {
		return err
	}
	body.Choose.add(field{Name: "project", Label: v.T("notification.project"), Value: string(project), Suggest: suggest})
	title := v.T("menu.notifications")
	if project != "" {
		title = v.T("notification.of", project)
	}
	p := page{Title: title, Nav: "notifications", Body: body}
	if project != "" {
		p.Crumbs = []crumb{{v.T("menu.notifications"), v.URL("notifications")}}
	}
	return v.show("notifications", p)
}

// above returns the rule that a company's or project's change is laid over.
func above(book notify.RuleBook, kind notify.Kind, project escalation.ProjectID) notify.Rule {
	if project == "" {
		book.Company = nil
	}
	return book.Rule(kind, "")
}

func (v *visit) ruleRow(book notify.RuleBook, kind notify.Kind, project escalation.ProjectID) ruleRow {
	r := book.Rule(kind, project)
	row := ruleRow{Rule: r, To: v.recipients(r, r.Roles), Changed: map[string]bool{}}
	if r.Unassigned != nil {
		row.Free = v.recipients(r, r.Unassigned)
	}
	for _, d := range v.differences(above(book, kind, project), r) {
		row.Changed[d.Field], row.AnyChanged = true, true
	}
	return row
}

// recipients names whom a rule tells, with these roles.
func (v *visit) recipients(r notify.Rule, roles []notify.Role) string {
	var list []string
	for _, role := range roles {
		list = append(list, v.Name("role", role))
	}
	for _, id := range r.People {
		list = append(list, v.Person(id))
	}
	list = append(list, r.Addresses...)
	if len(list) == 0 {
		return v.T("notification.nobody")
	}
	return strings.Join(list, ", ")
}

// A difference is a field of a rule that is not as the one above it.
type difference struct {
	Field, Label, Now, Base string
}

// ruleField says how a field of a rule is called and shown.
type ruleField struct {
	name, label string
	show        func(v *visit, r notify.Rule) string
	drop        func(p *notify.RulePatch)
	same        func(a, b notify.Rule) bool
}

// ruleFields are the fields of a rule, in the order of the form.
func ruleFields() []ruleField {
	return []ruleField{
		{"Active", "notification.active", func(v *visit, r notify.Rule) string { return v.yesNo(r.Active) }, func(p *notify.RulePatch) { p.Active = nil }, func(a, b notify.Rule) bool { return a.Active == b.Active }},
		{"Roles", "notification.roles", func(v *visit, r notify.Rule) string { return v.recipients(notify.Rule{}, sortedRoles(r.Roles)) }, func(p *notify.RulePatch) { p.Roles = nil }, func(a, b notify.Rule) bool { return sameSet(a.Roles, b.Roles) }},
		{"Unassigned", "notification.roles.free", showUnassigned, func(p *notify.RulePatch) { p.Unassigned, p.UnassignedAsRoles = nil, false }, sameUnassigned},
		{"SkipActor", "notification.skip", func(v *visit, r notify.Rule) string { return v.yesNo(r.SkipActor) }, func(p *notify.RulePatch) { p.SkipActor = nil }, func(a, b notify.Rule) bool { return a.SkipActor == b.SkipActor }},
		{"People", "notification.people", func(v *visit, r notify.Rule) string { return v.recipients(notify.Rule{People: r.People}, nil) }, func(p *notify.RulePatch) { p.People = nil }, func(a, b notify.Rule) bool { return sameSet(a.People, b.People) }},
		{"Addresses", "notification.addresses", func(v *visit, r notify.Rule) string { return v.recipients(notify.Rule{Addresses: r.Addresses}, nil) }, func(p *notify.RulePatch) { p.Addresses = nil }, func(a, b notify.Rule) bool { return sameSet(a.Addresses, b.Addresses) }},
		{"Template", "notification.template", func(v *visit, r notify.Rule) string { return v.templateName(r.Template) }, func(p *notify.RulePatch) { p.Template = nil }, func(a, b notify.Rule) bool { return a.Template == b.Template }},
		{"Delay", "notification.delay", func(v *visit, r notify.Rule) string { return v.Delay(r.Delay) }, func(p *notify.RulePatch) { p.Delay = nil }, func(a, b notify.Rule) bool { return a.Delay == b.Delay }},
		{"Attach", "notification.attach", func(v *visit, r notify.Rule) string { return v.Bytes(r.Attach) }, func(p *notify.RulePatch) { p.Attach = nil }, func(a, b notify.Rule) bool { return a.Attach == b.Attach }},
	}
}

func showUnassigned(v *visit, r notify.Rule) string {
	if r.Unassigned == nil {
		return v.T("notification.same")
	}
	return v.recipients(notify.Rule{}, sortedRoles(r.Unassigned))
}

func sameUnassigned(a, b notify.Rule) bool {
	return (a.Unassigned == nil) == (b.Unassigned == nil) && sameSet(a.Unassigned, b.Unassigned)
}

// differences returns the fields of now that are not as in base.
func (v *visit) differences(base, now notify.Rule) []difference {
	var list []difference
	for _, f := range ruleFields() {
		if a, b := f.show(v, base), f.show(v, now); a != b {
			list = append(list, difference{Field: f.name, Label: v.T(f.label), Now: b, Base: a})
		}
	}
	return list
}

// sortedRoles returns roles in the order of forms.
func sortedRoles(roles []notify.Role) []notify.Role {
	list := slices.Clone(roles)
	slices.Sort(list)
	return list
}

// yesNo shows a switch.
func (v *visit) yesNo(on bool) string {
	if on {
		return v.T("word.yes")
	}
	return v.T("word.no")
}

// Delay shows how long mails are collected.
func (v *visit) Delay(d time.Duration) string {
	if d == 0 {
		return v.T("notification.delay.none")
	}
	return v.Span(d)
}

// templateName is what the table calls a rule's template.
func (v *visit) templateName(name string) string {
	if name == "" {
		return v.T("notification.template.own")
	}
	return v.Name("event", name)
}
