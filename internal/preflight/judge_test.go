package preflight

import (
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

const testKey = "arn:aws:kms:eu-west-1:111122223333:key/1"

// design is a cluster in a VPC that exists, attached to a hub.
func design() blueprint.Design {
	scope := blueprint.Scope{Cloud: "aws", Region: "eu-west-1", Cluster: "shop"}
	return blueprint.Design{
		Network: &blueprint.NetworkDesign{
			Scope: scope, CIDR: "10.72.0.0/16", PodCIDRs: []string{"100.70.0.0/16"}, Zones: []string{"eu-west-1a"}, Egress: "nat",
			Subnets: map[string]blueprint.SubnetDesign{
				"nodes-eu-west-1a": {Tier: "nodes", Zone: "eu-west-1a", CIDR: "10.72.0.0/20", RouteTo: "given/rtb-1"},
				"pods-eu-west-1a":  {Tier: "pods", Zone: "eu-west-1a", RouteTo: "given"},
			},
			Endpoints:   map[string]blueprint.EndpointDesign{"ecr.api": {Type: "interface"}},
			Connections: map[string]blueprint.ConnectionDesign{"hub": {TransitGatewayID: "tgw-1"}},
			Existing: &blueprint.ExistingNetworkSpec{NetworkID: "vpc-1",
				Subnets:     map[string]string{"nodes-eu-west-1a": "subnet-1", "pods-eu-west-1a": "subnet-2"},
				RouteTables: map[string]string{"nodes-eu-west-1a": "rtb-1"}},
		},
		ControlPlane: &blueprint.ControlPlaneDesign{Scope: scope, KubernetesVersion: "1.34", ClusterRole: "role-1", Encryption: "existing", KeyID: testKey, Autoscaling: "karpenter"},
		NodePools: map[string]blueprint.NodePoolDesign{"apps": {MaxPods: 30, Groups: map[string]blueprint.NodeGroupDesign{
			"eu-west-1a": {Zones: []string{"eu-west-1a"}, MinSize: 2, MaxSize: 10}}}},
	}
}

// survey is a place in which nothing is wrong with it.
func survey() cloud.Survey {
	return cloud.Survey{
		Network: &cloud.SurveyedNetwork{ID: "vpc-1", CIDRs: []string{"10.72.0.0/16", "100.70.0.0/16"}, PrivateNames: true, Endpoints: map[string]string{}},
		Subnets: map[string]cloud.SurveyedSubnet{
			"nodes-eu-west-1a": {ID: "subnet-1", Network: "vpc-1", Zone: "eu-west-1a", CIDR: "10.72.0.0/20", Free: 4000, Table: "rtb-1",
				Tags: map[string]string{"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": "shop"}},
			"pods-eu-west-1a": {ID: "subnet-2", Network: "vpc-1", Zone: "eu-west-1a", CIDR: "100.70.0.0/18", Free: 16000, Table: "rtb-1"},
		},
		Tables: map[string]cloud.SurveyedTable{"rtb-1": {ID: "rtb-1", Network: "vpc-1", Default: "nat-1"}},
		Links:  map[string]cloud.SurveyedLink{"hub": {Seen: true, CIDRs: []string{"10.64.0.0/14"}}},
		Ranges: []cloud.NetworkRange{{CIDR: "10.80.0.0/16", Kind: cloud.RangeNetwork, Network: "vpc-2"}, {CIDR: "10.72.0.0/16", Kind: cloud.RangeNetwork, Network: "vpc-1"}},
		Roles:  map[string]cloud.SurveyedRole{"role-1": {Services: []string{"eks.amazonaws.com"}}},
		Keys:   map[string]string{testKey: "enabled"}, Zones: []string{"eu-west-1a", "eu-west-1b"}, Versions: []cloud.VersionInfo{{Version: "1.34"}},
	}
}

// Each rule finds what is wrong with a place, names the attribute and the way
// out; the place as it should be has no finding.
func TestJudge(t *testing.T) {
	if found := Judge(design(), survey()); len(found) > 0 {
		t.Fatalf("a place in which nothing is wrong: %+v", found)
	}
	subnet := func(key string, change func(*cloud.SurveyedSubnet)) func(*blueprint.Design, *cloud.Survey) {
		return func(_ *blueprint.Design, s *cloud.Survey) {
			have := s.Subnets[key]
			change(&have)
			s.Subnets[key] = have
		}
	}
	table := func(change func(*cloud.SurveyedTable)) func(*blueprint.Design, *cloud.Survey) {
		return func(_ *blueprint.Design, s *cloud.Survey) {
			have := s.Tables["rtb-1"]
			change(&have)
			s.Tables["rtb-1"] = have
		}
	}
	const nodes, pods = "nodes-eu-west-1a", "pods-eu-west-1a"
	for _, c := range []struct {
		rule, path, says string
		change           func(*blueprint.Design, *cloud.Survey)
	}{
		{"network-missing", "network.existing.network_id", "target", func(_ *blueprint.Design, s *cloud.Survey) { s.Network = nil }},
		{"range-missing", "network.cidr", "10.73.0.0/16", func(_ *blueprint.Design, s *cloud.Survey) { s.Network.CIDRs[0] = "10.73.0.0/16" }},
		{"range-missing", "network.pods.cidrs", "owner", func(_ *blueprint.Design, s *cloud.Survey) { s.Network.CIDRs = s.Network.CIDRs[:1] }},
		{"endpoint-exists", "network.existing.interface_endpoints", `"ecr.api"`, func(_ *blueprint.Design, s *cloud.Survey) { s.Network.Endpoints["ecr.api"] = "vpce-1" }},
		{"network-names", "network.existing.network_id", "switch both on", func(_ *blueprint.Design, s *cloud.Survey) { s.Network.PrivateNames = false }},
		{"subnet-missing", at("network.existing.subnets", nodes), "Correct", func(_ *blueprint.Design, s *cloud.Survey) { delete(s.Subnets, nodes) }},
		{"subnet-elsewhere", at("network.existing.subnets", nodes), "vpc-1", subnet(nodes, func(s *cloud.SurveyedSubnet) { s.Network = "vpc-9" })},
		{"subnet-zone", at("network.existing.subnets", nodes), "eu-west-1a", subnet(nodes, func(s *cloud.SurveyedSubnet) { s.Zone = "eu-west-1b" })},
		{"subnet-range", at("pins", "subnet/"+nodes), "pin", subnet(nodes, func(s *cloud.SurveyedSubnet) { s.CIDR = "10.72.16.0/20" })},
		{"subnet-full", at("network.existing.subnets", nodes), "larger", subnet(nodes, func(s *cloud.SurveyedSubnet) { s.Free = 1 })},
		{"subnet-small", at("network.existing.subnets", pods), "max_size", subnet(pods, func(s *cloud.SurveyedSubnet) { s.Free = 299 })},
		{"subnet-full", at("network.existing.subnets", pods), "larger", subnet(pods, func(s *cloud.SurveyedSubnet) { s.Free = 59 })},
		{"subnet-balancer", at("network.existing.subnets", nodes), "internal-elb", subnet(nodes, func(s *cloud.SurveyedSubnet) { s.Tags = map[string]string{"karpenter.sh/discovery": "shop"} })},
		{"subnet-discovery", at("network.existing.subnets", nodes), "EC2NodeClass", subnet(nodes, func(s *cloud.SurveyedSubnet) { s.Tags = map[string]string{"kubernetes.io/role/internal-elb": "1"} })},
		{"subnet-public", at("network.existing.subnets", nodes), "map-public-ip", subnet(nodes, func(s *cloud.SurveyedSubnet) { s.Public = true })},
		{"table-missing", at("network.existing.route_tables", nodes), "Correct", func(_ *blueprint.Design, s *cloud.Survey) { delete(s.Tables, "rtb-1") }},
		{"table-closed", at("network.existing.route_tables", nodes), "isolated", table(func(t *cloud.SurveyedTable) { t.Default = "" })},
		{"table-dead", at("network.existing.route_tables", nodes), "mend", table(func(t *cloud.SurveyedTable) { t.Dead = true })},
		{"table-public", at("network.existing.route_tables", nodes), "NAT gateway", table(func(t *cloud.SurveyedTable) { t.Default = "igw-1" })},
		{"table-open", at("network.existing.route_tables", nodes), "removed", func(d *blueprint.Design, _ *cloud.Survey) { d.Network.Egress = "isolated" }},
		{"link-missing", at("network.connections", "hub"), "RAM", func(_ *blueprint.Design, s *cloud.Survey) { s.Links = nil }},
		{"link-overlap", at("network.connections", "hub"), "pod ranges", func(_ *blueprint.Design, s *cloud.Survey) {
			s.Links["hub"] = cloud.SurveyedLink{Seen: true, CIDRs: []string{"100.70.0.0/16"}}
		}},
		{"range-used", "network.cidr", "never be connected", func(_ *blueprint.Design, s *cloud.Survey) { s.Ranges[0].CIDR = "10.72.128.0/17" }},
		{"zone-missing", "network.zones", "eu-west-1b", func(_ *blueprint.Design, s *cloud.Survey) { s.Zones = s.Zones[1:] }},
		{"version-missing", "kubernetes_version", "1.35", func(_ *blueprint.Design, s *cloud.Survey) { s.Versions[0].Version = "1.35" }},
		{"role-missing", "aws.cluster_role_arn", "path", func(_ *blueprint.Design, s *cloud.Survey) { s.Roles = nil }},
		{"role-trust", "aws.cluster_role_arn", "trust policy", func(_ *blueprint.Design, s *cloud.Survey) { s.Roles["role-1"] = cloud.SurveyedRole{} }},
		{"key-unusable", "encryption.key_id", "enabled", func(_ *blueprint.Design, s *cloud.Survey) { s.Keys[testKey] = "pending deletion" }},
	} {
		t.Run(c.rule+" "+c.path, func(t *testing.T) {
			d, s := design(), survey()
			c.change(&d, &s)
			found := Judge(d, s)
			for _, f := range found {
				if f.Rule == c.rule && f.Path == c.path && strings.Contains(f.Summary+f.Detail, c.says) {
					return
				}
			}
			t.Errorf("not found among %+v", found)
		})
	}
}
