package budget

import (
	"archive/zip"
	"io"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
)

// configSchema is what a pattern can name: resources. Data sources and actions
// can't be protected or limited away.
var configSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "data", LabelNames: []string{"type", "name"}},
}}

// maxConfigFile bounds one configuration file inside a plan file.
const maxConfigFile = 16 << 20

// readConfig calls found with each resource of the configuration snapshot in
// a plan file, whose members are named tfconfig/m-MODULE.PATH/FILE.
func readConfig(archive *zip.Reader, found func(string)) error {
	for _, f := range archive.File {
		rest, ok := strings.CutPrefix(f.Name, "tfconfig/m-")
		if !ok {
			continue
		}
		dir, file := path.Split(rest)
		prefix := ""
		for _, call := range strings.Split(strings.Trim(dir, "/"), ".") {
			if call != "" {
				prefix += "module." + call + "."
			}
		}
		body, err := f.Open()
		if err != nil {
			return planFileRefusal(err)
		}
		src, err := io.ReadAll(io.LimitReader(body, maxConfigFile+1))
		body.Close()
		if err != nil {
			return planFileRefusal(err)
		}
		if len(src) > maxConfigFile {
			return refuse(TooLarge, "check the output of `terraform show -json` instead", "a configuration file in the plan file is larger than %d MiB", maxConfigFile>>20)
		}
		configAddresses(src, file, prefix, found)
	}
	return nil
}

// configAddresses finds the resources in one file. A file that can't be
// parsed has nothing to tell; that only makes patterns match less.
func configAddresses(src []byte, file, prefix string, found func(string)) {
	parser := hclparse.NewParser()
	var parsed *hcl.File
	switch {
	case strings.HasSuffix(file, ".tf"), strings.HasSuffix(file, ".tofu"):
		parsed, _ = parser.ParseHCL(src, file)
	case strings.HasSuffix(file, ".tf.json"), strings.HasSuffix(file, ".tofu.json"):
		parsed, _ = parser.ParseJSON(src, file)
	}
	if parsed == nil {
		return
	}
	content, _, _ := parsed.Body.PartialContent(configSchema)
	for _, block := range content.Blocks {
		mode := ""
		if block.Type == "data" {
			mode = "data."
		}
		found(prefix + mode + block.Labels[0] + "." + block.Labels[1])
	}
}
