package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"example.com/ticketmail/storage"
)

const commentColumns = `id, ticket, kind, internal, author, sender_name, sender_address, stranger, automatic, text,
	message_id, refs, raw, raw_size, attachments, created_at, edited_at, version`

// Comments implements [storage.TicketReader].
func (p tickets) Comments(ctx context.Context, id storage.TicketID) iter.Seq2[storage.Comment, error] {
	return func(yield func(storage.Comment, error) bool) {
		ticket, ok, err := p.number(ctx, `SELECT seq FROM tm_tickets WHERE id = ?`, string(id))
		if err != nil {
			yield(storage.Comment{}, fmt.Errorf("comments of ticket %q: %w", id, err))
			return
		}
		if !ok {
			return
		}
		sel := selection{columns: commentColumns, table: "tm_comments"}
		sel.and(`ticket = ?`, ticket)
		scan := func(rows *sql.Rows, seq *int64) (storage.Comment, int, error) {
			return scanComment(rows, seq, id)
		}
		pages(ctx, p.tx, sel, scan)(yield)
	}
}

// PutComment implements [storage.Tickets].
func (p tickets) PutComment(ctx context.Context, c *storage.Comment) error {
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
	if err := p.refer(ctx, c.Raw); err != nil {
		return fmt.Errorf("raw mail: %w", err)
	}
	for _, a := range c.Attachments {
		if err := p.refer(ctx, a.Blob); err != nil {
			return fmt.Errorf("attachment %q: %w", a.Name, err)
		}
	}
	p.touched++
	if c.Version == 0 {
		return p.insertComment(ctx, ticket, c)
	}
	p.touched++ // it may move from another ticket
	n, err := p.exec(ctx, `UPDATE tm_comments SET ticket = ?, kind = ?, internal = ?, author = ?, sender_name = ?,
		sender_address = ?, stranger = ?, automatic = ?, text = ?, message_id = ?, refs = ?, raw = ?, raw_size = ?,
		attachments = ?, created_at = ?, edited_at = ?, version = version + 1 WHERE id = ? AND version = ?`,
		slices.Concat(commentValues(ticket, c), []any{c.ID, c.Version})...)
	if err != nil {
		return err
	}
	if n == 0 {
		return storage.ErrConflict
	}
	c.Version++
	return nil
}

// insertComment adds a comment, called by its seq if it has no ID.
func (p tickets) insertComment(ctx context.Context, ticket int64, c *storage.Comment) error {
	for {
		seq, err := p.nextSeq(ctx, "tm_comments")
		if err != nil {
			return err
		}
		id := c.ID
		if id == "" {
			id = strconv.FormatInt(seq, 10)
		}
		n, err := p.exec(ctx, `INSERT INTO tm_comments (seq, `+commentColumns+`) VALUES `+values(1, 19)+` ON CONFLICT DO NOTHING`,
			slices.Concat([]any{seq, id}, commentValues(ticket, c), []any{1})...)
		if err != nil {
			return err
		}
		if n == 0 && c.ID == "" {
			continue
		}
		if n == 0 {
			return storage.ErrExists
		}
		c.ID, c.Version = id, 1
		return nil
	}
}

// commentValues returns the values of commentColumns without id and version.
func commentValues(ticket int64, c *storage.Comment) []any {
	return []any{
		ticket, string(c.Kind), c.Internal, string(c.Author), c.Sender.Name, c.Sender.Address, c.Stranger,
		c.Automatic, c.Text, c.MessageID, list(c.References), blobHash(c.Raw), c.Raw.Size,
		list(attachmentRecords(c.Attachments)), micros(c.CreatedAt), micros(c.EditedAt),
	}
}

func scanComment(rows *sql.Rows, seq *int64, ticket storage.TicketID) (c storage.Comment, size int, err error) {
	var files []attachment
	err = rows.Scan(seq, &c.ID, new(int64), &c.Kind, &c.Internal, &c.Author, &c.Sender.Name, &c.Sender.Address, &c.Stranger,
		&c.Automatic, &c.Text, &c.MessageID, listColumn[string]{&c.References}, hashColumn{&c.Raw.SHA256}, &c.Raw.Size,
		listColumn[attachment]{&files}, timeColumn{&c.CreatedAt}, timeColumn{&c.EditedAt}, &c.Version)
	if err != nil {
		return c, 0, err
	}
	c.Ticket = ticket
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
