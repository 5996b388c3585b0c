//go:build windows

package ledger

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile waits for the exclusive lock; closing the file releases it, and so
// does the end of the process, however it ends.
func lockFile(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &windows.Overlapped{})
}

// syncFolder has nothing to do: Windows writes renames through its journal.
func syncFolder(string) error { return nil }
