// Package generate turns blueprints and templates into files in memory, and
// reads the files that blueprints are written in. Writing to disk is the
// command line's business.
//
// It is pure and deterministic: equal blueprints and equal templates give
// equal bytes. So there is no clock here, no randomness and no order of a map.
// Every text that a user wrote goes through hclwrite, encoding/json or an
// escape of the format: nothing can break out of a string.
package generate

import (
	"maps"
	"slices"
)

// Files maps slash-separated paths to contents.
type Files map[string][]byte

// Names are the paths, sorted.
func (f Files) Names() []string { return slices.Sorted(maps.Keys(f)) }
