package ticketmail

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"example.com/ticketmail/storage"
)

// compose writes a comment as a mail of its own: the text, and its files as
// attachments. The same comment gives the same bytes.
func (m *ExportedMail) compose(ctx context.Context, w io.Writer) error {
	parts := multipart.NewWriter(w)
	if err := parts.SetBoundary("ticketmail-" + hex.EncodeToString([]byte(m.Comment.ID))[:min(40, 2*len(m.Comment.ID))]); err != nil {
		return err
	}
	if _, err := io.WriteString(w, m.header(parts.Boundary())); err != nil {
		return err
	}
	text, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {"text/plain; charset=utf-8"},
		"Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	qp := quotedprintable.NewWriter(text)
	if _, err := io.WriteString(qp, strings.ReplaceAll(m.Comment.Text, "\n", "\r\n")); err != nil {
		return err
	}
	if err := qp.Close(); err != nil {
		return err
	}
	for _, a := range m.Comment.Attachments {
		if err := m.attach(ctx, parts, a); err != nil {
			return fmt.Errorf("file %q: %w", a.Display, err)
		}
	}
	return parts.Close()
}

// header returns the header of a composed mail. Nothing in it can begin a line
// of its own.
func (m *ExportedMail) header(boundary string) string {
	c := m.Comment
	from := mail.Address{Name: c.Sender.Name, Address: c.Sender.Address}
	if from.Address == "" {
		from = mail.Address{Name: cmp.Or(m.author.Name, c.Sender.Name), Address: cmp.Or(m.author.Address, nobody)}
	}
	id := c.MessageID
	if !plainAddress(id) || strings.ContainsAny(id, "<>") {
		id = fmt.Sprintf("comment-%s@%s", hex.EncodeToString([]byte(c.ID)), cmp.Or(m.domain, "ticketmail.invalid"))
	}
	var b strings.Builder
	line := func(name, value string) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == 0 {
				return ' '
			}
			return r
		}, value))
	}
	line("From", from.String())
	line("To", "undisclosed-recipients:;")
	line("Date", c.CreatedAt.UTC().Format(time.RFC1123Z))
	line("Subject", mime.QEncoding.Encode("utf-8", m.ticket.Subject))
	line("Message-ID", "<"+id+">")
	line("X-Ticketmail-Ticket", mime.QEncoding.Encode("utf-8", string(m.ticket.ID)))
	line("X-Ticketmail-Comment", mime.QEncoding.Encode("utf-8", c.ID))
	if c.Internal {
		line("X-Ticketmail-Internal", "yes")
	}
	line("MIME-Version", "1.0")
	line("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	b.WriteString("\r\n")
	return b.String()
}

// attach writes a file as a part.
func (m *ExportedMail) attach(ctx context.Context, parts *multipart.Writer, a storage.Attachment) error {
	name := cmp.Or(a.Name, a.Display)
	kind := a.Type
	if kind == "" || mime.FormatMediaType(kind, nil) == "" || strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "message/") {
		kind = "application/octet-stream" // these may not be base64
	}
	disposition := "attachment"
	if a.Inline {
		disposition = "inline"
	}
	header := textproto.MIMEHeader{
		"Content-Type":              {kind},
		"Content-Disposition":       {cmp.Or(mime.FormatMediaType(disposition, map[string]string{"filename": name}), disposition)},
		"Content-Transfer-Encoding": {"base64"},
	}
	if plainAddress(a.ContentID) {
		header.Set("Content-ID", "<"+a.ContentID+">")
	}
	part, err := parts.CreatePart(header)
	if err != nil || a.Blob.IsZero() {
		return err
	}
	lines := &base64Lines{to: part}
	enc := base64.NewEncoder(base64.StdEncoding, lines)
	if err := copyBlob(ctx, enc, m.blobs, a.Blob); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
		return err
	}
	_, err = io.WriteString(part, "\r\n")
	return err
}

// base64Lines breaks lines after 76 characters.
type base64Lines struct {
	to  io.Writer
	col int
}

func (l *base64Lines) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for rest := p; len(rest) > 0; {
		if l.col == 76 {
			b.WriteString("\r\n")
			l.col = 0
		}
		n := min(76-l.col, len(rest))
		b.Write(rest[:n])
		rest, l.col = rest[n:], l.col+n
	}
	if _, err := l.to.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}
