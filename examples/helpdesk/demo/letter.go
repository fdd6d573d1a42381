package demo

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/emersion/go-message/mail"
)

// A Letter is a mail that somebody outside writes.
type Letter struct {
	From, To  mail.Address
	Subject   string
	Text      string
	InReplyTo string // Message-ID without angle brackets; empty: no answer
	Automatic bool   // an out-of-office note or the like
	FileName  string // of File
	File      []byte // goes along; nil: none
	Date      time.Time
}

// Bytes returns the letter as a mail (RFC 5322).
func (l Letter) Bytes() ([]byte, error) {
	var h gomail.Header
	h.SetDate(l.Date)
	h.SetAddressList("From", []*gomail.Address{{Name: l.From.Name, Address: l.From.Address}})
	h.SetAddressList("To", []*gomail.Address{{Name: l.To.Name, Address: l.To.Address}})
	h.SetSubject(l.Subject)
	_, domain, ok := strings.Cut(l.From.Address, "@")
	if !ok {
		return nil, errors.New("the sender has no address")
	}
	h.SetMessageID(strings.ToLower(rand.Text()) + "@" + domain)
	if l.InReplyTo != "" {
		h.SetMsgIDList("In-Reply-To", []string{l.InReplyTo})
		h.SetMsgIDList("References", []string{l.InReplyTo})
	}
	if l.Automatic {
		h.Set("Auto-Submitted", "auto-replied")
	}
	var b bytes.Buffer
	w, err := gomail.CreateWriter(&b, h)
	if err != nil {
		return nil, err
	}
	var text gomail.InlineHeader
	text.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	part, err := w.CreateSingleInline(text)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(part, l.Text); err != nil {
		return nil, err
	}
	if err := part.Close(); err != nil {
		return nil, err
	}
	if l.File != nil {
		if err := attach(w, l.FileName, l.File); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func attach(w *gomail.Writer, name string, content []byte) error {
	var h gomail.AttachmentHeader
	h.SetContentType("application/octet-stream", nil)
	h.SetFilename(name)
	part, err := w.CreateAttachment(h)
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	return part.Close()
}
