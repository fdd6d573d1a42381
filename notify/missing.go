package notify

import (
	"cmp"
	"slices"

	"example.com/ticketmail/catalog"
)

// A MissingTemplate is a template or text module that is not written in a
// language; its readers get it in another one.
type MissingTemplate struct {
	Name     string
	Audience Audience
	Language string // as asked for
}

// Missing returns what is not written in some of the languages (BCP 47 tags),
// by name, audience, and the order of the languages. A language counts as
// there if one is that its readers read: "de-AT" has what "de" has.
func (t *Templates) Missing(languages ...string) []MissingTemplate {
	var list []MissingTemplate
	for key, set := range t.all() {
		for _, tag := range languages {
			if catalog.Pick(catalog.Languages{tag}, set).Fallback {
				list = append(list, MissingTemplate{key.name, key.audience, tag})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b MissingTemplate) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Audience, b.Audience))
	})
	return list
}

// Has reports whether there is a template of this name for an audience, in
// whatever language, to check the name in a [Rule].
func (t *Templates) Has(name string, audience Audience) bool { return t.all().has(name, audience) }

// Broken returns the stored templates that cannot be used, by name, audience
// and language; see [LoadTemplates].
func (t *Templates) Broken() []*TemplateError {
	if t == nil {
		return nil
	}
	var list []*TemplateError
	for _, set := range t.broken {
		for _, e := range set {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *TemplateError) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Audience, b.Audience), cmp.Compare(a.Language, b.Language))
	})
	return list
}
