package notify

import (
	"cmp"
	"slices"
)

// All returns the templates and text modules of t that can be used, built-in
// ones among them, by name, audience and language. The caller owns the slice.
func (t *Templates) All() []Template {
	var list []Template
	for _, set := range t.all() {
		for _, c := range set {
			list = append(list, c.Template)
		}
	}
	slices.SortFunc(list, func(a, b Template) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Audience, b.Audience), cmp.Compare(a.Language, b.Language))
	})
	return list
}
