package web

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
)

// file hands out a file: images by what they are, everything else as a
// download, whatever its sender called it.
func (s *site) file(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	c, err := s.readComment(r, who)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("file"))
	if err != nil || n < 0 || n >= len(c.Attachments) {
		return storage.ErrNotFound
	}
	a := c.Attachments[n]
	if image := s.imageType(r.Context(), a.Blob); image != "" {
		w.Header().Set("Content-Type", image)
		return s.stream(r.Context(), w, a.Blob)
	}
	return s.download(r.Context(), w, a.Blob, a.Display)
}

// mail hands out a mail as it came, to employees.
func (s *site) mail(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	c, err := s.readComment(r, who)
	if err != nil {
		return err
	}
	if !who.Internal() || c.Raw.IsZero() {
		return storage.ErrNotFound
	}
	return s.download(r.Context(), w, c.Raw, "ticket-"+string(c.Ticket)+".eml")
}

// text hands out all of a comment whose beginning the page shows.
func (s *site) text(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	c, err := s.readComment(r, who)
	if err != nil {
		return err
	}
	text := c.Text
	if !c.Raw.IsZero() && c.EditedAt.IsZero() {
		m, err := s.message(r.Context(), c)
		if err != nil {
			return err
		}
		text = m.Text
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text)
	return nil
}

// readComment returns the comment that a request names, if somebody may read
// it.
func (s *site) readComment(r *http.Request, who escalation.Person) (found storage.Comment, err error) {
	ctx, id := r.Context(), storage.TicketID(r.PathValue("id"))
	err = s.Store.View(ctx, func(x storage.Reader) error {
		if _, err := readable(ctx, x, who, id); err != nil {
			return err
		}
		for c, err := range x.Tickets().Comments(ctx, id) {
			if err != nil {
				return err
			}
			if c.ID == r.PathValue("comment") && (who.Internal() || !c.Internal) {
				found = c
				return nil
			}
		}
		return storage.ErrNotFound
	})
	return found, err
}

func (s *site) download(ctx context.Context, w http.ResponseWriter, b storage.Blob, name string) error {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return s.stream(ctx, w, b)
}

func (s *site) stream(ctx context.Context, w http.ResponseWriter, b storage.Blob) error {
	content, err := s.Store.Open(ctx, b)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	_, _ = io.Copy(w, content) // whoever asked is gone, or sees that it broke off
	return nil
}
