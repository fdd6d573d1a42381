//go:build unix

package sqlitestore

import (
	"os"
	"syscall"
)

// canLock says whether files of ended processes can be told from those of
// living ones. Where they cannot, none is reused and none is swept.
const canLock = true

// tryLock locks f for this open file, until it is closed or the process ends,
// or reports false if another open file has the lock.
func tryLock(f *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch err {
		case nil:
			return true, nil
		case syscall.EWOULDBLOCK:
			return false, nil
		case syscall.EINTR:
		default:
			return false, &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
	}
}

// syncDir makes the entries of a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
