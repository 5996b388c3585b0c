package kreadytest_test

import (
	"os"
	"slices"
	"testing"
)

// fakeT lets the examples run outside of a test.
type fakeT struct {
	testing.TB
	cleanups []func()
}

func (t *fakeT) Helper() {}

func (t *fakeT) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *fakeT) TempDir() string {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// end does what the end of a test does.
func (t *fakeT) end() {
	for _, f := range slices.Backward(t.cleanups) {
		f()
	}
}
