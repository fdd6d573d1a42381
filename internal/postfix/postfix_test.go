package postfix_test

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/postfix"
)

// A server takes mail for its addresses alone, and ends with its test.
func TestStart(t *testing.T) {
	var address string
	t.Run("inner", func(t *testing.T) {
		s := postfix.Start(t, "kim@corp.example", "jürgen@corp.example")
		address = s.Address
		for to, code := range map[string]int{
			"kim@corp.example": 0, "jürgen@corp.example": 0, "nobody@corp.example": 550, "kim@customer.example": 554,
		} {
			err := smtp.SendMail(s.Address, nil, "bea@corp.example", []string{to}, []byte("Subject: x\r\n\r\nto "+to+"\r\n"))
			refused, _ := errors.AsType[*textproto.Error](err)
			if code == 0 && err != nil || code != 0 && (refused == nil || refused.Code != code) {
				t.Errorf("mail to %s: %v, want code %d", to, err, code)
			}
		}
		for _, to := range []string{"kim@corp.example", "jürgen@corp.example"} {
			if mails := s.Mails(t, to); len(mails) != 1 || !bytes.HasSuffix(mails[0], []byte("\n\nto "+to+"\n")) {
				t.Errorf("%s got %q, want one mail", to, mails)
			}
		}
	})
	for end := time.Now().Add(patience); address != "" && listens(t, address); { // its children may outlive it for a moment
		if time.Now().After(end) {
			t.Fatal("the server still listens")
		}
	}
}

// patience is how long the end of a server may take on a busy machine.
const patience = 3 * time.Minute

const child = "TICKETMAIL_POSTFIX_CHILD"

// It also ends where the test is killed, here in a child.
func TestStartEndsWithAKilledTest(t *testing.T) {
	if os.Getenv(child) != "" {
		s := postfix.Start(t, "kim@corp.example")
		_, _ = os.Stdout.WriteString("\nlistens on " + s.Address + "\n")
		_, _ = os.Stdin.Read(make([]byte, 1)) // until killed
		return
	}
	_ = postfix.Start(t, "kim@corp.example") // skips without Postfix
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStartEndsWithAKilledTest$")
	cmd.Env = append(os.Environ(), child+"=1", "TMPDIR="+dir)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755), cmd.Start()); err != nil {
		t.Fatal(err)
	}
	var address string
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		_, address, _ = strings.Cut(lines.Text(), "listens on ")
	}
	if !listens(t, address) {
		t.Errorf("the server of the child does not listen on %q", address)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if !listens(t, address) {
			return
		}
		<-tick.C
	}
	t.Error("the server of a killed test runs on")
}

func listens(t *testing.T, address string) bool {
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}
