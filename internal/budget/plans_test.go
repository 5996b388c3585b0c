package budget

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// read reads a plan from memory and counts its rows.
func read(b []byte, want *Want) (*Plan, Counts, error) {
	var counts Counts
	p, err := ReadPlan(File{Reader: bytes.NewReader(b), ReaderAt: bytes.NewReader(b), Size: int64(len(b))}, want, func(c *Change) error {
		counts[c.Kind]++
		if c.Importing {
			counts[Import]++
		}
		if c.Moved() {
			counts[Move]++
		}
		return nil
	})
	return p, counts, err
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "plans", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	tools = []string{"terraform-1.11", "opentofu-1.8", "opentofu-1.10", "opentofu-1.12"}
	forms = []string{"plan.bin", "show.json", "stream.jsonl"}
)

// TestCountsOfRealPlans proves that what real Terraform and OpenTofu wrote is
// counted as they count it, in all three forms. The numbers were taken from
// the human-readable plans.
func TestCountsOfRealPlans(t *testing.T) {
	for name, want := range map[string]Counts{
		"everything":           {Create: 4, Update: 3, Replace: 2, Delete: 3, Forget: 1, Import: 2, Move: 2, Read: 1, NoOp: 9, Output: 2},
		"nothing":              {NoOp: 16},
		"destroy":              {Delete: 16, Output: 2},
		"forget":               {Forget: 1},
		"deposed":              {DeposedDelete: 1, NoOp: 1},
		"deposed_and_replaced": {DeposedDelete: 1, Replace: 1},
		"objects":              {Create: 1, Update: 5},
	} {
		for _, tool := range tools {
			for _, form := range forms {
				want := want
				if form == "stream.jsonl" {
					switch name {
					case "deposed_and_replaced": // refused, see TestRefusals
						continue
					case "deposed": // a stream has no word for it
						want = Counts{Delete: 1}
					}
					want[NoOp] = 0
				}
				_, got, err := read(fixture(t, tool+"/"+name+"."+form), &Want{})
				if form == "stream.jsonl" {
					got[NoOp] = 0 // moves and imports only
				}
				if err != nil || got != want {
					t.Errorf("%s %s %s: %v, want %v (%v)", tool, name, form, got, want, err)
				}
			}
		}
	}
}

