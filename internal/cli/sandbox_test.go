package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// thing is the one type of the cloud that these tests make up.
type thing struct {
	sandbox.Meta
	Color string `json:"color"`
}

var things = sandbox.NewTable[thing]("test", "paint/pot")

// paint is a cloud with two calls: PUT /NAME makes a pot, GET /NAME reads it.
type paint struct{}

func (paint) Cloud() string { return "test" }

func (paint) Identify(r *http.Request, _ []byte) (*sandbox.Call, bool) {
	return &sandbox.Call{Service: "paint", Operation: r.Method + "Pot", Write: r.Method == http.MethodPut}, true
}

func (paint) Serve(tx *sandbox.Tx, call *sandbox.Call) (*sandbox.Response, error) {
	id := strings.TrimPrefix(call.Request.URL.Path, "/")
	if call.Write {
		things.Put(tx, &thing{Meta: sandbox.Meta{ID: id, Name: "pot " + id, Tags: map[string]string{"owner": "me"}}, Color: "red"})
	}
	pot, ok := things.Get(tx, "", id)
	if !ok {
		return &sandbox.Response{Status: http.StatusNotFound}, nil
	}
	return &sandbox.Response{Status: http.StatusOK, Body: []byte(pot.Color)}, nil
}

func (paint) Fault(_ *sandbox.Call, status int, _, message string) *sandbox.Response {
	return &sandbox.Response{Status: status, Body: []byte(message)}
}

func (paint) Announce(_ string, at sandbox.Endpoint) []sandbox.Variable {
	return []sandbox.Variable{{Name: "# Paint dries."}, {Name: "PAINT_URL", Value: at.URL("http")}}
}

func (paint) Plants() map[string]string { return map[string]string{"drip": "a drip"} }

func (paint) Plant(tx *sandbox.Tx, _ string, arguments map[string]string) ([]sandbox.Object, error) {
	things.Put(tx, &thing{Meta: sandbox.Meta{ID: arguments["name"]}, Color: "blue"})
	return tx.Objects(true), nil
}

func openPaint(path string) (*sandbox.Sandbox, error) {
	return sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{paint{}}, Seed: 7})
}

// box runs subcommands against one state file.
type box struct {
	t    *testing.T
	path string
}

func (b box) run(want int, args ...string) string {
	b.t.Helper()
	var out, errs bytes.Buffer
	args = append(args, "-state", b.path)
	code := sandboxCommand(context.Background(), IO{In: strings.NewReader(""), Out: &out, Err: &errs}, args, openPaint)
	if code != want {
		b.t.Fatalf("sandbox %v: exit code %d, want %d\n%s%s", args, code, want, out.String(), errs.String())
	}
	return out.String()
}

// call sends one request in process.
func (b box) call(method, id string) (status int, body string) {
	b.t.Helper()
	opened, err := openPaint(b.path)
	if err != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, "http://paint.example/"+id, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := opened.Transport().RoundTrip(request)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

// TestSandboxShow proves the two forms of show, that an absent state file is
// an empty cloud and is not made by looking, and that fields are those that
// scripts are promised.
func TestSandboxShow(t *testing.T) {
	t.Parallel()
	b := box{t, filepath.Join(t.TempDir(), "state.json")}
	if got := b.run(exitOK, "show", "-json"); strings.Join(strings.Fields(got), "") != `{"objects":[]}` {
		t.Errorf("an absent sandbox shows %s", got)
	}
	if _, err := os.Stat(b.path); err == nil {
		t.Error("show made a state file")
	}
	b.call(http.MethodPut, "p1")
	var shown struct{ Objects []map[string]any }
	if err := json.Unmarshal([]byte(b.run(exitOK, "show", "-json")), &shown); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"cloud": "test", "type": "paint/pot", "id": "p1", "name": "pot p1", "tags": map[string]any{"owner": "me"}}
	if len(shown.Objects) != 1 || fmt.Sprint(shown.Objects[0]) != fmt.Sprint(want) {
		t.Errorf("show -json is %v, want one object %v", shown.Objects, want)
	}
	if text := b.run(exitOK, "show"); !regexp.MustCompile(`(?m)^test +paint/pot +pot p1 +p1$`).MatchString(text) {
		t.Errorf("show lacks the pot:\n%s", text)
	}
}

// TestSandboxJournal proves that a call's line has what the format promises.
func TestSandboxJournal(t *testing.T) {
	t.Parallel()
	b := box{t, filepath.Join(t.TempDir(), "state.json")}
	b.call(http.MethodPut, "p1")
	b.call(http.MethodGet, "p2")
	lines := strings.Split(strings.TrimSpace(b.run(exitOK, "journal", "-json")), "\n")
	if len(lines) != 2 {
		t.Fatalf("two calls made %d lines", len(lines))
	}
	var second map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil {
		t.Fatal(err)
	}
	if second["service"] != "paint" || second["operation"] != "GETPot" || second["status"] != 404.0 || second["write"] != false || second["time"] == nil {
		t.Errorf("the second call reads %s", lines[1])
	}
	if writes := b.run(exitOK, "journal", "-json", "-writes"); strings.Count(writes, "\n") != 1 {
		t.Errorf("journal -writes is\n%s", writes)
	}
}

