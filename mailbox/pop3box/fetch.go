package pop3box

import (
	"context"
	"errors"
	"fmt"
	"io"

	"example.com/ticketmail/mailbox"
)

// Fetch implements mailbox.Session. The mails come in the order of items. One
// that the server refuses to send is left out.
func (s *session) Fetch(ctx context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	return s.do(ctx, "fetch", func() error {
		mails, err := s.find(ctx, items)
		if err != nil {
			return err
		}
		s.retrieved = s.retrieved || len(mails) > 0
		command := func(i int) string { return fmt.Sprintf("RETR %d", mails[i].number) }
		return s.conn.pipeline(len(mails), command, func(i int) error {
			return s.mail(ctx, mails[i], each)
		})
	})
}

// find returns those of the items that are there.
func (s *session) find(ctx context.Context, items []mailbox.Item) ([]mail, error) {
	if !s.selected {
		return nil, errSelected
	}
	if s.numbers == nil && len(items) > 0 {
		if _, err := s.list(ctx); err != nil {
			return nil, err
		}
	}
	mails := make([]mail, 0, len(items))
	for _, it := range items {
		if n := s.numbers[it.UID]; n > 0 && !s.marked[n] {
			mails = append(mails, mail{it, n})
		}
	}
	return mails, nil
}

// mail reads the answer to RETR.
func (s *session) mail(ctx context.Context, m mail, each func(mailbox.Item, io.Reader) error) error {
	if _, err := s.conn.status(); refused(err) != nil {
		return nil //nolint:nilerr // it is gone, or the caller will find that it is not
	} else if err != nil {
		return fmt.Errorf("mail %d: %w", m.number, err)
	}
	limit := s.longest(m.Item)
	b := &body{ctx: ctx, conn: s.conn, dot: dotReader{r: s.conn.r}, left: limit, limit: limit}
	s.conn.relax() // we may take our time, the server has done its part
	err := each(m.Item, b)
	s.conn.expect()
	if err == nil {
		_, err = io.Copy(io.Discard, b)
	}
	return err
}

// A body is what each reads.
type body struct {
	ctx    context.Context // of the call
	conn   *conn
	dot    dotReader
	left   int64 // bytes that may come
	limit  int64
	broken error // what ended it before its end
}

func (b *body) Read(p []byte) (int, error) {
	switch {
	case b.broken != nil:
		return 0, b.broken
	case b.ctx.Err() != nil:
		return 0, context.Cause(b.ctx)
	}
	b.conn.expect()
	n, err := b.dot.Read(p)
	b.conn.relax()
	if b.left -= int64(n); b.left < 0 {
		n, err = 0, fmt.Errorf("%w: over %d bytes", mailbox.ErrTooBig, b.limit)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.broken = because(b.ctx, err)
		err = b.broken
	}
	return n, err
}
