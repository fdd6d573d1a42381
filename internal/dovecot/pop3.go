package dovecot

import (
	"fmt"
	"net"
	"testing"

	"example.com/ticketmail/internal/daemon"
)

// choosePOP3 takes the addresses of POP3, where it is asked for.
func (s *Server) choosePOP3(t testing.TB, opts *Options) {
	if !opts.POP3 {
		return
	}
	s.POP3 = daemon.FreeAddress(t)
	if opts.TLS {
		s.POP3TLS = daemon.FreeAddress(t)
	}
}

// pop3Config returns what POP3 adds to dovecot.conf.
func (s *Server) pop3Config(opts *Options) (string, error) {
	if !opts.POP3 {
		return "", nil
	}
	_, port, err := net.SplitHostPort(s.POP3)
	if err != nil {
		return "", err
	}
	tlsPort := "0"
	if opts.TLS {
		if _, tlsPort, err = net.SplitHostPort(s.POP3TLS); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf(pop3Config, port, tlsPort), nil
}

// The mechanisms of OAuth hand the token to the passdb as they would a
// password.
const pop3Config = `protocols = imap pop3
auth_mechanisms = plain login xoauth2 oauthbearer
service pop3-login {
  inet_listener pop3 {
    port = %s
  }
  inet_listener pop3s {
    port = %s
  }
  service_count = 0
}
service pop3 {
  service_count = 100
}
`
