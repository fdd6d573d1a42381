package notify

import (
	"errors"
	"fmt"
	"maps"

	"example.com/ticketmail/catalog"
)

var errNoLanguage = errors.New("no language")

// Templates finds the words of a mail. It is immutable and safe for
// concurrent use. The zero value and nil hold the built-in templates, one for
// each of the seed's events in German, English and French.
type Templates struct {
	sets       templateSets // nil: the built-in ones only
	broken     map[templateKey]map[string]*TemplateError
	vocabulary vocabulary
}

// A TemplateError reports a stored template that cannot be used.
type TemplateError struct {
	Name     string
	Audience Audience
	Language string
	Err      error // an *InvalidError
}

// Error names the template and what is wrong with it.
func (e *TemplateError) Error() string {
	return fmt.Sprintf("template %q for %s in %q: %v", e.Name, e.Audience, e.Language, e.Err)
}

// Unwrap returns what is wrong with it.
func (e *TemplateError) Unwrap() error { return e.Err }

// NewTemplates returns the built-in templates with own ones beside them or,
// where name, audience and language are the same, instead of them. It returns
// an *[InvalidError] for the first that cannot work.
func NewTemplates(own ...Template) (*Templates, error) {
	t, broken := LoadTemplates(own...)
	if len(broken) > 0 {
		return nil, broken[0].Err
	}
	return t, nil
}

// LoadTemplates is [NewTemplates] for templates that were saved earlier, maybe
// by another version: one that cannot work does not stop the others. It is
// returned, the built-in one serves instead of it, and each [Plan] that would
// have used it warns.
func LoadTemplates(stored ...Template) (*Templates, []*TemplateError) {
	return (*Templates)(nil).Load(stored...)
}

// Load is [LoadTemplates] on top of t: where one is broken, that of t serves.
func (t *Templates) Load(stored ...Template) (*Templates, []*TemplateError) {
	next := t.clone()
	broken := next.sets.load(stored, next.vocabulary)
	for _, e := range broken {
		next.markBroken(e)
	}
	return next, broken
}

// With returns t with one more template, or one in place of another: the
// check before it is saved. It returns an *[InvalidError] if it cannot work.
func (t *Templates) With(own Template) (*Templates, error) {
	next := t.clone()
	c, err := compile(own, next.vocabulary)
	if err != nil {
		return nil, err
	}
	if err := next.sets.checkModules(c); err != nil {
		return nil, err
	}
	next.sets.put(c)
	delete(next.broken[templateKey{c.Name, c.Audience}], c.tag())
	return next, nil
}

// find returns the first of names that has a template for the audience, in
// the first of languages it is written in, and the stored one that should
// have been taken but is broken. A mail to an outside address may take the
// words for customers, never those for employees. It returns nil if there is
// none.
func (t *Templates) find(names []string, audience Audience, languages catalog.Languages) (*compiled, *TemplateError) {
	var broken *TemplateError
	for _, name := range names {
		for _, a := range audiences(audience) {
			key := templateKey{name, a}
			if broken == nil {
				broken = t.missed(key, languages)
			}
			if s := t.all()[key]; s != nil {
				return catalog.Pick(languages, s).Value, broken
			}
		}
	}
	return nil, broken
}

// audiences returns for whom the words may be written that a reader gets.
func audiences(reader Audience) []Audience {
	if reader == Outside {
		return []Audience{Outside, Customer}
	}
	return []Audience{reader}
}

func (t *Templates) all() templateSets {
	if t == nil || t.sets == nil {
		return builtinTemplates()
	}
	return t.sets
}

// clone returns a copy that may be changed, of nil one of the built-in ones.
func (t *Templates) clone() *Templates {
	next := &Templates{sets: templateSets{}, broken: map[templateKey]map[string]*TemplateError{}}
	for key, set := range t.all() {
		next.sets[key] = maps.Clone(set)
	}
	if t != nil {
		next.vocabulary = t.vocabulary
		for key, set := range t.broken {
			next.broken[key] = maps.Clone(set)
		}
	}
	return next
}

func (t *Templates) markBroken(e *TemplateError) {
	key := templateKey{e.Name, e.Audience}
	if t.broken[key] == nil {
		t.broken[key] = map[string]*TemplateError{}
	}
	t.broken[key][canonical(e.Language)] = e
}

// missed returns the broken template that would be taken if it worked.
func (t *Templates) missed(key templateKey, languages catalog.Languages) *TemplateError {
	if t == nil || len(t.broken[key]) == 0 {
		return nil
	}
	tags := map[string]string{}
	for tag := range t.broken[key] {
		tags[tag] = tag
	}
	for tag := range t.sets[key] {
		tags[tag] = tag
	}
	return t.broken[key][catalog.Pick(languages, tags).Tag]
}