// TestPlansSayWhatTheyAre proves that each reader finds out what wrote a plan
// and how.
func TestPlansSayWhatTheyAre(t *testing.T) {
	for _, tool := range tools {
		wantTool := strings.Split(tool, "-")[0]
		for _, form := range forms {
			p, _, err := read(fixture(t, tool+"/destroy."+form), &Want{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Version == "" || !p.Complete || form != "show.json" && p.Tool != wantTool || form == "plan.bin" && p.Mode != "destroy" {
				t.Errorf("%s %s: %+v", tool, form, p)
			}
		}
	}
}

// TestSameRowsInEveryForm proves that the plan file and its JSON give the
// same rows, to the last field.
func TestSameRowsInEveryForm(t *testing.T) {
	rows := func(name string) map[string]Change {
		out := map[string]Change{}
		b := fixture(t, name)
		_, err := ReadPlan(File{Reader: bytes.NewReader(b), ReaderAt: bytes.NewReader(b), Size: int64(len(b))},
			&Want{AllowIncomplete: true}, func(c *Change) error {
				row := *c
				row.parsed, row.from, row.values = nil, "", values{}
				out[c.Name()+" "+c.Kind.String()] = row
				return nil
			})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return out
	}
	for _, tool := range tools {
		for _, name := range []string{"everything", "nothing", "destroy", "forget", "deposed", "deposed_and_replaced", "objects"} {
			a, b := rows(tool+"/"+name+".plan.bin"), rows(tool+"/"+name+".show.json")
			if len(a) != len(b) {
				t.Errorf("%s %s: %d rows and %d", tool, name, len(a), len(b))
			}
			for key, row := range a {
				if !reflect.DeepEqual(b[key], row) {
					t.Errorf("%s %s: %s\n%+v\n%+v", tool, name, key, row, b[key])
				}
			}
		}
	}
}

// TestKnownPlans counts a collection of plans from elsewhere against its
// manifest. The collection is not part of the project.
func TestKnownPlans(t *testing.T) {
	dir := os.Getenv("KREADY_PLANS_DIR")
	if dir == "" {
		t.Skip("KREADY_PLANS_DIR names no collection of plans")
	}
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest []struct{ File, Actions, Other, Note string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	for _, m := range manifest {
		b, err := os.ReadFile(filepath.Join(dir, m.File))
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := read(b, &Want{})
		wrapper, stream := strings.Contains(m.File, "wrapper"), strings.HasSuffix(m.File, ".jsonl")
		if refused := strings.Contains(m.Note, "NEGATIVE") && !wrapper && !stream || strings.HasPrefix(m.Actions, "="); refused {
			var r *Refusal
			if !errors.As(err, &r) {
				t.Errorf("%s was not refused", m.File)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", m.File, err)
			continue
		}
		if wrapper || stream {
			continue // what the manifest says of these is in other words
		}
		want := manifestCounts(t, m.Actions+" "+m.Other)
		for _, k := range []Kind{Create, Update, Replace, Delete, Forget, NoOp, Read, Drift, DeposedDelete, Action, Import, Move} {
			if got[k] != want[k] {
				t.Errorf("%s: %s %d, want %d", m.File, k, got[k], want[k])
			}
		}
	}
}

func manifestCounts(t *testing.T, text string) Counts {
	var c Counts
	for _, field := range strings.Fields(text) {
		name, number, _ := strings.Cut(field, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			continue
		}
		words := map[string]Kind{"moved": Move, "import": Import, "drift": Drift, "deposed": DeposedDelete, "invocations": Action, "data:read": Read}
		kind, ok := words[name]
		if !ok {
			if kind, ok = actionKind(name); !ok {
				t.Fatalf("the manifest says %q", field)
			}
		}
		c[kind] += n
		if name == "deposed" { // they are among the deletes, too
			c[Delete] -= n
		}
	}
	return c
}

// showTwin counts a plan the slow way: all of it through encoding/json.
func showTwin(b []byte) (Counts, bool) {
	var c Counts
	var doc struct {
		Format    string `json:"format_version"`
		Errored   bool
		Complete  *bool
		Resources []struct {
			Address  string
			Previous string `json:"previous_address"`
			Deposed  string
			Change   struct {
				Actions   []string
				Importing json.RawMessage
			}
		} `json:"resource_changes"`
	}
	if !validTwin(b) || json.Unmarshal(b, &doc) != nil || doc.Errored || doc.Complete != nil && !*doc.Complete {
		return c, false
	}
	for _, r := range doc.Resources {
		k, ok := actionKind(strings.Join(r.Change.Actions, "/"))
		if !ok || r.Address == "" {
			return c, false
		}
		if r.Deposed != "" && k == Delete {
			k = DeposedDelete
		}
		c[k]++
		if r.Previous != "" && r.Previous != r.Address {
			c[Move]++
		}
		if len(r.Change.Importing) > 0 && string(r.Change.Importing) != "null" {
			c[Import]++
		}
	}
	return c, true
}

// FuzzShowJSON proves that nothing crashes the reader, and that whatever it
// lets pass, the slow twin counts the same.
func FuzzShowJSON(f *testing.F) {
	for _, name := range []string{"everything", "deposed", "forget", "errored", "target", "objects", "nothing"} {
		f.Add(fixture(f, "terraform-1.11/"+name+".show.json"))
	}
	f.Add(fixture(f, "terraform-1.11/state.show.json"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, got, err := read(b, &Want{Digest: true})
		if err != nil {
			var r *Refusal
			if !errors.As(err, &r) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if len(b) > 2 && (b[0] == 0xff || b[0] == 0xfe || b[0] == 0 || b[1] == 0 || b[0] == 'P') {
			return // UTF-16, or a plan file
		}
		b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
		if i := bytes.IndexByte(b, '{'); i < 0 || len(bytes.TrimSpace(b[:i])) > 0 || bytes.HasPrefix(bytes.TrimSpace(b[i+1:]), []byte(`"@`)) {
			return // wrapped, or a stream
		}
		d := json.NewDecoder(bytes.NewReader(b))
		var first json.RawMessage
		if d.Decode(&first) != nil {
			t.Fatalf("encoding/json does not take what passed: %q", b)
		}
		if rest := bytes.TrimSpace(b[d.InputOffset():]); len(rest) > 0 {
			return // wrapper lines behind it
		}
		want, ok := showTwin(b)
		if !ok {
			t.Fatalf("the twin refuses what passed: %q", b)
		}
		for _, k := range []Kind{Create, Update, Replace, Delete, Forget, CreateForget, NoOp, Read, DeposedDelete, Import, Move} {
			if got[k] != want[k] {
				t.Fatalf("%s: %d, and %d by the twin: %q", k, got[k], want[k], b)
			}
		}
	})
}

// FuzzStream proves that nothing crashes the reader of streams, and that no
// stream passes whose changes don't add up or that reports an error.
func FuzzStream(f *testing.F) {
	for _, name := range []string{"everything", "deposed", "forget", "errored", "target", "nothing"} {
		f.Add(fixture(f, "terraform-1.11/"+name+".stream.jsonl"))
		f.Add(fixture(f, "opentofu-1.12/"+name+".stream.jsonl"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, got, err := read(b, &Want{AllowIncomplete: true})
		if err != nil {
			var r *Refusal
			if !errors.As(err, &r) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if p.Input != Stream {
			return
		}
		if bytes.HasPrefix(b, []byte("{")) && bytes.Contains(b, []byte(`"@level":"error"`)) && json.Valid(firstLine(b)) && allLinesValid(b) {
			t.Fatalf("an error passed: %q", b)
		}
		if got.Total() < 0 {
			t.Fatal("negative")
		}
	})
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return line
}

// allLinesValid says that every line is an object of its own, so that a text
// search finds keys and not values.
func allLinesValid(b []byte) bool {
	for line := range bytes.Lines(b) {
		var m map[string]any
		if json.Unmarshal(line, &m) != nil || m["@level"] == nil {
			return false
		}
	}
	return true
}

// TestCutPlansAreRefused cuts real plans at every byte: none but the whole
// passes.
func TestCutPlansAreRefused(t *testing.T) {
	for _, form := range forms {
		whole := fixture(t, "terraform-1.11/deposed."+form)
		if _, _, err := read(whole, &Want{}); err != nil {
			t.Fatal(err)
		}
		end := len(bytes.TrimRight(whole, "\n"))
		for n := range end {
			if form == "stream.jsonl" && whole[n] == '\n' && bytes.Contains(whole[:n], []byte("change_summary")) {
				continue // what is missing comes after the summary, as in a stream without outputs
			}
			if _, _, err := read(whole[:n], &Want{}); err == nil {
				t.Fatalf("%s passes when cut at byte %d of %d", form, n, len(whole))
			}
		}
	}
}

// TestErrorsOfTheReaderAreRefusals proves that a failing disk ends in a
// refusal, wherever it fails.
func TestErrorsOfTheReaderAreRefusals(t *testing.T) {
	whole := fixture(t, "terraform-1.11/deposed.show.json")
	broken := errors.New("the disk is gone")
	for n := 0; n < len(whole); n += 97 {
		in := io.MultiReader(bytes.NewReader(whole[:n]), failing{broken})
		_, err := ReadPlan(File{Reader: in}, &Want{}, func(*Change) error { return nil })
		var r *Refusal
		if !errors.As(err, &r) || !errors.Is(err, broken) {
			t.Fatalf("failing at %d: %v", n, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// someTime is when the tests take place.
var someTime = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// TestValuesAreNotHeldInVain proves that values larger than the reader would
// hold are no matter where nobody asks for them.
func TestValuesAreNotHeldInVain(t *testing.T) {
	long := io.MultiReader(
		strings.NewReader(`{"format_version":"1.2","output_changes":{"o":{"actions":["update"],"after":"`), io.LimitReader(filler{}, scanKeep+1),
		strings.NewReader(`"}},"resource_changes":[{"address":"a.b","change":{"actions":["update"],"before":null,"after":"`), io.LimitReader(filler{}, scanKeep+1),
		strings.NewReader(`"}}]}`),
	)
	s := newScanner(long)
	if _, err := readJSON(s, &Want{}, func(*Change) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if len(s.buf) != scanWindow {
		t.Errorf("the window grew to %d bytes", len(s.buf))
	}
}

// TestTooLarge proves that a value that has to be held, and is larger, is a
// refusal.
func TestTooLarge(t *testing.T) {
	long := io.MultiReader(
		strings.NewReader(`{"format_version":"1.2","resource_changes":[{"address":"a.b","change":{"actions":["update"],"before":null,"after":"`),
		io.LimitReader(filler{}, scanKeep+1), strings.NewReader(`"}}]}`),
	)
	_, err := readJSON(newScanner(long), &Want{Digest: true}, func(*Change) error { return nil })
	var r *Refusal
	if !errors.As(err, &r) || r.Code != TooLarge {
		t.Fatal(err)
	}
}
