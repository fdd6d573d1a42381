package console

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// notificationBody is the form of one event.
type notificationBody struct {
	Form     form
	Kind     notify.Kind
	Project  escalation.ProjectID
	Differs  []difference
	Above    string // what the column of the rule above is called
	Template string // name of the words that are used
}

// A ruleEdit is what a form about one rule works on.
type ruleEdit struct {
	kind    notify.Kind
	project escalation.ProjectID
	base    notify.Rule      // without the change
	rule    notify.Rule      // with it
	patch   notify.RulePatch // the change
}

// ruleEdit reads the rule that the query names.
func (v *visit) ruleEdit() (ruleEdit, error) {
	book, err := v.engine.RuleBook(v.r.Context())
	if err != nil {
		return ruleEdit{}, err
	}
	e := ruleEdit{kind: notify.Kind(v.value("event")), project: escalation.ProjectID(v.value("project"))}
	if !slices.Contains(v.setup.Kinds, e.kind) {
		return ruleEdit{}, errGone
	}
	e.base, e.rule = above(book, e.kind, e.project), book.Rule(e.kind, e.project)
	if e.patch = book.Company[e.kind]; e.project != "" {
		e.patch = book.Projects[e.project][e.kind]
	}
	return e, nil
}

// editNotification shows the form.
func (v *visit) editNotification() error {
	e, err := v.ruleEdit()
	if err != nil {
		return err
	}
	body, err := v.notificationForm(e, e.rule)
	if err != nil {
		return err
	}
	return v.show("notification", v.notificationPage(body))
}

func (v *visit) notificationPage(b *notificationBody) page {
	title := v.Name("event", b.Kind)
	crumbs := []crumb{{v.T("menu.notifications"), v.URL("notifications")}}
	if b.Project != "" {
		crumbs = append(crumbs, crumb{v.T("notification.of", b.Project), v.URL("notifications", "project", b.Project)})
		title = v.T("notification.edit.in", title, b.Project)
	}
	return page{Title: title, Nav: "notifications", Body: b, Crumbs: crumbs}
}

// notificationForm shows a rule in the form.
func (v *visit) notificationForm(e ruleEdit, r notify.Rule) (*notificationBody, error) {
	b := &notificationBody{Form: form{off: !v.Administers()}, Kind: e.kind, Project: e.project, Differs: v.differences(e.base, e.rule)}
	if b.Above = v.T("notification.differs.base"); e.project != "" {
		b.Above = v.T("notification.differs.above")
	}
	if b.Template = r.Template; b.Template == "" {
		b.Template = string(e.kind)
	}
	names, err := v.templateOptions(r.Template)
	if err != nil {
		return nil, err
	}
	f := &b.Form
	f.add(field{Name: "active", Kind: "check", Label: v.T("notification.active"), Hint: v.T("notification.active.hint"), Value: checked(r.Active)})
	f.add(field{Name: "roles", Kind: "checks", Label: v.T("notification.roles"), Options: v.roleOptions(r.Roles)})
	f.add(field{Name: "same", Kind: "check", Label: v.T("notification.same"), Hint: v.T("notification.same.hint"), Value: checked(r.Unassigned == nil)})
	f.add(field{Name: "free", Kind: "checks", Label: v.T("notification.roles.free"), Options: v.roleOptions(r.Unassigned), When: "when-free"})
	f.add(field{Name: "skip", Kind: "check", Label: v.T("notification.skip"), Value: checked(r.SkipActor)})
	f.add(field{Name: "people", Kind: "checks", Label: v.T("notification.people"), Options: v.personOptions(r.People)})
	f.add(field{Name: "person", Label: v.T("notification.person"), Hint: v.T("notification.person.hint")})
	f.add(field{Name: "addresses", Kind: "area", Rows: 3, Label: v.T("notification.addresses"), Hint: v.T("notification.addresses.hint"), Value: strings.Join(r.Addresses, "\n")})
	f.add(field{Name: "template", Kind: "select", Label: v.T("notification.template"), Options: names})
	f.add(field{Name: "delay", Kind: "number", Label: v.T("notification.delay.field"), Hint: v.T("notification.delay.hint"), Value: strconv.Itoa(int(r.Delay / time.Minute))})
	f.add(field{Name: "attach", Kind: "number", Label: v.T("notification.attach"), Hint: v.T("notification.attach.hint"), Value: strconv.FormatInt(r.Attach>>20, 10)})
	v.over(f)
	return b, nil
}

