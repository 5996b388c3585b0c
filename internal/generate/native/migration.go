package native

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

// Migration asks to hand one standing cluster over to the other flavour.
type Migration struct {
	// State is what "terraform show -json" writes of the state that the cluster
	// is in.
	State []byte
	// From is the flavour that has it: "kready" or "native".
	From string
	// To is the address of the module that takes it, such as "module.shop"; ""
	// is the root module.
	To string
	// Cluster picks one by name, where the state holds several.
	Cluster string
}

// imported is one object under its new address.
type imported struct{ to, id string }

// Migrate writes import blocks for what the other flavour takes over, and
// removed blocks that let the present one's resources go without destroying
// anything.
func Migrate(request Migration) (generate.Files, error) {
	standing, err := readState(request.State)
	if err != nil {
		return nil, err
	}
	var imports []imported
	var lets []string
	var notes []string
	switch request.From {
	case "kready":
		cluster, err := standing.pick(request.Cluster)
		if err != nil {
			return nil, err
		}
		imports, notes, lets = cluster.imports(), cluster.notes(), cluster.addresses
	case "native":
		if imports, lets, err = standing.toKready(request.To); err != nil {
			return nil, err
		}
		notes = []string{"kready knows its objects by the tags kready-*. They are there where kready made the cluster and\n# the native module's provider block ignored them (ignore_tags); without them an import finds nothing."}
		if slices.ContainsFunc(standing.resources, func(r stateResource) bool { return r.Type == "azurerm_kubernetes_cluster" }) {
			notes = append(notes, "The first system pool is part of azurerm_kubernetes_cluster, and its name in the blueprint is not in this state:\n"+
				"# add its import, to "+request.To+".kready_node_pool.this[\"NAME\"], with the cluster's id and /NAME behind it.")
		}
	default:
		return nil, fmt.Errorf("a cluster is handed over from kready or from native, not from %q", request.From)
	}
	return generate.Files{"migration.tf": []byte(migrationText(request, imports, lets, notes))}, nil
}

func migrationText(request Migration, imports []imported, lets, notes []string) string {
	var b strings.Builder
	b.WriteString("# Plan this, read it, apply it, and delete the file. Nothing is destroyed: what\n# leaves one flavor is forgotten, not deleted.\n")
	for _, note := range notes {
		b.WriteString("#\n# " + note + "\n")
	}
	sort.Slice(imports, func(i, j int) bool { return imports[i].to < imports[j].to })
	for _, one := range imports {
		to := one.to
		if request.From == "kready" && request.To != "" {
			to = request.To + "." + to
		}
		b.WriteString("\nimport {\nto = " + to + "\nid = " + literal(one.id) + "\n}\n")
	}
	seen := map[string]bool{}
	sort.Strings(lets)
	for _, address := range lets {
		if address = withoutKeys(address); seen[address] {
			continue
		}
		seen[address] = true
		b.WriteString("\nremoved {\nfrom = " + address + "\n\nlifecycle {\ndestroy = false\n}\n}\n")
	}
	formatted, err := format("migration.tf", []byte(b.String()))
	if err != nil {
		panic(err) // addresses come out of Terraform, ids are literals
	}
	return string(formatted)
}

// withoutKeys is an address without the keys of instances, which removed
// blocks don't take.
func withoutKeys(address string) string {
	var b strings.Builder
	depth, text := 0, false
	for i, r := range address {
		switch {
		case r == '"' && (i == 0 || address[i-1] != '\\'):
			text = !text
		case r == '[' && !text:
			depth++
		}
		if depth == 0 {
			b.WriteRune(r)
		}
		if r == ']' && !text {
			depth--
		}
	}
	return b.String()
}

// state is the resources of a state.
type state struct {
	resources []stateResource
	clusters  map[string]*standing
}

type stateResource struct {
	Address string          `json:"address"`
	Mode    string          `json:"mode"`
	Type    string          `json:"type"`
	Index   any             `json:"index"`
	Values  json.RawMessage `json:"values"`
}

