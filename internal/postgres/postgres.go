// Package postgres starts a private PostgreSQL for tests: on a socket in a
// directory of its own, with fsync on, and with nothing of a PostgreSQL that
// the machine has besides but its programs and user.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/daemon"
)

// A Server is a PostgreSQL. Its methods serve one goroutine.
type Server struct {
	DSN string // of the database postgres, as its superuser

	dir      string
	programs string
	settings []string // arguments
	stop     context.CancelFunc
	ended    <-chan struct{}
}

// Start starts a server that ends with the test. settings are like "name=value"
// in postgresql.conf. Without PostgreSQL, or on Windows, the test is skipped, or
// fails where TICKETMAIL_REQUIRE contains "postgres".
//
// On Linux the server also ends where the test is killed, and leaves only its
// directory behind.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := launch(settings)
	give(t, err)
	t.Cleanup(s.remove)
	return s
}

// errMissing says that there is no PostgreSQL to be started.
var errMissing = errors.New("needs PostgreSQL")

// give ends a test that has no server: skipped if it is missing.
func give(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errMissing) && !strings.Contains(os.Getenv("TICKETMAIL_REQUIRE"), "postgres") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// launch makes a cluster and starts its server.
func launch(settings []string) (*Server, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := daemon.MkdirTemp("postgres")
	if err != nil {
		return nil, err
	}
	s := &Server{
		DSN: "host=" + dir + " user=ticketmail dbname=postgres", dir: dir, programs: programs,
		settings: []string{"-D", filepath.Join(dir, "data"), "-c", "listen_addresses=", "-c", "unix_socket_directories=" + dir},
	}
	for _, setting := range settings {
		s.settings = append(s.settings, "-c", setting)
	}
	if err := s.make(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// make fills the directory and starts the server.
func (s *Server) make() error {
	owner, err := owner()
	if err != nil {
		return err
	}
	if owner != nil {
		if err := os.Chown(s.dir, owner.uid, owner.gid); err != nil {
			return err
		}
	}
	initdb := exec.Command(filepath.Join(s.programs, "initdb"), "-D", filepath.Join(s.dir, "data"), "-U", "ticketmail", //nolint:noctx // it ends by itself
		"-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.Dir = s.dir
	bind(initdb, owner)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s.Start()
}

// Start starts the server again after [Server.Stop].
func (s *Server) Start() error {
	owner, err := owner()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, filepath.Join(s.programs, "postgres"), s.settings...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	bind(cmd, owner)
	ended, err := daemon.Start(cmd)
	if err != nil {
		stop()
		return err
	}
	s.stop, s.ended = stop, ended
	if problem := s.await(ctx); problem != "" {
		s.Stop()
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("the server %s: %s", problem, said)
	}
	return nil
}

// Set changes a setting, "name=value", from the next start on.
func (s *Server) Set(setting string) { s.settings = append(s.settings, "-c", setting) }

// Stop ends the server at once, without ending its sessions in order
// ("immediate"): it recovers when it is started again.
func (s *Server) Stop() {
	if s.stop != nil {
		s.stop()
		<-s.ended
	}
}

// patience is how long the server may take to start or to recover. It takes a
// moment where the machine has time for it, and one that fails ends.
const patience = 3 * time.Minute

// await waits until the server takes sessions. The result is empty, or says
// what is wrong.
func (s *Server) await(ctx context.Context) (problem string) {
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	deadline := time.After(patience)
	for {
		if exec.CommandContext(ctx, filepath.Join(s.programs, "pg_isready"), "-q", "-h", s.dir).Run() == nil {
			return ""
		}
		select {
		case <-retry.C:
		case <-s.ended:
			return "ended"
		case <-deadline:
			return "does not take sessions"
		}
	}
}

func (s *Server) remove() {
	s.Stop()
	_ = os.RemoveAll(s.dir)
}

// find returns the folder of the newest PostgreSQL's programs.
func find() (string, error) {
	if runtime.GOOS == "windows" {
		return "", fmt.Errorf("%w and a system with users that are numbers", errMissing)
	}
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // Debian's, which are in nobody's PATH
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range folders {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("%w: no initdb in PATH nor in /usr/lib/postgresql", errMissing)
	}
	return filepath.Dir(initdb), nil
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // anything else is older
	return n
}

// An account is who the server runs as.
type account struct{ uid, gid int }

// owner returns whom the server runs as where the test runs as root, which
// PostgreSQL refuses; nil: as the test.
func owner() (*account, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	return &account{uid, gid}, err
}
