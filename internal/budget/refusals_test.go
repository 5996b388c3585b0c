package budget

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"google.golang.org/protobuf/encoding/protowire"
)

// showWith is the smallest plan with these rows and further sections.
func showWith(rows string, sections ...string) string {
	text := `{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{},"resource_changes":[` + rows + `]`
	for _, s := range sections {
		text += "," + s
	}
	return text + "}"
}

// row is one resource change.
func row(address, actions string, more ...string) string {
	text := `{"address":"` + strings.ReplaceAll(address, `"`, `\"`) + `",`
	for _, m := range more {
		if !strings.HasPrefix(m, `"importing"`) && !strings.HasPrefix(m, `"before`) && !strings.HasPrefix(m, `"after`) {
			text += m + ","
		}
	}
	text += `"provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":[` + actions + `]`
	for _, m := range more {
		if strings.HasPrefix(m, `"importing"`) || strings.HasPrefix(m, `"before`) || strings.HasPrefix(m, `"after`) {
			text += "," + m
		}
	}
	return text + "}}"
}

const (
	versionLine = `{"@level":"info","@message":"Terraform 1.11.4","terraform":"1.11.4","type":"version","ui":"1.2"}` + "\n"
	createLine  = `{"@level":"info","change":{"resource":{"addr":"aws_x.a"},"action":"create"},"type":"planned_change"}` + "\n"
	noSummary   = versionLine + createLine
	sumLine     = `{"@level":"info","changes":{"add":1,"change":0,"import":0,"remove":0,"operation":"plan"},"type":"change_summary"}` + "\n"
	errorLine   = `{"@level":"error","@message":"Error: no","diagnostic":{"severity":"error","summary":"no"},"type":"diagnostic"}` + "\n"
	warnLine    = `{"@level":"warn","@message":"Warning: well","diagnostic":{"severity":"warning","summary":"well"},"type":"diagnostic"}` + "\n"
)

