package notify

import (
	"bytes"
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
// 998. The same mail gives the same bytes.
//
// Text in a subject, a display name or the body loses what a mail must not
// hold: control characters, line breaks in a header, invalid UTF-8. An
// address, a Message-ID or a date that cannot stand in a mail is not repaired:
// Encode then writes nothing and returns an error that wraps [ErrInvalidMail]
// and names the field. Other errors are w's.
//
// A domain with other than ASCII letters is written in its ASCII form
// (RFC 5891). A local part with such letters stays as it is, and the mail then
// needs a server that speaks SMTPUTF8 (RFC 6531).
func Encode(w io.Writer, m Mail) error {
	var b bytes.Buffer
	h := &headerWriter{out: &b}
	if err := writeHeader(h, m); err != nil {
		return err
	}
	writeBody(&b, h, m)
	_, err := w.Write(b.Bytes())
	return err
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
	switch { // RFC 3834 section 5
	case m.Event.byPerson():
	case m.Event == Receipt:
		h.plain("Auto-Submitted", "auto-replied")
	default:
		h.plain("Auto-Submitted", "auto-generated")
	}
	h.plain("X-Auto-Response-Suppress", "All") // Exchange; MS-OXCMAIL 2.2.3.2.14
	h.plain("MIME-Version", "1.0")
	return nil
}

// writeBody writes the fields that describe the body, and the body.
func writeBody(b *bytes.Buffer, h *headerWriter, m Mail) {
	text, html := part{"text/plain", cleanText(m.Text)}, part{"text/html", cleanText(m.HTML)}
	switch {
	case html.text == "":
		text.write(b, h)
	case text.text == "":
		html.write(b, h)
	default:
		// "=_" occurs in neither quoted-printable nor base64.
		sum := sha256.Sum256([]byte(m.MessageID))
		boundary := "=_" + hex.EncodeToString(sum[:12])
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
