package budget

import "testing"

// TestAddressesAreParsed proves that addresses come apart as Terraform puts
// them together, with every character that a key can have.
func TestAddressesAreParsed(t *testing.T) {
	for text, want := range map[string]struct{ module, typ, name, key string }{
		`aws_x.a`:                              {"", "aws_x", "a", ""},
		`aws_x.a[0]`:                           {"", "aws_x", "a", "0"},
		`aws_x.a["b.c/d[0]"]`:                  {"", "aws_x", "a", "b.c/d[0]"},
		`aws_x.a["q\"uo\\te"]`:                 {"", "aws_x", "a", `q"uo\te`},
		`aws_x.a["$${x}%%{y}\n"]`:              {"", "aws_x", "a", "${x}%{y}\n"},
		`module.m["x.y"].aws_x.a`:              {`module.m["x.y"]`, "aws_x", "a", ""},
		`module.m[0].module.n.data.aws_x.a[1]`: {`module.m[0].module.n`, "aws_x", "a", "1"},
		`data.x.y`:                             {"", "x", "y", ""},
		`module.module.aws_x.a`:                {"module.module", "aws_x", "a", ""},
		`aws_x`:                                {"", "", "", "?"},
		`aws_x.a[`:                             {"", "", "", "?"},
		`aws_x.a["b]`:                          {"", "", "", "?"},
		`aws_x.a[-1]`:                          {"", "", "", "?"},
		`aws_x.a.b`:                            {"", "", "", "?"},
		`aws_x.a["\q"]`:                        {"", "", "", "?"},
		`.a`:                                   {"", "", "", "?"},
	} {
		var a address
		err := a.parse(text)
		if want.key == "?" {
			if err == nil {
				t.Errorf("%s is taken for an address: %+v", text, a)
			}
			continue
		}
		if err != nil || a.module != want.module || a.typ != want.typ || a.name != want.name || a.index.value != want.key {
			t.Errorf("%s: %+v (%v), want %+v", text, a, err, want)
		}
	}
}

// TestKeysSurviveQuoting proves that quoteKey and the parser are each other's
// inverse.
func TestKeysSurviveQuoting(t *testing.T) {
	for _, key := range []string{"", "a", `a"b`, `a\b`, "a\nb\tc\r", "${x}", "$${x}", "%{x}", "$", "é😀", `]`, `"]`} {
		var a address
		if err := a.parse("x.y[" + quoteKey(key) + "]"); err != nil || a.index.value != key {
			t.Errorf("%q comes back as %q (%v)", key, a.index.value, err)
		}
	}
}

// TestPatterns proves what matches and what only looks as if it did. Wide is
// how protect reads a pattern.
func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern, address string
		narrow, wide     bool
	}{
		{"aws_x.a", "aws_x.a", true, true},
		{"aws_x.a", "aws_x.a[0]", true, true},
		{"aws_x.a", `aws_x.a["k"]`, true, true},
		{"aws_x.a", "aws_x.ab", false, false},
		{"aws_x.a", "data.aws_x.a", false, false},
		{"data.aws_x.a", "data.aws_x.a", true, true},
		{"aws_x.a", "module.m.aws_x.a", false, true},
		{"aws_x.a[0]", "aws_x.a[0]", true, true},
		{"aws_x.a[0]", "aws_x.a[10]", false, false},
		{"aws_x.a[0]", `aws_x.a["0"]`, false, false},
		{"aws_x.a[0]", "aws_x.a", false, false},
		{"aws_x.a[*]", `aws_x.a["z"]`, true, true},
		{`aws_x.a["*"]`, `aws_x.a["z"]`, false, false},
		{`aws_x.a["*"]`, `aws_x.a["*"]`, true, true},
		{`aws_x.a["b.c/d\"e"]`, `aws_x.a["b.c/d\"e"]`, true, true},
		{`aws_x.a["b"]`, `aws_x.a["b.c"]`, false, false},
		{"aws_x.*", "aws_x.anything[3]", true, true},
		{"aws_*.main", "aws_instance.main", true, true},
		{"aws_?.main", "aws_xy.main", false, false},
		{"*.*", "aws_x.a", true, true},
		{"module.m", `module.m["x.y"].aws_x.a`, true, true},
		{"module.m", "module.m.module.n.aws_x.a[0]", true, true},
		{"module.m", "module.mm.aws_x.a", false, false},
		{"module.m", "module.n.module.m.aws_x.a", false, true},
		{`module.m["x"]`, `module.m["x"].aws_x.a`, true, true},
		{`module.m["x"]`, `module.m["y"].aws_x.a`, false, false},
		{"module.*.aws_x.a", "module.m[1].aws_x.a", true, true},
		{"module.*.aws_x.a", "module.m.module.n.aws_x.a", false, true},
		{"**.aws_x.a", "module.m.module.n.aws_x.a", true, true},
		{"**.aws_x.a", "aws_x.a", true, true},
		{"**.module.n", "module.m.module.n.aws_x.a", true, true},
		{"**", "module.m.aws_x.a", true, true},
		{"aws_x.a[3]", "aws_x.a[*]", true, true}, // deferred: it may be
	} {
		p, err := ParsePattern(test.pattern)
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		var a address
		if err := a.parse(test.address); err != nil {
			t.Fatal(err)
		}
		if got := p.match(&a, false); got != test.narrow {
			t.Errorf("%s matches %s: %t", test.pattern, test.address, got)
		}
		if got := p.match(&a, true); got != test.wide {
			t.Errorf("protecting %s covers %s: %t", test.pattern, test.address, got)
		}
	}
	for _, bad := range []string{"", "*", "aws_x", "module.", "module.m.", "aws_x.", ".a", "aws_x.a[", "aws_x.a[x]", `aws_x.a["b]`, "aws_x.a.b", "aws_x.a b", "aws_x.[a]", "a/b.c", "**.", "module.m..x"} {
		if _, err := ParsePattern(bad); err == nil {
			t.Errorf("%q is taken for a pattern", bad)
		}
	}
}