// TestRefusals proves, for each reason not to judge, that the input is
// refused with that reason, and that the nearest input without the flaw is
// not.
func TestRefusals(t *testing.T) {
	create := row("aws_x.a", `"create"`)
	tests := map[string]struct {
		bad  string
		code Code
		why  string // part of the message
		good string
		want Want
	}{
		"empty":            {"", NotAPlan, "empty", showWith(""), Want{}},
		"text":             {"Plan: 1 to add\n", NotAPlan, "neither", showWith(""), Want{}},
		"other JSON":       {`{"name":"x"}`, NotAPlan, "not a plan", showWith(""), Want{}},
		"array":            {`[` + showWith("") + `]`, NotAPlan, "neither", showWith(""), Want{}},
		"state as JSON":    {`{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{}}}`, IsState, "terraform show -json PLANFILE", showWith(""), Want{}},
		"state file":       {`{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"x","outputs":{},"resources":[]}`, IsState, "state", showWith(""), Want{}},
		"remote bookmark":  {`{"remote_plan_format":1,"run_id":"run-x","hostname":"app.terraform.io"}`, IsBookmark, "terraform show -json FILE > plan.json", showWith(""), Want{}},
		"encrypted":        {`{"meta":{},"encrypted_data":"eA==","encryption_version":"v0"}`, IsEncrypted, "tofu show -json FILE", showWith(""), Want{}},
		"no format":        {strings.Replace(showWith(create), `"format_version":"1.2",`, "", 1), UnknownFormat, "no format_version", showWith(create), Want{}},
		"new major":        {strings.Replace(showWith(create), `"1.2"`, `"2.0"`, 1), UnknownFormat, `"2.0"`, strings.Replace(showWith(create), `"1.2"`, `"1.99"`, 1), Want{}},
		"new kind section": {showWith(create, `"quantum_changes":[]`), UnknownFormat, "quantum_changes", showWith(create, `"quantum_state":[]`), Want{}},
		"unknown action":   {showWith(row("aws_x.a", `"destroy"`)), UnknownAction, "aws_x.a", showWith(row("aws_x.a", `"delete"`)), Want{}},
		"no actions":       {showWith(row("aws_x.a", ``)), UnknownAction, "aws_x.a", showWith(row("aws_x.a", `"no-op"`)), Want{}},
		"three actions":    {showWith(row("aws_x.a", `"delete","create","delete"`)), UnknownAction, "aws_x.a", showWith(row("aws_x.a", `"delete","create"`)), Want{}},
		"data deleted":     {showWith(row("data.aws_x.a", `"delete"`)), UnknownAction, "data source", showWith(row("data.aws_x.a", `"read"`)), Want{}},
		"deposed created":  {showWith(row("aws_x.a", `"create"`, `"deposed":"0badcafe"`)), UnknownAction, "deposed", showWith(row("aws_x.a", `"delete"`, `"deposed":"0badcafe"`)), Want{}},
		"no address":       {showWith(`{"change":{"actions":["create"]}}`), Malformed, "no address", showWith(create), Want{}},
		"bad address":      {showWith(row("aws_x", `"create"`)), Malformed, `"aws_x"`, showWith(create), Want{}},
		"no change":        {showWith(`{"address":"aws_x.a"}`), Malformed, "no change", showWith(create), Want{}},
		"row twice":        {showWith(create + "," + create), DuplicateRow, "aws_x.a twice", showWith(create + "," + row("aws_x.b", `"create"`)), Want{}},
		"deposed twice": {showWith(row("aws_x.a", `"delete"`, `"deposed":"0badcafe"`) + "," + row("aws_x.a", `"delete"`, `"deposed":"0badcafe"`)), DuplicateRow, "aws_x.a",
			showWith(row("aws_x.a", `"delete"`) + "," + row("aws_x.a", `"delete"`, `"deposed":"0badcafe"`) + "," + row("aws_x.a", `"delete"`, `"deposed":"1badcafe"`)), Want{}},
		"key twice":          {showWith(`{"address":"aws_x.a","address":"aws_x.b","change":{"actions":["create"]}}`), Malformed, `"address" twice`, showWith(`{"address":"aws_x.a","name":"a","name":"b","change":{"actions":["create"]}}`), Want{}},
		"actions twice":      {showWith(`{"address":"aws_x.a","change":{"actions":["no-op"],"actions":["delete"]}}`), Malformed, `"actions" twice`, showWith(`{"address":"aws_x.a","change":{"actions":["delete"]}}`), Want{}},
		"section twice":      {showWith(create, `"resource_changes":[]`), Malformed, "two sections", showWith(create, `"resource_drift":[]`), Want{}},
		"errored":            {showWith(create, `"errored":true`), ErroredPlan, "planning failed", showWith(create, `"errored":false`), Want{}},
		"incomplete":         {showWith(create, `"complete":false`), IncompletePlan, "-target", showWith(create, `"complete":true`), Want{}},
		"incomplete allowed": {showWith(create, `"complete":false`, `"errored":true`), ErroredPlan, "failed", showWith(create, `"complete":false`), Want{AllowIncomplete: true}},
		"not applicable":     {showWith(create, `"applyable":false`), NotApplicable, "can't be applied", showWith(row("aws_x.a", `"no-op"`), `"applyable":false`), Want{}},
		"deferred":           {showWith(create, `"complete":false`, `"deferred_changes":[{"reason":"absent_prereq","resource_change":`+row("aws_x.b", `"create"`)+`}]`), DeferredChanges, "puts off 1", showWith(create, `"deferred_changes":[]`), Want{}},
		"deferred action":    {showWith(create, `"deferred_action_invocations":[{"reason":"absent_prereq","action_invocation":{"address":"action.x.y"}}]`), DeferredChanges, "puts off 1", showWith(create, `"action_invocations":[{"address":"action.x.y"}]`), Want{}},
		"cut short":          {strings.TrimSuffix(showWith(create), "}"), Truncated, "cut short", showWith(create), Want{}},
		"broken where nobody looks": {strings.Replace(showWith(create), `"planned_values":{}`, `"planned_values":{"a":[1,2}}`, 1), Malformed, "byte",
			strings.Replace(showWith(create), `"planned_values":{}`, `"planned_values":{"a":[1,2]}`, 1), Want{}},
		"trailing bytes":      {showWith(create) + "\n{}", TrailingBytes, "follows", showWith(create) + "\n \n", Want{}},
		"trailing text":       {showWith(create) + "\nReleasing state lock.", TrailingBytes, "follows", showWith(create) + "\n::debug::exit code 0\n", Want{}},
		"broken UTF-8":        {strings.Replace(showWith(create), "aws_x.a", "aws_x.a\xff", 1), Malformed, "UTF-8", strings.Replace(showWith(create), "aws_x.a", "aws_x.aé", 1), Want{}},
		"stream unfinished":   {noSummary, NoSummary, "before its summary", noSummary + sumLine, Want{}},
		"stream with error":   {noSummary + sumLine + errorLine, ErroredPlan, "reports an error", noSummary + sumLine + warnLine, Want{}},
		"stream error first":  {versionLine + errorLine + createLine + sumLine, ErroredPlan, "reports an error", versionLine + warnLine + createLine + sumLine, Want{}},
		"stream lost a line":  {versionLine + sumLine, Malformed, "do not add up", noSummary + sumLine, Want{}},
		"stream cut":          {noSummary + strings.TrimSuffix(sumLine, "}\n"), Truncated, "cut short", noSummary + strings.TrimSuffix(sumLine, "\n"), Want{}},
		"stream of an apply":  {noSummary + strings.Replace(sumLine, `"plan"`, `"apply"`, 1), NotAPlan, "of an apply", noSummary + sumLine, Want{}},
		"stream unknown verb": {strings.Replace(noSummary, `"create"`, `"explode"`, 1) + sumLine, UnknownAction, "explode", noSummary + sumLine, Want{}},
		"stream noop": {strings.Replace(noSummary, `"create"`, `"noop"`, 1) + strings.Replace(sumLine, `"add":1`, `"add":0`, 1), UnknownAction, "aws_x.a",
			strings.Replace(noSummary, `"action":"create"`, `"action":"import","importing":{}`, 1) + strings.Replace(sumLine, `"add":1,"change":0,"import":0`, `"add":0,"change":0,"import":1`, 1), Want{}},
		"stream row twice": {noSummary + createLine + strings.Replace(sumLine, `"add":1`, `"add":2`, 1), DuplicateRow, "aws_x.a",
			noSummary + strings.Replace(createLine, "aws_x.a", "aws_x.b", 1) + strings.Replace(sumLine, `"add":1`, `"add":2`, 1), Want{}},
		"stream deposed and replaced": {string(fixture(t, "terraform-1.11/deposed_and_replaced.stream.jsonl")), DuplicateRow, "terraform_data.a", string(fixture(t, "terraform-1.11/deposed.stream.jsonl")), Want{}},
		"stream -target":              {string(fixture(t, "terraform-1.11/target.stream.jsonl")), IncompletePlan, "part", string(fixture(t, "terraform-1.11/forget.stream.jsonl")), Want{}},
		"stream unknown message":      {noSummary + strings.Replace(createLine, "planned_change", "planned_teleport", 1) + sumLine, UnknownFormat, "planned_teleport", noSummary + strings.Replace(createLine, "planned_change", "log", 1) + sumLine, Want{}},
		"stream deferred":             {noSummary + strings.Replace(createLine, "planned_change", "deferred_change", 1) + sumLine, DeferredChanges, "puts off 1", noSummary + strings.Replace(createLine, "planned_change", "resource_drift", 1) + sumLine, Want{}},
		"two streams":                 {noSummary + sumLine + sumLine, Malformed, "two summaries", noSummary + sumLine, Want{}},
	}
	for name, test := range tests {
		want := test.want
		_, _, err := read([]byte(test.bad), &want)
		var r *Refusal
		if !errors.As(err, &r) || r.Code != test.code || !strings.Contains(r.Error(), test.why) || r.Do == "" {
			t.Errorf("%s: %v, want %s with %q", name, err, test.code, test.why)
		}
		if _, _, err := read([]byte(test.good), &want); err != nil {
			t.Errorf("%s: the nearest good one is refused: %v", name, err)
		}
	}
}

