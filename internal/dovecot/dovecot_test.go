package dovecot_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/dovecot"
)

// patience is how long the end of a server may take on a busy machine.
const patience = 3 * time.Minute

const child = "TICKETMAIL_DOVECOT_CHILD"

// A server ends with its test.
func TestStartEndsWithTheTest(t *testing.T) {
	var address string
	t.Run("inner", func(t *testing.T) {
		address = dovecot.Start(t, nil).Address
		if !listens(t, address) {
			t.Error("the server does not listen")
		}
	})
	for end := time.Now().Add(patience); address != "" && listens(t, address); { // its children may outlive it for a moment
		if time.Now().After(end) {
			t.Fatal("the server still listens")
		}
	}
}

// It also ends where the test is killed, here in a child.
func TestStartEndsWithAKilledTest(t *testing.T) {
	if os.Getenv(child) != "" {
		s := dovecot.Start(t, nil)
		_, _ = os.Stdout.WriteString("\n" + s.Maildir("x") + " " + s.Address + "\n")
		_, _ = os.Stdin.Read(make([]byte, 1)) // until killed
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	_ = dovecot.Start(t, nil) // skips without Dovecot
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
	dir, address := started(out)
	if !listens(t, address) {
		t.Errorf("the server of the child does not listen on %q", address)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if !listens(t, address) && os.RemoveAll(dir) == nil { // it may write its last words into it
			return
		}
		<-tick.C
	}
	t.Error("the server of a killed test runs on")
}

// started returns the directory and the address that the child tells.
func started(out io.Reader) (dir, address string) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if maildir, a, ok := strings.Cut(lines.Text(), "/mail/x/Maildir "); ok {
			return maildir, a
		}
	}
	return "", ""
}

func listens(t *testing.T, address string) bool {
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}
