// Package courier starts a private Courier mail server for tests, on loopback
// and in a directory of its own: IMAP and POP3, one process a connection.
//
// The sign-in is ours: Courier's own asks a daemon at an address that is fixed
// when it is built, for which a test has no rights. What comes after it is
// Courier.
package courier

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/ticketmail/internal/daemon"
)

// Password is that of every user; every user name exists.
const Password = "secret"

// usual is what Courier announces as it is installed.
const usual = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"

// Options say how the server behaves. Zero fields mean the default.
type Options struct {
	Capability string // announced over IMAP instead of what is usual, for example "IMAP4rev1"
}

// A Server is a running Courier. Its methods are safe for concurrent use.
type Server struct {
	Address string // of IMAP without TLS, host:port
	POP3    string // of POP3 without TLS, host:port

	dir, root  string
	capability string
	watcher    string // whom the server asks what changes in its folders
	puts       atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]chan struct{} // closed at its end
}

// Start starts a server that ends with the test. It needs the Debian packages
// courier-imap and courier-pop, which cannot be installed beside Dovecot: the
// environment variable TICKETMAIL_COURIER names a directory into which they
// were unpacked, by default "/". Without them the test is skipped, or fails
// where TICKETMAIL_REQUIRE contains "courier".
func Start(t testing.TB, opts *Options) *Server {
	t.Helper()
	if opts == nil {
		opts = &Options{}
	}
	s := &Server{root: find(t), dir: t.TempDir(), capability: cmp.Or(opts.Capability, usual), conns: map[net.Conn]chan struct{}{}}
	s.watch(t)
	s.Address = s.listen(t, s.greetIMAP)
	s.POP3 = s.listen(t, s.greetPOP3)
	return s
}

func find(t testing.TB) (root string) {
	t.Helper()
	root = cmp.Or(os.Getenv("TICKETMAIL_COURIER"), "/")
	give := t.Skipf
	if strings.Contains(os.Getenv("TICKETMAIL_REQUIRE"), "courier") {
		give = t.Fatalf
	}
	for _, name := range []string{imapd, pop3d} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			give("needs Courier: %v", err)
		}
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, imapd), "--version")
	cmd.Env = []string{libraries(root)}
	if version, err := cmd.Output(); err != nil || !strings.Contains(string(version), "Courier") {
		give("needs Courier: %v, %s", err, version)
	}
	return root
}

// Where Debian puts things.
const (
	imapd   = "usr/bin/imapd"
	pop3d   = "usr/lib/courier/courier/courierpop3d"
	gamin   = "usr/libexec/gam_server"
	libPath = "usr/lib"
)

func libraries(root string) string {
	lib := filepath.Join(root, libPath)
	return "LD_LIBRARY_PATH=" + lib + ":" + filepath.Join(lib, "x86_64-linux-gnu") + ":" + filepath.Join(lib, "aarch64-linux-gnu")
}

// watch starts what tells the server of changes in its folders. Without it
// each connection would look for it for more than a second.
func (s *Server) watch(t testing.TB) {
	t.Helper()
	binary := filepath.Join(s.root, gamin)
	if _, err := os.Stat(binary); err != nil {
		binary = filepath.Join("/", gamin)
	}
	s.watcher = strings.ReplaceAll(strings.Trim(s.dir, "/"), "/", "-")
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, binary, s.watcher)
	cmd.Env = []string{libraries(s.root)}
	ended, err := daemon.Start(cmd)
	if err != nil {
		stop()
		t.Fatalf("needs gamin: %v", err)
	}
	t.Cleanup(func() { stop(); <-ended })
}

// Put delivers mails into the INBOX of a user, in order. As a mail server in
// front of it does, it keeps lines with LF, which Courier tells clients as CRLF:
// other line ends than CRLF do not survive.
func (s *Server) Put(name string, raws ...string) error {
	if err := s.makeMaildir(name); err != nil {
		return err
	}
	for _, raw := range raws {
		n := s.puts.Add(1)
		file := fmt.Sprintf("%010d.M%06dP1.test", 1_700_000_000+n, n)
		tmp := filepath.Join(s.maildir(name), "tmp", file)
		if err := os.WriteFile(tmp, []byte(strings.ReplaceAll(raw, "\r\n", "\n")), 0o600); err != nil {
			return err
		}
		if err := os.Rename(tmp, filepath.Join(s.maildir(name), "new", file)); err != nil {
			return err
		}
	}
	return nil
}

// Count returns how many mails are left in a folder of a user: "" is INBOX,
// ".F" is INBOX.F.
func (s *Server) Count(name, folder string) (int, error) {
	n := 0
	for _, d := range []string{"new", "cur"} {
		files, err := os.ReadDir(filepath.Join(s.maildir(name), folder, d))
		if err != nil {
			return 0, err
		}
		n += len(files)
	}
	return n, nil
}

func (s *Server) maildir(name string) string { return filepath.Join(s.dir, name, "Maildir") }

func (s *Server) makeMaildir(name string) error {
	for _, d := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(s.maildir(name), d), 0o700); err != nil {
			return err
		}
	}
	return nil
}
