//go:build windows

package sandbox

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile waits for the exclusive lock; closing the file releases it, and so
// does the end of the process, however it ends. The locked byte lies far
// behind the content: Windows locks are mandatory, and the generation is read
// and written while the lock is held.
func lockFile(f *os.File) error {
	const exclusive = windows.LOCKFILE_EXCLUSIVE_LOCK
	return windows.LockFileEx(windows.Handle(f.Fd()), exclusive, 0, 1, 0, &windows.Overlapped{Offset: 1 << 30})
}
