package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"example.com/ticketmail/storage"
)

type tickets struct{ *tx }

const caseColumns = `id, case_no, title, state, desk, project_no, handler, customer_no, parent_no, opened, tm_doc, tm_version`

// states translates between the ERP's words and ours. Its words that we do not
// know stay as they are.
var (
	states   = map[storage.Status]string{storage.New: "OPEN", storage.InProcess: "WIP", storage.Done: "SOLVED", storage.Rejected: "REFUSED", storage.Accepted: "CLOSED"}
	statuses = map[string]storage.Status{"OPEN": storage.New, "WIP": storage.InProcess, "SOLVED": storage.Done, "REFUSED": storage.Rejected, "CLOSED": storage.Accepted}
)

func stateOf(s storage.Status) string {
	if state, ok := states[s]; ok {
		return state
	}
	return string(s)
}

// caseValues returns the values of the columns title to tm_doc.
func caseValues(t storage.Ticket) ([]any, error) {
	doc, err := document(&t, &t.CreatedAt, &t.ChangedAt)
	return []any{
		t.Subject, stateOf(t.Status), string(t.Task), string(t.Project), string(t.Assignee),
		string(t.CustomerContact), string(t.Parent), stamp(t.CreatedAt), doc,
	}, err
}

func scanCase(rows *sql.Rows) (id int64, t storage.Ticket, err error) {
	var opened, state string
	var doc []byte
	var c storage.Ticket // what the columns say
	err = rows.Scan(&id, &c.ID, &c.Subject, &state, &c.Task, &c.Project, &c.Assignee, &c.CustomerContact, &c.Parent, &opened, &doc, &c.Version)
	if err != nil {
		return 0, t, err
	}
	if err := json.Unmarshal(doc, &t); err != nil {
		return 0, t, fmt.Errorf("case %s: %w", c.ID, err)
	}
	if c.CreatedAt, err = unstamp(opened); err != nil {
		return 0, t, fmt.Errorf("case %s: %w", c.ID, err)
	}
	c.Status = storage.Status(state)
	if known, ok := statuses[state]; ok {
		c.Status = known
	}
	t.ID, t.Subject, t.Status, t.Task, t.Project, t.Assignee = c.ID, c.Subject, c.Status, c.Task, c.Project, c.Assignee
	t.CustomerContact, t.Parent, t.CreatedAt, t.Version = c.CustomerContact, c.Parent, c.CreatedAt, c.Version
	if t.LastAssignee == "" { // a case that was never put by us
		t.LastAssignee = t.Assignee
	}
	if t.ChangedAt.IsZero() {
		t.ChangedAt = t.CreatedAt
	}
	return id, t, nil
}

// Get implements [storage.TicketReader].
func (p tickets) Get(ctx context.Context, id storage.TicketID) (t storage.Ticket, err error) {
	err = p.one(ctx, func(rows *sql.Rows) (err error) { _, t, err = scanCase(rows); return err },
		`SELECT `+caseColumns+` FROM erp_case WHERE case_no = ?`, string(id))
	return t, in(err, "ticket %q", id)
}

// List implements [storage.TicketReader].
func (p tickets) List(ctx context.Context, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	sel := selection{table: "erp_case", columns: caseColumns, newest: q.Newest, limit: q.Limit}
	if q.After != "" {
		sel.start = []any{`case_no = ?`, string(q.After)}
	}
	for _, f := range []struct{ column, value string }{
		{"state", stateOf(q.Status)}, {"desk", string(q.Task)}, {"project_no", string(q.Project)},
		{"handler", string(q.Assignee)}, {"parent_no", string(q.Parent)},
	} {
		if f.value != "" {
			sel.and(f.column+` = ?`, f.value)
		}
	}
	sel.inCategories(q.AnyCategory, q.AllCategories)
	return list(ctx, p.tx, sel, scanCase)
}

// inCategories adds the conditions for categories. Their ids are one parameter,
// a JSON array, because parameters are limited in number. No ids select all.
func (s *selection) inCategories(anyOf, allOf []string) {
	const has = `EXISTS (SELECT 1 FROM json_each(tm_doc, '$.Categories') AS has WHERE has.value = wanted.value)`
	for _, c := range []struct {
		condition string
		ids       []string
	}{
		{`EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE ` + has + `)`, anyOf},
		{`NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE NOT ` + has + `)`, allOf},
	} {
		if len(c.ids) > 0 {
			ids, _ := json.Marshal(c.ids) // strings can always be encoded
			s.and(c.condition, string(ids))
		}
	}
}

// Put implements [storage.Tickets].
func (p tickets) Put(ctx context.Context, t *storage.Ticket) error {
	return in(p.put(ctx, t), "put ticket %q", t.ID)
}