// TestEncodingsAndWrappers proves that what shells and CI actions do to a
// plan on its way is undone.
func TestEncodingsAndWrappers(t *testing.T) {
	plain := showWith(row(`aws_x.a["é😀"]`, `"create"`))
	stream := noSummary + sumLine
	wrapped := "\n[command]/opt/hostedtoolcache/terraform-bin show -json plan.tfplan\n"
	for name, text := range map[string]string{
		"UTF-8 with BOM":       "\xef\xbb\xbf" + plain,
		"UTF-16 LE":            utf16Text(plain, false, true),
		"UTF-16 LE no BOM":     utf16Text(plain, false, false),
		"UTF-16 BE":            utf16Text(plain, true, true),
		"UTF-16 stream":        utf16Text(stream, false, true),
		"CRLF stream":          strings.ReplaceAll(stream, "\n", "\r\n"),
		"setup-terraform":      wrapped + plain + "\n::debug::Terraform exited with code 0.\n::debug::stdout: {}%0A\n::set-output name=exitcode::0\n",
		"setup-terraform, %0A": wrapped + plain + "%0A\n::set-output name=stderr::\n",
		"wrapped stream":       wrapped + stream + "::debug::exitcode: 0\n",
		"wrapper between":      versionLine + "::debug::x\n" + createLine + sumLine,
		"indented":             strings.ReplaceAll(plain, ",", ",\n\t "),
	} {
		if _, got, err := read([]byte(text), &Want{}); err != nil || got[Create] != 1 {
			t.Errorf("%s: %v (%v)", name, got, err)
		}
	}
}

