// Package templates holds the sources of everything that kready generates, as
// one embedded tree: modules/ are the published modules, native/ what modules on
// the official providers are made of, pipeline/ CI pipelines, terratest/ Go
// suites, docs/ the sources of the documentation pages (rendered by
// terraform-plugin-docs, not embedded).
package templates

import "embed"

// FS is the tree. all: takes files whose names start with "_" or "." too.
//
//go:embed all:modules all:native all:pipeline all:terratest
var FS embed.FS
