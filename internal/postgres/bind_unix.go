//go:build unix && !linux

package postgres

import (
	"os/exec"
	"syscall"
)

// bind makes cmd run as an account, and end at once when it is told to.
func bind(cmd *exec.Cmd, as *account) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if as != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)}
	}
	if cmd.Cancel != nil {
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	}
}
