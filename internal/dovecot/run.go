package dovecot

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// run starts the server and waits for its port.
func (s *Server) run(t testing.TB, binary string) {
	t.Helper()
	// Not t.Context, which ends before the clean-up of tests that use us.
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, "-F", "-c", filepath.Join(s.dir, "dovecot.conf"))
	cmd.Stdout, cmd.Stderr = &out, &out
	bind(cmd)
	ended, err := start(cmd)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); <-ended })
	if problem := s.await(ctx, ended); problem != "" {
		stop()
		<-ended
		log, _ := os.ReadFile(filepath.Join(s.dir, "dovecot.log"))
		t.Fatalf("Dovecot %s: %s%s", problem, out.String(), log)
	}
}

// start starts cmd; ended is closed once it has ended.
func start(cmd *exec.Cmd) (ended <-chan struct{}, err error) {
	started, done := make(chan error), make(chan struct{})
	go func() {
		defer close(done)
		// What Linux takes for the parent is the thread that started cmd.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	return done, <-started
}

// await waits until the server listens. The result is empty, or says what is
// wrong.
func (s *Server) await(ctx context.Context, ended <-chan struct{}) (problem string) {
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	deadline := time.After(10 * time.Second)
	for {
		if conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Address); err == nil {
			_ = conn.Close()
			return ""
		}
		select {
		case <-retry.C:
		case <-ended:
			return "ended"
		case <-deadline:
			return "does not listen"
		}
	}
}
