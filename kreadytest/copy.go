package kreadytest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Copy gives the test folders of its own to run Terraform in: it copies the
// named folders below root into a temporary folder, where they stand to each
// other as before, and returns the place of the first. Name what it calls by a
// relative source too:
//
//	folder := kreadytest.Copy(t, "../..", "examples/quickstart", "modules")
//
// What Terraform leaves behind (.terraform, states, plans) and other hidden
// files but the lock file stay where they are.
func Copy(t testing.TB, root string, folders ...string) string {
	t.Helper()
	if len(folders) == 0 {
		folders = []string{"."}
	}
	to := t.TempDir()
	for _, folder := range folders {
		if !filepath.IsLocal(filepath.FromSlash(folder)) {
			t.Fatalf("kreadytest: copy %s: it is not below %s", folder, root)
		}
		from := filepath.Join(root, filepath.FromSlash(folder))
		err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			inner, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			switch {
			case path != from && leftBehind(entry.Name()):
				if entry.IsDir() {
					return fs.SkipDir
				}
				return nil
			case entry.IsDir():
				return os.MkdirAll(filepath.Join(to, inner), 0o755)
			}
			return copyFile(path, filepath.Join(to, inner))
		})
		if err != nil {
			t.Fatalf("kreadytest: copy %s: %v", folder, err)
		}
	}
	return filepath.Join(to, filepath.FromSlash(folders[0]))
}

// leftBehind tells which files a run of Terraform makes, and which are none of
// the configuration's.
func leftBehind(name string) bool {
	return strings.HasPrefix(name, ".") && name != ".terraform.lock.hcl" ||
		strings.HasSuffix(name, ".tfstate") || strings.Contains(name, ".tfstate.") || strings.HasSuffix(name, ".tfplan") || name == overrideFile
}

// copyFile copies what a link leads to, too: the copy stands alone.
func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil || info.IsDir() {
		return err // a link to a folder is not followed
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm()|0o200)
}
