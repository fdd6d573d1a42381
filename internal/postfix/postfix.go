// Package postfix starts a private Postfix 3 for tests, on loopback and in a
// directory of its own. It touches nothing of a Postfix that the machine has
// besides, but its programs and users.
package postfix

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/daemon"
)

// A Server is a running Postfix. Its methods are safe for concurrent use.
type Server struct {
	Address    string         // of SMTP without TLS, host:port; with Options.SASL it offers STARTTLS
	AddressTLS string         // of SMTP with TLS from the first byte; empty without Options.SASL
	Roots      *x509.CertPool // trusts the certificate; nil without Options.SASL

	sasl string
	dir  string
	to   []string // addresses that get mail
}

// Options say how the server behaves. Zero fields mean the default.
type Options struct {
	// SASL is the address of Dovecot's authentication service, host:port.
	// With it TLS is offered, and mail is taken only from those who signed in
	// under it.
	SASL string
}

// uid owns the mails, as for internal/dovecot.
const uid = 12345

// Start starts a server that ends with the test, and takes mail for some
// addresses; of these domains it refuses all others with 550 5.1.1, and other
// domains with 554 5.7.1. It offers SMTPUTF8.
//
// Postfix runs as root only. Without it, or elsewhere than on Linux, the test
// is skipped, or fails where TICKETMAIL_REQUIRE contains "postfix".
//
// The server also ends where the test is killed, and leaves only its directory
// behind.
func Start(t testing.TB, to ...string) *Server {
	t.Helper()
	return StartWith(t, Options{}, to...)
}

// StartWith is Start for a server that is not as usual.
func StartWith(t testing.TB, opts Options, to ...string) *Server {
	t.Helper()
	master := find(t)
	dir, err := daemon.MkdirTemp("postfix") // Postfix's own users must reach it, which t.TempDir prevents
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &Server{Address: daemon.FreeAddress(t), sasl: opts.SASL, dir: dir, to: to}
	if s.sasl != "" {
		s.AddressTLS = daemon.FreeAddress(t)
		if s.Roots, err = daemon.Certify(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.prepare(filepath.Dir(master)); err != nil {
		t.Fatal(err)
	}
	daemon.Run(t, []string{s.Address, s.AddressTLS}, s.path("log"), "/bin/sh", "-c", run, master, s.path("conf"))
	return s
}

// run starts Postfix from a shell, which ends with the test and then kills it:
// the signal at a parent's death is lost on a process that changes its user.
const run = `trap 'kill -9 0' TERM; "$0" -d -c "$1" & wait`

func (s *Server) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// find returns the path of Postfix's own daemon.
func find(t testing.TB) string {
	t.Helper()
	give := t.Skipf
	if strings.Contains(os.Getenv("TICKETMAIL_REQUIRE"), "postfix") {
		give = t.Fatalf
	}
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		give("needs Linux and root: Postfix starts for nobody else")
	}
	postconf, err := exec.LookPath("postconf")
	if err != nil {
		postconf = "/usr/sbin/postconf"
	}
	out, err := exec.CommandContext(t.Context(), postconf, "-d", "-h", "mail_version", "daemon_directory").Output()
	if err != nil {
		give("needs Postfix: %v", err)
	}
	version, programs, _ := strings.Cut(string(bytes.TrimSpace(out)), "\n")
	if !strings.HasPrefix(version, "3.") {
		give("needs Postfix 3, found %s", version)
	}
	return filepath.Join(programs, "master")
}

// queues are the directories that Postfix expects, all of its own user.
var queues = [...]string{
	"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private",
	"public", "saved", "trace",
}

// prepare fills the directory.
func (s *Server) prepare(programs string) error {
	owner, err := idOf("postfix")
	if err != nil {
		return err
	}
	main, master, err := s.config(programs)
	if err != nil {
		return err
	}
	var users strings.Builder
	for i, to := range s.to {
		fmt.Fprintf(&users, "%s %d/\n", to, i)
	}
	err = errors.Join(os.Chmod(s.dir, 0o755), s.mkdir(0, "conf"), s.mkdir(0, "queue"), s.mkdir(owner, "data"), s.mkdir(uid, "mail"))
	for _, q := range queues {
		err = errors.Join(err, s.mkdir(owner, "queue", q))
	}
	// Postfix reads a file again and again until it is two seconds old.
	old := time.Now().Add(-time.Minute)
	for name, text := range map[string]string{"main.cf": main, "master.cf": master, "users": users.String()} {
		file := s.path("conf", name)
		err = errors.Join(err, os.WriteFile(file, []byte(text), 0o644), os.Chtimes(file, old, old))
	}
	return err
}

func (s *Server) mkdir(owner int, elem ...string) error {
	return errors.Join(os.Mkdir(s.path(elem...), 0o755), os.Chown(s.path(elem...), owner, -1))
}

func idOf(name string) (int, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(u.Uid)
}
