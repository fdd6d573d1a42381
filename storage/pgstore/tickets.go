package pgstore

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// tickets is the part of a transaction about tickets; comments.go, changes.go
// and categories.go have what hangs on them.
type tickets struct{ *tx }

const ticketColumns = `id, parent, follows, merged_into, subject, status, task, project, creator, assignee, last_assignee,
	customer_contact, sender_name, sender_address, categories, mailbox, created_at, changed_at, version`

// Get implements [storage.TicketReader].
func (p tickets) Get(ctx context.Context, id storage.TicketID) (storage.Ticket, error) {
	var t storage.Ticket
	found, err := p.first(ctx, func(rows pgx.Rows) (err error) {
		var seq int64
		t, _, err = scanTicket(rows, &seq)
		return err
	}, `SELECT seq, `+ticketColumns+` FROM tm.tickets WHERE id = $1`, encode(id))
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
	sel = selection{columns: ticketColumns, table: "tm.tickets", newest: q.Newest, limit: q.Limit}
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
// look redundant tell PostgreSQL that it may use the partial index.
func filterTickets(sel *selection, q storage.TicketQuery) {
	if q.Status != "" {
		sel.and(`status = ?`, encode(q.Status))
	}
	if q.Task != "" {
		sel.and(`task = ?`, encode(q.Task))
	}
	if q.Project != "" {
		sel.and(`project = ? AND project <> ''`, encode(q.Project))
	}
	if q.Assignee != "" {
		sel.and(`assignee = ? AND assignee <> ''`, encode(q.Assignee))
	}
	if q.Parent != "" {
		sel.and(`parent = ? AND parent <> ''`, encode(q.Parent))
	}
}

// Put implements [storage.Tickets].
func (p tickets) Put(ctx context.Context, t *storage.Ticket) error {
	id, version := t.ID, t.Version
	remember(p.tx, t, func(t *storage.Ticket) { t.ID, t.Version = id, version })
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
	id, seq, err := p.newID(ctx, ticketsLast, "tm.tickets", string(t.ID))
	if err != nil {
		return err
	}
	values := slices.Concat([]any{encode(id)}, ticketValues(t), []any{int64(1), seq})
	if t.ID == "" {
		err = p.holdRow(ctx, ofTickets, values)
	} else {
		err = p.insertRow(ctx, ofTickets, values)
	}
	if err != nil {
		return err
	}
	p.tickets[storage.TicketID(id)] = seq
	p.stale[seq] = struct{}{}
	t.ID, t.Version = storage.TicketID(id), 1
	if len(t.Categories) == 0 {
		return nil
	}
	return p.putCategories(ctx, seq, t.Categories)
}

// replace overwrites the version that t has.
func (p tickets) replace(ctx context.Context, t *storage.Ticket) error {
	var seq int64
	var moved, renamed bool
	found, err := p.first(ctx, func(rows pgx.Rows) error { return rows.Scan(&seq, &moved, &renamed) },
		`UPDATE tm.tickets t SET parent = $2, follows = $3, merged_into = $4, subject = $5, status = $6, task = $7, project = $8, creator = $9,
		assignee = $10, last_assignee = $11, customer_contact = $12, sender_name = $13, sender_address = $14, categories = $15,
		mailbox = $16, created_at = $17, changed_at = $18, version = t.version + 1
		FROM (SELECT seq, categories, subject FROM tm.tickets WHERE id = $1) old
		WHERE t.seq = old.seq AND t.version = $19 RETURNING t.seq, old.categories IS DISTINCT FROM t.categories, old.subject <> t.subject`,
		slices.Concat([]any{encode(t.ID)}, ticketValues(t), []any{t.Version})...)
	if err != nil {
		return err
	}
	if !found {
		return storage.ErrConflict
	}
	p.tickets[t.ID] = seq
	t.Version++
	if renamed {
		p.stale[seq] = struct{}{}
	}
	if !moved {
		return nil
	}
	return p.putCategories(ctx, seq, t.Categories)
}

// seq returns the number of a ticket, or storage.ErrNotFound.
func (p tickets) seq(ctx context.Context, id storage.TicketID) (int64, error) {
	if seq, ok := p.tickets[id]; ok {
		return seq, nil
	}
	seq, ok, err := p.number(ctx, `SELECT seq FROM tm.tickets WHERE id = $1`, encode(id))
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
		encode(t.Parent), encode(t.Follows), encode(t.MergedInto), encode(t.Subject), encode(t.Status), encode(t.Task),
		encode(t.Project), encode(t.Creator), encode(t.Assignee), encode(t.LastAssignee), encode(t.CustomerContact),
		encode(t.Sender.Name), encode(t.Sender.Address), encodeAll(t.Categories), encode(t.Mailbox),
		timeValue(t.CreatedAt), timeValue(t.ChangedAt),
	}
}

func scanTicket(rows pgx.Rows, seq *int64) (t storage.Ticket, size int, err error) {
	err = rows.Scan(seq, text(&t.ID), text(&t.Parent), text(&t.Follows), text(&t.MergedInto), text(&t.Subject), text(&t.Status),
		text(&t.Task), text(&t.Project), text(&t.Creator), text(&t.Assignee), text(&t.LastAssignee), text(&t.CustomerContact),
		text(&t.Sender.Name), text(&t.Sender.Address), &t.Categories, text(&t.Mailbox),
		timeColumn{&t.CreatedAt}, timeColumn{&t.ChangedAt}, &t.Version)
	decodeAll(t.Categories)
	return t, len(t.Subject), err
}
