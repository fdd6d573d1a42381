package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"example.com/ticketmail/storage"
)

// tickets is the part of a transaction about tickets; comments.go and
// changes.go have what hangs on them.
type tickets struct{ *tx }

const ticketColumns = `id, parent, subject, status, task, project, creator, assignee, last_assignee,
	customer_contact, sender_name, sender_address, categories, mailbox, created_at, changed_at, follows, merged_into, version`

// Get implements [storage.TicketReader].
func (p tickets) Get(ctx context.Context, id storage.TicketID) (storage.Ticket, error) {
	var t storage.Ticket
	found, err := p.first(ctx, func(rows *sql.Rows) (err error) {
		var seq int64
		t, _, err = scanTicket(rows, &seq)
		return err
	}, `SELECT seq, `+ticketColumns+` FROM tm_tickets WHERE id = ?`, string(id))
	if err == nil && !found {
		err = storage.ErrNotFound
	}
	if err != nil {
		return storage.Ticket{}, fmt.Errorf("ticket %q: %w", id, err)
	}
	return t, nil
}

// List implements [storage.TicketReader].
func (p tickets) List(ctx context.Context, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	return func(yield func(storage.Ticket, error) bool) {
		sel, err := p.selection(ctx, q)
		if err != nil {
			yield(storage.Ticket{}, err)
			return
		}
		pages(ctx, p.tx, sel, scanTicket)(yield)
	}
}

// selection turns q into what is read page by page.
func (p tickets) selection(ctx context.Context, q storage.TicketQuery) (sel selection, err error) {
	sel = selection{columns: ticketColumns, table: "tm_tickets", newest: q.Newest, limit: q.Limit}
	if q.After != "" {
		if sel.after, err = p.seq(ctx, q.After); err != nil {
			return sel, err
		}
	}
	filterTickets(&sel, q)
	err = p.filterCategories(ctx, &sel, q.AnyCategory, q.AllCategories)
	return sel, err
}

// filterTickets adds the conditions of q but for the categories. The ones that
// look redundant tell SQLite that it may use the partial index.
func filterTickets(sel *selection, q storage.TicketQuery) {
	if q.Status != "" {
		sel.and(`status = ?`, string(q.Status))
	}
	if q.Task != "" {
		sel.and(`task = ?`, string(q.Task))
	}
	if q.Project != "" {
		sel.and(`project = ? AND project <> ''`, string(q.Project))
	}
	if q.Assignee != "" {
		sel.and(`assignee = ? AND assignee <> ''`, string(q.Assignee))
	}
	if q.Parent != "" {
		sel.and(`parent = ? AND parent <> ''`, string(q.Parent))
	}
}

// Put implements [storage.Tickets].
func (p tickets) Put(ctx context.Context, t *storage.Ticket) error {
	var err error
	if t.Version == 0 {
		err = p.insert(ctx, t)
	} else {
		err = p.replace(ctx, t)
	}
	if err != nil {
		return fmt.Errorf("put ticket %q: %w", t.ID, err)
	}
	return nil
}

// insert adds a ticket. Without an ID it is called by its seq, or by the next
// one that is free where the host gave out decimal ids itself.
func (p tickets) insert(ctx context.Context, t *storage.Ticket) error {
	for {
		seq, err := p.nextSeq(ctx, "tm_tickets")
		if err != nil {
			return err
		}
		id := t.ID
		if id == "" {
			id = storage.TicketID(strconv.FormatInt(seq, 10))
		}
		n, err := p.exec(ctx, `INSERT INTO tm_tickets (seq, `+ticketColumns+`) VALUES `+values(1, 20)+` ON CONFLICT DO NOTHING`,
			slices.Concat([]any{seq, string(id)}, ticketValues(t), []any{1})...)
		if err != nil {
			return err
		}
		if n == 0 && t.ID == "" {
			continue
		}
		if n == 0 {
			return storage.ErrExists
		}
		p.tickets[id] = seq
		p.touched++
		t.ID, t.Version = id, 1
		return p.putCategories(ctx, seq, t.Categories)
	}
}

func (p tickets) replace(ctx context.Context, t *storage.Ticket) error {
	n, err := p.exec(ctx, `UPDATE tm_tickets SET parent = ?, subject = ?, status = ?, task = ?, project = ?, creator = ?,
		assignee = ?, last_assignee = ?, customer_contact = ?, sender_name = ?, sender_address = ?, categories = ?,
		mailbox = ?, created_at = ?, changed_at = ?, follows = ?, merged_into = ?, version = version + 1 WHERE id = ? AND version = ?`,
		slices.Concat(ticketValues(t), []any{string(t.ID), t.Version})...)
	if err != nil {
		return err
	}
	if n == 0 {
		return storage.ErrConflict
	}
	seq, err := p.seq(ctx, t.ID)
	if err != nil {
		return err
	}
	p.touched++
	if _, err := p.exec(ctx, `DELETE FROM tm_ticket_categories WHERE ticket = ?`, seq); err != nil {
		return err
	}
	t.Version++
	return p.putCategories(ctx, seq, t.Categories)
}

// seq returns the number of a ticket, or storage.ErrNotFound.
func (p tickets) seq(ctx context.Context, id storage.TicketID) (int64, error) {
	if seq, ok := p.tickets[id]; ok {
		return seq, nil
	}
	seq, ok, err := p.number(ctx, `SELECT seq FROM tm_tickets WHERE id = ?`, string(id))
	if err == nil && !ok {
		err = fmt.Errorf("ticket %q: %w", id, storage.ErrNotFound)
	}
	if err == nil && p.writes {
		p.tickets[id] = seq
	}
	return seq, err
}

// ticketValues returns the values of ticketColumns without id and version.
func ticketValues(t *storage.Ticket) []any {
	return []any{
		string(t.Parent), t.Subject, string(t.Status), string(t.Task), string(t.Project), string(t.Creator),
		string(t.Assignee), string(t.LastAssignee), string(t.CustomerContact), t.Sender.Name, t.Sender.Address,
		list(t.Categories), string(t.Mailbox), micros(t.CreatedAt), micros(t.ChangedAt),
		string(t.Follows), string(t.MergedInto),
	}
}

func scanTicket(rows *sql.Rows, seq *int64) (t storage.Ticket, size int, err error) {
	err = rows.Scan(seq, &t.ID, &t.Parent, &t.Subject, &t.Status, &t.Task, &t.Project, &t.Creator,
		&t.Assignee, &t.LastAssignee, &t.CustomerContact, &t.Sender.Name, &t.Sender.Address,
		listColumn[string]{&t.Categories}, &t.Mailbox, timeColumn{&t.CreatedAt}, timeColumn{&t.ChangedAt},
		&t.Follows, &t.MergedInto, &t.Version)
	return t, len(t.Subject), err
}
