package kreadytest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// failures is a testing.TB that keeps what it is told instead of failing.
type failures struct {
	testing.TB
	said  []string
	fatal bool
}

func (f *failures) Helper() {}
func (f *failures) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}
func (f *failures) Fatalf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
	f.fatal = true
	runtime.Goexit()
}

// said runs f and returns what a test would have been told.
func said(t *testing.T, f func(testing.TB)) (text string, fatal bool) {
	t.Helper()
	fake := &failures{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(fake)
	}()
	<-done
	return strings.Join(fake.said, "\n"), fake.fatal
}

func fixture(name string) string {
	return filepath.Join("..", "internal", "budget", "testdata", "plans", filepath.FromSlash(name))
}

func addresses(list []Change) string {
	var out []string
	for _, c := range list {
		out = append(out, c.Address)
	}
	return strings.Join(out, " ")
}

// TestRowsByWhatTheyDo proves that each list has exactly its rows, from a
// plan file, its JSON and its stream.
func TestRowsByWhatTheyDo(t *testing.T) {
	for _, form := range []string{"plan.bin", "show.json", "stream.jsonl"} {
		p := FromFile(t, fixture("terraform-1.11/everything."+form))
		for name, got := range map[string]int{
			"4 creates": len(Creates(p)), "3 updates": len(Updates(p)), "2 replaces": len(Replaces(p)), "3 deletes": len(Deletes(p)),
			"1 forgets": len(Forgets(p)), "2 imports": len(Imports(p)), "2 moves": len(Moves(p)),
		} {
			if !strings.HasPrefix(name, fmt.Sprint(got, " ")) {
				t.Errorf("%s: %d, want %s", form, got, name)
			}
		}
		for _, c := range Imports(p) {
			if c.Address == "terraform_data.imported_changed" && c.Action != "update" {
				t.Errorf("%s: an import that is changed is %q", form, c.Action)
			}
		}
	}
	deposed := FromFile(t, fixture("terraform-1.11/deposed_and_replaced.show.json"))
	if got := addresses(Deletes(deposed)) + "|" + addresses(Replaces(deposed)); got != "terraform_data.a|terraform_data.a" || Deletes(deposed)[0].Deposed == "" {
		t.Errorf("a deposed object hides the current one, or the other way round: %s", got)
	}
}

// TestFromJSON proves that text is read, and that what is no plan ends the
// test.
func TestFromJSON(t *testing.T) {
	text, err := os.ReadFile(fixture("opentofu-1.12/nothing.show.json"))
	if err != nil {
		t.Fatal(err)
	}
	NoChanges(t, FromJSON(t, string(text)))
	for _, bad := range []string{"", "{}", "Plan: 1 to add", string(text[:len(text)-5])} {
		if text, fatal := said(t, func(tb testing.TB) { FromJSON(tb, bad) }); !fatal || text == "" {
			t.Errorf("%.20q is taken for a plan: %s", bad, text)
		}
	}
	if _, fatal := said(t, func(tb testing.TB) { FromFile(tb, "missing") }); !fatal {
		t.Error("a file that isn't there is taken for a plan")
	}
}

// TestNoChanges proves that whatever a plan would do is a change, and named.
func TestNoChanges(t *testing.T) {
	for _, name := range []string{"everything", "forget", "deposed", "destroy", "target"} {
		p := FromFile(t, fixture("terraform-1.11/"+name+".show.json"))
		text, _ := said(t, func(tb testing.TB) { NoChanges(tb, p) })
		if !strings.Contains(text, "terraform_data.") || strings.Contains(text, "SECRET") {
			t.Errorf("%s: %s", name, text)
		}
	}
	for _, row := range []string{
		`"resource_changes":[{"address":"a.b","change":{"actions":["no-op"],"importing":{"id":"x"}}}]`,
		`"resource_changes":[{"address":"a.b","previous_address":"a.c","change":{"actions":["no-op"]}}]`,
		`"resource_changes":[{"address":"data.a.b","change":{"actions":["read"]}}]`,
		`"output_changes":{"o":{"actions":["update"]}}`,
		`"action_invocations":[{"address":"action.a.b"}]`,
	} {
		p := FromJSON(t, `{"format_version":"1.2","planned_values":{},`+row+`}`)
		if text, _ := said(t, func(tb testing.TB) { NoChanges(tb, p) }); text == "" {
			t.Errorf("no change: %s", row)
		}
	}
}

