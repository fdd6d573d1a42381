package smtpsender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-smtp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// A conn is one connection that is signed in.
type conn struct {
	raw    net.Conn
	client *smtp.Client
	local  string
	tidy   func(error) error // what the server says, see Sender.tidy
	sent   int               // mails it was used for
	expiry *time.Timer
	broken bool // must not be used again
	stale  bool // broken before the server took anything of the last mail
}

// connect dials, secures the connection and signs in. Where a token is
// refused, the source is asked once for another one, which is tried on a
// connection of its own: some servers close theirs after a refusal.
func (s *Sender) connect(ctx context.Context) (*conn, error) {
	if !s.opts.takesToken() {
		return s.open(ctx, s.opts.Password)
	}
	token, err := s.token(ctx, mailbox.Secret{})
	if err != nil {
		return nil, err
	}
	c, err := s.open(ctx, token)
	if !errors.Is(err, errToken) {
		return c, err
	}
	another, err := s.another(ctx, token, err)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, another)
}

// open makes a connection that is signed in with secret.
func (s *Sender) open(ctx context.Context, secret mailbox.Secret) (*conn, error) {
	raw, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	c, err := s.login(ctx, raw, secret)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}

func (s *Sender) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeouts.Connect)
	defer cancel()
	raw, err := s.opts.Dial(ctx, "tcp", s.opts.Addr)
	if _, refused := errors.AsType[*mailbox.RefusedAddressError](err); refused {
		return nil, &notify.ConfigError{Step: "connect", Err: err} // by ourselves
	}
	if _, named := errors.AsType[*net.OpError](err); named {
		return nil, err // it says itself that it is about connecting, and to where
	}
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return raw, nil
}

func (s *Sender) login(ctx context.Context, raw net.Conn, secret mailbox.Secret) (*conn, error) {
	secured, err := s.secure(ctx, raw, secret)
	if err != nil {
		return nil, err
	}
	c, err := s.meet(raw, secured, secret)
	if err != nil || s.opts.User == "" {
		return c, err
	}
	how, err := s.mechanism(c.client)
	if err != nil {
		return nil, err
	}
	return c, s.authenticate(c, how, secret)
}

// meet waits for the greeting and says who we are. secret is what will be
// signed in with, or was on another connection.
func (s *Sender) meet(raw, secured net.Conn, secret mailbox.Secret) (*conn, error) {
	guard := &guardedConn{Conn: secured, stall: s.opts.Timeouts.Write}
	client := smtp.NewClient(guard)
	client.CommandTimeout = s.opts.Timeouts.Command
	client.SubmissionTimeout = s.opts.Timeouts.Submit
	if err := s.tidy(client.Hello(s.opts.LocalName), secret); err != nil {
		if !guard.spoke {
			return nil, refusal("greeting", err)
		}
		return nil, refusal("EHLO", err)
	}
	return &conn{raw: raw, client: client, local: s.opts.LocalName, tidy: func(err error) error { return s.tidy(err, secret) }}, nil
}

// quit says goodbye, and closes the connection whether or not it is answered.
func (c *conn) quit() {
	c.client.CommandTimeout = 2 * time.Second
	_ = c.client.Quit()
	c.close()
}

func (c *conn) close() { _ = c.raw.Close() }
