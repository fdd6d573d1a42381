package smtpsender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

var errNoAuth = errors.New("the server offers neither PLAIN nor LOGIN")

// A conn is one connection that is logged in.
type conn struct {
	raw    net.Conn
	client *smtp.Client
	local  string
	sent   int // mails it was used for
	expiry *time.Timer
	broken bool // must not be used again
	stale  bool // broken before the server took anything of the last mail
}

// connect dials, secures the connection and logs in.
func (s *Sender) connect(ctx context.Context) (*conn, error) {
	dialCtx, cancel := context.WithTimeout(ctx, s.opts.Timeouts.Connect)
	defer cancel()
	raw, err := s.opts.Dial(dialCtx, "tcp", s.opts.Addr)
	if _, refused := errors.AsType[*mailbox.RefusedAddressError](err); refused {
		return nil, &notify.ConfigError{Step: "connect", Err: err} // by ourselves
	}
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	c, err := s.login(ctx, raw)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}

func (s *Sender) login(ctx context.Context, raw net.Conn) (*conn, error) {
	secured, err := s.secure(ctx, raw)
	if err != nil {
		return nil, err
	}
	guard := &guardedConn{Conn: secured, stall: s.opts.Timeouts.Write}
	client := smtp.NewClient(guard)
	client.CommandTimeout = s.opts.Timeouts.Command
	client.SubmissionTimeout = s.opts.Timeouts.Submit
	if err := client.Hello(s.opts.LocalName); err != nil {
		if !guard.spoke {
			return nil, refusal("greeting", err)
		}
		return nil, refusal("EHLO", err)
	}
	c := &conn{raw: raw, client: client, local: s.opts.LocalName}
	if s.opts.User == "" {
		return c, nil
	}
	return c, s.authenticate(client)
}

// authenticate logs in with the first mechanism that the server offers.
func (s *Sender) authenticate(c *smtp.Client) error {
	var mech sasl.Client
	switch {
	case c.SupportsAuth(sasl.Plain):
		mech = sasl.NewPlainClient("", s.opts.User, s.opts.Password.Reveal())
	case c.SupportsAuth(sasl.Login):
		mech = &loginClient{user: s.opts.User, password: s.opts.Password}
	default:
		return &notify.ConfigError{Step: "AUTH", Err: errNoAuth}
	}
	err := c.Auth(mech)
	if answer, ok := errors.AsType[*smtp.SMTPError](err); ok {
		err = &smtp.SMTPError{Code: answer.Code, EnhancedCode: answer.EnhancedCode, Message: "authentication refused"}
	}
	return refusal("AUTH", err)
}

// loginClient is the LOGIN mechanism for servers that word its two questions
// as they like.
type loginClient struct {
	user     string
	password mailbox.Secret
	asked    int
}

func (l *loginClient) Start() (mech string, initial []byte, err error) { return sasl.Login, nil, nil }

func (l *loginClient) Next([]byte) ([]byte, error) {
	switch l.asked++; l.asked {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password.Reveal()), nil
	}
	return nil, sasl.ErrUnexpectedServerChallenge
}

// quit says goodbye, and closes the connection whether or not it is answered.
func (c *conn) quit() {
	c.client.CommandTimeout = 2 * time.Second
	_ = c.client.Quit()
	c.close()
}

func (c *conn) close() { _ = c.raw.Close() }
