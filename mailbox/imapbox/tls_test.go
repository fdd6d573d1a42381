package imapbox_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"github.com/emersion/go-imap/v2"
)

// THREATS H62: no byte of a credential leaves, be it a password or a token.
func TestBadCertificatesAreRefused(t *testing.T) {
	secret := mailbox.TokenSourceFunc(func(context.Context, mailbox.Secret) (mailbox.Secret, error) {
		return mailbox.NewSecret(password), nil
	})
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS} {
		badCertificatesAreRefused(t, security, nil)
		badCertificatesAreRefused(t, security, secret)
	}
}

func badCertificatesAreRefused(t *testing.T, security mailbox.Security, tokens mailbox.TokenSource) {
	synctest.Test(t, func(t *testing.T) { // in which it is the year 2000
		trusted := wiretest.NewAuthority(t)
		for name, tt := range trusted.BadCertificates(t) {
			var sent recorder
			got := make(chan string, 1)
			s := serving(func(conn net.Conn) { got <- underTLS(conn, tt.Cert, security == mailbox.STARTTLS) })
			c := imapbox.New(&imapbox.Options{TLS: trusted.Trust(), Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := s.Dial(ctx, network, address)
				return recorded{conn, &sent}, err
			}})
			m := scriptMailbox(security)
			m.Tokens = tokens
			_, err := c.Connect(t.Context(), m)
			if !tt.Is(err) || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("%s, %s: Connect = %v, want an error that says what is wrong with the certificate", security, name, err)
			}
			if secret := <-got; secret != "" {
				t.Errorf("%s, %s: sent under TLS: %q", security, name, secret)
			}
			if log := sent.String(); strings.Contains(log, user) || strings.Contains(log, password) || strings.Contains(log, "LOGIN") || strings.Contains(log, "AUTHENTICATE") {
				t.Errorf("%s, %s: credentials in plain text: %q", security, name, log)
			}
		}
	})
}

// underTLS returns what a client sends to a server with this certificate
// after the handshake.
func underTLS(conn net.Conn, cert tls.Certificate, starttls bool) string {
	if starttls {
		_, _ = io.WriteString(conn, ready)
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			tag, command, _ := strings.Cut(lines.Text(), " ")
			_, _ = io.WriteString(conn, "* CAPABILITY IMAP4rev1 STARTTLS\r\n"+tag+" OK done\r\n")
			if command == "STARTTLS" {
				break
			}
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
		"TLS":                    {mailbox.TLS, trusted.Issue(t, nil), false},
		"STARTTLS":               {mailbox.STARTTLS, trusted.Issue(t, nil), false},
		"TLS, wrong host":        {mailbox.TLS, bad["wrong host"].Cert, true},
		"TLS, self-signed":       {mailbox.TLS, bad["self-signed"].Cert, true},
		"STARTTLS, expired":      {mailbox.STARTTLS, bad["expired"].Cert, true},
		"STARTTLS, unknown root": {mailbox.STARTTLS, bad["unknown"].Cert, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &memServer{
				caps:     capSet(imap.CapIMAP4rev1, imap.CapUIDPlus),
				tls:      &tls.Config{Certificates: []tls.Certificate{tt.cert}},
				implicit: tt.security == mailbox.TLS,
			}
			m := mailboxAt(t, s.start(t))
			m.Security, m.InsecureSkipVerify = tt.security, tt.insecure
			var sent recorder
			boxtest.Opened(t, imapbox.New(&imapbox.Options{TLS: trusted.Trust(), Dial: sent.dial}), m)
			if strings.Contains(sent.String(), user) {
				t.Errorf("the user name went over the line in plain text: %q", sent.String())
			}
		})
	}
}
