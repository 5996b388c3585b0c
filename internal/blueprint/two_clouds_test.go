package blueprint

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// whatDiffers lists, field by field, where the designs of one body differ
// between the clouds, and why they must.
var whatDiffers = map[string]string{
	"network.region":               "regions have other names",
	"network.cloud":                "asked for",
	"network.zones":                "subnets span the zones on Azure, so the network has none to read back",
	"network.pod_cidrs":            "a VPC gets further ranges for pods, an overlay stands behind the nodes",
	"network.subnets":              "one subnet a tier and zone, or one a tier; Azure has a delegated one for the API server and one for endpoints, and NAT gateways stand in none",
	"network.nat_gateways":         "one gateway a zone, or one that stands in every zone: a subnet on Azure takes only one",
	"network.endpoints":            "the S3 gateway is free; private endpoints on Azure belong to registry and vaults",
	"network.default_group_closed": "a virtual network is born without a security group",
	"network.role_path":            "IAM only",
	"network.names":                "other objects have names",
	"network.azure":                "resource group, security groups by subnet, private DNS, log workspace",

	"control_plane.region":               "regions have other names",
	"control_plane.cloud":                "asked for",
	"control_plane.support":              "extended support is a price tier on AKS (Premium, long-term support), and no default; AKS upgrades no minor version by itself",
	"control_plane.subnets":              "interfaces in each zone, or one delegated subnet",
	"control_plane.reachable_from":       "a security group of the control plane, or the one of its subnet in the network",
	"control_plane.log_types":            "the logs have other names",
	"control_plane.log_retention_days":   "a log group of its own, or the network's workspace",
	"control_plane.access_entries":       "IAM principals, or Entra object ids",
	"control_plane.identity":             "Pod Identity, or workload identity",
	"control_plane.addons":               "AKS brings its own",
	"control_plane.network_cidr":         "AKS names the subnets that it stands in by id",
	"control_plane.pod_subnets":          "custom networking of EKS",
	"control_plane.pod_cidr":             "overlay of AKS",
	"control_plane.network_policy":       "the default of each cloud: the VPC CNI's own, or Cilium",
	"control_plane.control_plane_egress": "a choice of EKS only",
	"control_plane.autoscaling":          "an identity and add-ons on EKS; AKS scales pools itself, and each pool says whether",
	"control_plane.role_path":            "IAM only",
	"control_plane.bootstrap_pool":       "AKS makes the first system pool with the cluster",
	"control_plane.names":                "other objects have names",
	"control_plane.azure":                "outbound type, tier, channels, identities and their roles",

	"addons": "AKS's add-ons are part of the cluster",

	"node_pools.region":          "regions have other names",
	"node_pools.cloud":           "asked for",
	"node_pools.instance_types":  "sizes have other names",
	"node_pools.os":              "Amazon Linux, or Ubuntu",
	"node_pools.groups":          "one group a zone, or one scale set over all zones",
	"node_pools.disk_gib":        "the default of each cloud: 100 or 128",
	"node_pools.disk_type":       "EBS, or the host's own storage where it fits",
	"node_pools.disk_key":        "the cluster's key wraps disks on EKS; AKS would need a disk encryption set",
	"node_pools.max_pods":        "addresses of the instance type, or 250 in an overlay",
	"node_pools.max_surge":       "EKS chooses the surge itself",
	"node_pools.max_unavailable": "EKS takes nodes out, AKS adds nodes",
	"node_pools.azure":           "pod subnet, SSH",

	"registry.region":       "regions have other names",
	"registry.cloud":        "asked for",
	"registry.name":         "a registry on Azure is an object, with a name that is unique in the world",
	"registry.repositories": "repositories on Azure are born when something is pushed",
	"registry.names":        "other objects have names",
	"registry.azure":        "retention is the registry's",

	"vault.region": "regions have other names",
	"vault.cloud":  "asked for",
	"vault.vaults": "a prefix and a key alias, or a Key Vault with a name that is unique in the world",
	"vault.names":  "private endpoints have names",
	"vault.azure":  "resource group",

	"workload_identities.region":    "regions have other names",
	"workload_identities.cloud":     "asked for",
	"workload_identities.identity":  "Pod Identity, or workload identity",
	"workload_identities.grants":    "spelled out in role assignments on Azure, which read back as such",
	"workload_identities.role_name": "roles are named in the account, identities in a resource group",
	"workload_identities.role_path": "IAM only",
	"workload_identities.azure":     "role assignments",

	"egress_requirements": "the clouds call other services",
}

