package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// A List is a set of categories. It does not change and is safe for
// concurrent use; make one with [NewList]. The zero List is empty.
type List struct {
	sorted []Category
	byID   map[string]int // index in sorted
}

// NewList returns the list of categories, which it copies. The error joins
// those of [Category.Validate] and a [*FieldError] for each ID that comes
// twice.
func NewList(categories []Category) (List, error) {
	l := List{sorted: slices.Clone(categories), byID: make(map[string]int, len(categories))}
	slices.SortStableFunc(l.sorted, func(a, b Category) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	var errs []error
	for i, c := range l.sorted {
		errs = append(errs, c.Validate())
		if _, twice := l.byID[c.ID]; twice {
			errs = append(errs, &FieldError{Category: c.ID, Field: "id", Err: errors.New("comes twice")})
		}
		l.byID[c.ID] = i
		l.sorted[i].Labels = maps.Clone(c.Labels)
	}
	if err := errors.Join(errs...); err != nil {
		return List{}, fmt.Errorf("categories: %w", err)
	}
	return l, nil
}

// All returns all categories by Order, then ID. The caller must not change
// their labels.
func (l List) All() []Category { return slices.Clone(l.sorted) }

// Active returns the categories that are offered for new tickets, in the
// order of [List.All].
func (l List) Active() []Category {
	return slices.DeleteFunc(l.All(), func(c Category) bool { return c.Inactive })
}

// Get returns the category with this id.
func (l List) Get(id string) (Category, bool) {
	i, ok := l.byID[id]
	if !ok {
		return Category{}, false
	}
	return l.sorted[i], true
}

// Label returns the label of the category with this id, and the id itself if
// the list does not know it: a ticket keeps ids of categories that are gone.
func (l List) Label(id string, languages Languages) string {
	c, ok := l.Get(id)
	if !ok {
		return id
	}
	return c.Label(languages)
}

// HasAny reports whether a ticket filed under ids is in at least one of the
// wanted categories. Nothing wanted excludes nothing.
func HasAny(ids, wanted []string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(id string) bool { return slices.Contains(ids, id) })
}

// HasAll reports whether a ticket filed under ids is in all wanted categories.
func HasAll(ids, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(id string) bool { return !slices.Contains(ids, id) })
}
