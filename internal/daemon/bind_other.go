//go:build !linux

package daemon

import (
	"os"
	"os/exec"
	"time"
)

// bind makes cmd end its children when it is told to end.
func bind(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
}