// TestSandboxBehindTerraform proves delete, mutate, plant and reset, and that
// none of them makes a cloud out of a misspelt path.
func TestSandboxBehindTerraform(t *testing.T) {
	t.Parallel()
	b := box{t, filepath.Join(t.TempDir(), "state.json")}
	for _, args := range [][]string{{"delete", "p1"}, {"mutate", "p1", "color", "blue"}, {"get", "p1"}, {"advance", "1h"}} {
		b.run(1, args...)
	}
	b.call(http.MethodPut, "p1")
	b.run(exitOK, "mutate", "p1", "color", "green")
	if _, body := b.call(http.MethodGet, "p1"); body != "green" {
		t.Errorf("after mutate the pot is %s", body)
	}
	b.run(1, "mutate", "p1", "colour.shade", "green") // no such field to go through
	if got := b.run(exitOK, "get", "p1"); !strings.Contains(got, `"color": "green"`) {
		t.Errorf("get prints %s", got)
	}
	b.run(exitOK, "plant", "-cloud", "test", "drip", "name=d1")
	b.run(1, "plant", "-cloud", "test", "puddle")
	b.run(exitOK, "delete", "p1")
	if status, _ := b.call(http.MethodGet, "p1"); status != http.StatusNotFound {
		t.Errorf("after delete the pot answers %d", status)
	}
	b.run(exitOK, "reset")
	if got := b.run(exitOK, "show"); got != "" {
		t.Errorf("after reset there is still\n%s", got)
	}
}

// TestSandboxFault proves that a rule made by one process is seen by the next,
// fires on the call it names and on no other, and is counted.
func TestSandboxFault(t *testing.T) {
	t.Parallel()
	b := box{t, filepath.Join(t.TempDir(), "state.json")}
	b.run(exitOK, "fault", "add", "-operation", "PUT*", "-nth", "2", "-status", "503", "-message", "out of paint")
	b.run(exitOK, "fault", "add", "-operation", "GETPot", "-drop", "after")
	b.run(1, "fault", "add", "-operation", "GETPot") // nothing goes wrong
	var got []int
	for range 3 {
		status, _ := b.call(http.MethodPut, "p1")
		got = append(got, status)
	}
	if fmt.Sprint(got) != "[200 503 200]" {
		t.Errorf("three puts answer %v; want the second to fail", got)
	}
	if status, message := b.call(http.MethodGet, "p1"); status != 0 || !strings.Contains(message, "reset") {
		t.Errorf("the dropped call answers %d %s", status, message)
	}
	if list := b.run(exitOK, "fault", "list"); !strings.Contains(list, "matched 3, fired 1") {
		t.Errorf("fault list is\n%s", list)
	}
	b.run(exitOK, "fault", "clear")
	if list := b.run(exitOK, "fault", "list"); list != "" {
		t.Errorf("after clear there is\n%s", list)
	}
}

// TestSandboxServe proves that http and https are answered on one port, that
// the printed authority is the one to trust, that a foreign host name is
// turned away, and that an address which others can reach is refused.
func TestSandboxServe(t *testing.T) {
	t.Parallel()
	b := box{t, filepath.Join(t.TempDir(), "state.json")}
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "example.com:80", "127.0.0.1"} {
		b.run(1, "serve", "-listen", address)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	read, write := io.Pipe()
	done := make(chan int, 1)
	go func() {
		var errs bytes.Buffer
		done <- sandboxCommand(ctx, IO{Out: write, Err: &errs}, []string{"serve", "-state", b.path}, openPaint)
	}()
	printed := make([]byte, 4096)
	n, err := read.Read(printed)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := regexp.MustCompile(`PAINT_URL=http://(\S+)`).FindStringSubmatch(string(printed[:n]))
	authority := regexp.MustCompile(`AWS_CA_BUNDLE=(\S+)`).FindStringSubmatch(string(printed[:n]))
	if endpoint == nil || authority == nil {
		t.Fatalf("serve printed\n%s", printed[:n])
	}
	pem, err := os.ReadFile(authority[1])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	for _, c := range []struct {
		scheme, host string
		status       int
	}{
		{"http", "", http.StatusOK}, {"https", "", http.StatusOK}, {"http", "evil.example", http.StatusMisdirectedRequest},
	} {
		request, err := http.NewRequestWithContext(ctx, http.MethodPut, c.scheme+"://"+endpoint[1]+"/p1", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = c.host
		answer, err := client.Do(request)
		if err != nil {
			t.Fatalf("%s: %v", c.scheme, err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != c.status {
			t.Errorf("%s with host %q answers %d, want %d", c.scheme, c.host, answer.StatusCode, c.status)
		}
	}
	client.CloseIdleConnections()
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("serve ended with %d after an interrupt", code)
	}
}
