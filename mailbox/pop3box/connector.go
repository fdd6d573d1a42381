// Package pop3box reads mailboxes over POP3 (RFC 1939), with STLS (RFC 2595),
// SASL and OAuth 2.0 tokens (RFC 5034). It needs no extension: without UIDL
// mails are told apart by their headers, without PIPELINING each command waits
// for the answer to the one before. APOP is not used: MD5 of a stored password
// protects nothing that TLS does not.
//
// A POP3 server deletes when the session ends in good order, and not before:
// [mailbox.Drain] closes sessions accordingly (mailbox.Folder.CloseAfter).
package pop3box

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
)

// Options say how connections are made. Zero fields mean the default.
type Options struct {
	DialTimeout    time.Duration // default 10 s
	TLSTimeout     time.Duration // of the handshake; default 10 s
	CommandTimeout time.Duration // for a line of an answer, and silence within a mail; default 60 s

	TLS *tls.Config // base of the TLS configuration; nil: the defaults of crypto/tls
	// Dial opens the transport connection; nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Policy says which addresses may be connected to; the zero value: all.
	Policy mailbox.DialPolicy
	Logger *slog.Logger // nil: no logging
}

// A Connector opens POP3 sessions. It is safe for concurrent use.
type Connector struct {
	opts   Options
	dialer wire.Dialer
}

var _ mailbox.Prober = (*Connector)(nil)

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
// server trickles; where a token is refused and another one tried, twice that
// and what the source of tokens takes. Nothing secret is sent before the
// certificate is verified. A server that cannot serve us now is
// mailbox.ErrLater.
func (c *Connector) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	m = m.WithDefaults()
	a, err := c.signedIn(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address(m), err)
	}
	return c.session(a), nil
}

func address(m mailbox.Mailbox) string { return net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) }

// patience bounds a connection from the first packet until it is signed in.
func (c *Connector) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	whole := c.opts.DialTimeout + c.opts.TLSTimeout + c.opts.CommandTimeout
	return context.WithTimeoutCause(ctx, whole, fmt.Errorf("%w within %s", wire.ErrIdle, whole))
}

// because returns why ctx ended, or err if it did not.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
