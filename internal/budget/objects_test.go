package budget

import (
	"errors"
	"strings"
	"testing"
)

// TestChangedAttributes proves that a limit on changed attributes lets
// through what changes nothing else, in both formats.
func TestChangedAttributes(t *testing.T) {
	const tags = `
		create = 1
		limit "tags" {
			changed = ["input.tags", "output"]
			update  = 10
		}
	`
	for _, tool := range tools {
		for _, form := range []string{"plan.bin", "show.json"} {
			v, _, err := judged(parsed(t, tags), fixture(t, tool+"/objects."+form), someTime)
			if err != nil {
				t.Fatal(err)
			}
			// The three that got tags are let through; the one that was
			// resized as well, and the network, are not.
			if got := found(v); got != "over-budget update 2/0 at 1" {
				t.Errorf("%s %s: %s", tool, form, got)
			}
		}
	}
	limit := parsed(t, "limit \"l\" {\n changed = [\"tags\", \"spec[*].image\"]\n update = 1\n replace = 1\n}")
	for _, test := range []struct {
		before, after, unknown string
		want                   bool
	}{
		{`{"tags":{"a":"1"},"x":1}`, `{"tags":{"b":"1"},"x":1}`, `{}`, true},
		{`{"tags":null,"x":1}`, `{"tags":{"b":"1"},"x":1}`, `{}`, true},
		{`{"tags":{"a":"1"},"x":1}`, `{"tags":{"a":"2"},"x":2}`, `{}`, false},
		{`{"tags":{"a":"1"},"etag":"x"}`, `{"tags":{"a":"2"}}`, `{"etag":true}`, false},
		{`{"tags":{"a":"1"}}`, `{}`, `{"tags":true}`, true},
		{`{"spec":[{"image":"a","size":1},{"image":"b"}]}`, `{"spec":[{"image":"c","size":1},{"image":"d"}]}`, `{}`, true},
		{`{"spec":[{"image":"a"}]}`, `{"spec":[{"image":"a"},{"image":"b"}]}`, `{}`, false},
		{`{"spec":[{"image":"a"}]}`, `{"spec":[{"image":null}]}`, `{"spec":[{"image":true}]}`, true},
		{`{"tags":{"a":"1"},"n":1}`, `{"tags":{"a":"1"},"n":1}`, `{}`, false}, // nothing that can be seen
		{`{"a":null}`, `{}`, `{}`, false},
	} {
		for _, actions := range []string{`"update"`, `"delete","create"`} {
			plan := showWith(row("a.b", actions, `"before":`+test.before, `"after":`+test.after, `"after_unknown":`+test.unknown))
			v, _, err := judged(limit, []byte(plan), someTime)
			if err != nil || v.Within() != test.want {
				t.Errorf("%s to %s (%s): within = %t (%v)", test.before, test.after, test.unknown, !test.want, err)
			}
		}
	}
}

// TestObjects proves that objects inside a resource are charged as what they
// are, in both formats, and under names of their own.
func TestObjects(t *testing.T) {
	const body = `
		objects = { terraform_data = "input.objects" }
		create  = 2
		update  = 5
		replace = 2
		delete  = 1
	`
	want := []string{
		`create terraform_data.network.input.objects["subnet/c"] -> budget "b"`,
		`delete terraform_data.network.input.objects["subnet/b"] -> budget "b"`,
		`replace terraform_data.network.input.objects["nat/a"] -> budget "b"`,
		`replace terraform_data.network.input.objects["peer/x"] -> budget "b"`,
	}
	for _, tool := range tools {
		for _, form := range []string{"plan.bin", "show.json"} {
			plan := fixture(t, tool+"/objects."+form)
			v, charges, err := judged(parsed(t, body), plan, someTime)
			if err != nil || !v.Within() {
				t.Fatalf("%s %s: %v", tool, form, err)
			}
			all := strings.Join(charges, "\n")
			for _, w := range want {
				if !strings.Contains(all, w) {
					t.Errorf("%s %s: no %s in\n%s", tool, form, w, all)
				}
			}
			for _, less := range []string{"delete  = 1", "replace = 2", "create  = 2"} {
				word, n, _ := strings.Cut(less, "= ")
				fewer := strings.Replace(body, less, word+"= "+string(n[0]-1), 1)
				if v, _, _ := judged(parsed(t, fewer), plan, someTime); v.Within() {
					t.Errorf("%s %s: within although one %s too many", tool, form, word)
				}
			}
			guarded := body + "\nprotect = [\"terraform_data.network\"]"
			if v, _, _ := judged(parsed(t, guarded), plan, someTime); v.Within() {
				t.Errorf("%s %s: an object of a protected resource is deleted", tool, form)
			}
		}
	}
	_, _, err := judged(parsed(t, body), fixture(t, "terraform-1.11/objects.stream.jsonl"), someTime)
	var r *Refusal
	if !errors.As(err, &r) || r.Code != CannotAnswer {
		t.Errorf("a stream tells about objects: %v", err)
	}
}

// TestOwnObjects proves that kready's own resources need no setting, that a
// sensitive map keeps its keys, and that a map that is not known is refused.
func TestOwnObjects(t *testing.T) {
	plan := func(after, unknown string, more ...string) []byte {
		return []byte(showWith(row("kready_network.n", `"update"`, append([]string{`"before":{"objects":{"subnet/a":"s-1","nat/a":"n-1"}}`, `"after":` + after, `"after_unknown":` + unknown}, more...)...)))
	}
	for _, test := range []struct {
		plan []byte
		want string
	}{
		{plan(`{"objects":{"subnet/a":"s-1"}}`, `{}`), `delete kready_network.n.objects["nat/a"]`},
		{plan(`{"objects":{"subnet/a":"s-1","nat/a":"n-1"}}`, `{"objects":{"subnet/b":true}}`), `create kready_network.n.objects["subnet/b"]`},
		{plan(`{"objects":{"subnet/a":"s-1"}}`, `{"objects":{"nat/a":true}}`), `replace kready_network.n.objects["nat/a"]`},
		{plan(`{"objects":{"subnet/a":"s-1"}}`, `{}`, `"before_sensitive":{"objects":true}`), `delete kready_network.n.objects["sensitive key 1"]`},
	} {
		_, charges, err := judged(parsed(t, ""), test.plan, someTime)
		if err != nil || !strings.Contains(strings.Join(charges, "\n"), test.want+" -> ") {
			t.Errorf("no %s in %q (%v)", test.want, charges, err)
		}
	}
	_, _, err := judged(parsed(t, ""), plan(`{}`, `{"objects":true}`), someTime)
	var r *Refusal
	if !errors.As(err, &r) || r.Code != UnknownObjects {
		t.Errorf("an unknown map: %v", err)
	}
	pool := []byte(showWith(row("kready_cidr_pool.p", `"update"`, `"before":{"objects":{"a":"b"}}`, `"after":{}`, `"after_unknown":{"objects":true}`)))
	if _, charges, err := judged(parsed(t, ""), pool, someTime); err != nil || len(charges) != 1 {
		t.Errorf("a pool makes nothing: %v %v", charges, err)
	}
}
