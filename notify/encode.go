package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"example.com/ticketmail/mailbox/message"
)

// Encode writes m as one RFC 5322 message: CRLF line ends only, 7-bit, lines
// of at most 78 bytes except for an identifier that is longer itself, at most
// 998. The same mail gives the same bytes. Attachments stand behind the text
// (multipart/mixed), in base64; [Mail.Files] opens one after the other, and
// none is ever held in memory.
//
// Text in a subject, a display name or the body loses what a mail must not
// hold: control characters, line breaks in a header, invalid UTF-8. So does a
// file's name, and its path with it; a media type that cannot stand for a file
// becomes application/octet-stream. An address, a Message-ID or a date that
// cannot stand in a mail is not repaired: Encode then writes nothing and
// returns an error that wraps [ErrInvalidMail] and names the field.
//
// Other errors are w's, ctx's, or those of a file that cannot be read or is
// not as long as it should be. A part of the mail may be written by then, which
// must not be taken for the whole.
//
// A domain with other than ASCII letters is written in its ASCII form
// (RFC 5891). A local part with such letters stays as it is, and the mail then
// needs a server that speaks SMTPUTF8 (RFC 6531).
func Encode(ctx context.Context, w io.Writer, m Mail) error {
	p, err := Prepare(m)
	if err != nil {
		return err
	}
	return p.Encode(ctx, w)
}

// A Prepared mail is checked and ready to be written, any number of times.
// It holds the texts; attachments are opened when it is written.
type Prepared struct {
	text  []byte   // the message without the content of attachments
	files []placed // in order
	from  Opener
}

// placed is an attachment whose content belongs before text[at].
type placed struct {
	Attachment
	at int
}

// Prepare checks m and returns what [Encode] would write, before any
// attachment is opened. The error wraps [ErrInvalidMail] and names the field.
func Prepare(m Mail) (*Prepared, error) {
	var b bytes.Buffer
	h := &headerWriter{out: &b}
	if err := writeHeader(h, m); err != nil {
		return nil, err
	}
	p := &Prepared{from: m.Files}
	if len(m.Attachments) == 0 {
		writeBody(&b, h, m)
	} else if err := p.writeMixed(&b, h, m); err != nil {
		return nil, err
	}
	p.text = b.Bytes()
	return p, nil
}

// writeMixed writes the body of a mail with attachments, and notes where their
// content belongs.
func (p *Prepared) writeMixed(b *bytes.Buffer, h *headerWriter, m Mail) error {
	boundary := m.boundary(1)
	h.plain("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	b.WriteString("\r\n--" + boundary + "\r\n")
	writeBody(b, h, m)
	for i, a := range m.Attachments {
		if a.Blob.IsZero() || a.Blob.Size < 0 {
			return errField(fmt.Sprintf("Attachments[%d]", i), errNoContent)
		}
		b.WriteString("\r\n--" + boundary + "\r\n")
		h.attachment(a, i)
		b.WriteString("\r\n")
		p.files = append(p.files, placed{a, b.Len()})
	}
	b.WriteString("\r\n--" + boundary + "--\r\n")
	return nil
}

// Size returns how many bytes [Prepared.Encode] writes.
func (p *Prepared) Size() int64 {
	size := int64(len(p.text))
	for _, f := range p.files {
		size += encodedSize(f.Blob.Size)
	}
	return size
}

// Encode writes the mail as [Encode] does.
func (p *Prepared) Encode(ctx context.Context, w io.Writer) error {
	from := 0
	for _, f := range p.files {
		if _, err := w.Write(p.text[from:f.at]); err != nil {
			return err
		}
		from = f.at
		if err := writeFile(ctx, w, p.from, f.Attachment); err != nil {
			return err
		}
	}
	_, err := w.Write(p.text[from:])
	return err
}

// boundary returns what separates the parts of a mail's n-th multipart: "=_"
// occurs in neither quoted-printable nor base64, and none begins another.
func (m *Mail) boundary(n int) string {
	sum := sha256.Sum256([]byte(m.MessageID))
	return "=_" + hex.EncodeToString(sum[12*n:][:12])
}

// errField returns an ErrInvalidMail that names a field.
func errField(field string, why error) error {
	return fmt.Errorf("%w: %s: %w", ErrInvalidMail, field, why)
}

// writeHeader writes all fields but those of the body.
func writeHeader(h *headerWriter, m Mail) error {
	if m.Date.Year() < 1970 || m.Date.Year() > 9999 {
		return errField("Date", errDate)
	}
	h.plain("Date", m.Date.UTC().Format(time.RFC1123Z))
	if err := h.address("From", m.From); err != nil {
		return err
	}
	if err := h.address("To", m.To); err != nil {
		return err
	}
	if m.ReplyTo != "" {
		if err := h.address("Reply-To", message.Address{Address: m.ReplyTo}); err != nil {
			return err
		}
	}
	h.text("Subject", m.Subject)
	if err := h.ids("Message-ID", m.MessageID); err != nil {
		return err
	}
	if m.InReplyTo != "" {
		if err := h.ids("In-Reply-To", m.InReplyTo); err != nil {
			return err
		}
	}
	if len(m.References) > 0 {
		if err := h.ids("References", m.References...); err != nil {
			return err
		}
	}
	if how := m.Event.automatic(); how != "" {
		h.plain("Auto-Submitted", how)
		// Exchange (MS-OXCMAIL 2.1.3.2.20): all but NDR, which is part of "All":
		// without a report that a mail came back nobody would be told instead.
		h.plain("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply")
	}
	h.plain("MIME-Version", "1.0")
	return nil
}

// writeBody writes the fields that describe the texts, and the texts.
func writeBody(b *bytes.Buffer, h *headerWriter, m Mail) {
	text, html := part{"text/plain", cleanText(m.Text)}, part{"text/html", cleanText(m.HTML)}
	switch {
	case html.text == "":
		text.write(b, h)
	case text.text == "":
		html.write(b, h)
	default:
		boundary := m.boundary(0)
		h.plain("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
		b.WriteString("\r\n")
		for _, p := range []part{text, html} {
			b.WriteString("--" + boundary + "\r\n")
			p.write(b, h)
			b.WriteString("\r\n")
		}
		b.WriteString("--" + boundary + "--\r\n")
	}
}

// checkID accepts what can stand between the angle brackets of a Message-ID:
// printable ASCII without blanks or angle brackets, with an @ inside.
func checkID(id string) error {
	at := strings.IndexByte(id, '@')
	if len(id) > 900 || at <= 0 || at == len(id)-1 {
		return errID
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' || strings.IndexByte("<>()\\\",;[]", id[i]) >= 0 {
			return errID
		}
	}
	return nil
}
