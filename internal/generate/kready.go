package generate

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/templates"
)

// KreadyModule is a cluster as a module on kready's own resources: the
// blueprint as a resource, and the parts of modules/cluster beside it, so that
// it needs no other module. A platform has those of modules/platform.
func KreadyModule(request ModuleRequest) (Files, error) {
	if request.Root && request.Sandbox == (request.Owner != "") {
		return nil, errors.New("a root module has a provider: say where it builds, with an owner for real clouds or in the sandbox")
	}
	files := Files{}
	parts := "modules/cluster"
	if request.Blueprint.Spec.Kind == blueprint.KindPlatform {
		parts = "modules/platform"
	}
	for _, name := range []string{"main.tf", "outputs.tf", "variables.tf", "versions.tf"} {
		source, err := fs.ReadFile(templates.FS, path.Join(parts, name))
		if err != nil {
			return nil, err
		}
		inlined, err := inlineBlueprint(source, path.Join(parts, name))
		if err != nil {
			return nil, err
		}
		files[name] = inlined
	}
	spec := pinned(request.Blueprint)
	instead := map[string]expression{}
	if request.Root {
		files["provider.tf"] = providerFile(request)
	} else {
		var variables []byte
		variables, instead = moduleVariables(spec)
		files["variables.tf"] = append(variables, files["variables.tf"]...)
	}
	files["blueprint.tf"] = blueprintFile(request, spec, instead)
	for name, content := range files {
		if _, diags := hclsyntax.ParseConfig(content, name, hcl.InitialPos); diags.HasErrors() {
			return nil, fmt.Errorf("kready generated a file that is not HCL, please report it: %w", diags)
		}
		files[name] = append([]byte("\n"), hclwrite.Format(content)...)
	}
	readme, err := kreadyReadme(request, files)
	if err != nil {
		return nil, err
	}
	files["README.md"] = readme
	return files, nil
}

// pinned is the specification with the range of every subnet pinned that was
// settled before, and that of services said: a new state has no memory of
// them.
func pinned(b Blueprint) blueprint.Spec {
	spec := b.Spec
	if b.Prior == nil || b.Prior.Design.Network == nil {
		return spec
	}
	network := b.Prior.Design.Network
	pins := map[string]string{}
	for key, subnet := range network.Subnets {
		if subnet.CIDR != "" {
			pins["subnet/"+key] = subnet.CIDR
		}
	}
	maps.Copy(pins, spec.Pins)
	spec.Pins = pins
	if control := b.Prior.Design.ControlPlane; control != nil && spec.Network.ServiceCIDR == "" {
		spec.Network.ServiceCIDR = control.ServiceCIDR
	}
	ranges := network.PodCIDRs
	if control := b.Prior.Design.ControlPlane; control != nil && control.PodCIDR != "" {
		ranges = []string{control.PodCIDR}
	}
	if len(ranges) > 0 && (spec.Network.Pods == nil || len(spec.Network.Pods.CIDRs) == 0) {
		var pods blueprint.PodsSpec
		if spec.Network.Pods != nil {
			pods = *spec.Network.Pods
		}
		pods.CIDRs = ranges
		spec.Network.Pods = &pods
	}
	return spec
}

// inlineBlueprint makes a file of a published module refer to the blueprint
// beside it rather than to a variable.
func inlineBlueprint(source []byte, name string) ([]byte, error) {
	file, diags := hclwrite.ParseConfig(source, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, fmt.Errorf("templates/%s: %w", name, diags)
	}
	if variable := file.Body().FirstMatchingBlock("variable", []string{"blueprint"}); variable != nil {
		file.Body().RemoveBlock(variable)
	}
	renameIn(file.Body())
	return []byte(strings.TrimLeft(string(file.Bytes()), "\n")), nil
}

func renameIn(body *hclwrite.Body) {
	for _, attribute := range body.Attributes() {
		attribute.Expr().RenameVariablePrefix([]string{"var", "blueprint"}, []string{"kready_cluster_blueprint", "this"})
	}
	for _, block := range body.Blocks() {
		renameIn(block.Body())
	}
}

