//go:build !unix

package dirblobs

import "os"

// canLock says whether lock keeps others out. Where it does not, nothing is
// removed.
const canLock = false

func lock(*os.Root, bool) (unlock func(), err error) { return func() {}, nil }

func lockedFile(root *os.Root, path string) (*os.File, error) {
	return root.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// syncDir does nothing: directories cannot be flushed here.
func syncDir(*os.Root, string) error { return nil }

func syncParent(string) error { return nil }
