package wire

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"
)

// A Dialer opens connections. Zero timeouts mean 10 seconds.
type Dialer struct {
	// DialContext makes the transport connection; nil: a net.Dialer. It is
	// where a policy on addresses has its place.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	DialTimeout time.Duration
	TLSTimeout  time.Duration
	TLS         *tls.Config // base; nil: the defaults of crypto/tls
}

const defaultTimeout = 10 * time.Second

// Dial opens a TCP connection.
func (d *Dialer) Dial(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := limit(ctx, d.DialTimeout, "dial")
	defer cancel()
	dial := d.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, of("dial", cause(ctx, err))
	}
	return conn, nil
}

// Secure does the TLS handshake as a client of host, whose certificate must
// be valid unless insecure. It does not close raw where it fails.
func (d *Dialer) Secure(ctx context.Context, raw net.Conn, host string, insecure bool) (*tls.Conn, error) {
	ctx, cancel := limit(ctx, d.TLSTimeout, "TLS handshake")
	defer cancel()
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if d.TLS != nil {
		config = d.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	config.InsecureSkipVerify = config.InsecureSkipVerify || insecure
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, of("TLS handshake", cause(ctx, err))
	}
	return conn, nil
}

func limit(ctx context.Context, d time.Duration, what string) (context.Context, context.CancelFunc) {
	if d == 0 {
		d = defaultTimeout
	}
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("%s: %w for %s", what, ErrIdle, d))
}

// of says which step an error is of, unless the error says so itself, as those
// of package net and of limit do.
func of(step string, err error) error {
	if text := err.Error(); strings.HasPrefix(text, step+" ") || strings.HasPrefix(text, step+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", step, err)
}

// cause returns why ctx ended, or err if it did not.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
