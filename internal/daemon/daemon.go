// Package daemon runs a server program for the length of a test.
package daemon

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
)

// Run starts a server that stays in the foreground, and returns as soon as it
// listens on all addresses, of which empty ones do not count. The server ends with the test, and its children in the
// same process group with it. Where it does not start, the test fails with what
// it said, there or in logFile.
//
// On Linux the server is also sent SIGTERM where the test is killed, unless it
// has changed its user. Elsewhere it then runs on.
func Run(t testing.TB, addresses []string, logFile, binary string, args ...string) {
	t.Helper()
	// Not t.Context, which ends before the clean-up of tests that use us.
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	bind(cmd)
	ended, err := Start(cmd)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); <-ended })
	for _, address := range addresses {
		if problem := await(ctx, address, ended); problem != "" {
			stop()
			<-ended
			log, _ := os.ReadFile(logFile)
			t.Fatalf("the server %s: %s%s", problem, out.String(), log)
		}
	}
}

// longest is how long the name of a server's directory may be: sockets have names
// of about 100 bytes at most, and that of the longest in it about 30.
const longest = 70

// MkdirTemp makes a directory for a server, as [os.MkdirTemp] in the usual place.
// Where that has so long a name that no socket could be made in it, it is in /tmp.
func MkdirTemp(pattern string) (dir string, err error) {
	dir, err = os.MkdirTemp("", pattern)
	if err != nil || len(dir) <= longest {
		return dir, err
	}
	if err := os.Remove(dir); err != nil {
		return "", err
	}
	return os.MkdirTemp("/tmp", pattern)
}

// FreeAddress returns an address on loopback, host:port, on which nobody
// listens. It is none that a system gives to who asks for any: until the server
// has taken it, that may be many, as the tests of several packages run at once.
// Nor does any of these get it here while the test lasts: the UDP port of the
// same number, which no server of ours wants, is held for as long.
func FreeAddress(t testing.TB) string {
	t.Helper()
	const first, n = 10_000, 22_000 // Linux gives ports from 32768 on, others from 49152 on
	for range 100 {
		var random [4]byte
		_, _ = rand.Read(random[:]) // never fails
		address := fmt.Sprintf("127.0.0.1:%d", first+binary.LittleEndian.Uint32(random[:])%n)
		held, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", address)
		if err != nil {
			continue
		}
		ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err != nil {
			_ = held.Close()
			continue
		}
		_ = ln.Close()
		t.Cleanup(func() { _ = held.Close() })
		return address
	}
	t.Fatal("no port is free")
	return ""
}

// Start starts cmd; ended is closed once it has ended. It is started by a thread
// that lives as long: what Linux takes for the parent of cmd is not this
// process, but that thread.
func Start(cmd *exec.Cmd) (ended <-chan struct{}, err error) {
	started, done := make(chan error), make(chan struct{})
	go func() {
		defer close(done)
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

// patience is how long a server may take to listen. It takes a moment where the
// machine has time for it, and one that fails ends.
const patience = 3 * time.Minute

// await waits until somebody listens on address. The result is empty, or says
// what is wrong.
func await(ctx context.Context, address string, ended <-chan struct{}) (problem string) {
	if address == "" {
		return ""
	}
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	deadline := time.After(patience)
	for {
		if conn, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
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
