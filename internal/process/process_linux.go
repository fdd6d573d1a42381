package process

import (
	"os"
	"strconv"
	"strings"
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
// field 22), or "" if there is none or it is a zombie.
func startOf(pid int) string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	s := string(b)
	f := strings.Fields(s[strings.LastIndexByte(s, ')')+1:]) // the name may hold blanks
	if len(f) < 20 || f[0] == "Z" || f[0] == "X" {
		return ""
	}
	return f[19]
}
