package process

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// bootID names this boot of this machine and its process namespace.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	ns, _ := os.Readlink("/proc/self/ns/pid") // process ids mean nothing in another namespace
	return strings.TrimSpace(string(b)) + ns
}

// startOf returns when a process started, in clock ticks since boot (proc(5),
// field 22); "" if there is none or it is a zombie. ok is false where that
// cannot be told, because /proc hides the processes of other users.
func startOf(pid int) (start string, ok bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", errors.Is(err, fs.ErrNotExist) && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	s := string(b)
	f := strings.Fields(s[strings.LastIndexByte(s, ')')+1:]) // the name may hold blanks
	if len(f) < 20 {
		return "", false
	}
	if f[0] == "Z" || f[0] == "X" {
		return "", true
	}
	return f[19], true
}
