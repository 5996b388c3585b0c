package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// fileStore keeps the document in a file. Whoever writes holds the lock file
// beside it; the document is replaced by a rename, so that readers, who take
// no lock, see the old one or the new one. It needs a local disk: locks on NFS
// and SMB don't reach other machines.
type fileStore struct{ path string }

func (f *fileStore) String() string { return f.path }

func (f *fileStore) load(context.Context) ([]byte, string, error) {
	data, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return data, hex.EncodeToString(sum[:]), nil
}

func (f *fileStore) begin(context.Context) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(f.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(lock); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	// Closing releases the lock. The file stays: another process may hold it
	// open, waiting.
	return func() { _ = lock.Close() }, nil
}

func (f *fileStore) save(ctx context.Context, data []byte, version string) error {
	// An editor or git takes no lock.
	_, now, err := f.load(ctx)
	if err != nil {
		return err
	}
	if now != version {
		return errLost
	}
	next, err := os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(next.Name()) }() // gone after the rename
	_, err = next.Write(data)
	if err == nil {
		err = next.Sync()
	}
	if err = errors.Join(err, next.Close()); err != nil {
		return err
	}
	if err := os.Rename(next.Name(), f.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(f.path))
}
