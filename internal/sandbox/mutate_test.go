package sandbox

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestMutate proves which fields a path reaches, and that a path which reaches
// nothing is an error instead of a drift that no test sees.
func TestMutate(t *testing.T) {
	t.Parallel()
	const before = `{"id":"x","tags":{"a":"1"},"rules":[{"cidr":"10.0.0.0/8"},{"cidr":"172.16.0.0/12"}],"n":1}`
	for _, c := range []struct{ path, value, want string }{
		{"n", "2", `{"id":"x","tags":{"a":"1"},"rules":[{"cidr":"10.0.0.0/8"},{"cidr":"172.16.0.0/12"}],"n":2}`},
		{"n", "two words", `{"id":"x","tags":{"a":"1"},"rules":[{"cidr":"10.0.0.0/8"},{"cidr":"172.16.0.0/12"}],"n":"two words"}`},
		{"tags.a", "null", `{"id":"x","tags":{},"rules":[{"cidr":"10.0.0.0/8"},{"cidr":"172.16.0.0/12"}],"n":1}`},
		{"tags.b", `"2"`, `{"id":"x","tags":{"a":"1","b":"2"},"rules":[{"cidr":"10.0.0.0/8"},{"cidr":"172.16.0.0/12"}],"n":1}`},
		{"rules.0.cidr", "0.0.0.0/0", `{"id":"x","tags":{"a":"1"},"rules":[{"cidr":"0.0.0.0/0"},{"cidr":"172.16.0.0/12"}],"n":1}`},
		{"rules.0", "null", `{"id":"x","tags":{"a":"1"},"rules":[{"cidr":"172.16.0.0/12"}],"n":1}`},
		{"rules.2.cidr", "x", ""}, {"rules.-1", "x", ""}, {"rules.a", "x", ""}, {"rule.0.cidr", "x", ""}, {"n.m", "x", ""},
	} {
		got, err := mutate([]byte(before), strings.Split(c.path, "."), c.value)
		if c.want == "" {
			if err == nil {
				t.Errorf("%s = %s was taken: %s", c.path, c.value, got)
			}
			continue
		}
		if err != nil || !sameJSON(t, got, []byte(c.want)) {
			t.Errorf("%s = %s: %s (%v), want %s", c.path, c.value, got, err, c.want)
		}
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		t.Fatalf("not JSON: %s or %s", a, b)
	}
	xs, errX := json.Marshal(x)
	ys, errY := json.Marshal(y)
	return errX == nil && errY == nil && string(xs) == string(ys)
}

// FuzzStore proves that whatever bytes a file holds, reading it never panics,
// and that what it accepts is written back as the same cloud.
func FuzzStore(f *testing.F) {
	seed := newData(1)
	seed.Settings["a"] = "b"
	seed.Faults = []*Fault{{ID: 1, Status: 500}}
	seed.shelf(kind{"c", "t", ""}).put(&record{meta: Meta{ID: "x", Sequence: 1}, raw: []byte(`{"id":"x","sequence":1}`)})
	f.Add(seed.encode())
	f.Add([]byte(`{"format":1,"seed":"1","clock_offset":"0s","objects":{"c":{"t":[{"id":"x"},{"id":"x"}]}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := decodeData(raw)
		if err != nil {
			return
		}
		written := first.encode()
		second, err := decodeData(written)
		if err != nil {
			t.Fatalf("what was written can't be read: %v\n%s", err, written)
		}
		if again := second.encode(); string(again) != string(written) {
			t.Fatalf("written twice, it differs:\n%s\n%s", written, again)
		}
	})
}
