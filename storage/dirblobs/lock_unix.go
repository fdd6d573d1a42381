//go:build unix

package dirblobs

import (
	"os"
	"path/filepath"
	"syscall"
)

// canLock says whether lock keeps others out.
const canLock = true

// lock takes the lock of the directory, shared by those who stage or name
// content, alone for who removes some. The lock is that of an open file, so it
// keeps out other goroutines as well as other processes, and ends with either.
func lock(root *os.Root, alone bool) (unlock func(), err error) {
	f, err := root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		switch err {
		case nil:
			return func() { _ = f.Close() }, nil
		case syscall.EINTR:
		default:
			_ = f.Close()
			return nil, &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
	}
}

// lockedFile opens a file, made if it is missing, and locks it until it is
// closed or the process ends; nil: another has the lock.
func lockedFile(root *os.Root, path string) (*os.File, error) {
	f, err := root.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch err {
		case nil:
			return f, nil
		case syscall.EINTR:
			continue
		case syscall.EWOULDBLOCK:
			return nil, f.Close()
		}
		_ = f.Close()
		return nil, &os.PathError{Op: "flock", Path: path, Err: err}
	}
}

// syncDir makes the names in a directory durable.
func syncDir(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// syncParent makes the name of the whole directory durable.
func syncParent(dir string) error {
	d, err := os.Open(filepath.Dir(dir))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
