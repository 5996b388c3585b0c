// Command proof prints the table of what the tests proved, from the file that
// they wrote. It exits with 1 where a point did not pass, or nothing was tried.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is one line of the file, as kready's internal/proof writes it.
type row struct {
	Claim, Cloud, Through string
	Tried, Passed         int
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: proof FILE")
		os.Exit(2)
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	rows, err := read(bufio.NewScanner(file))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	table, ok := render(rows)
	fmt.Print(table)
	if !ok {
		os.Exit(1)
	}
}

// read adds up the lines of one claim, cloud and way.
func read(lines *bufio.Scanner) ([]row, error) {
	sums := map[row]*row{}
	var list []*row
	for lines.Scan() {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%w in %q", err, lines.Text())
		}
		key := row{Claim: r.Claim, Cloud: r.Cloud, Through: r.Through}
		sum := sums[key]
		if sum == nil {
			sum = &row{Claim: r.Claim, Cloud: r.Cloud, Through: r.Through}
			sums[key] = sum
			list = append(list, sum)
		}
		sum.Tried += r.Tried
		sum.Passed += r.Passed
	}
	rows := make([]row, 0, len(list))
	for _, sum := range list {
		rows = append(rows, *sum)
	}
	slices.SortFunc(rows, func(a, b row) int {
		return strings.Compare(a.Claim+a.Cloud+a.Through, b.Claim+b.Cloud+b.Through)
	})
	return rows, lines.Err()
}

// render is the table, and whether every point passed.
func render(rows []row) (string, bool) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CLAIM\tCLOUD\tTHROUGH\tTRIED\tPASSED")
	ok := len(rows) > 0
	for _, r := range rows {
		mark := ""
		if r.Passed != r.Tried {
			mark, ok = "  <-- not proved", false
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d%s\n", r.Claim, r.Cloud, r.Through, r.Tried, r.Passed, mark)
	}
	_ = w.Flush()
	return b.String(), ok
}
