// Package catalog holds what must be known about the clouds at plan time and
// cannot be asked for then: Kubernetes versions and their support, instance
// types and their limits, zones, default quotas, name rules, endpoints that a
// private cluster needs.
//
// Every table has a source and a date, listed by [Tables]. A table is a
// snapshot: a lookup that answers false means "not known on that date", never
// "does not exist", so callers warn on it. Only functions named Validate state
// rules that the clouds or Kubernetes document as hard.
//
// The package is pure: no network, no clock, nothing but the standard library.
// Values that it returns are the caller's own and may be changed.
package catalog

import (
	"slices"
	"strings"
	"time"
)

// Clouds, as the cloud arguments of this package spell them.
const (
	AWS   = "aws"
	Azure = "azure"
)

// Architectures, as Kubernetes spells them in kubernetes.io/arch.
const (
	AMD64 = "amd64"
	ARM64 = "arm64"
)

// A Table says what one table holds and where it comes from.
type Table struct {
	Name   string    // stable short name, such as "eks-versions"
	Holds  string    // what a row is, in one line
	Source string    // document, repository and commit, or API operation
	Date   time.Time // day on which the source said so, UTC midnight
	Rows   int
}

// Tables lists every table of the catalog, sorted by name.
func Tables() []Table {
	tables := slices.Concat(versionTables(), instanceTables(), nameTables(), regionTables(), limitTables(), imageTables(), addonTables(), endpointTables(), egressTables())
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return tables
}

// day is a date as the tables hold it: UTC midnight.
func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// mustDay reads a YYYY-MM-DD that is part of the program. The zero time stands
// for an empty text.
func mustDay(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic("catalog: a built-in date is malformed: " + err.Error())
	}
	return t
}
