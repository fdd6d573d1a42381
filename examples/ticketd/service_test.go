package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestService: without -once mails are taken as they come, and SIGTERM ends
// it in an orderly way.
func TestService(t *testing.T) { onBoth(t, testService) }

func testService(t *testing.T, s *site) {
	s.once() // the folder is seen empty
	cmd := s.command(s.args("-interval", "100ms")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.put(newMail("1@x.example", "a@x.example", "First", "text"))
	s.wait(1)
	s.put(newMail("2@x.example", "a@x.example", "Second", "text"))
	s.wait(2)
	told := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, stderr.String())
	}
	// Five seconds at most where the machine has time for it, and never as long
	// as it waits for a server that is silent.
	if took := time.Since(told); took > time.Minute {
		t.Errorf("it ended %v after SIGTERM", took)
	}
	if got := len(s.holds("INBOX")); got != 0 {
		t.Errorf("%d mails are left on the server", got)
	}
}

// wait waits until there are n tickets and the mailbox is empty.
func (s *site) wait(n int) {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if len(s.tickets()) == n && len(s.holds("INBOX")) == 0 {
			return
		}
	}
	s.t.Fatalf("there are %d tickets after %s, want %d", len(s.tickets()), patience, n)
}

// TestTwoAtOnce: two processes on one store do the work once, and neither
// gives up because of the other.
func TestTwoAtOnce(t *testing.T) { onBoth(t, testTwoAtOnce) }

func testTwoAtOnce(t *testing.T, s *site) {
	var mails []string
	for i := range 300 {
		mails = append(mails, newMail(fmt.Sprintf("%d@x.example", i), "a@x.example", fmt.Sprintf("Matter %d", i), "text"))
	}
	s.put(mails...)
	sent := s.holds("INBOX")
	var both [2]*exec.Cmd
	var stderr [2]bytes.Buffer
	for i := range both {
		both[i] = s.command(s.args("-once", "-import-existing")...)
		both[i].Stderr = &stderr[i]
		if err := both[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, cmd := range both {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, stderr[i].String())
		}
	}
	checkWhole(t, s, sent)
	if got := len(s.tickets()); got != len(mails) {
		t.Errorf("%d tickets, want %d", got, len(mails))
	}
}
