package awscloud_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
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
func (w *world) open() cloud.Cloud { return w.openThrough(w.box.Transport()) }

// openThrough is the same, through another transport.
func (w *world) openThrough(transport http.RoundTripper) cloud.Cloud {
	w.t.Helper()
	opened, err := awscloud.Open(w.t.Context(), cloud.Target{
		Region: "eu-west-1", Sandbox: true, Transport: witness{transport},
		Poll:        cloud.Poll{First: time.Microsecond, Max: time.Microsecond},
		DefaultTags: map[string]string{"managed-by": "kready"},
		IgnoreTags:  cloud.IgnoreTags{KeyPrefixes: []string{"audit:"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return opened
}

// mark is a place in the journal, for calls.
func (w *world) mark() int64 {
	w.t.Helper()
	info, err := os.Stat(w.box.JournalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return info.Size()
}

// calls lists the calls since a mark, as "service Operation".
func (w *world) calls(since int64) (reads, writes []string) {
	w.t.Helper()
	file, err := os.Open(w.box.JournalPath())
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.Seek(since, io.SeekStart); err != nil {
		w.t.Fatal(err)
	}
	for lines := json.NewDecoder(file); lines.More(); {
		var e sandbox.Entry
		if err := lines.Decode(&e); err != nil {
			w.t.Fatal(err)
		}
		call := e.Service + " " + e.Operation
		if e.Write {
			writes = append(writes, call)
		} else {
			reads = append(reads, call)
		}
	}
	return reads, writes
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

type objectOf = sandbox.Object

// storedID is the id by which the sandbox knows a component.
func storedID(w *world, seen networkSeen, component string) string {
	w.t.Helper()
	id := seen.Objects[component]
	switch component {
	case "role/flow-logs", "log-group/flow-logs":
		return seen.Design.Names[component]
	case "default group":
		objects, err := w.box.Objects(true)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, o := range objects {
			if _, raw, err := w.box.Read(o.Type + ":" + o.ID); o.Type == "ec2/security-group" && err == nil && strings.Contains(string(raw), `"group_name":"default"`) {
				return o.ID
			}
		}
		w.t.Fatal("no default group")
	}
	return id
}

func tagsOf(w *world, id string) map[string]string {
	w.t.Helper()
	object, _, err := w.box.Read(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return object.Tags
}

func setTags(w *world, id string, tags map[string]string) {
	w.t.Helper()
	text, err := json.Marshal(tags)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mutate(id, "tags", string(text))
}

func dropTag(w *world, id, key string) {
	w.t.Helper()
	tags := tagsOf(w, id)
	delete(tags, key)
	setTags(w, id, tags)
}

func setTag(w *world, id, key, value string) {
	w.t.Helper()
	tags := tagsOf(w, id)
	tags[key] = value
	setTags(w, id, tags)
}

// doubles lists components that more than one object claims to be.
func doubles(w *world) []string {
	w.t.Helper()
	objects, err := w.box.Objects(false)
	if err != nil {
		w.t.Fatal(err)
	}
	count := map[string]int{}
	for _, o := range objects {
		if component := o.Tags[cloud.TagComponent]; component != "" && !o.Pending {
			count[component]++
		}
	}
	var list []string
	for component, n := range count {
		if n > 1 {
			list = append(list, component)
		}
	}
	return list
}

// plantInterface puts an interface that is not kready's into a subnet.
func (w *world) plantInterface(vpc, subnet string) string {
	w.t.Helper()
	planted, err := w.box.Plant("aws", "network-interface", map[string]string{"cluster": "other", "vpc": vpc, "subnet": subnet})
	if err != nil {
		w.t.Fatal(err)
	}
	return planted[0].ID
}
