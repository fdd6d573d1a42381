package crash_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/storage/storetest/fault"
)

// server is the PostgreSQL of all tests.
var server postgres.Shared

// childEnv makes the test binary an engine that works on a job.
const childEnv = "TICKETMAIL_CRASH_JOB"

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := work(context.Background(), text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	server.Close()
	os.Exit(code)
}

// work is what a child does. It says at which point it ends, or how many points
// it has passed.
func work(ctx context.Context, text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	if j.Migrate {
		fmt.Println("migrates")
	}
	store, done, err := j.Where.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	if j.Migrate {
		return nil
	}
	in := &fault.Injector{Within: j.Within}
	if len(j.KillAt) > 0 {
		in.Plan = fault.At(j.KillAt[0], func(ctx context.Context, p fault.Point) error {
			fmt.Println("at", p)
			return fault.Kill()(ctx, p)
		}, j.KillAt...)
	}
	e, end, err := j.engine(ctx, store, in)
	if err != nil {
		return err
	}
	defer end()
	fmt.Println("works")
	if j.Run {
		return e.Run(ctx)
	}
	if err := quiet(ctx, e); err != nil {
		return err
	}
	fmt.Println("points", in.Count())
	return nil
}

// A child is a process that works on a job.
type child struct {
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stderr strings.Builder
	last   string // line it has said
}

// start starts a child. It ends with the test, if not before.
func (j job) start(t testing.TB) *child {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.CommandContext(t.Context(), os.Args[0])}
	c.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	c.lines = bufio.NewScanner(out)
	return c
}

// begun waits until the child has its store and its engine.
func (c *child) begun(t testing.TB) {
	t.Helper()
	if !c.lines.Scan() {
		c.wait(t)
		t.Fatal("the child has ended before it began")
	}
}

// killAfter kills the child after a while, unless it has ended by then.
func (c *child) killAfter(d time.Duration) *time.Timer {
	return time.AfterFunc(d, func() { _ = c.cmd.Process.Kill() })
}

// wait waits for the end, and reports whether the child was killed. One that
// failed by itself fails the test.
func (c *child) wait(t testing.TB) (killed bool) {
	t.Helper()
	for c.lines.Scan() {
		c.last = c.lines.Text()
	}
	err := c.cmd.Wait()
	if err == nil {
		return false
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v\n%.4000s", err, c.stderr.String())
	}
	return true
}
