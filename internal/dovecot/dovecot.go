// Package dovecot starts a private Dovecot 2.3 for tests, on loopback and in
// a directory of its own.
package dovecot

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Password is that of every user; every user name exists.
const Password = "secret"

// Options say how the server behaves. Zero fields mean the default.
type Options struct {
	Separator  string // between folder names; default "/"
	Prefix     string // of the personal namespace, for example "INBOX."
	Capability string // announced instead of all, for example "IMAP4rev1 IDLE"
}

// A Server is a running Dovecot.
type Server struct {
	Address string // of IMAP without TLS, host:port
	dir     string
	uid     int
	puts    int
}

const uidForRoot = 12345 // owns the mails where the test runs as root

// Start starts a server that ends with the test. Without Dovecot 2.3 the test
// is skipped, or fails where TICKETMAIL_REQUIRE contains "dovecot".
func Start(t testing.TB, opts *Options) *Server {
	t.Helper()
	binary := find(t)
	// Not t.TempDir: Dovecot's own users must reach it.
	dir, err := os.MkdirTemp("", "dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &Server{Address: freeAddress(t), dir: dir, uid: os.Getuid()}
	if s.uid == 0 {
		s.uid = uidForRoot
	}
	s.prepare(t, opts)
	s.run(t, binary)
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
	version, err := exec.Command(binary, "--version").Output()
	if err != nil {
		give("needs Dovecot: %v", err)
	}
	if !bytes.HasPrefix(version, []byte("2.3.")) {
		give("needs Dovecot 2.3, found %s", version)
	}
	return binary
}

func freeAddress(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func (s *Server) prepare(t testing.TB, opts *Options) {
	t.Helper()
	if opts == nil {
		opts = &Options{}
	}
	config, err := s.config(opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Chmod(s.dir, 0o755),
		os.Mkdir(filepath.Join(s.dir, "run"), 0o755),
		os.Mkdir(filepath.Join(s.dir, "mail"), 0o755),
		os.Chown(filepath.Join(s.dir, "mail"), s.uid, -1),
		os.WriteFile(filepath.Join(s.dir, "dovecot.conf"), []byte(config), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (s *Server) config(opts *Options) (string, error) {
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return "", err
	}
	gid, users := s.uid, ""
	if os.Getuid() != 0 {
		me, err := user.Current()
		if err != nil {
			return "", err
		}
		group, err := user.LookupGroupId(me.Gid)
		if err != nil {
			return "", err
		}
		gid, users = os.Getgid(), fmt.Sprintf(rootless, me.Username, me.Username, group.Name)
	}
	capability := ""
	if opts.Capability != "" {
		capability = "imap_capability = " + opts.Capability
	}
	return fmt.Sprintf(config, s.dir, s.uid, cmp.Or(opts.Separator, "/"), opts.Prefix, capability, gid, port, users), nil
}

const config = `base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = %[2]d
mail_location = maildir:~/Maildir
mail_max_userip_connections = 500
namespace inbox {
  inbox = yes
  separator = %[3]s
  prefix = %[4]s
  mailbox Orders {
    auto = create
  }
  mailbox Trash {
    special_use = \Trash
    auto = create
  }
}
%[5]s
passdb {
  driver = static
  args = password=` + Password + `
}
userdb {
  driver = static
  args = uid=%[2]d gid=%[6]d home=%[1]s/mail/%%n
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = %[7]s
  }
  inet_listener imaps {
    port = 0
  }
}
%[8]s
`

const rootless = `default_login_user = %s
default_internal_user = %s
default_internal_group = %s
service anvil {
  chroot =
}
service stats {
  chroot =
}
service imap-login {
  chroot =
}`

// run starts the server and waits for its port.
func (s *Server) run(t testing.TB, binary string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(binary, "-F", "-c", filepath.Join(s.dir, "dovecot.conf"))
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	})
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	deadline := time.After(10 * time.Second)
	for {
		if conn, err := net.Dial("tcp", s.Address); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-retry.C:
		case <-ended:
			t.Fatalf("Dovecot ended: %s%s", out.String(), s.log())
		case <-deadline:
			t.Fatalf("Dovecot does not listen: %s", s.log())
		}
	}
}

func (s *Server) log() string {
	log, _ := os.ReadFile(filepath.Join(s.dir, "dovecot.log"))
	return string(log)
}

// Put delivers mails into the INBOX of a user, in order, with their bytes; a
// bare LF is told to clients as CRLF.
func (s *Server) Put(name string, raws ...string) error {
	home := filepath.Join(s.dir, "mail", name)
	maildir := filepath.Join(home, "Maildir")
	for _, d := range []string{home, maildir, filepath.Join(maildir, "tmp"), filepath.Join(maildir, "new"), filepath.Join(maildir, "cur")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
		if err := os.Chown(d, s.uid, -1); err != nil {
			return err
		}
	}
	for _, raw := range raws {
		s.puts++
		file := filepath.Join(maildir, "new", fmt.Sprintf("%010d.M%06dP1.test", 1_700_000_000+s.puts, s.puts))
		if err := os.WriteFile(file, []byte(raw), 0o644); err != nil {
			return err
		}
		if err := os.Chown(file, s.uid, -1); err != nil {
			return err
		}
	}
	return nil
}

// Count returns how many mails are left in the INBOX of a user.
func (s *Server) Count(name string) (int, error) {
	n := 0
	for _, d := range []string{"new", "cur"} {
		files, err := os.ReadDir(filepath.Join(s.dir, "mail", name, "Maildir", d))
		if err != nil && !os.IsNotExist(err) {
			return 0, err
		}
		n += len(files)
	}
	return n, nil
}
