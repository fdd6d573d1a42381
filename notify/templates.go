package notify

import (
	"errors"

	"example.com/ticketmail/catalog"
)

var errNoLanguage = errors.New("no language")

// Templates finds the words of a mail. It is immutable and safe for
// concurrent use. The zero value and nil hold the built-in templates, one for
// each of the seed's events in German, English and French.
type Templates struct {
	sets map[templateKey]templateSet // nil: the built-in ones only
}

type templateKey struct {
	name     string
	audience Audience
}

// A templateSet is one template in all its languages, by their tags.
type templateSet = map[string]*compiled

// NewTemplates returns the built-in templates with own ones beside them or,
// where name, audience and language are the same, instead of them. It returns
// an *[InvalidError] for the first that cannot work.
func NewTemplates(own ...Template) (*Templates, error) {
	sets := map[templateKey]templateSet{}
	for _, list := range [][]Template{builtin(), own} {
		for _, t := range list {
			c, err := compile(t)
			if err != nil {
				return nil, err
			}
			key := templateKey{t.Name, t.Audience}
			if sets[key] == nil {
				sets[key] = templateSet{}
			}
			tag, _ := parseTag(t.Language) // compile has refused what is none
			sets[key][tag.String()] = c
		}
	}
	return &Templates{sets: sets}, nil
}

// find returns the first of names that has a template for the audience, in
// the first of languages it is written in. A mail to an outside address may
// take the words for customers, never those for employees. It returns nil if
// there is none.
func (t *Templates) find(names []string, audience Audience, languages catalog.Languages) *compiled {
	audiences := []Audience{audience}
	if audience == Outside {
		audiences = append(audiences, Customer)
	}
	for _, name := range names {
		for _, a := range audiences {
			if s := t.all()[templateKey{name, a}]; s != nil {
				return catalog.Pick(languages, s).Value
			}
		}
	}
	return nil
}

func (t *Templates) all() map[templateKey]templateSet {
	if t == nil || t.sets == nil {
		return builtinTemplates().sets
	}
	return t.sets
}
