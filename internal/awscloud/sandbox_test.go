package awscloud_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/awscloud"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
)

// world is the adapter on a sandbox of its own.
type world struct {
	t     testing.TB
	box   *sandbox.Sandbox
	cloud cloud.Cloud
}

// crashed is what the sandbox throws for a crash fault: the test lives on, as
// the next process would.
type crashed struct{}

func newWorld(t testing.TB) *world {
	t.Helper()
	box, err := sandbox.Open(filepath.Join(t.TempDir(), "sandbox.json"), sandbox.Options{APIs: []sandbox.API{awsapi.New()}, Seed: 7, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, box: box}
	w.cloud = w.open()
	return w
}

// open is another process on the same sandbox.
func (w *world) open() cloud.Cloud {
	w.t.Helper()
	opened, err := awscloud.Open(context.Background(), cloud.Target{
		Region: "eu-west-1", Sandbox: true, Transport: w.box.Transport(),
		Poll:        cloud.Poll{First: time.Microsecond, Max: time.Microsecond},
		DefaultTags: map[string]string{"managed-by": "kready"},
		IgnoreTags:  cloud.IgnoreTags{KeyPrefixes: []string{"audit:"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return opened
}

// calls returns the journal from entry number from on, as "service Operation".
func (w *world) calls(from int) (reads, writes []string) {
	w.t.Helper()
	n := 0
	err := w.box.Journal(func(e sandbox.Entry) error {
		n++
		if n <= from {
			return nil
		}
		call := e.Service + " " + e.Operation
		if e.Write {
			writes = append(writes, call)
		} else {
			reads = append(reads, call)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return reads, writes
}

// mark is the length of the journal.
func (w *world) mark() int {
	w.t.Helper()
	reads, writes := w.calls(0)
	return len(reads) + len(writes)
}

// left lists what exists, as "type id (component)".
func (w *world) left() []string {
	w.t.Helper()
	objects, err := w.box.Objects(false)
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for _, o := range objects {
		list = append(list, fmt.Sprintf("%s %s (%s)", o.Type, o.ID, o.Tags[cloud.TagComponent]))
	}
	return list
}

// mutate changes a stored field behind the adapter's back.
func (w *world) mutate(id, field, value string) {
	w.t.Helper()
	if _, err := w.box.Mutate(id, field, value); err != nil {
		w.t.Fatal(err)
	}
}

// remove deletes an object behind the adapter's back.
func (w *world) remove(id string) {
	w.t.Helper()
	if _, err := w.box.Remove(id); err != nil {
		w.t.Fatal(err)
	}
}

func lines(list []string) string { return strings.Join(list, "\n") }
