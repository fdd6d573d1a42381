package pop3box

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
)

// Survey implements mailbox.Surveyor with TOP. Where the server lacks it, or
// refuses it for a mail, nothing is seen of that.
func (s *session) Survey(ctx context.Context, items []mailbox.Item) (found mailbox.Survey, err error) {
	err = s.do(ctx, "survey", func() error {
		mails, err := s.find(ctx, items)
		if err != nil || s.caps != nil && !s.caps.has("TOP") {
			return err
		}
		s.retrieved = s.retrieved || len(mails) > 0 // a server may take it for a download
		command := func(i int) string { return fmt.Sprintf("TOP %d 0", mails[i].number) }
		return s.conn.pipeline(len(mails), command, func(i int) error {
			g, err := s.glance(mails[i])
			if refused(err) != nil {
				return nil //nolint:nilerr // it is gone, or cannot be looked at
			}
			found.Glances = append(found.Glances, g)
			return err
		})
	})
	return found, err
}

// glance reads the answer to TOP.
func (s *session) glance(m mail) (g mailbox.Glance, err error) {
	if _, err := s.conn.status(); err != nil {
		return g, fmt.Errorf("TOP: %w", err)
	}
	body := &dotReader{r: s.conn.r}
	g.UID = m.UID
	if g.Header, err = io.ReadAll(io.LimitReader(body, mailbox.MaxGlance)); err != nil {
		return g, fmt.Errorf("TOP: %w", err)
	}
	limit := s.longest(m.Item)
	rest, err := io.Copy(io.Discard, io.LimitReader(body, limit))
	if err == nil && rest == limit {
		err = fmt.Errorf("%w: over %d bytes", wire.ErrLimit, limit)
	}
	if err != nil {
		return g, fmt.Errorf("TOP: %w", err)
	}
	return g, nil
}

// Since implements mailbox.Surveyor: POP3 tells no dates, and those in a mail
// are its sender's word.
func (s *session) Since(context.Context, []mailbox.Item, time.Time) ([]mailbox.Item, error) {
	return nil, fmt.Errorf("find mails by date: %w", errors.ErrUnsupported)
}
