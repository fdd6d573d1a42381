package daemon

import (
	"os/exec"
	"syscall"
)

// bind makes cmd end with this process, however that ends, and together with
// its children. To be asked nicely would cost Dovecot a second.
func bind(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
