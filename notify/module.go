package notify

import "strings"

// modulePrefix begins the names of text modules.
const modulePrefix = "module:"

func isModule(name string) bool { return strings.HasPrefix(name, modulePrefix) }

// validModule accepts the prefix and 1 to 80 of a-z, 0-9, underscore and dot:
// room for "change." and any [Kind].
func validModule(name string) bool {
	rest := strings.TrimPrefix(name, modulePrefix)
	return rest != "" && len(rest) <= 80 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789_.") == ""
}

func checkName(t Template) error {
	switch {
	case isModule(t.Name) && !validModule(t.Name):
		return invalid("Name", "%q must be module: and 1 to 80 of a-z, 0-9, underscore and dot", t.Name)
	case isModule(t.Name):
		return nil
	case t.Name == "" || len(t.Name) > 64 || strings.ContainsFunc(t.Name, isControl):
		return invalid("Name", "%q must be 1 to 64 bytes without control characters", t.Name)
	}
	return nil
}

// A moduleForm is a text module in one of its forms.
type moduleForm struct {
	name string
	html bool
}

// A moduleText is what a text module has become in one mail.
type moduleText struct {
	words  string
	markup bool // words are HTML
}

// module returns the words of a text module, and whether they are HTML. A
// module without HTML gives its text, which is escaped like any value. Each is
// rendered once in a mail, however often it is taken in.
func (v *values) module(name string, html bool) (words string, markup bool) {
	form := moduleForm{name, html}
	m, ok := v.modules[form]
	if !ok {
		m = v.renderModule(form)
		if v.modules == nil {
			v.modules = map[moduleForm]moduleText{}
		}
		v.modules[form] = m
	}
	return m.words, m.markup
}

func (v *values) renderModule(form moduleForm) moduleText {
	m, _ := v.templates.find([]string{form.name}, v.audience, v.languages)
	switch {
	case m == nil:
		return moduleText{}
	case form.html && m.HTML != "":
		return moduleText{m.renderHTML(v), true}
	}
	return moduleText{words: strings.TrimRight(m.renderText(v), "\n")}
}

// checkModules refuses a template that takes in a module which does not exist
// for its audience.
func (s templateSets) checkModules(c *compiled) error {
	for _, part := range []struct {
		name, source string
		lines        []line
	}{{"Subject", c.Subject, c.subject}, {"Text", c.Text, c.text}, {"HTML", c.HTML, c.html}} {
		for _, l := range part.lines {
			for _, place := range l {
				if place.module != "" && !s.has(place.module, c.Audience) {
					return invalidAt(part.name, part.source, place.offset, "there is no text module %q for the audience %q", place.module, c.Audience)
				}
			}
		}
	}
	return nil
}