func utf16Text(s string, big, bom bool) string {
	units := utf16.Encode([]rune(s))
	if bom {
		units = append([]uint16{0xfeff}, units...)
	}
	var b []byte
	for _, u := range units {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// TestOddOrders proves that a plan is understood when a tool has sorted its
// keys or taken out what is empty.
func TestOddOrders(t *testing.T) {
	for name, text := range map[string]string{
		"sorted keys":           `{"complete":true,"errored":false,"format_version":"1.2","resource_changes":[{"address":"aws_x.a","change":{"after":{"b":1},"actions":["create"]},"type":"aws_x"}]}`,
		"nulls":                 `{"format_version":"1.2","planned_values":null,"resource_drift":null,"output_changes":null,"resource_changes":[` + row("aws_x.a", `"create"`, `"previous_address":null`, `"deposed":null`) + `]}`,
		"change before address": `{"format_version":"1.2","resource_changes":[{"change":{"after":null,"before":{"a":1},"actions":["create"]},"address":"aws_x.a"}]}`,
	} {
		if _, got, err := read([]byte(text), &Want{Digest: true}); err != nil || got[Create] != 1 {
			t.Errorf("%s: %v (%v)", name, got, err)
		}
	}
}

// wireMessage builds protocol buffers messages by hand.
type wireMessage []byte

func (m wireMessage) num(field protowire.Number, v uint64) wireMessage {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), v)
}

func (m wireMessage) bytes(field protowire.Number, v []byte) wireMessage {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), v)
}

// zipped is a plan file with that message and, unless left out, the other
// members that it needs.
func zipped(plan []byte, leaveOut string, lock string) []byte {
	return zippedAll(plan, `{"version":4}`, leaveOut, lock)
}

// zippedWith is zipped with that state in it.
func zippedWith(plan []byte, state string) []byte { return zippedAll(plan, state, "", "") }

