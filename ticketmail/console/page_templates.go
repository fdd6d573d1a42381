package console

import (
	"slices"
	"strings"

	"example.com/ticketmail/notify"
)

// modulePrefix begins the names of text modules.
const modulePrefix = "module:"

// templatesBody is the table of templates.
type templatesBody struct {
	Languages []string
	Rows      []templateRow
	New       form
}

// A templateRow is the words for one audience, in all languages.
type templateRow struct {
	Name     string
	Text     string // of the name, for people
	Audience notify.Audience
	First    bool // of its name
	Cells    []templateCell
}

// A templateCell is one template.
type templateCell struct {
	Language, State string // "builtin", "own", "broken", "missing"
}

// templates shows the table, of one name where the query has it.
func (v *visit) templates() error {
	words, err := v.engine.Templates(v.r.Context())
	if err != nil {
		return err
	}
	stored, err := v.engine.StoredTemplates(v.r.Context())
	if err != nil {
		return err
	}
	body := &templatesBody{}
	all := slices.Concat(words.All(), stored)
	body.Languages = slices.Clone(languages[:])
	for _, t := range all {
		if !slices.Contains(body.Languages, t.Language) {
			body.Languages = append(body.Languages, t.Language)
		}
	}
	only := v.value("name")
	for _, key := range v.templateKeys(all) {
		if only != "" && key.Name != only {
			continue
		}
		row := templateRow{Name: key.Name, Text: v.TemplateName(key.Name), Audience: key.Audience, First: len(body.Rows) == 0 || body.Rows[len(body.Rows)-1].Name != key.Name}
		for _, tag := range body.Languages {
			key.Language = tag
			row.Cells = append(row.Cells, templateCell{tag, templateState(key, words, stored)})
		}
		body.Rows = append(body.Rows, row)
	}
	body.New.add(field{Name: "name", Label: v.T("template.name"), Hint: v.T("template.name.hint"), Mono: true, Required: true})
	body.New.add(field{Name: "audience", Kind: "select", Label: v.T("template.audience"), Options: v.audienceOptions("")})
	body.New.add(field{Name: "language", Label: v.T("template.language"), Hint: v.T("category.tag.hint"), Value: v.Language(), Required: true})
	p := page{Title: v.T("menu.templates"), Nav: "templates", Body: body}
	if only != "" {
		p.Title, p.Crumbs = v.T("template.one", v.TemplateName(only)), []crumb{{v.T("menu.templates"), v.URL("templates")}}
	}
	return v.show("templates", p)
}

// TemplateName is how a template or text module is called.
func (v *visit) TemplateName(name string) string {
	if module, ok := strings.CutPrefix(name, modulePrefix); ok {
		if kind, ok := strings.CutPrefix(module, "change."); ok {
			module = v.Name("event", kind)
		}
		return v.T("template.module", module)
	}
	return v.Name("event", name)
}

// FieldText says what a placeholder stands for; about is what its owner says.
func (v *visit) FieldText(name, about string) string {
	if key := "field." + name; v.has(key) {
		return v.T(key)
	}
	return about
}

func (v *visit) audienceOptions(on notify.Audience) []option {
	var list []option
	for _, a := range []notify.Audience{notify.Staff, notify.Customer, notify.Outside} {
		list = append(list, option{Value: string(a), Text: v.Name("audience", a), On: a == on})
	}
	return list
}

// templateKeys returns the names and audiences of all templates: events in
// their order, then others, text modules last.
func (v *visit) templateKeys(all []notify.Template) []notify.Template {
	var keys []notify.Template
	for _, t := range all {
		key := notify.Template{Name: t.Name, Audience: t.Audience}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	rank := func(name string) int {
		i := slices.Index(v.setup.Kinds, notify.Kind(name))
		switch {
		case i >= 0:
			return i
		case strings.HasPrefix(name, modulePrefix):
			return 1 << 20
		}
		return 1 << 10
	}
	slices.SortStableFunc(keys, func(a, b notify.Template) int {
		if d := rank(a.Name) - rank(b.Name); d != 0 {
			return d
		}
		if d := strings.Compare(a.Name, b.Name); d != 0 {
			return d
		}
		return audienceRank(a.Audience) - audienceRank(b.Audience)
	})
	return keys
}

// audienceRank orders audiences as forms do.
func audienceRank(a notify.Audience) int {
	return slices.Index([]notify.Audience{notify.Staff, notify.Customer, notify.Outside}, a)
}

// sameTemplate reports whether two templates have the same place.
func sameTemplate(a, b notify.Template) bool {
	return a.Name == b.Name && a.Audience == b.Audience && a.Language == b.Language
}

// findTemplate returns the one of a list that has the place of key.
func findTemplate(list []notify.Template, key notify.Template) (notify.Template, bool) {
	i := slices.IndexFunc(list, func(t notify.Template) bool { return sameTemplate(t, key) })
	if i < 0 {
		return notify.Template{}, false
	}
	return list[i], true
}

// templateState says whose the words at a place are.
func templateState(key notify.Template, words *notify.Templates, stored []notify.Template) string {
	for _, e := range words.Broken() {
		if e.Name == key.Name && e.Audience == key.Audience && e.Language == key.Language {
			return "broken"
		}
	}
	if _, ok := findTemplate(stored, key); ok {
		return "own"
	}
	if _, ok := findTemplate(words.All(), key); ok {
		return "builtin"
	}
	return "missing"
}
