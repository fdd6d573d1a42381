package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/ticketmail/examples/internal/plainimap"
	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
)

// childEnv makes the test binary be ticketd: what is tested is a process of
// its own, which can be limited and killed.
const childEnv = "TICKETD_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		main()
	}
	code := m.Run()
	shared.Close()
	os.Exit(code)
}

// A site is one mailbox on the server and one database.
type site struct {
	t       *testing.T
	server  *dovecot.Server
	account plainimap.Account
	db      string         // the SQLite file
	dsn     mailbox.Secret // of the PostgreSQL that is used instead; zero: none is
}

// newSite makes an empty mailbox and the name of a new database. srv may be
// nil: the site gets a server of its own.
func newSite(t *testing.T, srv *dovecot.Server) *site {
	t.Helper()
	if srv == nil {
		srv = dovecot.Start(t, nil)
	}
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	return &site{
		t: t, server: srv, db: filepath.Join(t.TempDir(), "tickets.db"),
		account: plainimap.Account{Addr: srv.Address, User: name, Password: dovecot.Password},
	}
}

// put delivers mails into the INBOX.
func (s *site) put(mails ...string) {
	s.t.Helper()
	if err := s.server.Put(s.account.User, mails...); err != nil {
		s.t.Fatal(err)
	}
}

// holds returns the mails of a folder, as another client sees them.
func (s *site) holds(folder string) []plainimap.Mail {
	s.t.Helper()
	mails, err := s.account.List(folder, 1)
	if err != nil {
		s.t.Fatalf("list %s: %v", folder, err)
	}
	return mails
}

// args returns the command line of a service for this site.
func (s *site) args(more ...string) []string {
	args := []string{"-addr", s.account.Addr, "-security", "none", "-user", s.account.User}
	return slices.Concat(args, s.where(), more)
}

// where returns the flags that name the database. A PostgreSQL is in the
// environment.
func (s *site) where() []string {
	if s.dsn.IsZero() {
		return []string{"-db", s.db}
	}
	return nil
}

// once drains the mailbox and wants it to work.
func (s *site) once(more ...string) outcome {
	s.t.Helper()
	return s.start(s.args(append([]string{"-once"}, more...)...)...).wantCode(s.t, 0)
}

// patience is how long a run of ticketd may take, and what is waited for. It is
// long, because the machine may be busy.
const patience = 5 * time.Minute

// start runs ticketd to its end.
func (s *site) start(args ...string) outcome {
	s.t.Helper()
	return finish(s.t, s.command(args...))
}

// command returns a run of ticketd, to be started. One that hangs is made to
// show what its goroutines do.
func (s *site) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	s.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(os.Environ(), childEnv+"=1", "TICKETMAIL_PASSWORD="+s.account.Password, dsnEnv+"="+s.dsn.Reveal())
	return cmd
}

// An outcome is how a run of ticketd ended.
type outcome struct {
	code           int
	stdout, stderr string
	summary        summary // of -once; zero: none was printed
}

func finish(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	o := outcome{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	if strings.Contains(o.stdout+o.stderr, dsnPassword) {
		t.Errorf("the database's password is in the output:\n%s\n%s", o.stdout, o.stderr)
	}
	if strings.HasPrefix(o.stdout, `{"received"`) {
		decode(t, o.stdout, &o.summary)
	}
	return o
}

func (o outcome) wantCode(t *testing.T, code int) outcome {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit status %d, want %d\nstdout: %s\nstderr: %s", o.code, code, o.stdout, o.stderr)
	}
	return o
}

// wantCounts compares the JSON line with want, but for its time.
func (o outcome) wantCounts(t *testing.T, want summary) {
	t.Helper()
	if strings.Count(o.stdout, "\n") != 1 {
		t.Errorf("-once printed %q, want one line", o.stdout)
	}
	got := o.summary
	if got.Seconds <= 0 {
		t.Errorf("seconds = %v, want a time", got.Seconds)
	}
	if got.Seconds = 0; got != want {
		t.Errorf("-once counted\n     %+v\nwant %+v", got, want)
	}
}

func (s *site) tickets() []ticketLine  { return lines[ticketLine](s, "tickets") }
func (s *site) journal() []journalLine { return lines[journalLine](s, "journal") }
func (s *site) outbox() []outboxLine   { return lines[outboxLine](s, "outbox") }

// lines runs a listing with -json and decodes it, each line strictly.
func lines[T any](s *site, listing string) []T {
	s.t.Helper()
	o := s.start(append([]string{listing, "-json"}, s.where()...)...).wantCode(s.t, 0)
	var all []T
	for line := range strings.Lines(o.stdout) {
		var one T
		decode(s.t, line, &one)
		all = append(all, one)
	}
	return all
}

func decode(t *testing.T, line string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in line %q", err, line)
	}
}
