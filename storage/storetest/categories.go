package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/storage"
)

// filed makes a ticket whose subject and id are its name, in some categories.
func filed(name string, categories ...string) *storage.Ticket {
	t := ticket(name)
	t.ID, t.Categories = storage.TicketID(name), categories
	return t
}

// numbered returns ids of categories that differ in a number.
func numbered(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprint("c", i))
	}
	return ids
}

// The order of creation is not that of the names.
func fileTickets(e *env) error {
	return e.putAll(filed("none"), filed("yx", "y", "x"), filed("x", "x"), filed("y", "y"), filed("all", "z", "y", "x"),
		filed("quotes", `it's "q"`), filed("hostile", hostile), filed("many", numbered(200)...))
}

func categoryQueries(e *env) error {
	if err := fileTickets(e); err != nil {
		return err
	}
	if err := e.view(func(r storage.Reader) error { return findFiled(e, r.Tickets()) }); err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error {
		if err := findFiled(e, w.Tickets()); err != nil {
			return fmt.Errorf("in an Update: %w", err)
		}
		return refile(e, w.Tickets())
	})
}

// findFiled asks for the tickets of fileTickets.
func findFiled(e *env, r storage.TicketReader) error {
	all, err := r.Get(e.ctx, "hostile")
	if err != nil {
		return err
	}
	many := numbered(200)
	for _, c := range []struct{ anyOf, allOf, want string }{
		{"x", "", "yx x all"},
		{"", "x", "yx x all"},
		{"x y", "", "yx x y all"},
		{"", "x y", "yx all"},
		{"", "y x y x", "yx all"},
		{"y x y x", "", "yx x y all"},
		{"z", "x y", "all"},
		{"x", "y", "yx all"},
		{"x z", "z", "all"},
		{"unknown", "", ""},
		{"", "unknown", ""},
		{"unknown x", "", "yx x all"},
		{"", "x unknown", ""},
		{"unknown", "x", ""},
		{"x", "unknown", ""},
		{"X x% % _", "", ""},
		{strings.Join(many, " "), "", "many"},
		{"", strings.Join(many, " "), "many"},
		{strings.Join(many[:199], " ") + " z", "", "all many"},
		{"", strings.Join(many, " ") + " c200", ""},
		{strings.Join(many, " "), strings.Join(many[50:], " "), "many"},
	} {
		q := storage.TicketQuery{AnyCategory: strings.Fields(c.anyOf), AllCategories: strings.Fields(c.allOf)}
		if err := finds(e, r, q, strings.Fields(c.want)...); err != nil {
			return err
		}
	}
	for id, want := range map[string]string{`it's "q"`: "quotes", all.Categories[0]: "hostile"} {
		err := errors.Join(finds(e, r, storage.TicketQuery{AnyCategory: []string{id}}, want),
			finds(e, r, storage.TicketQuery{AllCategories: []string{id, id}}, want))
		if err != nil {
			return err
		}
	}
	everything := []string{"none", "yx", "x", "y", "all", "quotes", "hostile", "many"}
	return errors.Join(
		finds(e, r, storage.TicketQuery{AnyCategory: []string{}, AllCategories: []string{}}, everything...),
		finds(e, r, storage.TicketQuery{AnyCategory: []string{""}}),
		finds(e, r, storage.TicketQuery{AllCategories: []string{""}}),
		finds(e, r, storage.TicketQuery{AnyCategory: []string{"x"}, Status: storage.Done}),
		finds(e, r, storage.TicketQuery{AnyCategory: []string{"x", "y"}, Task: "task", After: "yx", Limit: 2}, "x", "y"),
	)
}

// refile changes the categories of tickets, which are then found by the new
// ones and no more by the old ones.
func refile(e *env, w storage.Tickets) error {
	for name, to := range map[storage.TicketID][]string{"x": {"y", "new"}, "all": nil, "none": {"x"}} {
		t, err := w.Get(e.ctx, name)
		if err != nil {
			return err
		}
		t.Categories = to
		if err := w.Put(e.ctx, &t); err != nil {
			return err
		}
	}
	return errors.Join(
		finds(e, w, storage.TicketQuery{AnyCategory: []string{"x"}}, "none", "yx"),
		finds(e, w, storage.TicketQuery{AllCategories: []string{"y", "new"}}, "x"),
		finds(e, w, storage.TicketQuery{AnyCategory: []string{"y", "z"}}, "yx", "x", "y"),
	)
}

// finds says what is wrong with the tickets that a query yields, and with those
// of the same query in the other direction.
func finds(e *env, r storage.TicketReader, q storage.TicketQuery, want ...string) error {
	got, err := subjects(e.ctx, r, q)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("tickets in any of %d %.60q and all of %d %.60q",
		len(q.AnyCategory), q.AnyCategory, len(q.AllCategories), q.AllCategories)
	if err := same(what, got, want); err != nil || q.After != "" {
		return err
	}
	q.Newest = true
	if got, err = subjects(e.ctx, r, q); err != nil {
		return err
	}
	want = slices.Clone(want)
	slices.Reverse(want)
	return same(what+", newest first", got, want)
}

// pagingCategories reads pages of tickets in one of two categories and in a
// third, between others.
func pagingCategories(e *env) error {
	put := func(n int, change bool) error {
		row := filed(name(n), "c", []string{"a", "b"}[n%2])
		return e.update(func(w storage.Writer) error {
			if change {
				t, err := w.Tickets().Get(e.ctx, row.ID)
				if err != nil {
					return err
				}
				t.Categories = []string{"b", "c", "a"}
				return w.Tickets().Put(e.ctx, &t)
			}
			return errors.Join(
				w.Tickets().Put(e.ctx, filed("before "+name(n), "a", "b")),
				w.Tickets().Put(e.ctx, row),
				w.Tickets().Put(e.ctx, filed("after "+name(n), "c")))
		})
	}
	read := func(p page) (got []int, err error) {
		q := storage.TicketQuery{AnyCategory: []string{"a", "b"}, AllCategories: []string{"c"}, Limit: p.limit, Newest: p.newest}
		if p.after >= 0 {
			q.After = storage.TicketID(name(p.after))
		}
		err = e.view(func(r storage.Reader) error {
			names, err := subjects(e.ctx, r.Tickets(), q)
			for _, n := range names {
				got = append(got, number(n))
			}
			return err
		})
		return got, err
	}
	return pager{func(n int) error { return put(n, false) }, func(n int) error { return put(n, true) }, read}.test()
}
