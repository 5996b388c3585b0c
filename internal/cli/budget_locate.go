package cli

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// located lists the issues, each at the budget line that it breaks or, with a
// root, one for each resource at its block in the configuration.
func (r *result) located(root string) []issue {
	issues := r.issues()
	if root == "" {
		return issues
	}
	finder := blockFinder{folders: map[string]map[string]hcl.Range{}, calls: map[string]map[string]string{}}
	var out []issue
	for _, is := range issues {
		rest := is
		rest.rows = nil
		for _, row := range is.rows {
			at, ok := finder.find(root, row.Address)
			if !ok {
				rest.rows = append(rest.rows, row)
				continue
			}
			one := is
			one.rows, one.more = []budget.Sample{row}, 0
			one.file, one.line, one.column = at.Filename, at.Start.Line, at.Start.Column
			one.key += "|" + row.Name
			out = append(out, one)
		}
		if len(rest.rows) > 0 || rest.more > 0 || len(is.rows) == 0 {
			out = append(out, rest)
		}
	}
	return out
}

// blockFinder finds the block of a resource by its address: it follows module
// calls with a local source from the root folder.
type blockFinder struct {
	folders map[string]map[string]hcl.Range // blocks by folder and TYPE.NAME
	calls   map[string]map[string]string    // sources by folder and call
}

var blockSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "module", LabelNames: []string{"name"}},
}}

func (f *blockFinder) find(folder, address string) (hcl.Range, bool) {
	for _, call := range budget.ModuleCalls(address) {
		f.load(folder)
		source, ok := f.calls[folder][call]
		if !ok {
			return hcl.Range{}, false
		}
		folder = path.Join(filepath.ToSlash(folder), source)
	}
	f.load(folder)
	at, ok := f.folders[folder][budget.BlockName(address)]
	return at, ok
}

// load reads the configuration files of one folder. What can't be read or
// parsed is not found: reports then point at the budget.
func (f *blockFinder) load(folder string) {
	if f.folders[folder] != nil {
		return
	}
	f.folders[folder], f.calls[folder] = map[string]hcl.Range{}, map[string]string{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	parser := hclparse.NewParser()
	for _, entry := range entries {
		if !entry.Type().IsRegular() && entry.Type()&fs.ModeSymlink == 0 {
			continue
		}
		name := path.Join(filepath.ToSlash(folder), entry.Name())
		var file *hcl.File
		switch {
		case strings.HasSuffix(name, ".tf"), strings.HasSuffix(name, ".tofu"):
			file, _ = parser.ParseHCLFile(name)
		case strings.HasSuffix(name, ".tf.json"), strings.HasSuffix(name, ".tofu.json"):
			file, _ = parser.ParseJSONFile(name)
		}
		if file == nil {
			continue
		}
		content, _, _ := file.Body.PartialContent(blockSchema)
		for _, b := range content.Blocks {
			f.block(folder, b)
		}
	}
}

func (f *blockFinder) block(folder string, b *hcl.Block) {
	switch b.Type {
	case "resource":
		f.folders[folder][b.Labels[0]+"."+b.Labels[1]] = b.DefRange
	case "data":
		f.folders[folder]["data."+b.Labels[0]+"."+b.Labels[1]] = b.DefRange
	case "module":
		attrs, _ := b.Body.JustAttributes()
		source := attrs["source"]
		if source == nil {
			return
		}
		v, diags := source.Expr.Value(nil)
		if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
			return
		}
		if s := v.AsString(); strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") {
			f.calls[folder][b.Labels[0]] = s
		}
	}
}
