package generate

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/kready-io/terraform-provider-kready/templates"
)

// interfaceMark stands in a README where the tables of inputs and outputs go.
const interfaceMark = "<!-- interface -->\n"

// PublishedModules renders the modules that are checked in under modules/:
// paths are relative to that folder. Sources are checked and formatted, and
// every README gets the tables of its module's inputs and outputs.
func PublishedModules() (Files, error) {
	files := Files{}
	publish := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if strings.HasPrefix(path, "native/") && !strings.HasSuffix(path, ".tf") {
			return nil // a page about one cluster
		}
		source, err := fs.ReadFile(templates.FS, path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".tf") {
			if _, diags := hclsyntax.ParseConfig(source, "templates/"+path, hcl.InitialPos); diags.HasErrors() {
				return fmt.Errorf("templates/%s: %w", path, diags)
			}
			source = hclwrite.Format(source)
		}
		_, name, _ := strings.Cut(path, "/")
		if _, own := files[name]; !own {
			files[name] = append([]byte("\n"), source...)
		}
		return nil
	}
	// The resources of modules/eks and modules/aks are those of native modules;
	// only where their values come from is the modules' own.
	for _, folder := range []string{"modules", "native"} {
		if err := fs.WalkDir(templates.FS, folder, publish); err != nil {
			return nil, err
		}
	}
	return files, describe(files)
}

// describe fills in the interface of each module in its README.
func describe(files Files) error {
	for _, name := range files.Names() {
		folder, isReadme := strings.CutSuffix(name, "README.md")
		if !isReadme {
			continue
		}
		module := Files{}
		for file, content := range files {
			if inner, ok := strings.CutPrefix(file, folder); ok {
				module[inner] = content
			}
		}
		tables, err := interfaceOf(module)
		if err != nil {
			return fmt.Errorf("templates/modules/%s: %w", name, err)
		}
		before, after, found := strings.Cut(string(files[name]), interfaceMark)
		if !found {
			return fmt.Errorf("templates/modules/%s has no line %q", name, strings.TrimSpace(interfaceMark))
		}
		files[name] = []byte(before + tables + after)
	}
	return nil
}