func zippedAll(plan []byte, state, leaveOut, lock string) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range []struct{ name, text string }{{"tfplan", string(plan)}, {"tfstate", state}, {"tfstate-prev", state}, {".terraform.lock.hcl", lock}} {
		if f.name == leaveOut {
			continue
		}
		m, err := w.Create(f.name)
		if err == nil {
			_, err = io.WriteString(m, f.text)
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// binaryRow is a ResourceInstanceChange with values that fit the action.
func binaryRow(address string, action uint64) wireMessage {
	change := wireMessage{}.num(1, action)
	_, count, ok := planAction(action)
	if !ok {
		count = 1
	}
	for range count {
		change = change.bytes(2, wireMessage{}.bytes(1, []byte{0xc0}))
	}
	return wireMessage{}.bytes(13, []byte(address)).bytes(8, []byte(`provider["registry.terraform.io/hashicorp/aws"]`)).bytes(9, change)
}

// binaryPlan is a plan of these rows as Terraform would write it.
func binaryPlan(rows ...wireMessage) wireMessage {
	m := wireMessage{}.num(1, 3)
	for _, r := range rows {
		m = m.bytes(3, r)
	}
	return m.bytes(13, wireMessage{}.bytes(1, []byte("local"))).bytes(14, []byte("1.11.4")).bytes(21, []byte("2026-11-20T12:00:00Z")).num(25, 1).num(26, 1)
}

// TestPlanFileRefusals is TestRefusals for what only a plan file can have.
func TestPlanFileRefusals(t *testing.T) {
	row := binaryRow("aws_x.a", 1)
	good := zipped(binaryPlan(row), "", "")
	deferred := wireMessage{}.bytes(1, wireMessage{}.num(1, 5)).bytes(2, binaryRow("aws_x.b", 1))
	whole := fixture(t, "terraform-1.11/everything.plan.bin")
	tests := map[string]struct {
		bad  []byte
		code Code
		why  string
		good []byte
	}{
		"other archive":    {zipped(nil, "tfplan", ""), NotAPlan, "zip archive", good},
		"no state":         {zipped(binaryPlan(row), "tfstate", ""), Malformed, "tfstate", good},
		"no earlier state": {zipped(binaryPlan(row), "tfstate-prev", ""), Malformed, "tfstate-prev", good},
		"another format":   {zipped(wireMessage{}.num(1, 4).bytes(3, row), "", ""), UnknownFormat, "-via-show", good},
		"no format":        {zipped(binaryPlan(row)[2:], "", ""), UnknownFormat, "format", good},
		"unknown action":   {zipped(binaryPlan(binaryRow("aws_x.a", 11)), "", ""), UnknownAction, "action 11", zipped(binaryPlan(binaryRow("aws_x.a", 10)), "", "")},
		"unused action":    {zipped(binaryPlan(binaryRow("aws_x.a", 4)), "", ""), UnknownAction, "action 4", zipped(binaryPlan(binaryRow("aws_x.a", 5)), "", "")},
		"unknown reason":   {zipped(binaryPlan(binaryRow("aws_x.a", 5).num(12, 99)), "", ""), UnknownFormat, "reason 99", zipped(binaryPlan(binaryRow("aws_x.a", 5).num(12, 4)), "", "")},
		"unknown mode":     {zipped(binaryPlan(row).num(17, 3), "", ""), UnknownFormat, "mode 3", zipped(binaryPlan(row).num(17, 2), "", "")},
		"bad address":      {zipped(binaryPlan(binaryRow("aws_x", 1)), "", ""), Malformed, `"aws_x"`, good},
		"row twice":        {zipped(binaryPlan(row, row), "", ""), DuplicateRow, "aws_x.a", zipped(binaryPlan(row, binaryRow("aws_x.b", 1)), "", "")},
		"errored":          {zipped(binaryPlan(row).num(20, 1), "", ""), ErroredPlan, "failed", good},
		"incomplete":       {zipped(binaryPlan(row).num(26, 0), "", ""), IncompletePlan, "part", good},
		"target":           {zipped(binaryPlan(row).bytes(5, []byte("aws_x.a")), "", ""), IncompletePlan, "part", good},
		"not applicable":   {zipped(binaryPlan(row).num(25, 0), "", ""), NotApplicable, "can't be applied", good},
		"deferred":         {zipped(binaryPlan(row).bytes(27, deferred), "", ""), DeferredChanges, "puts off 1", good},
		"no time":          {zipped(binaryPlan(row).bytes(21, []byte("now")), "", ""), Malformed, "lacks", good},
		"no backend":       {zipped(wireMessage{}.num(1, 3).bytes(14, []byte("1.11.4")).bytes(21, []byte("2026-11-20T12:00:00Z")).num(26, 1), "", ""), Malformed, "lacks", good},
		"values missing":   {zipped(binaryPlan(wireMessage{}.bytes(13, []byte("aws_x.a")).bytes(8, []byte(`provider["a/b/c"]`)).bytes(9, wireMessage{}.num(1, 1))), "", ""), Malformed, "broken", good},
		"values broken":    {zipped(binaryPlan(wireMessage{}.bytes(13, []byte("aws_x.a")).bytes(8, []byte(`provider["a/b/c"]`)).bytes(9, wireMessage{}.num(1, 1).bytes(2, wireMessage{}.bytes(1, []byte{0x92, 0xc0})))), "", ""), Malformed, "MessagePack", good},
		"bad provider":     {zipped(binaryPlan(wireMessage{}.bytes(13, []byte("aws_x.a")).bytes(8, []byte(`provider["a/b"]`)).bytes(9, wireMessage{}.num(1, 1).bytes(2, wireMessage{}.bytes(1, []byte{0xc0})))), "", ""), Malformed, "broken", good},
		"broken elsewhere": {zipped(binaryPlan(row).bytes(19, []byte{0x12, 0x05}), "", ""), Malformed, "protocol buffers", zipped(binaryPlan(row).bytes(19, []byte{0x12, 0x00}), "", "")},
		"not UTF-8":        {zipped(binaryPlan(row).bytes(15, []byte{0x0a, 0x01, 0xff}), "", ""), Malformed, "protocol buffers", zipped(binaryPlan(row).bytes(15, []byte{0x0a, 0x01, 'x'}), "", "")},
		"not a message":    {zipped([]byte{0x08, 0x03, 0x1a, 0x7f, 0x01}, "", ""), Truncated, "cut short", good},
		"cut short":        {whole[:len(whole)-30], Truncated, "cut short", whole},
		"one bit":          {flip(whole, 200), Malformed, "broken", whole},
		"state cut short":  {zippedWith(binaryPlan(row), `{"version":4`), Malformed, "tfstate", good},
		"state empty":      {zippedWith(binaryPlan(row), ``), Malformed, "tfstate", good},
		"no version":       {zippedWith(binaryPlan(row), `{}`), Malformed, "no state", good},
		"two states":       {zippedWith(binaryPlan(row), `{"version":4}{}`), Malformed, "the end", zippedWith(binaryPlan(row), `{"version":4}`+"\n")},
		"state damaged":    {flip(whole, memberAt(t, whole, "tfstate")+8), Malformed, "broken", whole},
	}
	for name, test := range tests {
		_, _, err := read(test.bad, &Want{})
		var r *Refusal
		if !errors.As(err, &r) || r.Code != test.code || !strings.Contains(r.Error(), test.why) || r.Do == "" {
			t.Errorf("%s: %v, want %s with %q", name, err, test.code, test.why)
		}
		if _, _, err := read(test.good, &Want{}); err != nil {
			t.Errorf("%s: the nearest good one is refused: %v", name, err)
		}
	}
	silent := binaryPlan(row).num(25, 0).num(26, 0)
	for lock, want := range map[string]bool{`# maintained by "tofu init".`: true, ``: true, `# maintained by "terraform init".`: false, `provider "registry.terraform.io/a/b" {}`: false} {
		if _, _, err := read(zipped(silent, "", lock), &Want{}); (err == nil) != want {
			t.Errorf("%q: a plan that does not say whether it is complete: %v", lock, err)
		}
	}
	if _, err := ReadPlan(File{Reader: bytes.NewReader(good)}, &Want{}, nil); err == nil {
		t.Error("a plan file is read from a pipe")
	}
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0x10
	return b
}

// memberAt is where the data of a member starts in an archive.
func memberAt(t *testing.T, b []byte, name string) int {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if f.Name == name {
			at, err := f.DataOffset()
			if err != nil {
				t.Fatal(err)
			}
			return int(at)
		}
	}
	t.Fatalf("no member %s", name)
	return 0
}
