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

// PublishedModules renders the modules that are checked in under modules/:
// paths are relative to that folder. Sources are checked and formatted.
func PublishedModules() (Files, error) {
	files := Files{}
	err := fs.WalkDir(templates.FS, "modules", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		source, err := fs.ReadFile(templates.FS, path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, "modules/")
		if !strings.HasSuffix(path, ".tf") {
			files[name] = source
			return nil
		}
		if _, diags := hclsyntax.ParseConfig(source, "templates/"+path, hcl.InitialPos); diags.HasErrors() {
			return fmt.Errorf("templates/%s: %w", path, diags)
		}
		files[name] = append([]byte("\n"), hclwrite.Format(source)...)
		return nil
	})
	return files, err
}