// roleOptions are all roles that a rule can name.
func (v *visit) roleOptions(on []notify.Role) []option {
	roles := []notify.Role{notify.RoleCreator, notify.RoleAssignee, notify.RoleLastAssignee, notify.RoleCustomerContact, notify.RoleSender}
	for _, g := range slices.Concat(escalation.DefaultChain(), v.setup.Chain) {
		if role := notify.GroupRole(g); !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	var list []option
	for _, role := range roles {
		list = append(list, option{Value: string(role), Text: v.Name("role", role), On: slices.Contains(on, role)})
	}
	return list
}

func (v *visit) personOptions(ids []escalation.PersonID) []option {
	var list []option
	for _, id := range ids {
		list = append(list, option{Value: string(id), Text: v.Person(id), On: true})
	}
	return list
}

// templateOptions are the words that a rule can name.
func (v *visit) templateOptions(on string) ([]option, error) {
	stored, err := v.engine.StoredTemplates(v.r.Context())
	if err != nil {
		return nil, err
	}
	list := []option{{Value: "", Text: v.T("notification.template.own"), On: on == ""}}
	for _, t := range slices.Concat(notify.BuiltinTemplates(), stored) {
		known := slices.ContainsFunc(list, func(o option) bool { return o.Value == t.Name })
		if !known && t.Name != notify.Several && !strings.HasPrefix(t.Name, "module:") {
			list = append(list, option{Value: t.Name, Text: v.Name("event", t.Name), On: t.Name == on})
		}
	}
	if on != "" && !slices.ContainsFunc(list, func(o option) bool { return o.On }) {
		list = append(list, option{Value: on, Text: on, On: true})
	}
	return list, nil
}

// saveNotification carries out the form, or the search in it.
func (v *visit) saveNotification() error {
	e, err := v.ruleEdit()
	if err != nil {
		return err
	}
	r := e.rule
	r.Active, r.SkipActor = v.value("active") != "", v.value("skip") != ""
	r.Roles, r.People = chosen[notify.Role](v, "roles"), chosen[escalation.PersonID](v, "people")
	if r.Unassigned = nil; v.value("same") == "" {
		r.Unassigned = append([]notify.Role{}, chosen[notify.Role](v, "free")...)
	}
	r.Addresses, r.Template = lines(v.text("addresses")), v.value("template")
	body, err := v.notificationForm(e, r)
	if err != nil {
		return err
	}
	f := &body.Form
	minutes, mib := v.wholeNumber(f, "delay", 0, int(notify.MaxDelay/time.Minute)), v.wholeNumber(f, "attach", 0, int(notify.MaxAttach>>20))
	if minutes != int(r.Delay/time.Minute) { // else it may be of seconds, which the form does not show
		r.Delay = time.Duration(minutes) * time.Minute
	}
	if mib != int(r.Attach>>20) {
		r.Attach = int64(mib) << 20
	}
	if v.tooMany(f, "addresses", r.Addresses) {
		return v.refuse("notification", v.notificationPage(body))
	}
	for _, a := range r.Addresses {
		if _, err := notify.WireAddress(a); err != nil {
			f.refuse("addresses", v.T("notification.addresses.bad", a))
		}
	}
	if query := v.value("person"); query != "" {
		if r.People, err = v.addPerson(f, query, r.People); err != nil {
			return err
		}
	}
	if v.value("do") == "search" {
		return v.show("notification", v.notificationPage(body))
	}
	stored, err := v.notificationForm(e, e.rule)
	if err != nil {
		return err
	}
	if f.ok() {
		v.changed(f, &stored.Form)
	}
	if !f.ok() {
		return v.refuse("notification", v.notificationPage(body))
	}
	err = v.engine.PatchRule(v.r.Context(), e.project, e.kind, patchOf(e, r))
	if i, ok := errors.AsType[*notify.InvalidError](err); ok {
		v.refuseEnglish(f, ruleFieldName(i.Field), i.Reason)
		return v.refuse("notification", v.notificationPage(body))
	}
	if errors.Is(err, escalation.ErrNotFound) {
		f.refuse("people", v.T("form.person"))
		return v.refuse("notification", v.notificationPage(body))
	}
	if err != nil {
		return err
	}
	return v.goTo("rule", "notifications", "project", e.project)
}

// addPerson adds who is meant by a query, or offers those who may be.
func (v *visit) addPerson(f *form, query string, had []escalation.PersonID) ([]escalation.PersonID, error) {
	found, err := v.findEmployees(query)
	if err != nil {
		return had, err
	}
	f.Get("person").Value = query
	people := f.Get("people")
	for _, p := range found {
		one := slices.IndexFunc(people.Options, func(o option) bool { return o.Value == string(p.ID) })
		if one < 0 {
			people.Options = append(people.Options, option{Value: string(p.ID), Text: v.Person(p.ID), On: len(found) == 1})
		}
		if len(found) == 1 {
			f.Get("person").Value = ""
			if !slices.Contains(had, p.ID) {
				had = append(had, p.ID)
			}
		}
	}
	switch len(found) {
	case 0:
		f.refuse("person", v.T("notification.person.none"))
	case 1:
	default:
		if !slices.ContainsFunc(found, func(p escalation.Person) bool { return slices.Contains(had, p.ID) }) {
			f.refuse("person", v.T("notification.person.many"))
		}
	}
	return had, nil
}

// chosen returns the values of a list of checkboxes.
func chosen[T ~string](v *visit, name string) []T {
	var list []T
	for _, value := range v.r.Form[name] {
		if t := T(value); value != "" && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// wholeNumber reads a number between two others, or says at the field what is
// expected.
func (v *visit) wholeNumber(f *form, name string, from, to int) int {
	n, err := strconv.Atoi(v.value(name))
	f.Get(name).Value = v.value(name)
	if err != nil || n < from || n > to {
		f.refuse(name, v.T("form.number", from, to))
		return from
	}
	return n
}

// patchOf returns the change that makes the rule above into r. What was changed
// before and the form leaves alone stays so, also where the rule above has become
// the same: it may become another again.
func patchOf(e ruleEdit, r notify.Rule) notify.RulePatch {
	p, before := notify.PatchOf(r), e.patch.Fields()
	for _, f := range ruleFields() {
		if kept := slices.Contains(before, f.name) && f.same(e.rule, r); f.same(e.base, r) && !kept {
			f.drop(&p)
		}
	}
	return p
}

// sameSet reports whether two lists hold the same, in whatever order.
func sameSet[T ~string](a, b []T) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// ruleFieldName returns the field of the form that an error of the engine is
// about: `Company["status_done"].Addresses[0]`.
func ruleFieldName(path string) string {
	path = path[strings.LastIndexByte(path, '.')+1:]
	path, _, _ = strings.Cut(path, "[")
	return strings.ToLower(path)
}

// resetNotification takes a field of the change back, or all of it.
func (v *visit) resetNotification() error {
	e, err := v.ruleEdit()
	if err != nil {
		return err
	}
	name := v.value("field")
	for _, f := range ruleFields() {
		if name == "" || name == f.name {
			f.drop(&e.patch)
		}
	}
	if err := v.engine.PatchRule(v.r.Context(), e.project, e.kind, e.patch); err != nil {
		return err
	}
	return v.goTo("rule.reset", "notifications/edit", "event", e.kind, "project", e.project)
}
