package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// account is the one type of the bank, the cloud that these tests make up.
type account struct {
	sandbox.Meta
	Balance  int              `json:"balance"`
	Progress sandbox.Progress `json:"progress"`
}

var accounts = sandbox.NewTable[account]("bank", "ledger/account")

// bank has three calls: POST /ID adds one to an account's balance, GET /ID
// reads it, PATCH /ID adds one and then refuses. HEAD /ID keeps what it added
// although it refuses. TRACE /ID panics.
type bank struct{}

func (bank) Cloud() string { return "bank" }

func (bank) Identify(r *http.Request, _ []byte) (*sandbox.Call, bool) {
	return &sandbox.Call{Service: "ledger", Operation: r.Method, Write: r.Method != http.MethodGet}, r.URL.Host == "bank.example"
}

func (bank) Serve(tx *sandbox.Tx, call *sandbox.Call) (*sandbox.Response, error) {
	id := strings.TrimPrefix(call.Request.URL.Path, "/")
	a, ok := accounts.Get(tx, "", id)
	if !ok {
		a = &account{Meta: sandbox.Meta{ID: id}}
	}
	if call.Request.Method == http.MethodTrace {
		panic("out of ink")
	}
	call.Object = id
	if call.Write {
		a.Balance++
		accounts.Put(tx, a)
	}
	status := http.StatusOK
	if call.Request.Method == http.MethodPatch || call.Request.Method == http.MethodHead {
		status, call.Code, call.Keep = http.StatusConflict, "Refused", call.Request.Method == http.MethodHead
	}
	return &sandbox.Response{Status: status, Body: fmt.Append(nil, a.Balance)}, nil
}

