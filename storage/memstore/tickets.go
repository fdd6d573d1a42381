package memstore

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strconv"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/storage"
)

type tickets struct{ tx *tx }

// Get implements [storage.TicketReader].
func (p tickets) Get(ctx context.Context, id storage.TicketID) (storage.Ticket, error) {
	if err := p.tx.usable(ctx); err != nil {
		return storage.Ticket{}, fmt.Errorf("ticket %q: %w", id, err)
	}
	r, ok := p.tx.state.tickets.byKey.get(text(id))
	if !ok {
		return storage.Ticket{}, fmt.Errorf("ticket %q: %w", id, storage.ErrNotFound)
	}
	return copyTicket(r.value), nil
}

// List implements [storage.TicketReader].
func (p tickets) List(ctx context.Context, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	rows := func() (iter.Seq2[number, *row[storage.Ticket]], error) {
		var after *text
		if q.After != "" {
			after = new(text(q.After))
		}
		rows, err := p.tx.state.tickets.rows(after, q.Newest)
		if err != nil {
			return nil, fmt.Errorf("tickets after %q: %w", q.After, err)
		}
		return rows, nil
	}
	return listing(ctx, p.tx, q.Limit, rows, func(r *row[storage.Ticket]) (t storage.Ticket, ok bool) {
		if !matches(q, &r.value) {
			return t, false
		}
		return copyTicket(r.value), true
	})
}

// Search implements [storage.Searcher]. It reads all tickets that fit q.
func (p tickets) Search(ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	limit := q.Limit
	q.Limit = 0
	terms := storage.ParseSearch(text)
	return func(yield func(storage.Ticket, error) bool) {
		n := 0
		for t, err := range p.List(ctx, q) {
			if err == nil && !p.searched(&t).Match(terms, internal) {
				continue
			}
			if !yield(t, err) || err != nil {
				return
			}
			if n++; n == limit {
				return
			}
		}
	}
}

func (p tickets) searched(t *storage.Ticket) *storage.Searched {
	s := storage.NewSearched(t)
	for _, r := range under(p.tx.state.commentsOf, string(t.ID), 0) {
		if s.Add(&r.value); s.Full() {
			break
		}
	}
	return s
}

func matches(q storage.TicketQuery, t *storage.Ticket) bool {
	return (q.Status == "" || q.Status == t.Status) &&
		(q.Task == "" || q.Task == t.Task) &&
		(q.Project == "" || q.Project == t.Project) &&
		(q.Assignee == "" || q.Assignee == t.Assignee) &&
		(q.Parent == "" || q.Parent == t.Parent) &&
		catalog.HasAny(t.Categories, q.AnyCategory) &&
		catalog.HasAll(t.Categories, q.AllCategories)
}

// Comments implements [storage.TicketReader].
func (p tickets) Comments(ctx context.Context, id storage.TicketID) iter.Seq2[storage.Comment, error] {
	rows := func() (iter.Seq2[entry, *row[storage.Comment]], error) {
		return under(p.tx.state.commentsOf, string(id), 0), nil
	}
	return listing(ctx, p.tx, 0, rows, func(r *row[storage.Comment]) (storage.Comment, bool) {
		return copyComment(r.value), true
	})
}

// Changes implements [storage.TicketReader].
func (p tickets) Changes(ctx context.Context, id storage.TicketID, after int64) iter.Seq2[storage.Change, error] {
	pick := func(c *storage.Change) (storage.Change, bool) { return *c, true }
	if id == "" {
		return listing(ctx, p.tx, 0, func() (iter.Seq2[number, *storage.Change], error) {
			return p.tx.state.changes.behind(number(after)), nil
		}, pick)
	}
	return listing(ctx, p.tx, 0, func() (iter.Seq2[entry, *storage.Change], error) {
		return under(p.tx.state.changesOf, string(id), number(after)), nil
	}, pick)
}

