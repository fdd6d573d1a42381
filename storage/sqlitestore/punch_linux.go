package sqlitestore

import (
	"os"
	"syscall"
)

// punch makes a range of f read as zeros and gives its blocks back.
func punch(f *os.File, offset, size int64) error {
	const keepSize, punchHole = 0x01, 0x02 // linux/falloc.h
	return os.NewSyscallError("fallocate", syscall.Fallocate(int(f.Fd()), keepSize|punchHole, offset, size))
}
