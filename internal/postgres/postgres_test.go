package postgres_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/postgres"
)

const child = "TICKETMAIL_POSTGRES_CHILD"

// A server ends with its test, and starts again after it was stopped.
func TestStartEndsWithTheTest(t *testing.T) {
	var dir string
	t.Run("inner", func(t *testing.T) {
		s := postgres.Start(t, "max_connections=10")
		dir = folder(s)
		if !listens(t, dir) {
			t.Error("the server does not listen")
		}
		s.Stop()
		if listens(t, dir) {
			t.Error("the server listens after Stop")
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if !listens(t, dir) {
			t.Error("the server does not listen again")
		}
	})
	if dir == "" {
		return
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is still there", dir)
	}
}

// A setting that the server does not know is told with its own words.
func TestStartTellsWhy(t *testing.T) {
	s := postgres.Start(t)
	s.Stop()
	s.Set("max_connections=none")
	if err := s.Start(); err == nil || !strings.Contains(err.Error(), "max_connections") {
		t.Errorf("Start with a bad setting: %v, want an error that names it", err)
	}
}

// It also ends where the test is killed, here in a child.
func TestStartEndsWithAKilledTest(t *testing.T) {
	if os.Getenv(child) != "" {
		s := postgres.Start(t)
		_, _ = os.Stdout.WriteString("\nat " + folder(s) + "\n")
		_, _ = os.Stdin.Read(make([]byte, 1)) // until killed
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	_ = postgres.Start(t) // skips without PostgreSQL
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStartEndsWithAKilledTest$")
	cmd.Env = append(os.Environ(), child+"=1")
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dir := ""
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		dir, _ = strings.CutPrefix(lines.Text(), "at ")
		if dir == lines.Text() {
			dir = ""
		}
	}
	if !listens(t, dir) {
		t.Errorf("the server of the child does not listen in %q", dir)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); {
		if !listens(t, dir) && os.RemoveAll(dir) == nil { // it may write its last words into it
			return
		}
		<-tick.C
	}
	t.Error("the server of a killed test runs on")
}

// folder returns where the server's socket is.
func folder(s *postgres.Server) string {
	dir, _, _ := strings.Cut(strings.TrimPrefix(s.DSN, "host="), " ")
	return dir
}

func listens(t *testing.T, dir string) bool {
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		return false
	}
	return conn.Close() == nil
}
