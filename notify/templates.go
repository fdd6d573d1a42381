package notify

import (
	"errors"
	"slices"

	"golang.org/x/text/language"
)

var errNoLanguage = errors.New("no language")

// Templates finds the words of a mail. It is immutable and safe for
// concurrent use. The zero value and nil hold the built-in templates, one for
// each of the seed's events in German, English and French.
type Templates struct {
	sets map[templateKey]*templateSet // nil: the built-in ones only
}

type templateKey struct {
	name     string
	audience Audience
}

// A templateSet is one template in all its languages.
type templateSet struct {
	tags    []language.Tag
	texts   []*compiled // in the order of tags
	matcher language.Matcher
}

// NewTemplates returns the built-in templates with own ones beside them or,
// where name, audience and language are the same, instead of them. It returns
// an *[InvalidError] for the first that cannot work.
func NewTemplates(own ...Template) (*Templates, error) {
	sets := map[templateKey]*templateSet{}
	for _, list := range [][]Template{builtin(), own} {
		for _, t := range list {
			c, err := compile(t)
			if err != nil {
				return nil, err
			}
			key := templateKey{t.Name, t.Audience}
			if sets[key] == nil {
				sets[key] = &templateSet{}
			}
			sets[key].add(c)
		}
	}
	for _, s := range sets {
		s.matcher = language.NewMatcher(s.tags)
	}
	return &Templates{sets: sets}, nil
}

// add puts c into the set, in the place of one in the same language.
func (s *templateSet) add(c *compiled) {
	tag, _ := parseTag(c.Language)
	if i := slices.Index(s.tags, tag); i >= 0 {
		s.texts[i] = c
		return
	}
	s.tags = append(s.tags, tag)
	s.texts = append(s.texts, c)
}

// find returns the first of names that has a template for the audience, in
// the first of languages it is written in. A mail to an outside address may
// take the words for customers, never those for employees. It returns nil if
// there is none.
func (t *Templates) find(names []string, audience Audience, languages []string) *compiled {
	audiences := []Audience{audience}
	if audience == Outside {
		audiences = append(audiences, Customer)
	}
	for _, name := range names {
		for _, a := range audiences {
			if s := t.all()[templateKey{name, a}]; s != nil {
				return s.in(languages)
			}
		}
	}
	return nil
}

func (t *Templates) all() map[templateKey]*templateSet {
	if t == nil || t.sets == nil {
		return builtinTemplates().sets
	}
	return t.sets
}

// in returns the text in the first language that has one, else the first text.
func (s *templateSet) in(languages []string) *compiled {
	for _, l := range languages {
		tag, err := parseTag(l)
		if err != nil {
			continue
		}
		if _, i, confidence := s.matcher.Match(tag); confidence != language.No {
			return s.texts[i]
		}
	}
	return s.texts[0]
}
