package budget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// validTwin is the slow and obvious answer to "is this one JSON value?":
// encoding/json, which differs only in that it lets broken UTF-8 pass.
func validTwin(b []byte) bool { return utf8.Valid(b) && json.Valid(b) }

// validByScanner asks the scanner, through a reader that hands out its input
// in the given pieces, so that the window's edge falls everywhere.
func validByScanner(b []byte, piece int) bool {
	s := newScanner(&pieces{b, piece})
	if s.skipValue() != nil {
		return false
	}
	_, err := s.space()
	return err == errTruncated
}

type pieces struct {
	rest []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.size)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

var scanSeeds = []string{
	`{}`, `[]`, `""`, `0`, `-0`, `-1.5e+10`, `1E5`, `01`, `1.`, `.5`, `-`, `1e`, `+1`, `true`, `tru`, `nullx`, `null null`,
	`{"a":1,"a":[2,{"b":null}]}`, `{"a":1,}`, `{a:1}`, `{"a" 1}`, `{"a":1 "b":2}`, `[1,]`, `[1 2]`, `[1}`, `{"a":1]`, `[`, `{"`, `{"a"`, `{"a":`,
	`"\u00e9\ud83d\ude00\n"`, `"\ud800"`, `"\ud800\u0041"`, `"\x"`, `"\u12g4"`, "\"a\nb\"", "\"\x7f\"", `"é😀"`, "\"\xc3\"", "\"\xff\"", "\"\xed\xa0\x80\"",
	" \t\r\n{ \"a\" : [ 1 , 2 ] } ", `{"long key with \" in it":"` + strings.Repeat("x", 40) + `"}`, `{"":[[],{},[{}]]}`, `[true,false,null,0,10,"",{"a":{}}]`, "\x00", "[1]\x00", `"abc`, "\u00a0[]",
	strings.Repeat("[", 100) + strings.Repeat("]", 100),
}

// TestScannerAcceptsJSON proves that the scanner takes exactly what JSON is,
// whatever the pieces its input comes in.
func TestScannerAcceptsJSON(t *testing.T) {
	for _, text := range scanSeeds {
		for _, piece := range []int{1, 2, 3, 7, 1 << 20} {
			if got, want := validByScanner([]byte(text), piece), validTwin([]byte(text)); got != want {
				t.Errorf("%q in pieces of %d: valid = %t, want %t", text, piece, got, want)
			}
		}
	}
	deep := strings.Repeat("[", scanDepth) + strings.Repeat("]", scanDepth)
	if !validByScanner([]byte(deep), 1<<20) || validByScanner([]byte("["+deep+"]"), 1<<20) {
		t.Error("the limit on nesting is not where it should be")
	}
}

// TestScannerReadsText proves that strings mean what encoding/json says.
func TestScannerReadsText(t *testing.T) {
	for _, text := range scanSeeds {
		var want string
		if !validTwin([]byte(text)) || json.Unmarshal([]byte(text), &want) != nil || text[0] != '"' {
			continue
		}
		got, err := newScanner(iotest.OneByteReader(strings.NewReader(text))).text(nil)
		if err != nil || string(got) != want {
			t.Errorf("%s means %q, want %q (%v)", text, got, want, err)
		}
	}
}

// TestScannerKeepsRaw proves that raw values survive the moving window.
func TestScannerKeepsRaw(t *testing.T) {
	long := `{"a":"` + strings.Repeat("é\\n", 3*scanWindow) + `"}`
	s := newScanner(strings.NewReader(`[1, ` + long + `,2]`))
	var got [][]byte
	if err := s.array(func() error {
		raw, err := s.raw(nil)
		got = append(got, raw)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || string(got[1]) != long {
		t.Errorf("the long value came out as %d bytes, want %d", len(got[1]), len(long))
	}
}

// TestScannerHoldsLittle proves that skipping does not grow the window.
func TestScannerHoldsLittle(t *testing.T) {
	s := newScanner(io.MultiReader(strings.NewReader(`"`), io.LimitReader(filler{}, 50<<20), strings.NewReader(`"`)))
	if err := s.skipValue(); err != nil {
		t.Fatal(err)
	}
	if len(s.buf) != scanWindow {
		t.Errorf("the window grew to %d bytes", len(s.buf))
	}
}

type filler struct{}

func (filler) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// FuzzScanner compares the scanner with its twin.
func FuzzScanner(f *testing.F) {
	for _, s := range scanSeeds {
		f.Add([]byte(s), byte(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, piece byte) {
		if len(b) > 1<<16 {
			return
		}
		if got, want := validByScanner(b, int(piece)+1), validTwin(b); got != want && bytes.Count(b, []byte("[")) < scanDepth {
			t.Fatalf("%q: valid = %t, want %t", b, got, want)
		}
		if n, err := jsonNode(b); err == nil && validTwin(b) && !sameTree(n, b) {
			t.Fatalf("%q: decoded wrongly", b)
		}
	})
}

// sameTree compares a node with what encoding/json makes of the same bytes.
func sameTree(n *node, b []byte) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var want any
	if d.Decode(&want) != nil {
		return false
	}
	return fmt.Sprint(plainValue(n)) == fmt.Sprint(want)
}

func plainValue(n *node) any {
	switch n.kind {
	case nullNode:
		return nil
	case stringNode:
		return n.text
	case scalarNode:
		if n.text == "true" || n.text == "false" {
			return n.text == "true"
		}
		return json.Number(n.text)
	case listNode:
		out := []any{}
		for _, item := range n.items {
			out = append(out, plainValue(item))
		}
		return out
	}
	out := map[string]any{}
	for i, key := range n.keys {
		out[key] = plainValue(n.items[i])
	}
	return out
}