// TestWithinBudget proves that numbers and files hold a plan, to the last
// change.
func TestWithinBudget(t *testing.T) {
	p := FromFile(t, fixture("terraform-1.11/everything.plan.bin"))
	fits := Budget{Create: 4, Update: 3, Replace: 2, Delete: 3, Forget: 1, Import: 2, Move: 2}
	WithinBudget(t, p, fits)
	tight := fits
	tight.Delete = 2
	text, fatal := said(t, func(tb testing.TB) { WithinBudget(tb, p, tight) })
	if fatal || !strings.Contains(text, "delete 3, 2 allowed") || !strings.Contains(text, "terraform_data.gone") || strings.Contains(text, "SECRET") {
		t.Errorf("%s", text)
	}
	open := fits
	open.Delete, open.Protect = Unlimited, []string{"terraform_data.gone"}
	if text, _ := said(t, func(tb testing.TB) { WithinBudget(tb, p, open) }); !strings.Contains(text, "protect") {
		t.Errorf("protect: %s", text)
	}
	file := filepath.Join(t.TempDir(), "b.hcl")
	src := "budget \"b\" {\n  freeze \"always\" {\n    from = \"2000-01-01\"\n    until = \"2100-01-01\"\n  }\n"
	for _, line := range []string{"create = 4", "update = 3", "replace = 2", "delete = 3", "forget = 1", "import = 2", "move = 2"} {
		src += "  " + line + "\n"
	}
	if err := os.WriteFile(file, []byte(src+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	WithinBudget(t, p, Budget{File: file})
	frozen := Budget{File: file, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	if text, _ := said(t, func(tb testing.TB) { WithinBudget(tb, p, frozen) }); !strings.Contains(text, "freeze") {
		t.Errorf("freeze: %s", text)
	}
	for name, bad := range map[string]Budget{
		"file and numbers": {File: file, Create: 1}, "no file": {File: "missing.hcl"}, "no such budget": {File: file, Name: "x"},
		"negative": {Create: -2}, "pattern": {Protect: []string{"aws_db_instance"}}, "typo": {Protect: []string{"terraform_data.gnoe"}},
	} {
		if text, fatal := said(t, func(tb testing.TB) { WithinBudget(tb, p, bad) }); !fatal || text == "" {
			t.Errorf("%s: %s", name, text)
		}
	}
	target := FromFile(t, fixture("terraform-1.11/target.plan.bin"))
	if _, fatal := said(t, func(tb testing.TB) { WithinBudget(tb, target, Budget{Update: 1}) }); !fatal {
		t.Error("an incomplete plan is judged")
	}
	WithinBudget(t, target, Budget{Update: 1, AllowIncomplete: true})
}

// TestOverBudget proves that it passes where WithinBudget fails, and the other
// way round.
func TestOverBudget(t *testing.T) {
	p := FromFile(t, fixture("terraform-1.11/destroy.show.json"))
	OverBudget(t, p, Budget{})
	enough := Budget{Delete: Unlimited}
	WithinBudget(t, p, enough)
	if text, _ := said(t, func(tb testing.TB) { OverBudget(tb, p, enough) }); !strings.Contains(text, "delete ") {
		t.Errorf("a plan that is within: %q", text)
	}
}

// TestCopy proves that a copy has what Terraform reads, and nothing that it
// wrote.
func TestCopy(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a/main.tf", "a/.terraform.lock.hcl", "a/.terraform/x", "a/terraform.tfstate", "a/terraform.tfstate.backup", "a/x.tfplan", "a/sub/run.sh", "b/main.tf", "c/main.tf"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder := Copy(t, root, "a", "b")
	var got []string
	for _, name := range []string{"main.tf", ".terraform.lock.hcl", ".terraform/x", "terraform.tfstate", "terraform.tfstate.backup", "x.tfplan", "sub/run.sh", "../b/main.tf", "../c/main.tf"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			got = append(got, name)
		}
	}
	if want := "main.tf .terraform.lock.hcl sub/run.sh ../b/main.tf"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	for _, bad := range []string{"../a", "missing"} {
		if _, fatal := said(t, func(tb testing.TB) { Copy(tb, root, bad) }); !fatal {
			t.Errorf("%s is copied", bad)
		}
	}
}
