package process_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"example.com/ticketmail/internal/process"
)

func TestDead(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the death of a process can be told on Linux only")
	}
	if os.Getenv("PROCESS_TEST_CHILD") != "" {
		_, _ = os.Stdout.WriteString(process.Holder())
		os.Exit(0)
	}
	self := process.Holder()
	if self == process.Holder() {
		t.Error("two holders of one process have the same name")
	}
	if process.Dead(self) {
		t.Error("the running process counts as dead")
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestDead$")
	child.Env = append(os.Environ(), "PROCESS_TEST_CHILD=1")
	out, err := child.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !process.Dead(string(out)) {
		t.Errorf("process %s has ended and does not count as dead", out)
	}
	elsewhere := "otherhost|" + strings.SplitN(string(out), "|", 2)[1]
	for _, unknown := range []string{"", "x", elsewhere} {
		if process.Dead(unknown) {
			t.Errorf("Dead(%q) = true, but nobody can know", unknown)
		}
	}
}

func TestRead(t *testing.T) {
	self, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if host, pid, ok := process.Read(process.Holder()); host != self || pid != os.Getpid() || !ok {
		t.Errorf("Read of our own name = %q, %d, %t", host, pid, ok)
	}
	for _, other := range []string{"", "x", "h|b|no number|s|n", "h|b|1|s"} {
		if host, pid, ok := process.Read(other); ok {
			t.Errorf("Read(%q) = %q, %d, but Holder makes no such name", other, host, pid)
		}
	}
}
