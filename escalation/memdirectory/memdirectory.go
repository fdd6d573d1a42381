package memdirectory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"example.com/ticketmail/escalation"
)

// A Directory answers from memory. It is safe for concurrent use; each call
// sees one state of the data, also while [Directory.Replace] runs. Make one
// with [New].
type Directory struct {
	mu      sync.Mutex // held by who changes the data
	current atomic.Pointer[index]
}

var _ escalation.Searcher = (*Directory)(nil)

// New returns a Directory of data, which it copies. The error is that of
// [Data.Validate].
func New(data Data) (*Directory, error) {
	d := new(Directory)
	if err := d.Replace(data); err != nil {
		return nil, err
	}
	return d, nil
}

// Replace exchanges all data. After an error, which is that of
// [Data.Validate], the old data stay.
func (d *Directory) Replace(data Data) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.replace(data)
}

// Set adds a person, or replaces the one with the same id. After an error
// nothing has changed.
func (d *Directory) Set(p escalation.Person) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	data := d.current.Load().data.clone()
	i := slices.IndexFunc(data.Persons, func(q Person) bool { return q.ID == p.ID })
	if i < 0 {
		data.Persons = append(data.Persons, Person(p))
	} else {
		data.Persons[i] = Person(p)
	}
	return d.replace(data)
}

func (d *Directory) replace(data Data) error {
	if err := data.Validate(); err != nil {
		return err
	}
	d.current.Store(newIndex(data.clone()))
	return nil
}

// Data returns a copy of the data.
func (d *Directory) Data() Data { return d.current.Load().data.clone() }

// Person implements [escalation.Directory].
func (d *Directory) Person(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	if err := ctx.Err(); err != nil {
		return escalation.Person{}, err
	}
	p, ok := d.current.Load().persons[id]
	if !ok {
		return escalation.Person{}, fmt.Errorf("person %q: %w", id, escalation.ErrNotFound)
	}
	return p, nil
}

// PersonByAddress implements [escalation.Directory]. It ignores the case of
// ASCII letters in the whole address.
func (d *Directory) PersonByAddress(ctx context.Context, address string) (escalation.Person, error) {
	if err := ctx.Err(); err != nil {
		return escalation.Person{}, err
	}
	p, ok := d.current.Load().addresses[foldASCII(address)]
	if !ok {
		return escalation.Person{}, fmt.Errorf("person by address: %w", escalation.ErrNotFound) // no foreign address in errors
	}
	return p, nil
}

// Members implements [escalation.Directory]. The order is that of the data.
// It knows the groups of the seed; any other one is empty.
func (d *Directory) Members(ctx context.Context, g escalation.Group, at escalation.Place) ([]escalation.Person, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := d.current.Load()
	ids := x.group(g, at)
	members := make([]escalation.Person, 0, len(ids))
	seen := make(map[escalation.PersonID]bool, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			members = append(members, x.persons[id])
		}
	}
	return members, nil
}

// Place implements [escalation.Directory].
func (d *Directory) Place(ctx context.Context, task escalation.TaskID) (escalation.Place, error) {
	if err := ctx.Err(); err != nil {
		return escalation.Place{}, err
	}
	x := d.current.Load()
	t, ok := x.tasks[task]
	if !ok {
		return escalation.Place{}, fmt.Errorf("task %q: %w", task, escalation.ErrNotFound)
	}
	project := x.projects[t.Project]
	return escalation.Place{
		Task:        task,
		Project:     t.Project,
		Departments: x.above(project.Department),
		Language:    project.Language,
	}, nil
}

// SearchEmployees implements [escalation.Searcher].
func (d *Directory) SearchEmployees(ctx context.Context, query string, after escalation.PersonID, limit int) ([]escalation.Person, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := d.current.Load()
	rest := x.employees
	if after != "" {
		p, ok := x.persons[after]
		if !ok {
			return nil, fmt.Errorf("search employees after %q: %w", after, escalation.ErrNotFound)
		}
		rest = rest[x.searchStart(p):]
	}
	if limit <= 0 {
		limit = 50
	}
	var found []escalation.Person
	for _, p := range rest {
		if len(found) == limit {
			break
		}
		if containsFold(p, strings.ToLower(query)) {
			found = append(found, p)
		}
	}
	return found, nil
}

// containsFold reports whether the name, address or id of p contains query,
// which is in lower case.
func containsFold(p escalation.Person, query string) bool {
	return strings.Contains(strings.ToLower(p.Name), query) ||
		strings.Contains(strings.ToLower(p.Address), query) ||
		strings.Contains(strings.ToLower(string(p.ID)), query)
}