// TestAttributePatterns proves which changed paths are covered.
func TestAttributePatterns(t *testing.T) {
	for _, test := range []struct {
		pattern string
		path    []string
		want    bool
	}{
		{"tags", []string{"tags"}, true},
		{"tags", []string{"tags", "Team"}, true},
		{"tags", []string{"tags_all", "Team"}, false},
		{"tags.Team", []string{"tags", "Team"}, true},
		{"tags.Team", []string{"tags"}, false},
		{`tags["a.b/c"]`, []string{"tags", "a.b/c"}, true},
		{"spec[*].container[0].image", []string{"spec", "7", "container", "0", "image"}, true},
		{"spec[*].container[0].image", []string{"spec", "7", "container", "1", "image"}, false},
		{"spec.*.image", []string{"spec", "x", "image"}, true},
	} {
		p, err := ParseAttribute(test.pattern)
		if err != nil || p.covers(test.path) != test.want {
			t.Errorf("%s covers %v: %t (%v)", test.pattern, test.path, !test.want, err)
		}
	}
	for _, bad := range []string{"", ".", "a.", "a[", "a[x]", "a b", "[0]"} {
		if _, err := ParseAttribute(bad); err == nil {
			t.Errorf("%q is taken for an attribute path", bad)
		}
	}
}

// FuzzPatterns proves that no text crashes the parsers, and that an address
// always matches itself as a pattern.
func FuzzPatterns(f *testing.F) {
	for _, s := range []string{"aws_x.a[0]", `module.m["x.y"].data.aws_x.a["k\"]"]`, "**.a.b", "module.m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePattern(text)
		_, _ = ParseAttribute(text)
		var a address
		if a.parse(text) != nil || err != nil || a.mode == "ephemeral" {
			return
		}
		if !p.match(&a, false) || !p.match(&a, true) {
			t.Fatalf("%q does not match itself", text)
		}
	})
}

// TestStacks proves how a budget is chosen.
func TestStacks(t *testing.T) {
	f, err := ParseBudget([]byte(`
budget "prod" { match = ["live/prod/**", "live/*/dns"] }
budget "rest" {}
`), "b.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for stack, want := range map[string]string{
		"live/prod": "prod", "live/prod/eu/net": "prod", "live/dev/dns": "prod", "live/dev/dns/x": "rest", "": "rest", ".": "rest", "xlive/prod": "rest",
	} {
		if b, err := f.Choose("", stack); err != nil || b.Name != want {
			t.Errorf("%q: %v (%v), want %s", stack, b, err, want)
		}
	}
	if b, err := f.Choose("prod", "elsewhere"); err != nil || b.Name != "prod" {
		t.Errorf("by name: %v", err)
	}
	if _, err := f.Choose("nope", "live/prod"); err == nil {
		t.Error("a budget that isn't there is chosen")
	}
	f.Budgets = f.Budgets[:1]
	if _, err := f.Choose("", "other"); err == nil {
		t.Error("a budget is chosen whose match does not fit")
	}
}
