//go:build linux

package speed_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/ticketmail/internal/dovecot"
)

// roleEnv makes the test binary be one of the programs below. They take their
// arguments from the command line.
const roleEnv = "SPEED_TEST_ROLE"

var roles = map[string]func(args []string) error{
	"fill":    fill,
	"limit":   limit,
	"ceiling": ceiling,
}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		if err := roles[role](os.Args[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", role, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// long reports whether the full forms are asked for.
func long() bool { return os.Getenv("TICKETMAIL_LONG") != "" }

// A bench is a server, a set of mails for it, and the programs.
type bench struct {
	t       *testing.T
	server  *dovecot.Server
	ticketd string // the built program
	files   []string
	bytes   int64
}

const account = "speed"

// newBench builds ticketd and writes n mails of the mix. Big mails over the
// mix's own are added with extra, in bytes.
func newBench(t *testing.T, n int, extra ...int64) *bench {
	t.Helper()
	b := &bench{t: t, server: dovecot.Start(t, nil)}
	dir := t.TempDir()
	b.ticketd = filepath.Join(dir, "ticketd")
	build := exec.Command("go", "build", "-o", b.ticketd, "example.com/ticketmail/examples/ticketd")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build ticketd: %v\n%s", err, out)
	}
	// Beside the server's mail: hard links need the same file system.
	mails := filepath.Join(filepath.Dir(filepath.Dir(b.server.Maildir(account))), "mix")
	args := []string{mails, strconv.Itoa(n)}
	for _, size := range extra {
		args = append(args, strconv.FormatInt(size, 10))
	}
	b.role("fill", args...)
	entries, err := os.ReadDir(mails)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		b.files = append(b.files, filepath.Join(mails, e.Name()))
		b.bytes += info.Size()
	}
	if err := b.server.Own(b.files...); err != nil {
		t.Fatal(err)
	}
	return b
}

// refill makes the mailbox hold these mails.
func (b *bench) refill(files []string) {
	b.t.Helper()
	if err := b.server.Link(account, files...); err != nil {
		b.t.Fatal(err)
	}
}

// wantEmpty fails where a program did not do all of its work.
func (b *bench) wantEmpty(program string) {
	b.t.Helper()
	if n, err := b.server.Count(account); n > 0 || err != nil {
		b.t.Fatalf("%s left %d mails, %v", program, n, err)
	}
}

// A cost is what one run of a program took.
type cost struct {
	wall, cpu time.Duration
	rss       int64 // peak, bytes
}

// role runs one of this binary's own programs.
func (b *bench) role(name string, args ...string) cost {
	b.t.Helper()
	cmd := exec.CommandContext(b.t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleEnv+"="+name)
	return b.run(cmd)
}

// drain runs ticketd on a database.
func (b *bench) drain(db string, more ...string) cost {
	b.t.Helper()
	args := append([]string{
		"-addr", b.server.Address, "-security", "none", "-user", account, "-db", db, "-once", "-import-existing",
	}, more...)
	cmd := exec.CommandContext(b.t.Context(), b.ticketd, args...)
	cmd.Env = append(os.Environ(), "TICKETMAIL_PASSWORD="+dovecot.Password)
	return b.run(cmd)
}

// run runs a command to its end. Its peak of memory counts from before its
// exec, when it is still a copy of this process, which is therefore kept small.
func (b *bench) run(cmd *exec.Cmd) cost {
	b.t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	started := time.Now()
	err := cmd.Run()
	wall := time.Since(started)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.t.Fatal(errors.New("no resource usage"))
	}
	return cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}
}
