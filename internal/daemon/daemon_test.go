package daemon_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/ticketmail/internal/daemon"
)

// Nobody gets a port that another test has and has not taken yet: of so many
// out of so few some would be the same.
func TestFreeAddress(t *testing.T) {
	given := map[string]bool{}
	for range 600 {
		address := daemon.FreeAddress(t)
		if given[address] {
			t.Fatalf("%s was given out twice", address)
		}
		given[address] = true
	}
}

// Sockets can be made in a server's directory, however long the names are where
// temporary files go.
func TestMkdirTemp(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no server of ours runs there")
	}
	for _, n := range []int{1, 40, 100} {
		long := filepath.Join(t.TempDir(), strings.Repeat("x", n))
		if err := os.Mkdir(long, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("TMPDIR", long)
		dir, err := daemon.MkdirTemp("server")
		if err != nil {
			t.Fatal(err)
		}
		ln, err := new(net.ListenConfig).Listen(t.Context(), "unix", filepath.Join(dir, strings.Repeat("s", 30)))
		if err != nil {
			t.Error(err)
		} else {
			_ = ln.Close()
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(long); err != nil || len(left) > 0 {
			t.Errorf("%v is left, %v", left, err)
		}
	}
}
