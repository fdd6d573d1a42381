package ticketmail

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
)

// ExportOptions say what of a ticket is exported. The zero value is the
// default.
type ExportOptions struct {
	Internal bool // internal comments too
}

// An ExportedMail is one comment of a ticket as a mail: as the server sent it,
// where that is kept, else composed of the comment. It is valid inside of the
// loop that it comes from.
type ExportedMail struct {
	Comment  Comment
	Original bool // the bytes are those the server sent

	ticket Ticket
	author escalation.Person
	blobs  storage.Blobs
	domain string
}

// ExportTicket yields the comments of a ticket as mails, in the order of their
// creation. What is written by [ExportedMail.WriteTo] can be read by every mail
// program. An unknown ticket is storage.ErrNotFound. Names and addresses of
// people who typed something come from the Directory, as far as it answers.
func (e *Engine) ExportTicket(ctx context.Context, id TicketID, opts *ExportOptions) iter.Seq2[*ExportedMail, error] {
	o := ExportOptions{}
	if opts != nil {
		o = *opts
	}
	return func(yield func(*ExportedMail, error) bool) {
		err := e.store.View(ctx, func(r storage.Reader) error {
			k, err := r.Tickets().Get(ctx, id)
			if err != nil {
				return err
			}
			x := exporter{Engine: e, known: e.newAnswers()}
			for c, err := range r.Tickets().Comments(ctx, id) {
				if err != nil {
					return err
				}
				if c.Internal && !o.Internal {
					continue
				}
				if !yield(x.mail(ctx, k, c), nil) {
					return errEnough
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, fmt.Errorf("export ticket %s: %w", id, err))
		}
	}
}

// errEnough ends a listing whose caller has left the loop.
var errEnough = errors.New("enough")

// An exporter makes mails of comments.
type exporter struct {
	*Engine
	known *answers
}

func (x exporter) mail(ctx context.Context, k Ticket, c Comment) *ExportedMail {
	m := &ExportedMail{Comment: c, Original: !c.Raw.IsZero(), ticket: k, blobs: x.cfg.Blobs, domain: x.cfg.Domain}
	if !m.Original && c.Author != "" {
		m.author.Name = string(c.Author)
		if p, err := (consulted{x.known, false}).Person(ctx, c.Author); err == nil {
			m.author = p
		}
	}
	return m
}

// WriteTo writes the mail (RFC 5322) to w, streaming, and returns how many
// bytes that were. Content that is damaged or gone is an error.
func (m *ExportedMail) WriteTo(ctx context.Context, w io.Writer) (int64, error) {
	count := &counting{to: w}
	var err error
	if m.Original {
		err = copyBlob(ctx, count, m.blobs, m.Comment.Raw)
	} else {
		err = m.compose(ctx, count)
	}
	if err != nil {
		return count.n, fmt.Errorf("write comment %s as a mail: %w", m.Comment.ID, err)
	}
	return count.n, nil
}

// copyBlob streams content.
func copyBlob(ctx context.Context, w io.Writer, blobs storage.Blobs, b storage.Blob) error {
	r, err := blobs.Open(ctx, b)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, r.Close())
}

type counting struct {
	to io.Writer
	n  int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// WriteMbox writes a ticket to w as a mailbox file (RFC 4155, in the variant
// mboxrd: a line that begins with From, quoted or not, gets one more >), one
// mail for each comment, streaming. Lines end in LF, as they do in such files.
func (e *Engine) WriteMbox(ctx context.Context, w io.Writer, id TicketID, opts *ExportOptions) error {
	buf := bufio.NewWriter(w)
	for m, err := range e.ExportTicket(ctx, id, opts) {
		if err != nil {
			return err
		}
		if err := writeMboxMail(ctx, buf, m); err != nil {
			return fmt.Errorf("export ticket %s: %w", id, err)
		}
	}
	return buf.Flush()
}

func writeMboxMail(ctx context.Context, w *bufio.Writer, m *ExportedMail) error {
	from := m.Comment.Sender.Address
	if !plainAddress(from) {
		from = "MAILER-DAEMON"
	}
	if _, err := fmt.Fprintf(w, "From %s %s\n", from, m.Comment.CreatedAt.UTC().Format(time.ANSIC)); err != nil {
		return err
	}
	lines := &mboxLines{to: w, start: true}
	if _, err := m.WriteTo(ctx, lines); err != nil {
		return err
	}
	return lines.end()
}

// plainAddress reports whether an address can stand in a From line.
func plainAddress(s string) bool {
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return s != ""
}

// mboxLines writes a mail's lines as they stand in a mailbox file.
type mboxLines struct {
	to    *bufio.Writer
	held  []byte // the beginning of a line, while it may be a From line
	start bool   // held is all of the line so far
	cr    bool   // the last byte was a CR, not written yet
}

// Write takes a part of the mail.
func (l *mboxLines) Write(p []byte) (int, error) {
	for _, b := range p {
		if l.cr && b != '\n' {
			l.put('\r')
		}
		if l.cr = b == '\r'; !l.cr {
			l.put(b)
		}
	}
	return len(p), nil // Flush tells what went wrong
}

// put writes a byte, or holds it until the line is known not to begin with
// From.
func (l *mboxLines) put(b byte) {
	if !l.start {
		_ = l.to.WriteByte(b)
		l.start = b == '\n'
		return
	}
	l.held = append(l.held, b)
	text := bytes.TrimLeft(l.held, ">")
	const from = "From "
	switch {
	case string(text) == from:
		_ = l.to.WriteByte('>')
	case len(text) < len(from) && bytes.HasPrefix([]byte(from), text) && len(l.held) < 1<<10:
		return
	}
	_, _ = l.to.Write(l.held)
	l.start, l.held = b == '\n', l.held[:0]
}

// end writes what is held, ends the last line, and adds an empty one.
func (l *mboxLines) end() error {
	if l.cr {
		l.put('\r')
	}
	_, _ = l.to.Write(l.held)
	if !l.start || len(l.held) > 0 {
		_ = l.to.WriteByte('\n')
	}
	return l.to.WriteByte('\n')
}