// The same body resolves on both clouds; the designs differ where the list
// says so and why, and nowhere else.
func TestSameBodyOnBothClouds(t *testing.T) {
	bodies := [2]Spec{quickstart(), azureQuickstart()}
	var designs [2]map[string]any
	for i, spec := range bodies {
		design, _ := apply(t, spec, nil)
		designs[i], _ = tree(t, design).(map[string]any)
	}
	allowed := []string{"access", "cloud", "network", "node_pools", "region"}
	if got := differing(tree(t, bodies[0]), tree(t, bodies[1])); !slices.Equal(got, allowed) {
		t.Errorf("the bodies differ in %v", got)
	}
	found := map[string]bool{}
	for section := range eitherMap(designs[0], designs[1]) {
		a, b := designs[0][section], designs[1][section]
		switch section {
		case "node_pools", "workload_identities":
			left, right := a.(map[string]any), b.(map[string]any)
			if !slices.Equal(slices.Sorted(maps.Keys(left)), slices.Sorted(maps.Keys(right))) {
				t.Errorf("%s have other keys", section)
			}
			for key := range left {
				for _, field := range differing(left[key], right[key]) {
					found[section+"."+field] = true
				}
			}
		case "egress_requirements", "addons":
			found[section] = !reflect.DeepEqual(a, b)
		default:
			for _, field := range differing(a, b) {
				found[section+"."+field] = true
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(found)) {
		if whatDiffers[field] == "" {
			t.Errorf("%s differs, and nobody says why", field)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(whatDiffers)) {
		if !found[field] {
			t.Errorf("%s is said to differ (%s), and does not", field, whatDiffers[field])
		}
	}
}

// differing lists the fields in which two objects differ, sorted.
func differing(a, b any) []string {
	left, _ := a.(map[string]any)
	right, _ := b.(map[string]any)
	var fields []string
	for field := range eitherMap(left, right) {
		if !reflect.DeepEqual(left[field], right[field]) {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return fields
}

func eitherMap(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return all
}

// Rules of both clouds have the same names, paths and shape of message: a
// mistake in the same body is told in the same words but for the cloud's.
func TestSameMistakesSameWords(t *testing.T) {
	for name, broken := range map[string]func(*Spec){
		"name":       func(s *Spec) { s.Name = "Shop" },
		"no version": func(s *Spec) { s.KubernetesVersion = "1.34.2" },
		"two zones":  func(s *Spec) { s.Network.Zones = s.Network.Zones[:2] },
		"range":      func(s *Spec) { s.Network.CIDR = "10.68.1.0/16" },
		"overlap":    func(s *Spec) { s.Network.Reserved = map[string][]string{"onprem": {"10.68.0.0/24"}} },
		"services":   func(s *Spec) { s.Network.ServiceCIDR = "10.68.0.0/20" },
		"no access":  func(s *Spec) { s.Access = nil },
		"open":       func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"0.0.0.0/0"}} },
		"grant":      func(s *Spec) { s.Vault = nil },
		"min":        apps(func(p *NodePoolSpec) { p.MinSize = 61 }),
		"skew":       apps(func(p *NodePoolSpec) { p.KubernetesVersion = "1.35" }),
		"zone":       apps(func(p *NodePoolSpec) { p.Zones = []string{"9"} }),
		"system":     system(func(p *NodePoolSpec) { p.MinSize = 1 }),
		"capacity":   func(s *Spec) { s.Capacity.Start = "soon" },
		"vault":      func(s *Spec) { s.Vault.Names[0] = "Shop" },
		"tier":       tier("Data", TierSpec{}),
	} {
		var told [2][]string
		for i, base := range []Spec{quickstart(), azureQuickstart()} {
			spec := cloneSpec(t, base)
			broken(&spec)
			for _, f := range Resolve(spec, nil).Findings {
				if f.Rule != "version-ending" {
					told[i] = append(told[i], fmt.Sprint(f.Severity, " ", f.Path, " ", f.Rule, " ", strings.Fields(f.Summary)[0]))
				}
			}
		}
		if len(told[0]) == 0 || !slices.Equal(told[0], told[1]) {
			t.Errorf("%s:\n%v\n%v", name, told[0], told[1])
		}
	}
}
