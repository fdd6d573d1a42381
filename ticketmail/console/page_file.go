package console

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// readable reports whether the visitor may have the bytes of a mail. One in
// quarantine, or discarded from there, may be harmful, and nobody else has to
// decide about it.
func (v *visit) readable(e mailbox.Entry) bool {
	discarded := e.Outcome == mailbox.Record && slices.ContainsFunc(e.Reasons, func(r mailbox.Reason) bool { return r.Code == "discarded" })
	return v.Administers() || e.Outcome != mailbox.Quarantine && !discarded
}

// download begins the answer with a file: never shown, whatever it is.
func (v *visit) download(name, media string, size int64) {
	h := v.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": downloadName(name)}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
}

// maxName bounds the name of a download, in characters.
const maxName = 150

// downloadName returns a name without anything that leads elsewhere or makes it
// look like another: no path, no control characters, none that turn the
// direction of writing.
func downloadName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		case strings.ContainsRune(`/\:*?"<>|`, r):
			return '_'
		}
		return r
	}, name)
	if all := []rune(name); len(all) > maxName {
		name = string(all[len(all)-maxName:]) // its end says what it is
	}
	if name = strings.Trim(name, ". "); name == "" {
		return "file"
	}
	return name
}

// copyOut copies content to the browser, which sees by the length that it is
// not whole.
func (v *visit) copyOut(content io.ReadCloser) {
	if v.r.Method != http.MethodHead {
		_, _ = io.Copy(v.w, content)
	}
	_ = content.Close() // it was only read
}

// rawLetter hands out the bytes of a mail as the server sent them.
func (v *visit) rawLetter() error {
	e, raw, err := v.openRaw()
	if err != nil || raw == nil {
		return err
	}
	v.download("mail.eml", "message/rfc822", e.Raw.Size)
	v.copyOut(raw)
	return nil
}

// openRaw opens the mail that the query names. Without an error and a reader
// it has been refused.
func (v *visit) openRaw() (mailbox.Entry, io.ReadCloser, error) {
	e, err := v.entry()
	if err != nil {
		return e, nil, err
	}
	if e.Raw.IsZero() {
		return e, nil, errGone
	}
	if !v.readable(e) {
		v.trouble(http.StatusForbidden, "error.forbidden")
		return e, nil, nil
	}
	raw, err := v.engine.OpenContent(v.r.Context(), e.Raw)
	return e, raw, err
}

// letterFile hands out one file of a mail. It is read out of the mail, because
// of a mail that became nothing only that is kept.
func (v *visit) letterFile() error {
	n, err := strconv.Atoi(v.r.Form.Get("file"))
	if err != nil || n < 0 {
		return errGone
	}
	e, raw, err := v.openRaw()
	if err != nil || raw == nil {
		return err
	}
	pick := &picker{}
	m, err := pick.read(v.r.Context(), raw)
	switch {
	case err != nil:
		return err
	case n >= len(m.Attachments):
		return errGone
	}
	a := m.Attachments[n]
	if v.r.Method == http.MethodHead {
		v.download(a.Display, "application/octet-stream", a.Blob.Size)
		return nil
	}
	if raw, err = v.engine.OpenContent(v.r.Context(), e.Raw); err != nil {
		return err
	}
	v.download(a.Display, "application/octet-stream", a.Blob.Size)
	// A second time, now with a place to write to: nothing has to be kept.
	_, _ = (&picker{wanted: pick.number(a.Blob), to: v.w}).read(v.r.Context(), raw)
	return nil
}

// mailoutFile hands out one file of an outgoing mail.
func (v *visit) mailoutFile() error {
	b, err := v.mailoutBody()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(v.r.Form.Get("file"))
	if err != nil || n < 0 || n >= len(b.Attachments) || b.Attachments[n].Blob.IsZero() {
		return errGone
	}
	a := b.Attachments[n]
	content, err := v.engine.OpenContent(v.r.Context(), a.Blob)
	if err != nil {
		return err
	}
	v.download(a.Name, "application/octet-stream", a.Blob.Size)
	v.copyOut(content)
	return nil
}

// A picker reads a mail and writes one piece of content out of it. It is the
// [message.Sink] of its own reading.
type picker struct {
	begun  int // pieces so far
	wanted int // the one to write, from 1; 0: none
	to     io.Writer
	made   []message.Blob // what each came to, by number
}

var errUnreadable = errors.New("the mail cannot be read")

// read reads a mail to its end and closes it. One in quarantine may be there
// because reading it ends badly.
func (p *picker) read(ctx context.Context, raw io.ReadCloser) (m *message.Message, err error) {
	defer func() {
		if recover() != nil {
			m, err = nil, errUnreadable
		}
		_ = raw.Close() // it was only read
	}()
	return message.Read(ctx, raw, &message.Options{Sink: p})
}

// number returns which piece had this content.
func (p *picker) number(b message.Blob) int {
	for i, made := range p.made {
		if made == b {
			return i + 1
		}
	}
	return 0
}

// Create implements [message.Sink].
func (p *picker) Create(context.Context) (message.Spool, error) {
	p.begun++
	p.made = append(p.made, message.Blob{})
	one := &piece{picker: p, number: p.begun, sum: sha256.New()}
	if one.to = io.Discard; one.number == p.wanted {
		one.to = p.to
	}
	return one, nil
}

// A piece is content on its way.
type piece struct {
	*picker
	number int
	to     io.Writer
	sum    hash.Hash
	size   int64
}

// Write implements [message.Spool].
func (s *piece) Write(b []byte) (int, error) {
	_, _ = s.sum.Write(b) // never fails
	s.size += int64(len(b))
	return s.to.Write(b)
}

// Finish implements [message.Spool].
func (s *piece) Finish() (message.Blob, error) {
	b := storage.Blob{SHA256: [32]byte(s.sum.Sum(nil)), Size: s.size}
	s.made[s.number-1] = b
	return b, nil
}

// Discard implements [message.Spool].
func (s *piece) Discard() {}
