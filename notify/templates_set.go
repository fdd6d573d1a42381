package notify

// templateSets are templates by name and audience.
type templateSets map[templateKey]templateSet

type templateKey struct {
	name     string
	audience Audience
}

// A templateSet is one template in all its languages, by their tags.
type templateSet = map[string]*compiled

// put adds a compiled template, or replaces one.
func (s templateSets) put(c *compiled) {
	key := templateKey{c.Name, c.Audience}
	if s[key] == nil {
		s[key] = templateSet{}
	}
	s[key][c.tag()] = c
}

// load adds a list and returns what of it cannot work. What takes in modules
// is added when all modules are known.
func (s templateSets) load(list []Template, own vocabulary) []*TemplateError {
	var broken []*TemplateError
	refuse := func(of Template, err error) {
		broken = append(broken, &TemplateError{Name: of.Name, Audience: of.Audience, Language: of.Language, Err: err})
	}
	var later []*compiled
	for _, one := range list {
		c, err := compile(one, own)
		switch {
		case err != nil:
			refuse(one, err)
		case c.takesModules():
			later = append(later, c)
		default:
			s.put(c)
		}
	}
	for _, c := range later {
		if err := s.checkModules(c); err != nil {
			refuse(c.Template, err)
			continue
		}
		s.put(c)
	}
	return broken
}

// has reports whether there is a template of this name for the audience.
func (s templateSets) has(name string, audience Audience) bool {
	for _, a := range audiences(audience) {
		if s[templateKey{name, a}] != nil {
			return true
		}
	}
	return false
}

// takesModules reports whether c names a text module.
func (c *compiled) takesModules() bool {
	for _, lines := range [][]line{c.subject, c.text, c.html} {
		for _, l := range lines {
			for _, s := range l {
				if s.module != "" {
					return true
				}
			}
		}
	}
	return false
}

// tag returns the language's tag in its canonical form.
func (c *compiled) tag() string { return canonical(c.Language) }

func canonical(tag string) string {
	t, err := parseTag(tag)
	if err != nil {
		return tag
	}
	return t.String()
}
