package pop3box_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/pop3box"
)

// THREATS H62: no byte of a credential leaves.
func TestBadCertificatesAreRefused(t *testing.T) {
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS} {
		synctest.Test(t, func(t *testing.T) { // in which it is the year 2000
			trusted := wiretest.NewAuthority(t)
			for name, tt := range trusted.BadCertificates(t) {
				var sent recorder
				got := make(chan string, 1)
				s := serving(func(conn net.Conn) { got <- underTLS(conn, tt.Cert, security == mailbox.STARTTLS) })
				c := pop3box.New(&pop3box.Options{TLS: trusted.Trust(), Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := s.Dial(ctx, network, address)
					return recorded{conn, &sent}, err
				}})
				_, err := c.Connect(t.Context(), scriptMailbox(security))
				if !tt.Is(err) || !strings.Contains(err.Error(), "certificate") {
					t.Errorf("%s, %s: Connect = %v, want an error that says what is wrong with the certificate", security, name, err)
				}
				if secret := <-got; secret != "" {
					t.Errorf("%s, %s: sent under TLS: %q", security, name, secret)
				}
				checkNoCredentials(t, sent.String())
			}
		})
	}
}

func checkNoCredentials(t *testing.T, sent string) {
	t.Helper()
	for _, s := range []string{pop3test.User, pop3test.Password, "USER", "PASS", "AUTH", "APOP"} {
		if strings.Contains(sent, s) {
			t.Errorf("%q was sent in plain text: %q", s, sent)
		}
	}
}

// underTLS returns what a client sends to a server with this certificate
// after the handshake.
func underTLS(conn net.Conn, cert tls.Certificate, stls bool) string {
	if stls {
		_, _ = io.WriteString(conn, ready)
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			if lines.Text() == "STLS" {
				_, _ = io.WriteString(conn, "+OK\r\n")
				break
			}
			_, _ = io.WriteString(conn, capa("STLS", "USER", "SASL PLAIN"))
		}
	}
	sent, _ := io.ReadAll(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}))
	return string(sent)
}

func TestSignInUnderTLS(t *testing.T) {
	trusted := wiretest.NewAuthority(t)
	bad := trusted.BadCertificates(t)
	for name, tt := range map[string]struct {
		security mailbox.Security
		cert     tls.Certificate
		insecure bool
	}{
		"TLS":                {mailbox.TLS, trusted.Issue(t, nil), false},
		"STLS":               {mailbox.STARTTLS, trusted.Issue(t, nil), false},
		"TLS, wrong host":    {mailbox.TLS, bad["wrong host"].Cert, true},
		"TLS, self-signed":   {mailbox.TLS, bad["self-signed"].Cert, true},
		"STLS, expired":      {mailbox.STARTTLS, bad["expired"].Cert, true},
		"STLS, unknown root": {mailbox.STARTTLS, bad["unknown"].Cert, true},
	} {
		for _, auth := range []mailbox.Auth{mailbox.AuthAuto, mailbox.AuthPlain, mailbox.AuthLogin, mailbox.AuthXOAuth2, mailbox.AuthOAuthBearer} {
			t.Run(name+"/"+string(auth), func(t *testing.T) {
				s := pop3test.Start(t, pop3test.Options{
					TLS: &tls.Config{Certificates: []tls.Certificate{tt.cert}}, Implicit: tt.security == mailbox.TLS, Token: pop3test.Password,
				})
				m := mailboxAt(t, s.Address)
				m.Security, m.InsecureSkipVerify, m.Auth = tt.security, tt.insecure, auth
				if auth.OAuth() {
					m.Tokens = tokens{first: m.Password}
				}
				var sent recorder
				boxtest.Opened(t, pop3box.New(&pop3box.Options{TLS: trusted.Trust(), Dial: sent.dial}), m)
				checkNoCredentials(t, sent.String())
			})
		}
	}
}

// THREATS S11: whatever a man in the middle takes out of what the server
// offers, or puts into it, no byte of a credential leaves in plain text.
func TestDowngrades(t *testing.T) {
	trusted := wiretest.NewAuthority(t)
	cert := trusted.Issue(t, nil)
	for name, meddle := range map[string]map[string]string{
		"STLS taken away":          {"CAPA": capa("USER", "SASL PLAIN")},
		"CAPA refused":             {"CAPA": "-ERR unknown\r\n"},
		"CAPA empty":               {"CAPA": capa()},
		"STLS refused":             {"STLS": "-ERR not today\r\n"},
		"STLS answered with text":  {"STLS": "+OK go on\r\n+OK 1 1\r\n"},
		"STLS answered twice":      {"STLS": "+OK\r\n+OK\r\n"},
		"STLS answered, cut":       {"STLS": "+OK\r\n" + pop3test.Cut},
		"STLS answered, no TLS":    {"STLS": "+OK\r\n"},
		"STLS answered by garbage": {"STLS": "+OK\r\n\x16\x03\x01"},
		"STLS a challenge":         {"STLS": "+ \r\n"},
		"signed in by itself":      {"CAPA": "+OK\r\n.\r\n+OK welcome\r\n"},
		"offers after CAPA":        {"CAPA": capa("USER") + "+OK STLS\r\n"},
	} {
		for _, auth := range []mailbox.Auth{mailbox.AuthAuto, mailbox.AuthLogin, mailbox.AuthXOAuth2} {
			t.Run(name+"/"+string(auth), func(t *testing.T) {
				s := pop3test.Start(t, pop3test.Options{
					TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Token: pop3test.Password,
					OnCommand: func(c pop3test.Command) string { return meddle[c.Verb] },
				})
				m := mailboxAt(t, s.Address)
				m.Security, m.Auth = mailbox.STARTTLS, auth
				if auth.OAuth() {
					m.Tokens = tokens{first: m.Password}
				}
				var sent recorder
				opts := &pop3box.Options{TLS: trusted.Trust(), Dial: sent.dial, TLSTimeout: 200 * time.Millisecond, CommandTimeout: 200 * time.Millisecond}
				if session, err := pop3box.New(opts).Connect(t.Context(), m); err == nil {
					_ = session.Close()
					t.Error("Connect = nil")
				}
				checkNoCredentials(t, sent.String())
			})
		}
	}
}

// What a server said before TLS is forgotten: it may have been said by anybody
// (RFC 2595 section 4).
func TestCapabilitiesAreForgotten(t *testing.T) {
	trusted := wiretest.NewAuthority(t)
	asked := 0
	s := pop3test.Start(t, pop3test.Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{trusted.Issue(t, nil)}},
		OnCommand: func(c pop3test.Command) string {
			if c.Verb != "CAPA" {
				return ""
			}
			if asked++; asked%3 == 1 {
				return capa("STLS", "USER", "SASL XOAUTH2", "PIPELINING")
			}
			return capa("USER") // no SASL, no pipelining
		},
	})
	s.Add("one\r\n", "two\r\n")
	m := mailboxAt(t, s.Address)
	m.Security = mailbox.STARTTLS
	session, items := boxtest.Opened(t, pop3box.New(&pop3box.Options{TLS: trusted.Trust()}), m)
	if got, err := bodies(t.Context(), session, items); err != nil || len(got) != 2 || asked != 3 {
		t.Errorf("%d mails, %v, capabilities asked for %d times, want 3", len(got), err, asked)
	}
	m.Auth, m.Tokens = mailbox.AuthXOAuth2, tokens{first: m.Password}
	if _, err := pop3box.New(&pop3box.Options{TLS: trusted.Trust()}).Connect(t.Context(), m); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Errorf("Connect = %v, want the mechanism not to be offered", err)
	}
}