func (p tickets) put(ctx context.Context, t *storage.Ticket) error {
	values, err := caseValues(*t)
	if err != nil {
		return err
	}
	if t.Version != 0 {
		err := p.mustWrite(ctx, storage.ErrConflict, `UPDATE erp_case SET title = ?, state = ?, desk = ?, project_no = ?, handler = ?, customer_no = ?,
			parent_no = ?, opened = ?, tm_doc = ?, tm_version = tm_version + 1 WHERE case_no = ? AND tm_version = ?`, append(values, string(t.ID), t.Version)...)
		if err == nil {
			t.Version++
		}
		return err
	}
	for {
		id := t.ID
		if id == "" {
			if id, err = p.nextNumber(ctx); err != nil {
				return err
			}
		}
		err = p.mustWrite(ctx, storage.ErrExists, `INSERT INTO erp_case (case_no, title, state, desk, project_no, handler, customer_no, parent_no, opened, tm_doc)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, slices.Concat([]any{string(id)}, values)...)
		if t.ID == "" && errors.Is(err, storage.ErrExists) {
			continue // somebody chose this number himself
		}
		if err == nil {
			t.ID, t.Version = id, 1
		}
		return err
	}
}

// nextNumber takes a number from the ERP's own counter, which a rollback turns
// back: what was seen before it must not be given to another case.
func (p tickets) nextNumber(ctx context.Context) (storage.TicketID, error) {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	err := p.one(ctx, func(rows *sql.Rows) error { return rows.Scan(&p.store.given) },
		`UPDATE erp_number SET last = max(last, ?) + 1 WHERE kind = 'case' RETURNING last`, p.store.given)
	return storage.TicketID(fmt.Sprint(p.store.given)), err
}

// Comments implements [storage.TicketReader].
func (p tickets) Comments(ctx context.Context, id storage.TicketID) iter.Seq2[storage.Comment, error] {
	sel := selection{table: "erp_case_note", columns: `id, tm_id, author, confidential, body, written, tm_doc, tm_version`}
	sel.and(`case_id = (SELECT id FROM erp_case WHERE case_no = ?)`, string(id))
	return list(ctx, p.tx, sel, func(rows *sql.Rows) (n int64, c storage.Comment, err error) {
		var col storage.Comment
		var written string
		var doc []byte
		if err := rows.Scan(&n, &col.ID, &col.Author, &col.Internal, &col.Text, &written, &doc, &col.Version); err != nil {
			return 0, c, err
		}
		if err := json.Unmarshal(doc, &c); err != nil {
			return 0, c, fmt.Errorf("note %s: %w", col.ID, err)
		}
		c.ID, c.Ticket, c.Author, c.Internal, c.Text, c.Version = col.ID, id, col.Author, col.Internal, col.Text, col.Version
		c.CreatedAt, err = unstamp(written)
		return n, c, err
	})
}

// PutComment implements [storage.Tickets].
func (p tickets) PutComment(ctx context.Context, c *storage.Comment) error {
	return in(p.putComment(ctx, c), "put comment %q", c.ID)
}

func (p tickets) putComment(ctx context.Context, c *storage.Comment) error {
	var caseID int64
	err := p.one(ctx, func(rows *sql.Rows) error { return rows.Scan(&caseID) }, `SELECT id FROM erp_case WHERE case_no = ?`, string(c.Ticket))
	if err != nil {
		return fmt.Errorf("ticket %q: %w", c.Ticket, err)
	}
	if err := p.refer(ctx, c.Raw); err != nil {
		return err
	}
	for _, a := range c.Attachments {
		if err := p.refer(ctx, a.Blob); err != nil {
			return err
		}
	}
	rec := *c
	rec.Text = "" // stands in its column, once
	doc, err := document(&rec, &rec.CreatedAt, &rec.EditedAt)
	if err != nil {
		return err
	}
	id, refused := c.ID, storage.ErrConflict
	query := `UPDATE erp_case_note SET case_id = ?, author = ?, confidential = ?, body = ?, written = ?, tm_doc = ?, tm_version = tm_version + 1
		WHERE tm_id = ? AND tm_version = ?`
	if c.Version == 0 {
		refused = storage.ErrExists
		query = `INSERT INTO erp_case_note (case_id, author, confidential, body, written, tm_doc, tm_id, tm_version)
			VALUES (?, ?, ?, ?, ?, ?, ?, ? + 1) ON CONFLICT DO NOTHING`
		if id == "" {
			id = rand.Text()
		}
	}
	err = p.mustWrite(ctx, refused, query, caseID, string(c.Author), c.Internal, c.Text, stamp(c.CreatedAt), doc, id, c.Version)
	if err == nil {
		c.ID, c.Version = id, c.Version+1
	}
	return err
}

// Changes implements [storage.TicketReader].
func (p tickets) Changes(ctx context.Context, id storage.TicketID, after int64) iter.Seq2[storage.Change, error] {
	sel := selection{table: "tm_change", columns: `id, ticket, doc`}
	sel.and(`id > ?`, after)
	if id != "" {
		sel.and(`ticket = ?`, string(id))
	}
	return list(ctx, p.tx, sel, func(rows *sql.Rows) (n int64, c storage.Change, err error) {
		var ticket string
		var doc []byte
		if err := rows.Scan(&n, &ticket, &doc); err != nil {
			return 0, c, err
		}
		err = json.Unmarshal(doc, &c)
		c.Seq, c.Ticket = n, storage.TicketID(ticket)
		return n, c, err
	})
}

// AddChange implements [storage.Tickets]. Seq grows in the order of commits
// because writers come one after the other; where they do not, a sequence is
// not enough.
func (p tickets) AddChange(ctx context.Context, c *storage.Change) error {
	rec := *c
	doc, err := document(&rec, &rec.At)
	if err == nil {
		err = p.one(ctx, func(rows *sql.Rows) error { return rows.Scan(&c.Seq) },
			`INSERT INTO tm_change (ticket, doc) VALUES (?, ?) RETURNING id`, string(c.Ticket), doc)
	}
	return in(err, "add change to ticket %q", c.Ticket)
}
