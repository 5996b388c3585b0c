package main

import (
	"bufio"
	"strings"
	"testing"
)

// The lines of a claim are added up, one point that did not pass is enough to
// fail, and so is nothing at all.
func TestTable(t *testing.T) {
	rows, err := read(bufio.NewScanner(strings.NewReader(`{"claim":"b","cloud":"aws","through":"x","tried":3,"passed":3}
{"claim":"a","cloud":"aws","through":"x","tried":1,"passed":1}
{"claim":"b","cloud":"aws","through":"x","tried":2,"passed":2}
`)))
	if err != nil {
		t.Fatal(err)
	}
	table, ok := render(rows)
	if !ok || !strings.Contains(table, "b      aws    x        5      5") {
		t.Errorf("%t\n%s", ok, table)
	}
	rows[0].Passed = 0
	if table, ok := render(rows); ok || !strings.Contains(table, "not proved") {
		t.Errorf("a failure passes:\n%s", table)
	}
	if _, ok := render(nil); ok {
		t.Error("nothing passes")
	}
}
