// Package process names the running process, so that another one can tell
// whether it still lives.
package process

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
)

// Holder returns a name for a holder of leases in this process: host, boot,
// process id and start, and a nonce that is different at every call.
func Holder() string {
	host, _ := os.Hostname()
	var nonce [6]byte
	_, _ = rand.Read(nonce[:])
	start, _ := startOf(os.Getpid())
	return strings.Join([]string{
		strings.ReplaceAll(host, "|", "_"), bootID(), strconv.Itoa(os.Getpid()), start, hex.EncodeToString(nonce[:]),
	}, "|")
}

// Read returns the host and the process id in a name that [Holder] has made. ok
// is false for any other.
func Read(holder string) (host string, pid int, ok bool) {
	f := strings.Split(holder, "|")
	if len(f) != 5 {
		return "", 0, false
	}
	pid, err := strconv.Atoi(f[2])
	return f[0], pid, err == nil
}

// Dead reports whether the process that was given the name holder is known to
// have ended: it ran on this host since this boot, and no process has its id
// and start any more. It is false where that cannot be told.
func Dead(holder string) bool {
	f := strings.Split(holder, "|")
	host, _ := os.Hostname()
	if len(f) != 5 || f[0] != strings.ReplaceAll(host, "|", "_") || f[1] == "" || f[1] != bootID() {
		return false
	}
	pid, err := strconv.Atoi(f[2])
	if err != nil {
		return false
	}
	start, ok := startOf(pid)
	return ok && start != f[3]
}