// standing is one cluster as kready's state has it: the design of each part,
// and the ids of its objects.
type standing struct {
	design    blueprint.Design
	objects   map[string]map[string]string // by part: "network", "node_pool/apps"
	group     string                       // security group that EKS made
	addresses []string
}

type stateModule struct {
	Resources []stateResource `json:"resources"`
	Children  []stateModule   `json:"child_modules"`
}

func (m stateModule) all() []stateResource {
	list := m.Resources
	for _, child := range m.Children {
		list = append(list, child.all()...)
	}
	return list
}

func readState(text []byte) (*state, error) {
	var document struct {
		FormatVersion string `json:"format_version"`
		Values        *struct {
			Root stateModule `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(text, &document); err != nil || document.FormatVersion == "" || document.Values == nil {
		return nil, errors.New("this is not a state as \"terraform show -json\" writes it: run terraform show -json > state.json")
	}
	read := &state{resources: document.Values.Root.all(), clusters: map[string]*standing{}}
	for _, r := range read.resources {
		if r.Mode == "managed" && strings.HasPrefix(r.Type, "kready_") {
			if err := read.take(r); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Address, err)
			}
		}
	}
	return read, nil
}

// take files one of kready's resources with its cluster.
func (s *state) take(r stateResource) error {
	var values struct {
		Design  json.RawMessage   `json:"design"`
		Objects map[string]string `json:"objects"`
		Group   string            `json:"security_group_id"`
	}
	if err := json.Unmarshal(r.Values, &values); err != nil {
		return err
	}
	if values.Objects == nil || values.Design == nil {
		return nil // decides or plans, and makes nothing
	}
	var place blueprint.Scope
	if err := json.Unmarshal(values.Design, &place); err != nil {
		return err
	}
	cluster := s.clusters[place.Cluster]
	if cluster == nil {
		cluster = &standing{objects: map[string]map[string]string{}, design: blueprint.Design{
			NodePools: map[string]blueprint.NodePoolDesign{}, WorkloadIdentities: map[string]blueprint.WorkloadIdentityDesign{}}}
		s.clusters[place.Cluster] = cluster
	}
	part, err := cluster.file(r.Type, values.Design)
	if part == "" || err != nil {
		return err
	}
	cluster.objects[part] = values.Objects
	cluster.addresses = append(cluster.addresses, r.Address)
	if values.Group != "" {
		cluster.group = values.Group
	}
	return nil
}

// file keeps the design of a part and returns the part's name.
func (c *standing) file(kind string, design json.RawMessage) (string, error) {
	switch kind {
	case "kready_network":
		return "network", json.Unmarshal(design, &c.design.Network)
	case "kready_cluster":
		return "cluster", json.Unmarshal(design, &c.design.ControlPlane)
	case "kready_addons":
		return "addons", json.Unmarshal(design, &c.design.Addons)
	case "kready_registry":
		return "registry", json.Unmarshal(design, &c.design.Registry)
	case "kready_vault":
		return "vault", json.Unmarshal(design, &c.design.Vault)
	case "kready_node_pool":
		var pool blueprint.NodePoolDesign
		err := json.Unmarshal(design, &pool)
		c.design.NodePools[pool.Name] = pool
		return "node_pool/" + pool.Name, err
	case "kready_workload_identity":
		var identity blueprint.WorkloadIdentityDesign
		err := json.Unmarshal(design, &identity)
		c.design.WorkloadIdentities[identity.Name] = identity
		return "identity/" + identity.Name, err
	}
	return "", nil
}

func (s *state) pick(name string) (*standing, error) {
	names := sortedKeys(s.clusters)
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	cluster, ok := s.clusters[name]
	switch {
	case len(names) == 0:
		return nil, errors.New("the state holds no cluster of kready's")
	case !ok:
		return nil, fmt.Errorf("name one of the clusters in the state with -name: %s", strings.Join(names, ", "))
	case cluster.design.Network == nil || cluster.design.ControlPlane == nil:
		return nil, fmt.Errorf("the state holds only parts of %s: a native module takes over a network with its cluster", name)
	}
	return cluster, nil
}

func (c *standing) imports() []imported {
	if c.design.ControlPlane.Cloud == blueprint.CloudAzure {
		return c.azureImports()
	}
	return c.awsImports()
}

// notes are what can't be imported, and what becomes of it.
func (c *standing) notes() []string {
	if c.design.ControlPlane.Cloud != blueprint.CloudAzure {
		return []string{"To be able to go back, let the provider ignore kready's tags: ignore_tags { key_prefixes = [\"kready-\"] }."}
	}
	var notes []string
	if c.design.ControlPlane.Encryption == "own" {
		vault := c.design.ControlPlane.Names["key-vault"]
		notes = append(notes, "azurerm_key_vault_key.cluster[0] is imported by the versioned id that its vault knows: add an import\n"+
			"# block with the output of az keyvault key show --vault-name "+vault+" --name "+c.design.ControlPlane.Names["key"]+" --query key.kid.")
	}
	return notes
}

// toKready hands what a native module has to modules/cluster: one import for
// each of that module's resources.
func (s *state) toKready(to string) ([]imported, []string, error) {
	if to == "" {
		return nil, nil, errors.New("name the modules/cluster that takes the cluster, with -module module.NAME")
	}
	place, parts, lets := "", map[string]bool{}, []string{}
	for _, r := range s.resources {
		if r.Mode != "managed" || !strings.HasPrefix(r.Type, "aws_") && !strings.HasPrefix(r.Type, "azurerm_") {
			continue
		}
		lets = append(lets, r.Address)
		if at := r.place(); at != "" {
			place = at
			parts["kready_network.this"], parts["kready_cluster.this"] = true, true
		}
		if part := r.part(); part != "" {
			parts[part] = true
		}
	}
	if place == "" {
		return nil, nil, errors.New("the state holds no cluster of a native module")
	}
	var imports []imported
	for part := range parts {
		id := place
		if _, key, named := strings.Cut(part, `.this["`); named {
			id += "/" + strings.TrimSuffix(key, `"]`)
		}
		imports = append(imports, imported{to + "." + part, id})
	}
	return imports, lets, nil
}

// place is account/region/name of a cluster, or "".
func (r stateResource) place() string {
	values := r.values()
	switch r.Type {
	case "aws_eks_cluster":
		if words := strings.Split(values("arn"), ":"); len(words) > 5 {
			return words[4] + "/" + words[3] + "/" + values("name")
		}
	case "azurerm_kubernetes_cluster":
		if words := strings.Split(values("id"), "/"); len(words) > 8 {
			return words[2] + "/" + values("location") + "/" + values("name")
		}
	}
	return ""
}

// part is the resource of modules/cluster that an object belongs to, beside
// network and cluster.
func (r stateResource) part() string {
	key, _ := r.Index.(string)
	first, rest, _ := strings.Cut(key, "/")
	switch r.Type {
	case "aws_eks_node_group", "azurerm_kubernetes_cluster_node_pool":
		return keyed("kready_node_pool.this", first)
	case "aws_eks_addon":
		if strings.Contains(r.Address, "aws_eks_addon.this") {
			return "kready_addons.this[0]"
		}
	case "aws_ecr_repository", "azurerm_container_registry":
		return "kready_registry.this[0]"
	case "aws_kms_key", "azurerm_key_vault":
		if strings.Contains(r.Address, ".vault[") {
			return "kready_vault.this[0]"
		}
	case "aws_iam_role":
		if first == "identity" {
			return keyed("kready_workload_identity.this", rest)
		}
	case "azurerm_user_assigned_identity":
		if strings.Contains(r.Address, ".workload[") {
			return keyed("kready_workload_identity.this", key)
		}
	}
	return ""
}

// values reads text attributes of a resource.
func (r stateResource) values() func(name string) string {
	var values map[string]any
	if json.Unmarshal(r.Values, &values) != nil {
		values = nil
	}
	return func(name string) string {
		text, _ := values[name].(string)
		return text
	}
}
