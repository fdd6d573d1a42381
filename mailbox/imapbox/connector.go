// Package imapbox reads mailboxes over IMAP (RFC 3501, RFC 9051). It needs no
// extension, and uses UIDPLUS, MOVE, IDLE and SPECIAL-USE where the server has
// them. Its sessions are a [mailbox.Keeper] and a [mailbox.Waiter].
package imapbox

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Options say how connections are made. Zero fields mean the default.
type Options struct {
	DialTimeout    time.Duration // default 10 s
	TLSTimeout     time.Duration // of the handshake; default 10 s
	CommandTimeout time.Duration // silence of the server while a command is pending; default 60 s

	TLS *tls.Config // base of the TLS configuration; nil: the defaults of crypto/tls
	// Dial opens the transport connection; nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Policy says which addresses may be connected to; the zero value: all.
	Policy mailbox.DialPolicy
	// Lookup resolves names, for the first step of a connection test; nil: as
	// Policy and net.Dialer do, or not at all where Dial is set.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	Logger *slog.Logger // nil: no logging
}

// A Connector opens IMAP sessions. It is safe for concurrent use.
type Connector struct {
	opts   Options
	dialer wire.Dialer
}

var _ mailbox.Connector = (*Connector)(nil)

// New returns a Connector. opts may be nil.
func New(opts *Options) *Connector {
	c := &Connector{}
	if opts != nil {
		c.opts = *opts
	}
	c.opts.DialTimeout = cmp.Or(c.opts.DialTimeout, 10*time.Second)
	c.opts.TLSTimeout = cmp.Or(c.opts.TLSTimeout, 10*time.Second)
	c.opts.CommandTimeout = cmp.Or(c.opts.CommandTimeout, time.Minute)
	if c.opts.Logger == nil {
		c.opts.Logger = slog.New(slog.DiscardHandler)
	}
	c.dialer = wire.Dialer{
		DialContext: c.opts.Policy.Over(c.opts.Dial),
		DialTimeout: c.opts.DialTimeout,
		TLSTimeout:  c.opts.TLSTimeout,
		TLS:         c.opts.TLS,
	}
	return c
}

// Connect dials, secures and signs in; see [mailbox.Connector].
//
// The whole of it may take the sum of the three timeouts, however slowly the
// server trickles; with a token that is refused, twice that and what the
// source of tokens takes. Nothing secret is sent before the certificate is
// verified, and a server that signs in by itself (PREAUTH) is refused. So is
// one that cannot do what m.After says.
func (c *Connector) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	m = m.WithDefaults()
	s, err := c.signedIn(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address(m), clip(err))
	}
	return s, nil
}

// patience bounds a connection from the first packet until it is signed in.
func (c *Connector) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	whole := c.opts.DialTimeout + c.opts.TLSTimeout + c.opts.CommandTimeout
	return context.WithTimeoutCause(ctx, whole, fmt.Errorf("%w within %s", wire.ErrIdle, whole))
}

func address(m mailbox.Mailbox) string { return net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) }

func (c *Connector) connect(ctx context.Context, m mailbox.Mailbox, secret mailbox.Secret) (*session, error) {
	ctx, cancel := c.patience(ctx)
	defer cancel()
	raw, err := c.dialer.Dial(ctx, address(m))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	conn, err := c.secure(ctx, raw, m)
	if err != nil {
		_ = raw.Close()
		return nil, because(ctx, err)
	}
	s := c.session(conn, raw, m)
	if err := s.signIn(m, secret); err != nil {
		err = s.explain(ctx, err)
		s.abort()
		return nil, err
	}
	s.conn.Relax()
	return s, nil
}

// session returns a session that is not signed in yet.
func (c *Connector) session(conn, raw net.Conn, m mailbox.Mailbox) *session {
	s := &session{
		limiter: wire.NewLimiter(),
		max:     m.MaxMessageBytes,
		user:    m.User,
		targets: map[string]string{},
		news:    make(chan struct{}, 1),
		listed:  map[string]imap.UID{},
		log:     c.opts.Logger.With(slog.String("mailbox", string(m.ID))),
	}
	s.conn = wire.NewConn(conn, raw, c.opts.CommandTimeout, s.limiter)
	s.client = imapclient.New(s.conn, s.heed())
	return s
}

// secure returns the connection that IMAP is spoken on.
func (c *Connector) secure(ctx context.Context, raw net.Conn, m mailbox.Mailbox) (net.Conn, error) {
	switch m.Security {
	case mailbox.None:
		return raw, nil
	case mailbox.TLS:
		return c.dialer.Secure(ctx, raw, m.Host, m.InsecureSkipVerify)
	case mailbox.STARTTLS:
		if err := raw.SetDeadline(time.Now().Add(c.opts.CommandTimeout)); err != nil {
			return nil, err
		}
		if err := startTLS(raw); errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, fmt.Errorf("%w: %w", wire.ErrIdle, err)
		} else if err != nil {
			return nil, err
		}
		conn, err := c.dialer.Secure(ctx, raw, m.Host, m.InsecureSkipVerify)
		if err != nil {
			return nil, err
		}
		return greeted(conn), raw.SetDeadline(time.Time{})
	}
	return nil, fmt.Errorf("security %q is unknown", m.Security)
}

// because returns why ctx ended, or err if it did not.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