func (bank) Fault(call *sandbox.Call, status int, code, message string) *sandbox.Response {
	call.Code = code
	return &sandbox.Response{Status: status, Body: []byte(message)}
}

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, path string, change ...func(*sandbox.Options)) *sandbox.Sandbox {
	t.Helper()
	options := sandbox.Options{APIs: []sandbox.API{bank{}}, Seed: 42, Now: func() time.Time { return noon }}
	for _, c := range change {
		c(&options)
	}
	box, err := sandbox.Open(path, options)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func call(t testing.TB, box *sandbox.Sandbox, method, id string) (status int, body string, err error) {
	t.Helper()
	return callWith(context.Background(), t, box, method, id)
}

func callWith(ctx context.Context, t testing.TB, box *sandbox.Sandbox, method, id string) (status int, body string, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, "https://bank.example/"+id, strings.NewReader("the pin is 1234"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "secret-credential")
	answer, err := box.Transport().RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(raw), nil
}

func balance(t testing.TB, box *sandbox.Sandbox, id, want string) {
	t.Helper()
	if _, got, err := call(t, box, http.MethodGet, id); err != nil || got != want {
		t.Errorf("the balance of %s is %q (%v), want %s", id, got, err, want)
	}
}

// TestTransactions proves what stays of a call: all of one that succeeds,
// nothing of one that refuses or breaks, all of one that refuses and keeps.
func TestTransactions(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"))
	for _, c := range []struct {
		method string
		status int
		after  string
	}{
		{http.MethodPost, 200, "1"}, {http.MethodPatch, 409, "1"}, {http.MethodTrace, 500, "1"},
		{http.MethodHead, 409, "2"}, {http.MethodPost, 200, "3"},
	} {
		status, _, err := call(t, box, c.method, "a")
		if err != nil || status != c.status {
			t.Errorf("%s answers %d (%v), want %d", c.method, status, err, c.status)
		}
		balance(t, box, "a", c.after)
	}
}

// TestSeveralProcesses proves that openers of one file see one cloud: no
// write is lost, whoever makes it, and what each has in memory is never older
// than the file. Every opener has its own lock and copy, as a process would.
func TestSeveralProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "box.json")
	const openers, each = 4, 50
	var group sync.WaitGroup
	for range openers {
		box := open(t, path)
		group.Go(func() {
			for range each {
				if _, _, err := call(t, box, http.MethodPost, "a"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	first := open(t, path)
	group.Wait()
	balance(t, first, "a", fmt.Sprint(openers*each))
	balance(t, open(t, path), "a", fmt.Sprint(openers*each))
	lines := 0
	if err := first.Journal(func(sandbox.Entry) error { lines++; return nil }); err != nil {
		t.Fatal(err)
	}
	if want := openers*each + 2; lines != want {
		t.Errorf("the journal has %d lines, want %d", lines, want)
	}
}

// TestRealm proves that a store keeps its realm through openers, that two
// stores differ unless they have the same seed, and that a reset makes
// another cloud in the eyes of those who have it open.
func TestRealm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	realm := func(box *sandbox.Sandbox) string {
		id, err := box.Realm()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	random := func(o *sandbox.Options) { o.Seed = 0 }
	one, again := open(t, filepath.Join(dir, "1.json"), random), open(t, filepath.Join(dir, "1.json"), random)
	other := open(t, filepath.Join(dir, "2.json"), random)
	if realm(one) != realm(again) || realm(one) == realm(other) {
		t.Errorf("realms are %s, %s and %s; want two equal ones and another", realm(one), realm(again), realm(other))
	}
	if seeded := open(t, filepath.Join(dir, "3.json")); realm(seeded) != realm(open(t, filepath.Join(dir, "4.json"))) {
		t.Error("two stores with one seed have two realms")
	}
	if _, _, err := call(t, one, http.MethodPost, "a"); err != nil {
		t.Fatal(err)
	}
	before := realm(one)
	if err := again.Reset(true); err != nil {
		t.Fatal(err)
	}
	if realm(one) != before {
		t.Error("a reset that keeps the realm did not keep it")
	}
	balance(t, one, "a", "0")
	if err := sandbox.Erase(one.Path()); err != nil {
		t.Fatal(err)
	}
	if realm(one) == before {
		t.Error("an erased cloud came back with its old realm")
	}
}

// TestSeededIDs proves that ids repeat for a seed and a history, and differ
// from each other.
func TestSeededIDs(t *testing.T) {
	t.Parallel()
	ids := func(name string) (out []string) {
		err := open(t, filepath.Join(t.TempDir(), name)).Update(func(tx *sandbox.Tx) error {
			for range 100 {
				out = append(out, tx.Hex(17), tx.UUID(), fmt.Sprint(tx.Number(1<<40)))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := ids("a.json")
	if fmt.Sprint(first) != fmt.Sprint(ids("b.json")) {
		t.Error("the same seed gave other ids")
	}
	seen := map[string]bool{}
	for _, id := range first {
		if seen[id] {
			t.Errorf("%s was given twice", id)
		}
		seen[id] = true
	}
}

// TestBrokenFile proves that a file that is no store is neither used nor
// overwritten, and that erasing it is the way out.
func TestBrokenFile(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{", `{"format": 99}`, `{"format": 1, "clock_offset": "soon"}`, "not json"} {
		path := filepath.Join(t.TempDir(), "box.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := sandbox.Open(path, sandbox.Options{})
		if err == nil || !strings.Contains(err.Error(), "reset") {
			t.Errorf("open of %q: %v; want an error that names the way out", content, err)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != content {
			t.Errorf("a broken file %q became %q (%v)", content, left, err)
		}
		if err := sandbox.Erase(path); err != nil {
			t.Fatal(err)
		}
		open(t, path)
	}
}

// TestFileBehindTheBack proves that a file that a person put in place is
// seen, although nobody told the lock file.
func TestFileBehindTheBack(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"))
	if _, _, err := call(t, box, http.MethodPost, "a"); err != nil {
		t.Fatal(err)
	}
	saved, err := os.ReadFile(box.Path())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := call(t, box, http.MethodPost, "a"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(box.Path()+".copy", saved, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(box.Path()+".copy", box.Path()); err != nil {
		t.Fatal(err)
	}
	balance(t, box, "a", "1")
}

// TestNothingSecretIsKept proves that neither store nor journal holds bodies
// or headers of requests.
func TestNothingSecretIsKept(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"))
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodTrace} {
		if _, _, err := call(t, box, method, "a"); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{box.Path(), box.JournalPath()} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("1234")) || bytes.Contains(content, []byte("credential")) {
			t.Errorf("%s holds what a request said:\n%s", path, content)
		}
	}
}

// TestJournal proves that every call has one line, in order, refused ones and
// dropped ones too.
func TestJournal(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"))
	if _, err := box.AddFault(sandbox.Fault{Operation: "DELETE", Drop: "before"}); err != nil {
		t.Fatal(err)
	}
	if err := box.Advance(48 * time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodGet, http.MethodDelete} {
		_, _, _ = call(t, box, method, "a") // the last one is dropped
	}
	var got []string
	err := box.Journal(func(e sandbox.Entry) error {
		if !e.Time.Equal(noon.Add(48 * time.Hour)) {
			t.Errorf("a line has the time %s; the clock was advanced by two days", e.Time)
		}
		got = append(got, fmt.Sprintf("%s %s %d %s %v %d", e.Service, e.Operation, e.Status, e.Code, e.Write, e.Fault))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ledger POST 200  true 0", "ledger PATCH 409 Refused true 0", "ledger GET 200  false 0", "ledger DELETE 0  true 1"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the journal reads\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestUnknownHost proves that a request to nobody's host is an error here and
// not a request to the network.
func TestUnknownHost(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"))
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://real-bank.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := box.Transport().RoundTrip(request)
	if err == nil {
		t.Fatalf("a foreign host answers %d", errors.Join(answer.Body.Close(), fmt.Errorf("%d", answer.StatusCode)))
	}
	if !strings.Contains(err.Error(), "real-bank.example") {
		t.Errorf("the error does not name the host: %v", err)
	}
}

// TestFaults proves what each kind of rule does, to the caller and to the
// cloud: status and drop before leave nothing behind, drop after and crash
// after leave everything.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		fault   sandbox.Fault
		status  int    // of the first call; 0: the connection breaks
		balance string // after it
		crashed bool
	}{
		{"status", sandbox.Fault{Status: 503, Code: "Slow"}, 503, "0", false},
		{"drop before", sandbox.Fault{Drop: "before"}, 0, "0", false},
		{"drop after", sandbox.Fault{Drop: "after"}, 0, "1", false},
		{"crash before", sandbox.Fault{Crash: "before"}, 0, "0", true},
		{"crash after", sandbox.Fault{Crash: "after"}, 0, "1", true},
		{"other operation", sandbox.Fault{Operation: "PUT", Status: 503}, 200, "1", false},
		{"other region", sandbox.Fault{Region: "eu-*", Status: 503}, 200, "1", false},
		{"second call", sandbox.Fault{Nth: 2, Status: 503}, 200, "1", false},
		{"writes only", sandbox.Fault{Write: true, Service: "led*", Status: 503}, 503, "0", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			crashed := false
			box := open(t, filepath.Join(t.TempDir(), "box.json"), func(o *sandbox.Options) {
				o.Crash = func() { crashed = true; panic("crash") }
			})
			c.fault.Operation = firstOf(c.fault.Operation, "POST")
			if _, err := box.AddFault(c.fault); err != nil {
				t.Fatal(err)
			}
			status := 0
			func() {
				defer func() { _ = recover() }() // of a crash
				got, _, err := call(t, box, http.MethodPost, "a")
				status = got
				if c.fault.Drop != "" && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("a dropped call gives %v; SDKs retry a reset connection", err)
				}
			}()
			if status != c.status || crashed != c.crashed {
				t.Errorf("the call answers %d, crashed %v; want %d, %v", status, crashed, c.status, c.crashed)
			}
			balance(t, box, "a", c.balance)
		})
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// TestFaultTimes proves that a rule fires on exactly the calls that it names,
// counted over all openers.
func TestFaultTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		nth, times int
		want       string
	}{
		{0, 0, "x....."}, {1, 2, "xx...."}, {3, 2, "..xx.."}, {4, -1, "...xxx"}, {9, 0, "......"},
	} {
		path := filepath.Join(t.TempDir(), "box.json")
		one, two := open(t, path), open(t, path)
		if _, err := one.AddFault(sandbox.Fault{Status: 500, Nth: c.nth, Times: c.times}); err != nil {
			t.Fatal(err)
		}
		got := ""
		for i := range 6 {
			status, _, err := call(t, []*sandbox.Sandbox{one, two}[i%2], http.MethodPost, "a")
			if err != nil {
				t.Fatal(err)
			}
			got += map[int]string{200: ".", 500: "x"}[status]
		}
		if got != c.want {
			t.Errorf("nth %d, times %d: calls went %s, want %s", c.nth, c.times, got, c.want)
		}
	}
}

// TestFaultContains proves that a rule with a text counts and stops only the
// calls that hold it.
func TestFaultContains(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"))
	if _, err := box.AddFault(sandbox.Fault{Status: 500, Contains: "/west", Nth: 2}); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, account := range []string{"west", "east", "east", "west", "west"} {
		status, _, err := call(t, box, http.MethodPost, account)
		if err != nil {
			t.Fatal(err)
		}
		got += map[int]string{200: ".", 500: "x"}[status]
	}
	if want := "...x."; got != want {
		t.Errorf("calls went %s, want %s", got, want)
	}
}

// TestDelay proves that a delayed call waits through the injected sleep, and
// that a caller who gives up leaves no trace.
func TestDelay(t *testing.T) {
	t.Parallel()
	var slept time.Duration
	box := open(t, filepath.Join(t.TempDir(), "box.json"), func(o *sandbox.Options) {
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			slept += d
			return ctx.Err()
		}
	})
	if _, err := box.AddFault(sandbox.Fault{Delay: sandbox.Duration(90 * time.Second), Times: -1, Operation: "POST"}); err != nil {
		t.Fatal(err)
	}
	if status, _, err := call(t, box, http.MethodPost, "a"); err != nil || status != 200 || slept != 90*time.Second {
		t.Errorf("a delayed call answers %d (%v) after %s", status, err, slept)
	}
	given, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := callWith(given, t, box, http.MethodPost, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call given up returns %v", err)
	}
	balance(t, box, "a", "1")
}

// TestFaultsThatDoNothing proves that rules which could never do anything, or
// not what they say, are refused.
func TestFaultsThatDoNothing(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"))
	for _, f := range []sandbox.Fault{
		{}, {Operation: "POST"}, {Status: 200}, {Status: 700}, {Code: "Slow"}, {Drop: "sometimes"}, {Crash: "yes"},
		{Status: 500, Operation: "["}, {Status: 500, Nth: -1}, {Delay: -1},
	} {
		if _, err := box.AddFault(f); err == nil {
			t.Errorf("the rule %+v was taken", f)
		}
	}
}

// TestStrict proves that strictness catches an operation that changes an
// object and forgets to put it back, and lets pass one that only reads.
func TestStrict(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"), func(o *sandbox.Options) { o.Strict = true })
	if _, _, err := call(t, box, http.MethodPost, "a"); err != nil {
		t.Fatal(err)
	}
	balance(t, box, "a", "1")
	defer func() {
		if recover() == nil {
			t.Error("a change that was not put back went unnoticed")
		}
	}()
	_ = box.Update(func(tx *sandbox.Tx) error {
		a, _ := accounts.Get(tx, "", "a")
		a.Balance = 1e6
		return nil
	})
}

// TestOrderAndPages proves that objects are listed in the order of their
// birth, also after replacement, deletion and a reload.
func TestOrderAndPages(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "box.json")
	box := open(t, path)
	for _, id := range []string{"c", "a", "d", "b", "a"} {
		if _, _, err := call(t, box, http.MethodPost, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := box.Remove("d"); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*sandbox.Sandbox{box, open(t, path)} {
		objects, err := b.Objects(false)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, o := range objects {
			ids = append(ids, o.ID)
		}
		if strings.Join(ids, " ") != "c a b" {
			t.Errorf("objects are %v, want c a b", ids)
		}
	}
}

// TestProgress proves that an operation takes its own polls and no others',
// and that settings override how many.
func TestProgress(t *testing.T) {
	t.Parallel()
	box := open(t, filepath.Join(t.TempDir(), "box.json"))
	steps := func(name string, def int) (n int) {
		err := box.Update(func(tx *sandbox.Tx) error {
			p := tx.Steps(name, def)
			for done := p.Left == 0; !done; n++ {
				done, _ = p.Poll()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		set, value string
		a, b       int
	}{
		{"", "", 3, 5}, {"steps/a", "1", 1, 5}, {"steps", "0", 1, 0}, {"steps/a", "", 0, 0}, {"steps", "", 3, 5}, {"steps", "many", 3, 5},
	} {
		if c.set != "" {
			if err := box.Set(c.set, c.value); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := steps("a", 3), steps("b", 5); a != c.a || b != c.b {
			t.Errorf("after %s=%s, a takes %d polls and b %d; want %d and %d", c.set, c.value, a, b, c.a, c.b)
		}
	}
}

// BenchmarkCall measures one read and one write of a store with 2,000 objects.
func BenchmarkCall(b *testing.B) {
	box := open(b, filepath.Join(b.TempDir(), "box.json"))
	err := box.Update(func(tx *sandbox.Tx) error {
		for i := range 2000 {
			accounts.Put(tx, &account{Meta: sandbox.Meta{ID: fmt.Sprint(i), Tags: map[string]string{"a": strings.Repeat("b", 500)}}})
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		b.Run(method, func(b *testing.B) {
			for b.Loop() {
				_, _, _ = call(b, box, method, "7")
			}
		})
	}
}
