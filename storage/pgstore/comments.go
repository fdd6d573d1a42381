package pgstore

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

const commentColumns = `id, ticket, kind, internal, author, sender_name, sender_address, stranger, automatic, text,
	message_id, refs, raw, raw_size, attachments, created_at, edited_at, version`

// Comments implements [storage.TicketReader].
func (p tickets) Comments(ctx context.Context, id storage.TicketID) iter.Seq2[storage.Comment, error] {
	return func(yield func(storage.Comment, error) bool) {
		ticket, ok, err := p.number(ctx, `SELECT seq FROM tm.tickets WHERE id = $1`, encode(id))
		if err != nil {
			yield(storage.Comment{}, fmt.Errorf("comments of ticket %q: %w", id, err))
			return
		}
		if !ok {
			return
		}
		sel := selection{columns: commentColumns, table: "tm.comments"}
		sel.and(`ticket = ?`, ticket)
		scan := func(rows pgx.Rows, seq *int64) (storage.Comment, int, error) {
			return scanComment(rows, seq, id)
		}
		pages(ctx, p.tx, sel, scan)(yield)
	}
}

// PutComment implements [storage.Tickets].
func (p tickets) PutComment(ctx context.Context, c *storage.Comment) error {
	id, version := c.ID, c.Version
	remember(p.tx, c, func(c *storage.Comment) { c.ID, c.Version = id, version })
	if err := p.putComment(ctx, c); err != nil {
		return fmt.Errorf("put comment %q: %w", c.ID, err)
	}
	return nil
}

func (p tickets) putComment(ctx context.Context, c *storage.Comment) error {
	ticket, err := p.seq(ctx, c.Ticket)
	if err != nil {
		return err
	}
	blobs := []storage.Blob{c.Raw}
	for _, a := range c.Attachments {
		blobs = append(blobs, a.Blob)
	}
	if err := p.refer(ctx, blobs...); err != nil {
		return err
	}
	p.stale[ticket] = struct{}{}
	if c.Version == 0 {
		return p.insertComment(ctx, ticket, c)
	}
	var was int64
	found, err := p.first(ctx, func(rows pgx.Rows) error { return rows.Scan(&was) }, `UPDATE tm.comments c SET ticket = $2, kind = $3, internal = $4, author = $5, sender_name = $6,
		sender_address = $7, stranger = $8, automatic = $9, text = $10, message_id = $11, refs = $12, raw = $13, raw_size = $14,
		attachments = $15, created_at = $16, edited_at = $17, version = c.version + 1
		FROM (SELECT seq, ticket FROM tm.comments WHERE id = $1) old WHERE c.seq = old.seq AND c.version = $18 RETURNING old.ticket`,
		slices.Concat([]any{encode(c.ID)}, commentValues(ticket, c), []any{c.Version})...)
	if err != nil {
		return err
	}
	if !found {
		return storage.ErrConflict
	}
	p.stale[was] = struct{}{} // it may have moved
	c.Version++
	return nil
}

// insertComment adds a comment, called by its seq if it has no ID.
func (p tickets) insertComment(ctx context.Context, ticket int64, c *storage.Comment) error {
	id, seq, err := p.newID(ctx, commentsLast, "tm.comments", c.ID)
	if err != nil {
		return err
	}
	values := slices.Concat([]any{encode(id)}, commentValues(ticket, c), []any{int64(1), seq})
	if c.ID == "" {
		err = p.holdRow(ctx, ofComments, values)
	} else {
		err = p.insertRow(ctx, ofComments, values)
	}
	if err != nil {
		return err
	}
	c.ID, c.Version = id, 1
	return nil
}

// commentValues returns the values of commentColumns without id and version.
func commentValues(ticket int64, c *storage.Comment) []any {
	return []any{
		ticket, encode(c.Kind), c.Internal, encode(c.Author), encode(c.Sender.Name), encode(c.Sender.Address), c.Stranger,
		encode(c.Automatic), encode(c.Text), encode(c.MessageID), encodeAll(c.References), blobHash(c.Raw), c.Raw.Size,
		list(attachmentRecords(c.Attachments)), timeValue(c.CreatedAt), timeValue(c.EditedAt),
	}
}

func scanComment(rows pgx.Rows, seq *int64, ticket storage.TicketID) (c storage.Comment, size int, err error) {
	var list *string
	var number int64
	err = rows.Scan(seq, text(&c.ID), &number, text(&c.Kind), &c.Internal, text(&c.Author), text(&c.Sender.Name), text(&c.Sender.Address),
		&c.Stranger, text(&c.Automatic), text(&c.Text), text(&c.MessageID), &c.References, hashColumn{&c.Raw.SHA256}, &c.Raw.Size,
		&list, timeColumn{&c.CreatedAt}, timeColumn{&c.EditedAt}, &c.Version)
	if err != nil {
		return c, 0, err
	}
	decodeAll(c.References)
	c.Ticket = ticket
	var files []attachment
	if err := fromList(list, &files); err != nil {
		return c, 0, err
	}
	for _, f := range files {
		a, err := f.attachment()
		if err != nil {
			return c, 0, err
		}
		c.Attachments = append(c.Attachments, a)
	}
	return c, len(c.Text), nil
}

// An attachment is how a storage.Attachment stands in the attachments column.
type attachment struct {
	Name      string `json:"name,omitempty"`
	Display   string `json:"display,omitempty"`
	Type      string `json:"type,omitempty"`
	ContentID string `json:"content_id,omitempty"`
	Inline    bool   `json:"inline,omitempty"`
	SHA256    string `json:"sha256,omitempty"` // hexadecimal; empty: no blob
	Size      int64  `json:"size,omitempty"`
}

func attachmentRecords(files []storage.Attachment) []attachment {
	records := make([]attachment, 0, len(files))
	for _, a := range files {
		records = append(records, attachmentRecord(a))
	}
	return records
}

func attachmentRecord(a storage.Attachment) attachment {
	r := attachment{Name: a.Name, Display: a.Display, Type: a.Type, ContentID: a.ContentID, Inline: a.Inline, Size: a.Blob.Size}
	if !a.Blob.IsZero() {
		r.SHA256 = hex.EncodeToString(a.Blob.SHA256[:])
	}
	return r
}

func (r attachment) attachment() (storage.Attachment, error) {
	a := storage.Attachment{Name: r.Name, Display: r.Display, Type: r.Type, ContentID: r.ContentID, Inline: r.Inline}
	a.Blob.Size = r.Size
	if r.SHA256 == "" {
		return a, nil
	}
	sum, err := hex.DecodeString(r.SHA256)
	if err != nil || copy(a.Blob.SHA256[:], sum) != len(a.Blob.SHA256) {
		return a, fmt.Errorf("attachment %q: %q is not a SHA-256", r.Name, r.SHA256)
	}
	return a, nil
}
