package console

import (
	"cmp"
	"errors"
	"slices"

	"example.com/ticketmail/escalation"
)

// maxFound bounds how many employees a search shows.
const maxFound = 12

// Person returns how a person is called; the id where nobody knows.
func (v *visit) Person(id escalation.PersonID) string {
	if id == "" {
		return ""
	}
	p, err := v.setup.Directory.Person(v.r.Context(), id)
	if err != nil {
		return string(id)
	}
	return cmp.Or(p.Name, string(p.ID))
}

// whom returns who is meant by an id or an address, as people type them; ok is
// false for somebody the directory does not know.
func (v *visit) whom(text string) (id escalation.PersonID, ok bool, err error) {
	p, err := v.setup.Directory.Person(v.r.Context(), escalation.PersonID(text))
	if errors.Is(err, escalation.ErrNotFound) {
		p, err = v.setup.Directory.PersonByAddress(v.r.Context(), text)
	}
	if errors.Is(err, escalation.ErrNotFound) {
		return "", false, nil
	}
	return p.ID, err == nil, err
}

// findEmployees returns the employees that somebody may mean by a name, an
// address or an id. A directory that cannot search knows ids and addresses.
func (v *visit) findEmployees(query string) ([]escalation.Person, error) {
	ctx := v.r.Context()
	if s, ok := v.setup.Directory.(escalation.Searcher); ok {
		return s.SearchEmployees(ctx, query, "", maxFound)
	}
	p, err := v.setup.Directory.Person(ctx, escalation.PersonID(query))
	if errors.Is(err, escalation.ErrNotFound) {
		p, err = v.setup.Directory.PersonByAddress(ctx, query)
	}
	if errors.Is(err, escalation.ErrNotFound) || err == nil && (!p.Internal() || p.Left) {
		return nil, nil
	}
	return []escalation.Person{p}, err
}

// placeOptions are the places that a form suggests, those that are known
// besides among them.
func (v *visit) placeOptions(kind PlaceKind, known ...string) ([]option, error) {
	var list []option
	if v.opts.Places != nil {
		places, err := v.opts.Places.Places(v.r.Context(), kind, maxPlaces)
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			list = append(list, option{Value: p.ID, Text: cmp.Or(p.Name, p.ID)})
		}
	}
	for _, id := range known {
		if id != "" && !slices.ContainsFunc(list, func(o option) bool { return o.Value == id }) {
			list = append(list, option{Value: id, Text: id})
		}
	}
	return list, nil
}
