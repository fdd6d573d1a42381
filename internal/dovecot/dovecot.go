// Package dovecot starts a private Dovecot 2.3 for tests, on loopback and in
// a directory of its own.
package dovecot

import (
	"bytes"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/ticketmail/internal/daemon"
)

// Password is that of every user; every user name exists.
const Password = "secret"

// Options say how the server behaves. Zero fields mean the default.
type Options struct {
	Separator  string // between folder names; default "/"
	Prefix     string // of the personal namespace, for example "INBOX."
	Capability string // announced instead of all, for example "IMAP4rev1 IDLE"
	TLS        bool   // offer STARTTLS, and TLS on a port of its own
	Unsynced   bool   // do not flush to disk: for many small changes in little time
	OAuth      bool   // offer XOAUTH2 and OAUTHBEARER; the token TokenFor(user) signs in as user, no other does
	SASL       bool   // let other servers ask who may sign in, with the same ways to do it
	POP3       bool   // serve POP3 as well, with XOAUTH2 and OAUTHBEARER, whose token is Password
}

// A Server is a running Dovecot. Its methods are safe for concurrent use.
type Server struct {
	Address    string         // of IMAP without TLS (and with STARTTLS), host:port
	AddressTLS string         // of IMAP with TLS; empty without Options.TLS
	SASL       string         // address of the authentication service, host:port; empty without Options.SASL
	POP3       string         // address of POP3 without TLS (and with STLS); empty without Options.POP3
	POP3TLS    string         // of POP3 with TLS; empty without Options.POP3 and Options.TLS
	Roots      *x509.CertPool // trusts the certificate; nil without Options.TLS

	introspect string // URL that tells whose a token is; empty without Options.OAuth

	dir  string
	uid  int
	puts atomic.Int64
}

const uidForRoot = 12345 // owns the mails where the test runs as root

// Start starts a server that ends with the test. Without Dovecot 2.3 the test
// is skipped, or fails where TICKETMAIL_REQUIRE contains "dovecot".
//
// On Linux the server also ends where the test is killed, and leaves only its
// directory behind. Elsewhere it then runs on.
func Start(t testing.TB, opts *Options) *Server {
	t.Helper()
	if opts == nil {
		opts = &Options{}
	}
	binary := find(t)
	dir, err := daemon.MkdirTemp("dovecot") // Dovecot's own users must reach it, which t.TempDir prevents
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &Server{Address: daemon.FreeAddress(t), dir: dir, uid: os.Getuid()}
	if s.uid == 0 {
		s.uid = uidForRoot
	}
	if opts.TLS {
		s.AddressTLS = daemon.FreeAddress(t)
	}
	if opts.OAuth {
		s.introspect = introspection(t)
	}
	if opts.SASL {
		s.SASL = daemon.FreeAddress(t)
	}
	s.choosePOP3(t, opts)
	if err := s.prepare(opts); err != nil {
		t.Fatal(err)
	}
	daemon.Run(t, []string{s.Address, s.AddressTLS, s.SASL, s.POP3, s.POP3TLS}, filepath.Join(dir, "dovecot.log"), binary, "-F", "-c", filepath.Join(dir, "dovecot.conf"))
	return s
}

func find(t testing.TB) string {
	t.Helper()
	give := t.Skipf
	if strings.Contains(os.Getenv("TICKETMAIL_REQUIRE"), "dovecot") {
		give = t.Fatalf
	}
	binary, err := exec.LookPath("dovecot")
	if err != nil {
		binary = "/usr/sbin/dovecot"
	}
	version, err := exec.CommandContext(t.Context(), binary, "--version").Output()
	if err != nil {
		give("needs Dovecot: %v", err)
	}
	if !bytes.HasPrefix(version, []byte("2.3.")) {
		give("needs Dovecot 2.3, found %s", version)
	}
	return binary
}

// prepare fills the directory.
func (s *Server) prepare(opts *Options) error {
	config, err := s.config(opts)
	if err != nil {
		return err
	}
	if opts.TLS {
		if s.Roots, err = daemon.Certify(s.dir); err != nil {
			return err
		}
	}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	for _, d := range []string{"run", "mail"} {
		if err := os.Mkdir(filepath.Join(s.dir, d), 0o755); err != nil {
			return err
		}
	}
	if err := s.Own(filepath.Join(s.dir, "mail")); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, "dovecot.conf"), []byte(config), 0o644)
}
