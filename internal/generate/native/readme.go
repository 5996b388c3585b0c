package native

import (
	"bytes"
	"io/fs"
	"text/template"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/templates"
)

// readme fills in a module's README.md. It holds nothing that one zone, tier
// or pool more would change.
func readme(folder string, design blueprint.Design) ([]byte, error) {
	source, err := fs.ReadFile(templates.FS, folder+"/README.md")
	if err != nil {
		return nil, err
	}
	page, err := template.New(folder).Parse(string(source))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, design.ControlPlane.Scope)
	return b.Bytes(), err
}
