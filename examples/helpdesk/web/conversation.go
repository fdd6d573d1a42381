package web

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/message/safehtml"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/storage"
)

// A contribution is a comment as people read it.
type contribution struct {
	storage.Comment
	Who    string
	Pieces []piece
	HTML   template.HTML // of a mail that has an HTML part, made harmless; empty: none
	Files  []attached
	Mailed []mailing // employees are told
	Whole  string    // address of the text, where the page has the beginning of it only; empty: it has all
}

// What a page shows at most: the beginning of a text and of HTML, in bytes, and
// so many comments, unless all are asked for.
const (
	maxText     = 16 << 10
	maxHTML     = 32 << 10
	maxComments = 50
)

// A piece is new text, or folded away: a quotation, a signature.
type piece struct {
	Kind message.SpanKind
	Text string
}

// Folded reports whether the piece is shown only on demand.
func (p piece) Folded() bool { return p.Kind != message.Fresh }

// Quoted reports whether the piece is a quotation.
func (p piece) Quoted() bool { return p.Kind == message.Quoted }

// An attached file has an address.
type attached struct {
	storage.Attachment
	URL   string
	Image bool // shown by the page
}

// conversation makes comments readable. That of mails is read anew, so that
// today's rules hold for what is folded and what is harmless.
func (s *site) conversation(ctx context.Context, comments []storage.Comment) ([]contribution, error) {
	var all []contribution
	for _, c := range comments {
		x := contribution{Comment: c, Who: s.author(ctx, c), Files: s.attachments(ctx, c)}
		if c.Raw.IsZero() {
			x.Pieces = []piece{{message.Fresh, x.begin(c.Text, maxText)}}
		} else if err := s.readMail(ctx, &x); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

func (s *site) author(ctx context.Context, c storage.Comment) string {
	switch {
	case c.Author != "":
		return s.name(ctx, c.Author)
	case c.Sender.Name != "":
		return c.Sender.Name
	}
	return c.Sender.Address
}

// begin returns the beginning of a text, and notes whether there is more.
func (x *contribution) begin(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	x.Whole = fmt.Sprintf("/tickets/%s/text/%s", url.PathEscape(string(x.Ticket)), url.PathEscape(x.ID))
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// message reads the mail that a comment was.
func (s *site) message(ctx context.Context, c storage.Comment) (*message.Message, error) {
	raw, err := s.Store.Open(ctx, c.Raw)
	if err != nil {
		return nil, fmt.Errorf("comment %s: %w", c.ID, err)
	}
	defer func() { _ = raw.Close() }()
	m, err := message.Read(ctx, raw, nil)
	if err != nil {
		return nil, fmt.Errorf("comment %s: %w", c.ID, err)
	}
	return m, nil
}

func (s *site) readMail(ctx context.Context, x *contribution) error {
	m, err := s.message(ctx, x.Comment)
	if err != nil {
		return err
	}
	source := x.begin(m.HTML, maxHTML)
	body := x.Text
	if x.EditedAt.IsZero() {
		body = m.Text
		if source != "" {
			x.HTML = s.harmless(x, source)
		}
	}
	trimmed := message.Trim(x.begin(body, maxText), &message.TrimOptions{HTML: source, Forward: thread.IsForward(m.Subject)})
	for _, span := range trimmed.Spans {
		text := trimmed.Body[span.Start:span.End]
		if strings.TrimSpace(text) != "" {
			x.Pieces = append(x.Pieces, piece{span.Kind, strings.Trim(text, "\n")})
		}
	}
	return nil
}

// harmless returns a mail's HTML as it may stand in the page, with the images
// that the mail brought along and no others.
func (s *site) harmless(x *contribution, source string) template.HTML {
	clean := safehtml.Sanitize(source, &safehtml.Options{NewWindow: true, ContentID: func(id string) string {
		for _, f := range x.Files {
			if f.ContentID == id && f.Image {
				return f.URL
			}
		}
		return ""
	}})
	return template.HTML(clean) //nolint:gosec // that is what Sanitize is for
}

func (s *site) attachments(ctx context.Context, c storage.Comment) []attached {
	var all []attached
	for i, a := range c.Attachments {
		all = append(all, attached{
			Attachment: a,
			URL:        fmt.Sprintf("/tickets/%s/files/%s/%d", url.PathEscape(string(c.Ticket)), url.PathEscape(c.ID), i),
			Image:      s.imageType(ctx, a.Blob) != "",
		})
	}
	return all
}

// imageType returns the type of an image that is safe to show, by its bytes.
func (s *site) imageType(ctx context.Context, b storage.Blob) string {
	content, err := s.Store.Open(ctx, b)
	if err != nil {
		return ""
	}
	defer func() { _ = content.Close() }()
	start := make([]byte, 12)
	n, _ := io.ReadFull(content, start)
	return safehtml.ImageType(start[:n])
}
