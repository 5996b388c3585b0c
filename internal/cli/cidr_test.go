package cli

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// sameDigits is no randomness: one process writes these ledgers.
func sameDigits(n int) string { return strings.Repeat("7", n) }

// runText runs the command line and returns what it prints.
func runText(t *testing.T, stdin string, args ...string) (out, complaint string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cio := IO{
		In: strings.NewReader(stdin), Out: &stdout, Err: &stderr, Getenv: func(string) string { return "" },
		Now:    func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
		Random: sameDigits,
	}
	code = Run(t.Context(), args, cio, App{})
	return stdout.String(), stderr.String(), code
}

// stateJSON is "terraform show -json" of a pool in a module, laid out by the
// planner itself.
func stateJSON(t *testing.T) string {
	t.Helper()
	request := cidr.PoolRequest{
		Supernets:   map[string]netip.Prefix{"10.64.0.0/12": netip.MustParsePrefix("10.64.0.0/12")},
		Reserved:    map[string][]netip.Prefix{"onprem": {netip.MustParsePrefix("10.64.0.0/14")}},
		Allocations: map[string]cidr.Allocation{"shop-eu": {Bits: 16, Headroom: 1}, "pay${x}": {Bits: 20}},
	}
	layout, problems := cidr.PlanPool(request, cidr.PoolState{})
	if cidr.HasErrors(problems) {
		t.Fatal(problems)
	}
	memory, err := layout.Memory()
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for key, block := range layout.Blocks {
		blocks[key] = block.CIDR.String()
	}
	values := map[string]any{
		"cidrs": []string{"10.64.0.0/12"}, "reserved": map[string]any{"onprem": []string{"10.64.0.0/14"}}, "owner": "red",
		"allocations": map[string]any{"shop-eu": map[string]any{"prefix_length": 16, "headroom": 1, "cidr": nil}, "pay${x}": map[string]any{"prefix_length": 20}},
		"layout":      memory, "blocks": blocks,
	}
	module := map[string]any{"resources": []any{map[string]any{"address": "module.net.kready_cidr_pool.corp", "type": "kready_cidr_pool", "values": values}}}
	text, err := json.Marshal(map[string]any{
		"format_version": "1.0", "values": map[string]any{"root_module": map[string]any{"child_modules": []any{module}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCIDRMap proves that the map names every range with its use and owner,
// covers the space, and says when it will be full.
func TestCIDRMap(t *testing.T) {
	t.Parallel()
	out, complaint, code := runText(t, stateJSON(t), "cidr", "map", "-state", "-", "-bits", "16", "-per-year", "2")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, complaint)
	}
	for _, want := range []string{
		"10.64.0.0/12:", `reserved    reserved["onprem"]`, `10.68.0.0/16`, `allocations["shop-eu"]`, "held", "free",
		"9 more /16 fit, at 2 a year it is full in 4.5 years, in May 2031",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestCIDRMapSVG proves that the drawing is well-formed whatever keys are
// called, has a title for every segment, and lies inside its box.
func TestCIDRMapSVG(t *testing.T) {
	t.Parallel()
	state := strings.ReplaceAll(stateJSON(t), "pay${x}", "<&>")
	out, complaint, code := runText(t, state, "cidr", "map", "-state", "-", "-format", "svg")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, complaint)
	}
	decoder := xml.NewDecoder(strings.NewReader(out))
	titles := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "title" {
			titles++
		}
	}
	text, _, _ := runText(t, state, "cidr", "map", "-state", "-")
	if lines := strings.Count(text, "\n"); titles != lines { // one headline for the supernet, one title for the drawing
		t.Errorf("%d titles for %d lines of text", titles, lines)
	}
}

// TestCIDRExplain proves that a key is explained and another one refused.
func TestCIDRExplain(t *testing.T) {
	t.Parallel()
	out, complaint, code := runText(t, stateJSON(t), "cidr", "explain", "-state", "-", "shop-eu")
	if code != exitOK || !strings.Contains(out, "10.68.0.0/15 is held around it") {
		t.Errorf("exit code %d: %s%s", code, out, complaint)
	}
	if _, complaint, code = runText(t, stateJSON(t), "cidr", "explain", "-state", "-", "shop"); code != exitFailed || !strings.Contains(complaint, `"shop-eu"`) {
		t.Errorf("exit code %d: %s", code, complaint)
	}
}

// TestPins proves that pins, planned without any state, give every key the
// range that it had, and that a template in a key stays text.
func TestPins(t *testing.T) {
	t.Parallel()
	out, complaint, code := runText(t, stateJSON(t), "pins", "-state", "-")
	want := "allocations = {\n  \"pay$${x}\" = { cidr = \"10.70.0.0/20\" }\n  \"shop-eu\"  = { cidr = \"10.68.0.0/16\" }\n}\n"
	if code != exitOK || out != want {
		t.Errorf("exit code %d, got\n%s%s want\n%s", code, out, complaint, want)
	}
}

// testLedger is a ledger in a file with one living range, one in quarantine
// and one delegation.
func testLedger(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.json")
	opened, err := openLedger(IO{Now: time.Now, Random: sameDigits}, path)
	if err != nil {
		t.Fatal(err)
	}
	var change ledger.Change
	for _, r := range []struct {
		kind       ledger.Kind
		owner, key string
		cidr       string
	}{
		{ledger.KindAllocation, "red", "shop-eu", "10.68.0.0/16"},
		{ledger.KindTombstone, "red", "old", "10.72.0.0/16"},
		{ledger.KindDelegation, "blue", "main", "10.76.0.0/14"},
	} {
		prefix := netip.MustParsePrefix(r.cidr)
		change.Put = append(change.Put, ledger.Record{Owner: r.owner, Key: r.key, Kind: r.kind, CIDR: prefix, Held: prefix})
	}
	if _, err := opened.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCIDROrphans proves that what a state has is no orphan and the rest is.
func TestCIDROrphans(t *testing.T) {
	t.Parallel()
	out, complaint, code := runText(t, stateJSON(t), "cidr", "orphans", "-ledger", testLedger(t), "-state", "-")
	if code != exitFailed || strings.Contains(out, "shop-eu") || !strings.Contains(out, "10.72.0.0/16") || !strings.Contains(out, "10.76.0.0/14") {
		t.Errorf("exit code %d:\n%s%s", code, out, complaint)
	}
}

// TestCIDRRelease proves that nothing happens without -yes, that living ranges
// need -living, and that what is released is free and nothing else.
func TestCIDRRelease(t *testing.T) {
	t.Parallel()
	path := testLedger(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out, _, code := runText(t, "", "cidr", "release", "-ledger", path, "-owner", "red")
	if after, _ := os.ReadFile(path); code != exitOK || !strings.Contains(out, "10.72.0.0/16") || strings.Contains(out, "10.68.0.0/16") || !bytes.Equal(before, after) {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if _, _, code := runText(t, "", "cidr", "release", "-ledger", path, "-owner", "red", "-key", "shop-eu", "-yes"); code != exitFailed {
		t.Errorf("a living range was released with exit code %d", code)
	}
	if _, complaint, code := runText(t, "", "cidr", "release", "-ledger", path, "-owner", "red", "-yes"); code != exitOK {
		t.Errorf("exit code %d: %s", code, complaint)
	}
	out, _, code = runText(t, "", "cidr", "map", "-ledger", path, "-cidr", "10.64.0.0/12")
	if code != exitOK || strings.Contains(out, "quarantine") || !strings.Contains(out, `allocations["red/shop-eu"]`) {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	out, _, code = runText(t, "", "pins", "-ledger", path, "-owner", "red")
	if code != exitOK || !strings.Contains(out, `"shop-eu" = { cidr = "10.68.0.0/16" }`) {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestCIDRRefuses proves that what can't be done ends with exit code 2 and says
// what to give.
func TestCIDRRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stdin string
		args  []string
		want  string
	}{
		{"", []string{"cidr"}, "explain"},
		{"", []string{"cidr", "draw"}, `there is no "draw"`},
		{"", []string{"cidr", "map"}, "give -state"},
		{"", []string{"cidr", "map", "-state", "-", "-bits", "16"}, "-per-year"},
		{`{"version": 4, "serial": 3}`, []string{"cidr", "map", "-state", "-"}, "terraform show -json"},
		{`{"format_version": "1.0"}`, []string{"cidr", "map", "-state", "-"}, "no kready_cidr_pool"},
		{"", []string{"cidr", "release", "-ledger", "x"}, "-owner"},
		{"", []string{"cidr", "orphans", "-ledger", "x"}, "-state"},
		{"", []string{"cidr", "map", "-ledger", "ftp://x/y", "-cidr", "10.0.0.0/8"}, "ftp"},
		{"", []string{"pins", "-ledger", "x"}, "-owner"},
		{"", []string{"pins", "-place", "aws"}, "CLOUD/REGION"},
		{"", []string{"cidr", "inventory", "-cloud", "aws", "-cloud", "azure", "-region", "x"}, "-place"},
		{stateJSON(t), []string{"cidr", "map", "-state", "-", "-bits", "64", "-per-year", "1"}, "-bits 64"},
		{"", []string{"cidr", "map", "-ledger", filepath.Join(t.TempDir(), "none.json"), "-cidr", "10.0.0.0/8", "-bits", "4", "-per-year", "1"}, "nothing was ever written"},
	} {
		if _, complaint, code := runText(t, c.stdin, c.args...); code != exitUsage || !strings.Contains(complaint, c.want) {
			t.Errorf("%v: exit code %d, %s", c.args, code, complaint)
		}
	}
}

// TestLedgerConfig proves that every kind of place is read, and that a
// signature stays with its URL.
func TestLedgerConfig(t *testing.T) {
	t.Parallel()
	s3, err := ledgerConfig("s3://bucket/a/b.json?region=eu-west-1&endpoint_url=http://h:1")
	if err != nil || *s3.S3 != (ledger.S3Config{Bucket: "bucket", Key: "a/b.json", Region: "eu-west-1", EndpointURL: "http://h:1"}) {
		t.Errorf("got %+v, %v", s3.S3, err)
	}
	blob, err := ledgerConfig("https://a.blob.core.windows.net/c/d/e.json?sig=x")
	if err != nil || *blob.AzureBlob != (ledger.BlobConfig{ContainerURL: "https://a.blob.core.windows.net/c?sig=x", Blob: "d/e.json"}) {
		t.Errorf("got %+v, %v", blob.AzureBlob, err)
	}
}

// TestCIDRInventory proves that networks which overlap are named with exit
// code 1, that a network and its own ranges and subnets are no overlap, and
// that a region must be named.
func TestCIDRInventory(t *testing.T) {
	t.Parallel()
	listed := []cloud.NetworkRange{
		{CIDR: "10.0.0.0/16", Kind: cloud.RangeNetwork, Network: "vpc-1", ID: "vpc-1", Region: "eu-west-1"},
		{CIDR: "10.0.0.0/24", Kind: cloud.RangeSubnet, Network: "vpc-1", ID: "subnet-1", Region: "eu-west-1"},
		{CIDR: "10.1.0.0/16", Kind: cloud.RangeNetwork, Network: "vpc-2", ID: "vpc-2", Region: "eu-west-1"},
	}
	for _, c := range []struct {
		ranges []cloud.NetworkRange
		code   int
		want   string
	}{
		{listed, exitOK, "10.1.0.0/16  network"},
		{append(slices.Clone(listed), cloud.NetworkRange{CIDR: "10.1.128.0/17", Kind: cloud.RangePeer, Network: "vpc-3", ID: "pcx-1", Region: "eu-west-1"}), exitFailed, "10.1.128.0/17"},
	} {
		var out bytes.Buffer
		code := printInventory(IO{Out: &out, Err: &out}, c.ranges, false)
		if code != c.code || !strings.Contains(out.String(), c.want) || strings.Contains(out.String(), "subnet-1") || strings.Contains(out.String(), "overlaps") != (code == exitFailed) {
			t.Errorf("exit code %d:\n%s", code, out.String())
		}
	}
	if _, complaint, code := runText(t, "", "cidr", "inventory"); code != exitUsage || !strings.Contains(complaint, "-region") {
		t.Errorf("exit code %d: %s", code, complaint)
	}
}
