package smtpsender

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

var (
	errNoSTARTTLS = errors.New("the server does not offer it")
	errInjected   = errors.New("the server sent plain text behind its answer")
)

// secure protects the connection as Security demands, before anything
// that matters is said.
func (s *Sender) secure(ctx context.Context, raw net.Conn, secret mailbox.Secret) (net.Conn, error) {
	switch s.opts.Security {
	case mailbox.None:
		return raw, nil
	case mailbox.STARTTLS:
		return s.startTLS(ctx, raw, secret)
	}
	return s.handshake(ctx, raw)
}

// handshake returns the connection inside TLS, verified.
func (s *Sender) handshake(ctx context.Context, raw net.Conn) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeouts.Connect)
	defer cancel()
	conn := tls.Client(raw, s.opts.TLSConfig)
	err := conn.HandshakeContext(ctx)
	if err == nil {
		return conn, nil
	}
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	if unverified || notTLS {
		return nil, &notify.ConfigError{Step: "TLS", Err: err}
	}
	return nil, fmt.Errorf("TLS handshake: %w", err)
}

// startTLS upgrades the connection (RFC 3207). We speak the few lines of
// plain text ourselves: the client library would say its own name in EHLO,
// and throw away silently what an attacker adds behind the server's answer.
func (s *Sender) startTLS(ctx context.Context, raw net.Conn, secret mailbox.Secret) (net.Conn, error) {
	if err := raw.SetDeadline(time.Now().Add(s.opts.Timeouts.Command)); err != nil {
		return nil, err
	}
	buffered := bufio.NewReader(io.LimitReader(raw, 64<<10))
	p := plainText{textproto.NewReader(buffered), raw, func(err error) error { return s.tidy(err, secret) }}
	if _, err := p.command("greeting", "", 220); err != nil {
		return nil, err
	}
	offered, err := p.command("EHLO", "EHLO "+s.opts.LocalName, 250)
	if err != nil {
		return nil, err
	}
	if !offers(offered, "STARTTLS") {
		return nil, &notify.ConfigError{Step: "STARTTLS", Err: errNoSTARTTLS}
	}
	if _, err := p.command("STARTTLS", "STARTTLS", 220); err != nil {
		return nil, err
	}
	if buffered.Buffered() > 0 {
		return nil, &notify.ConfigError{Step: "STARTTLS", Err: errInjected}
	}
	if err := raw.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	conn, err := s.handshake(ctx, raw)
	if err != nil {
		return nil, err
	}
	// The client library waits for a greeting, which comes once only.
	return &greeted{Conn: conn, greeting: strings.NewReader("220 again\r\n")}, nil
}

// plainText is the part of a connection before STARTTLS.
type plainText struct {
	*textproto.Reader
	w    io.Writer
	tidy func(error) error // see Sender.tidy
}

// command sends a line, unless it is empty, and returns the answer.
func (p plainText) command(step, line string, expect int) (string, error) {
	if line != "" {
		if _, err := io.WriteString(p.w, line+"\r\n"); err != nil {
			return "", fmt.Errorf("%s: %w", step, err)
		}
	}
	_, text, err := p.ReadResponse(expect)
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		err = &smtp.SMTPError{Code: answer.Code, Message: answer.Msg}
	}
	return text, refusal(step, p.tidy(err))
}

// offers reports whether an answer to EHLO lists an extension.
func offers(answer, extension string) bool {
	lines := strings.Split(answer, "\n")
	for _, l := range lines[1:] {
		if name, _, _ := strings.Cut(l, " "); strings.EqualFold(name, extension) {
			return true
		}
	}
	return false
}

// greeted is a connection that says a greeting first.
type greeted struct {
	net.Conn
	greeting *strings.Reader
}

func (g *greeted) Read(p []byte) (int, error) {
	if g.greeting.Len() > 0 {
		return g.greeting.Read(p)
	}
	return g.Conn.Read(p)
}

// maxAnswer bounds what a server may say before we speak again.
const maxAnswer = 1 << 20

var errBabble = errors.New("the server's answer has no end")

// guardedConn adds to the client library's deadlines the two that it lacks:
// one for each write, and a limit to an answer's length.
type guardedConn struct {
	net.Conn
	stall time.Duration
	heard int
	spoke bool
}

func (g *guardedConn) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if g.heard += n; g.heard > maxAnswer {
		return 0, errBabble
	}
	return n, err
}

func (g *guardedConn) Write(p []byte) (int, error) {
	g.heard, g.spoke = 0, true
	if err := g.SetWriteDeadline(time.Now().Add(g.stall)); err != nil {
		return 0, err
	}
	return g.Conn.Write(p)
}
