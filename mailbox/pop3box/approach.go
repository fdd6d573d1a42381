package pop3box

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
)

var (
	errNoSTLS   = errors.New("the server does not offer STLS")
	errInjected = errors.New("plain text after the answer to STLS")
)

// An approach is a connection on the way to being signed in. Its steps are
// done in the order of the methods below; after an error only drop remains.
type approach struct {
	*Connector
	m     mailbox.Mailbox
	raw   net.Conn
	link  net.Conn // what is spoken on: TLS, or raw itself
	state *tls.ConnectionState
	conn  *conn
	caps  capabilities
}

func (c *Connector) approach(m mailbox.Mailbox) *approach { return &approach{Connector: c, m: m} }

// drop ends the approach.
func (a *approach) drop() {
	if a.raw != nil {
		_ = a.raw.Close()
	}
}

// watch makes every step end with ctx, until stop is called.
func (a *approach) watch(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, a.drop)
}

func (a *approach) dial(ctx context.Context) (err error) {
	a.raw, err = a.dialer.Dial(ctx, address(a.m))
	return err
}

// secure does the TLS handshake, before which STLS asks for it.
func (a *approach) secure(ctx context.Context) error {
	switch a.m.Security {
	case mailbox.None:
		a.link = a.raw
		return nil
	case mailbox.TLS:
	case mailbox.STARTTLS:
		if err := a.startTLS(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("security %q is unknown", a.m.Security)
	}
	conn, err := a.dialer.Secure(ctx, a.raw, a.m.Host, a.m.InsecureSkipVerify)
	if err != nil {
		return err
	}
	a.link, a.state = conn, new(conn.ConnectionState())
	return a.raw.SetDeadline(time.Time{})
}

// startTLS sends nothing but what asks for TLS. There is no way back to plain
// text, and what the server said so far is forgotten (RFC 2595 section 4).
func (a *approach) startTLS() error {
	if err := a.raw.SetDeadline(time.Now().Add(a.opts.CommandTimeout)); err != nil {
		return err
	}
	c := newConn(a.raw, a.opts.CommandTimeout)
	err := askForTLS(c)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: %w", wire.ErrIdle, err)
	case err == nil && c.r.Buffered() > 0:
		return errInjected
	}
	return err
}

func askForTLS(c *conn) error {
	if err := c.greeting(); err != nil {
		return err
	}
	caps, err := c.capabilities()
	if err != nil {
		return err
	}
	if !caps.has("STLS") {
		return errNoSTLS
	}
	_, err = c.ask("STLS")
	return err
}

// greeting waits for the server to begin.
func (c *conn) greeting() error {
	if _, err := c.status(); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	return nil
}

// meet waits for the greeting, which does not come again after STLS, and
// learns what the server can do.
func (a *approach) meet() (err error) {
	a.conn = newConn(wire.NewConn(a.link, a.raw, a.opts.CommandTimeout, nil), a.opts.CommandTimeout)
	if a.m.Security != mailbox.STARTTLS {
		if err := a.conn.greeting(); err != nil {
			return err
		}
	}
	a.caps, err = a.conn.capabilities()
	return err
}

// enter signs in, and learns what the server can do for us.
func (a *approach) enter(how mailbox.Auth, secret mailbox.Secret) (err error) {
	if err := a.conn.authenticate(how, a.m, secret); err != nil {
		return err
	}
	a.caps, err = a.conn.capabilities()
	return err
}

// connect goes all the way.
func (c *Connector) connect(ctx context.Context, m mailbox.Mailbox, secret mailbox.Secret) (*approach, error) {
	ctx, cancel := c.patience(ctx)
	defer cancel()
	a := c.approach(m)
	if err := a.dial(ctx); err != nil {
		return nil, err
	}
	defer a.watch(ctx)()
	if err := a.arrive(ctx, secret); err != nil {
		a.drop()
		return nil, because(ctx, err)
	}
	a.conn.relax()
	return a, nil
}

func (a *approach) arrive(ctx context.Context, secret mailbox.Secret) error {
	if err := a.secure(ctx); err != nil {
		return err
	}
	if err := a.meet(); err != nil {
		return err
	}
	how, err := mechanism(a.m, a.caps)
	if err != nil {
		return err
	}
	return a.enter(how, secret)
}