// under yields the lines of an index below one heading, behind a number.
func under[V any](index *tree[entry, V], heading string, after number) iter.Seq2[entry, V] {
	return func(yield func(entry, V) bool) {
		for k, v := range index.behind(entry{heading, after}) {
			if k.under != heading || !yield(k, v) {
				return
			}
		}
	}
}

// Put implements [storage.Tickets].
func (p tickets) Put(ctx context.Context, t *storage.Ticket) error {
	if err := p.put(ctx, t); err != nil {
		return fmt.Errorf("put ticket %q: %w", t.ID, err)
	}
	return nil
}

func (p tickets) put(ctx context.Context, t *storage.Ticket) error {
	if err := p.tx.usable(ctx); err != nil {
		return err
	}
	table := &p.tx.state.tickets
	rec := copyTicket(*t)
	if rec.ID == "" && rec.Version == 0 {
		rec.ID = storage.TicketID(nextID(&p.tx.store.given.ticket, table.byKey))
	}
	has, ok := table.byKey.get(text(rec.ID))
	if !ok {
		has = &row[storage.Ticket]{}
	}
	var err error
	if rec.Version, err = version(rec.Version, has.value.Version, ok); err != nil {
		return err
	}
	table.put(text(rec.ID), rec)
	t.ID, t.Version = rec.ID, rec.Version
	return nil
}

// nextID gives out the next number that no record has as its id.
func nextID[V any](last *int64, taken *tree[text, V]) string {
	for *last < math.MaxInt64 {
		*last++
		id := strconv.FormatInt(*last, 10)
		if _, ok := taken.get(text(id)); !ok {
			return id
		}
	}
	panic("memstore: all ids are given out")
}

// PutComment implements [storage.Tickets].
func (p tickets) PutComment(ctx context.Context, c *storage.Comment) error {
	if err := p.putComment(ctx, c); err != nil {
		return fmt.Errorf("put comment %q: %w", c.ID, err)
	}
	return nil
}

func (p tickets) putComment(ctx context.Context, c *storage.Comment) error {
	if err := p.tx.usable(ctx); err != nil {
		return err
	}
	if err := p.checkRefs(ctx, c); err != nil {
		return err
	}
	table := &p.tx.state.comments
	rec := copyComment(*c)
	if rec.ID == "" && rec.Version == 0 {
		rec.ID = nextID(&p.tx.store.given.comment, table.byKey)
	}
	has, ok := table.byKey.get(text(rec.ID))
	if !ok {
		has = &row[storage.Comment]{}
	}
	var err error
	if rec.Version, err = version(rec.Version, has.value.Version, ok); err != nil {
		return err
	}
	now, was := table.put(text(rec.ID), rec)
	index := p.tx.state.commentsOf
	if was != nil {
		index = index.remove(entry{string(was.value.Ticket), was.seq})
	}
	p.tx.state.commentsOf = index.put(entry{string(rec.Ticket), now.seq}, now)
	c.ID, c.Version = rec.ID, rec.Version
	return nil
}

// checkRefs makes sure that what c points to is there.
func (p tickets) checkRefs(ctx context.Context, c *storage.Comment) error {
	if _, ok := p.tx.state.tickets.byKey.get(text(c.Ticket)); !ok {
		return fmt.Errorf("ticket %q: %w", c.Ticket, storage.ErrNotFound)
	}
	if err := p.tx.refer(ctx, c.Raw); err != nil {
		return fmt.Errorf("raw mail: %w", err)
	}
	for _, a := range c.Attachments {
		if err := p.tx.refer(ctx, a.Blob); err != nil {
			return fmt.Errorf("attachment %q: %w", a.Name, err)
		}
	}
	return nil
}

// AddChange implements [storage.Tickets].
func (p tickets) AddChange(ctx context.Context, c *storage.Change) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("add change: %w", err)
	}
	p.tx.news.Changes = true
	s := &p.tx.state
	s.lastChange++
	c.Seq = int64(s.lastChange)
	rec := copyChange(*c)
	s.changes = s.changes.put(s.lastChange, &rec)
	s.changesOf = s.changesOf.put(entry{string(c.Ticket), s.lastChange}, &rec)
	return nil
}