// blueprintFile is the blueprint as a resource.
func blueprintFile(request ModuleRequest, spec blueprint.Spec, instead map[string]expression) []byte {
	var out strings.Builder
	out.WriteString(Comment(fmt.Sprintf("What %s should be. kready decides everything else at plan: names, zones,\nranges. It refuses what would fail or be unsafe later, and says what to do instead.", spec.Name)))
	if request.Root {
		out.WriteString(rangesComment(request.Blueprint))
	}
	fmt.Fprintf(&out, "resource %q %q {\n%s}\n", blueprintType, "this", literals{instead}.body(reflect.ValueOf(spec), ""))
	return []byte(out.String())
}

// rangesComment lists the ranges that the blueprint settles on.
func rangesComment(b Blueprint) string {
	outcome, _ := b.Resolve()
	network := outcome.Design.Network
	if network == nil {
		return ""
	}
	var out strings.Builder
	out.WriteString("#\n# Its ranges, which stay with their keys for life:\n#\n")
	width := 0
	for key := range network.Subnets {
		width = max(width, len(key))
	}
	for _, key := range sortedKeys(network.Subnets) {
		out.WriteString(Comment(fmt.Sprintf("    %-*s  %s", width, key, network.Subnets[key].CIDR)))
	}
	if control := outcome.Design.ControlPlane; control != nil {
		if control.PodCIDR != "" {
			out.WriteString(Comment(fmt.Sprintf("    %-*s  %s", width, "(pods)", control.PodCIDR)))
		}
		out.WriteString(Comment(fmt.Sprintf("    %-*s  %s", width, "(services)", control.ServiceCIDR)))
	}
	return out.String()
}

func providerFile(request ModuleRequest) []byte {
	if request.Sandbox {
		return []byte("provider \"kready\" {\n  sandbox = {} # embedded clouds: no account, no network. Name an owner instead for real ones.\n}\n")
	}
	return []byte("provider \"kready\" {\n  # Who may touch what this state made: objects of another owner are refused.\n  owner = " + Quote(request.Owner) + "\n}\n")
}

// parameters are what may differ between two clusters of one design, by
// attribute path. Everything else is the design.
var parameters = []struct{ path, name, typ string }{
	{"name", "name", "string"},
	{"region", "region", "string"},
	{"kubernetes_version", "kubernetes_version", "string"},
	{"target", "target", "string"},
	{"network.cidr", "cidr", "string"},
	{"network.zones", "zones", "list(string)"},
	{"pins", "pins", "map(string)"},
	{"network.reachable_from", "reachable_from", "list(string)"},
	{"access.admin_groups", "admin_groups", "list(string)"},
	{"deletion_protection", "deletion_protection", "bool"},
	{"tags", "tags", "map(string)"},
}

// optionalParameters are there although the blueprint leaves them out.
var optionalParameters = []string{"target", "deletion_protection", "tags"}

// moduleVariables declares a variable for each parameter; what the blueprint
// says is its default.
func moduleVariables(spec blueprint.Spec) ([]byte, map[string]expression) {
	var out strings.Builder
	instead := map[string]expression{}
	for _, p := range parameters {
		value, f := lookUp(reflect.ValueOf(spec), p.path)
		given := value.IsValid() && !empty(value)
		if !given && !slices.Contains(optionalParameters, p.name) {
			continue
		}
		fallback := "null"
		if given {
			fallback = literals{}.value(value, "")
		}
		instead[p.path] = expression("var." + p.name)
		fmt.Fprintf(&out, "variable %q {\n  description = %s\n  type = %s\n  default = %s\n}\n\n", p.name, Quote(f.doc), p.typ, fallback)
	}
	return []byte(out.String()), instead
}

// lookUp finds an attribute by its path of names.
func lookUp(v reflect.Value, path string) (reflect.Value, field) {
	name, rest, deeper := strings.Cut(path, ".")
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return reflect.Value{}, field{}
		}
		v = v.Elem()
	}
	f, ok := fieldNamed(fieldsOf(v.Type()), name)
	if !ok {
		panic("no attribute " + path)
	}
	if deeper {
		return lookUp(v.FieldByIndex(f.index), rest)
	}
	return v.FieldByIndex(f.index), f
}
