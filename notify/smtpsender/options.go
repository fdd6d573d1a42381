package smtpsender

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
)

// Options say which server to use and how. Addr is required.
type Options struct {
	Addr     string           // host:port, for example "mail.example.com:465"
	Security mailbox.Security // empty: mailbox.TLS
	User     string           // empty: no authentication
	Password mailbox.Secret
	// Auth is how to sign in: mailbox.AuthLogin is the mechanism LOGIN here.
	// Empty: the best that the server offers, with Tokens OAUTHBEARER or
	// XOAUTH2, else PLAIN or LOGIN.
	Auth   mailbox.Auth
	Tokens mailbox.TokenSource // OAuth access tokens in place of Password, for example those of a mailbox; nil: Password

	EnvelopeFrom string // return path; empty: the From address of the mail
	LocalName    string // our name in EHLO; empty: "localhost"

	TLSConfig *tls.Config // nil: the system's roots; ServerName defaults to the host of Addr

	MaxIdle    time.Duration // an idle connection is closed after; 0: 30 s
	MaxPerConn int           // mails sent on one connection; 0: 100
	Timeouts   Timeouts

	// Dial makes the connection; nil: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Lookup resolves names, for the first step of a connection test; nil: as
	// Policy and net.Dialer do, or not at all where Dial is set.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Policy says which addresses may be connected to; the zero value: all.
	Policy mailbox.DialPolicy
}

// takesToken reports whether a token signs in, and not the password.
func (o Options) takesToken() bool {
	return o.Auth.OAuth() || o.Auth == mailbox.AuthAuto && o.Tokens != nil
}

// Timeouts bound each wait. Zero fields mean the default.
type Timeouts struct {
	Connect time.Duration // dialling, and the TLS handshake; 10 s each
	Command time.Duration // the answer to a command, and the greeting; 60 s
	Write   time.Duration // any progress while a mail is written; 60 s
	Submit  time.Duration // the answer after a mail's end; 5 min
}

// withDefaults returns o with every zero field filled in, or a
// *mailbox.FieldError for the first field that cannot work.
func (o Options) withDefaults() (Options, error) {
	host, port, err := net.SplitHostPort(o.Addr)
	switch {
	case err != nil || host == "" || port == "" || strings.ContainsAny(o.Addr, "\r\n\x00 "):
		return o, refuse("Addr", "%q is not host:port", o.Addr)
	case !slices.Contains([]mailbox.Security{"", mailbox.TLS, mailbox.STARTTLS, mailbox.None}, o.Security):
		return o, refuse("Security", "%q is unknown (tls, starttls, none)", o.Security)
	case o.User == "" && !o.Password.IsZero():
		return o, refuse("User", "is missing, but there is a password")
	case o.User == "" && (o.Tokens != nil || o.Auth != mailbox.AuthAuto):
		return o, refuse("User", "is missing, but Auth or Tokens say how to sign in")
	case !slices.Contains([]mailbox.Auth{mailbox.AuthAuto, mailbox.AuthPlain, mailbox.AuthLogin, mailbox.AuthXOAuth2, mailbox.AuthOAuthBearer}, o.Auth):
		return o, refuse("Auth", "%q is unknown (empty, plain, login, xoauth2, oauthbearer)", o.Auth)
	case o.Auth.OAuth() && o.Tokens == nil:
		return o, refuse("Tokens", "%s needs a source of tokens", o.Auth)
	case o.LocalName != "" && strings.Trim(strings.ToLower(o.LocalName), "abcdefghijklmnopqrstuvwxyz0123456789.-_[]:") != "":
		return o, refuse("LocalName", "%q is not a host name", o.LocalName)
	case o.MaxPerConn < 0:
		return o, refuse("MaxPerConn", "%d is negative", o.MaxPerConn)
	case o.MaxIdle < 0:
		return o, refuse("MaxIdle", "%s is negative", o.MaxIdle)
	}
	fill(&o.Security, mailbox.TLS)
	fill(&o.LocalName, "localhost")
	fill(&o.MaxIdle, 30*time.Second)
	fill(&o.MaxPerConn, 100)
	fill(&o.Timeouts.Connect, 10*time.Second)
	fill(&o.Timeouts.Command, time.Minute)
	fill(&o.Timeouts.Write, time.Minute)
	fill(&o.Timeouts.Submit, 5*time.Minute)
	if o.Dial == nil && o.Lookup == nil {
		resolver := cmp.Or(o.Policy.Resolver, net.DefaultResolver)
		o.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return resolver.LookupNetIP(ctx, "ip", host)
		}
	}
	o.Dial = o.Policy.Over(o.Dial)
	if o.TLSConfig == nil {
		o.TLSConfig = &tls.Config{}
	}
	o.TLSConfig = o.TLSConfig.Clone()
	fill(&o.TLSConfig.ServerName, host)
	return o, nil
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func refuse(field, format string, args ...any) error {
	return &mailbox.FieldError{Field: field, Reason: fmt.Sprintf(format, args...)}
}
