package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// written is the day on which this catalog was last reviewed. A table dated
// later was dated by mistake; a renewal moves this date first.
var written = day(2026, 11, 20)

// Every table can be traced and is not from the future, and the list that the
// documentation prints is sorted and free of doubles.
func TestTablesSayWhereTheyComeFrom(t *testing.T) {
	tables := Tables()
	names := map[string]bool{}
	for _, table := range tables {
		if table.Name == "" || table.Holds == "" || table.Source == "" || table.Rows == 0 {
			t.Errorf("table %+v lacks a name, a description, a source or rows", table)
		}
		if table.Date.IsZero() || table.Date.After(written) || table.Date.Before(day(2020, 1, 1)) {
			t.Errorf("table %s is dated %s, which can't be", table.Name, table.Date.Format(time.DateOnly))
		}
		if names[table.Name] {
			t.Errorf("table %s is listed twice", table.Name)
		}
		names[table.Name] = true
	}
	if !slices.IsSortedFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("tables are not sorted by name")
	}
}
