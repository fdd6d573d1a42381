package smtpsender

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"example.com/ticketmail/notify"
)

// A Sender sends mails through one server. It is safe for concurrent use and
// has as many connections as there are Sends at once.
type Sender struct {
	opts Options

	mu     sync.Mutex
	idle   []*conn
	closed bool
}

var _ notify.Sender = (*Sender)(nil)

// New returns a Sender. It connects to nothing. It returns a
// *mailbox.FieldError for the first option that cannot work.
func New(opts Options) (*Sender, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("smtpsender: %w", err)
	}
	return &Sender{opts: opts}, nil
}

// Close says goodbye on all idle connections. Sends under way finish, and
// their connections are not kept.
func (s *Sender) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, c := range idle {
		c.quit()
	}
	return nil
}

// Send hands m to the server, its attachments straight from what opens them.
// See the package comment for its errors.
func (s *Sender) Send(ctx context.Context, m notify.Mail) error {
	mail, err := notify.Prepare(m)
	if err != nil {
		return err
	}
	env, err := s.envelope(m, mail)
	if err != nil {
		return err
	}
	for {
		c, err := s.take(ctx)
		if err != nil {
			return s.explain(ctx, err)
		}
		reused := c.sent > 0
		err = c.send(ctx, env)
		s.giveBack(c)
		if reused && c.stale && ctx.Err() == nil {
			continue // the server had closed it; nothing of the mail was said
		}
		return s.explain(ctx, err)
	}
}

// An envelope is a mail as SMTP sees it.
type envelope struct {
	from, to string
	utf8     bool // needs SMTPUTF8 (RFC 6531)
	mail     *notify.Prepared
}

func (s *Sender) envelope(m notify.Mail, mail *notify.Prepared) (envelope, error) {
	from := s.opts.EnvelopeFrom
	if from == "" {
		from = m.From.Address
	}
	env := envelope{mail: mail}
	var err error
	if env.from, err = notify.WireAddress(from); err != nil {
		return env, fmt.Errorf("%w: envelope sender: %w", notify.ErrInvalidMail, err)
	}
	if env.to, err = notify.WireAddress(m.To.Address); err != nil {
		return env, fmt.Errorf("%w: To: %w", notify.ErrInvalidMail, err)
	}
	for _, a := range []string{env.from, env.to, m.From.Address, m.ReplyTo} {
		local, _, _ := strings.Cut(a, "@")
		env.utf8 = env.utf8 || strings.ContainsFunc(local, func(r rune) bool { return r >= utf8.RuneSelf })
	}
	return env, nil
}

// take returns an idle connection, or a new one.
func (s *Sender) take(ctx context.Context) (*conn, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		c.expiry.Stop()
		return c, nil
	}
	s.mu.Unlock()
	return s.connect(ctx)
}

// giveBack keeps c for the next mail, unless it is broken or has done its share.
func (s *Sender) giveBack(c *conn) {
	switch {
	case c.broken:
		c.close()
		return
	case c.sent >= s.opts.MaxPerConn:
		c.quit()
		return
	}
	s.mu.Lock()
	closed := s.closed
	if !closed {
		c.expiry = time.AfterFunc(s.opts.MaxIdle, func() { s.expire(c) })
		s.idle = append(s.idle, c)
	}
	s.mu.Unlock()
	if closed {
		c.quit()
	}
}

// expire closes c if it is idle still.
func (s *Sender) expire(c *conn) {
	s.mu.Lock()
	found := false
	for i, other := range s.idle {
		if other == c {
			s.idle = append(s.idle[:i], s.idle[i+1:]...)
			found = true
			break
		}
	}
	s.mu.Unlock()
	if found {
		c.quit()
	}
}

// explain names the operation, and the context's end where that was the cause.
func (s *Sender) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		if _, answered := errors.AsType[*smtp.SMTPError](err); !answered {
			err = cause
		}
	}
	return fmt.Errorf("send through %s: %w", s.opts.Addr, err)
}
