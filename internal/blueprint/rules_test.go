package blueprint

import (
	"slices"
	"strings"
	"testing"
)

// ruleCase breaks one rule of the quickstart, and comes back from it by the
// smallest step.
type ruleCase struct {
	name     string
	severity Severity // of the finding; error where empty
	rule     string
	path     string
	says     string      // part of the summary or detail
	broken   func(*Spec) // makes the finding
	nearest  func(*Spec) // makes a spec without errors and without this finding; nil: the quickstart
}

func pool(s *Spec, name string, change func(*NodePoolSpec)) {
	p := s.NodePools[name]
	change(&p)
	s.NodePools[name] = p
}

func apps(change func(*NodePoolSpec)) func(*Spec) {
	return func(s *Spec) { pool(s, "apps", change) }
}

func system(change func(*NodePoolSpec)) func(*Spec) {
	return func(s *Spec) { pool(s, "system", change) }
}

func tier(name string, spec TierSpec) func(*Spec) {
	return func(s *Spec) { s.Network.Tiers = map[string]TierSpec{name: spec} }
}

// Each rule refuses what breaks it, naming the attribute and what to do, and
// accepts the nearest thing that keeps it.
func TestRules(t *testing.T) {
	cases := slices.Concat(clusterCases, networkCases, poolCases, serviceCases, smallCases, seatCases, orgCases)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { holdRule(t, quickstart(), c) })
	}
}

// holdRule breaks a rule of base, and comes back from it.
func holdRule(t *testing.T, base Spec, c ruleCase) {
	t.Helper()
	spec := cloneSpec(t, base)
	c.broken(&spec)
	severity := or(c.severity, SeverityError)
	found := findings(Resolve(spec, nil).Findings, c.rule, c.path)
	if len(found) == 0 {
		t.Fatalf("no finding %s at %s; there are %+v", c.rule, c.path, Resolve(spec, nil).Findings)
	}
	if found[0].Severity != severity {
		t.Errorf("severity %s, want %s", found[0].Severity, severity)
	}
	if text := found[0].Summary + ". " + found[0].Detail; !strings.Contains(text, c.says) {
		t.Errorf("%q does not say %q", text, c.says)
	}
	spec = cloneSpec(t, base)
	if c.nearest != nil {
		c.nearest(&spec)
	}
	outcome := Resolve(spec, nil)
	if again := findings(outcome.Findings, c.rule, c.path); len(again) > 0 || HasErrors(outcome.Findings) {
		t.Errorf("the nearest is not accepted: %+v %v", again, errorsOf(outcome.Findings))
	}
}

func findings(all []Finding, rule, path string) []Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return f.Rule != rule || f.Path != path })
}

// Rules that development relaxes are warnings there, and say so.
func TestDevelopmentRelaxesAloud(t *testing.T) {
	relaxed := []string{}
	for _, c := range slices.Concat(clusterCases, networkCases, poolCases, serviceCases) {
		spec := cloneSpec(t, quickstart())
		c.broken(&spec)
		spec.Stage = StageDevelopment
		for _, f := range findings(Resolve(spec, nil).Findings, c.rule, c.path) {
			if f.Severity == SeverityWarning && or(c.severity, SeverityError) == SeverityError {
				relaxed = append(relaxed, c.rule)
				if !strings.Contains(f.Detail, "Relaxed by stage") {
					t.Errorf("%s is relaxed silently: %s", c.rule, f.Detail)
				}
			}
		}
	}
	slices.Sort(relaxed)
	want := []string{"access-no-admin", "access-none", "capacity-year-1", "instance-type-pods", "instance-type-small", "log-audit", "no-system-pool", "pool-single-zone", "public-open", "spot-system", "system-pool-size", "zones-production"}
	if got := slices.Compact(relaxed); !slices.Equal(got, want) {
		t.Errorf("relaxed are %v, want %v", got, want)
	}
}

var clusterCases = []ruleCase{
	{name: "name", rule: "name", path: "name", says: "starting with a letter",
		broken: func(s *Spec) { s.Name = "Shop_EU" }, nearest: func(s *Spec) { s.Name = "shop-eu2" }},
	{name: "name too long", rule: "name", path: "name", says: "1 to 63",
		broken: func(s *Spec) { s.Name = strings.Repeat("a", 64) }, nearest: func(s *Spec) { s.Name = strings.Repeat("a", 63) }},
	{name: "cloud", rule: "cloud", path: "cloud", says: `"aws" or "azure"`, broken: func(s *Spec) { s.Cloud = "gcp" }},
	{name: "region", rule: "region", path: "region", says: "no region", broken: func(s *Spec) { s.Region = "" }},
	{name: "region unknown", severity: SeverityWarning, rule: "region-unknown", path: "region", says: "spelling",
		broken: func(s *Spec) { s.Region = "eu-moon-1" }},
	{name: "stage", rule: "enumeration", path: "stage", says: `"production"`, broken: func(s *Spec) { s.Stage = "prod" }},
	{name: "tag reserved", rule: "tags-reserved", path: `tags["kready-owner"]`, says: "another key",
		broken: func(s *Spec) { s.Tags = map[string]string{"kready-owner": "x"} }, nearest: func(s *Spec) { s.Tags = map[string]string{"owner": "x"} }},
	{name: "tag too long", rule: "tags-length", path: `tags["a"]`, says: "256",
		broken:  func(s *Spec) { s.Tags = map[string]string{"a": strings.Repeat("x", 257)} },
		nearest: func(s *Spec) { s.Tags = map[string]string{"a": strings.Repeat("x", 256)} }},
	{name: "one zone", rule: "zones-two", path: "network.zones", says: "two zones",
		broken: func(s *Spec) { s.Network.Zones = []string{"eu-west-1a"} }},
	{name: "two zones in production", rule: "zones-production", path: "network.zones", says: "three",
		broken: func(s *Spec) { s.Network.Zones = s.Network.Zones[:2] }},
	{name: "zone twice", rule: "zones-double", path: "network.zones[3]", says: "twice",
		broken: func(s *Spec) { s.Network.Zones = append(s.Network.Zones, "eu-west-1a") }},
	{name: "zone of another region", rule: "zone-name", path: "network.zones[2]", says: "such as eu-west-1a",
		broken: func(s *Spec) { s.Network.Zones[2] = "eu-west-2a" }},
	{name: "version syntax", rule: "version", path: "kubernetes_version", says: `"1.34"`, broken: func(s *Spec) { s.KubernetesVersion = "1.34.2" }},
	{name: "version too old", rule: "version-unsupported", path: "kubernetes_version", says: "newer",
		broken: func(s *Spec) { s.KubernetesVersion = "1.27" }, nearest: func(s *Spec) { s.KubernetesVersion = "1.32" }},
	{name: "version out of standard support", rule: "version-unsupported", path: "kubernetes_version", says: "extended",
		broken:  func(s *Spec) { s.KubernetesVersion, s.Support = "1.33", "standard" },
		nearest: func(s *Spec) { s.KubernetesVersion, s.Support = "1.33", "extended" }},
	{name: "version ending", severity: SeverityWarning, rule: "version-ending", path: "kubernetes_version", says: "2026-12-02",
		broken: func(s *Spec) { s.Support = "standard" }, nearest: func(s *Spec) { s.Support, s.KubernetesVersion = "standard", "1.35" }},
	{name: "version newer than the table", severity: SeverityWarning, rule: "version-unknown", path: "kubernetes_version", says: "newer",
		broken: func(s *Spec) { s.KubernetesVersion = "1.40" }},
	{name: "no access", rule: "access-none", path: "access", says: "admin_groups", broken: func(s *Spec) { s.Access = nil }},
	{name: "no administrator", rule: "access-no-admin", path: "access.admin_groups", says: "break_glass",
		broken: func(s *Spec) {
			s.Access = &AccessSpec{Bindings: map[string]BindingSpec{"shop": {Principal: "arn:aws:iam::111122223333:role/shop", Role: "edit"}}}
		}},
	{name: "root", rule: "access-principal", path: "access.admin_groups[0]", says: "root",
		broken: func(s *Spec) { s.Access.AdminGroups[0] = "arn:aws:iam::111122223333:root" }},
	{name: "IAM group", rule: "access-principal", path: "access.admin_groups[0]", says: "groups",
		broken:  func(s *Spec) { s.Access.AdminGroups[0] = "arn:aws:iam::111122223333:group/admins" },
		nearest: func(s *Spec) { s.Access.AdminGroups[0] = "arn:aws:iam::111122223333:user/admin" }},
	{name: "SSO session", rule: "access-principal", path: "access.admin_groups[0]", says: "aws-reserved/sso.amazonaws.com",
		broken: func(s *Spec) {
			s.Access.AdminGroups[0] = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/jo"
		},
		nearest: func(s *Spec) {
			s.Access.AdminGroups[0] = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"
		}},
	{name: "administrator twice", severity: SeverityWarning, rule: "access-double", path: "access.admin_groups[1]", says: "already",
		broken: func(s *Spec) {
			s.Access.AdminGroups = append(s.Access.AdminGroups, "arn:aws:sts::111122223333:assumed-role/platform-admin/jo")
		}},
	{name: "binding of an administrator", rule: "access-double", path: `access.bindings["shop"].principal`, says: "one access entry",
		broken: func(s *Spec) {
			s.Access.Bindings = map[string]BindingSpec{"shop": {Principal: s.Access.AdminGroups[0], Role: "edit"}}
		},
		nearest: func(s *Spec) {
			s.Access.Bindings = map[string]BindingSpec{"shop": {Principal: "arn:aws:iam::111122223333:role/shop", Role: "edit", Namespaces: []string{"shop", "shop-*"}}}
		}},
	{name: "binding role", rule: "enumeration", path: `access.bindings["shop"].role`, says: `"edit"`,
		broken: func(s *Spec) {
			s.Access.Bindings = map[string]BindingSpec{"shop": {Principal: "arn:aws:iam::111122223333:role/shop", Role: "owner"}}
		}},
	{name: "namespace", rule: "namespace", path: `access.bindings["shop"].namespaces[0]`, says: "lower-case",
		broken: func(s *Spec) {
			s.Access.Bindings = map[string]BindingSpec{"shop": {Principal: "arn:aws:iam::111122223333:role/shop", Role: "edit", Namespaces: []string{"Shop"}}}
		}},
	{name: "API open to everybody", rule: "public-open", path: "access.public.allowed_cidrs[0]", says: "internet",
		broken:  func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"0.0.0.0/0"}} },
		nearest: func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24"}} }},
	{name: "API open to two halves", rule: "public-open", path: "access.public.allowed_cidrs[1]", says: "internet",
		broken: func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24", "128.0.0.0/1"}} }},
	{name: "public API in production", severity: SeverityWarning, rule: "public-production", path: "access.public", says: "reachable_from",
		broken: func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24"}} }},
	{name: "public private", rule: "public-private", path: "access.public.allowed_cidrs[0]", says: "reachable_from",
		broken: func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"10.1.0.0/16"}} }},
	{name: "public without ranges", rule: "public-empty", path: "access.public.allowed_cidrs", says: "Name the public ranges",
		broken: func(s *Spec) { s.Access.Public = &PublicSpec{} }},
	{name: "unreachable", severity: SeverityWarning, rule: "api-unreachable", path: "network.reachable_from", says: "runners",
		broken: func(s *Spec) { s.Network.ReachableFrom = nil }},
	{name: "log type", rule: "log-type", path: "control_plane_logs.types[1]", says: "scheduler",
		broken: func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{Types: []string{"audit", "etcd"}} }},
	{name: "no audit log", rule: "log-audit", path: "control_plane_logs.types", says: "audit",
		broken:  func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{Types: []string{"api"}} },
		nearest: func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{Types: []string{"audit"}} }},
	{name: "log retention", rule: "log-retention", path: "control_plane_logs.retention_days", says: "120",
		broken:  func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{RetentionDays: 100} },
		nearest: func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{RetentionDays: 120} }},
	{name: "key missing", rule: "encryption-key", path: "encryption.key_id", says: "KMS",
		broken: func(s *Spec) { s.Encryption = &EncryptionSpec{Mode: "existing"} },
		nearest: func(s *Spec) {
			s.Encryption = &EncryptionSpec{Mode: "existing", KeyID: "arn:aws:kms:eu-west-1:111122223333:key/0f5a-1"}
		}},
	{name: "key too many", rule: "encryption-key", path: "encryption.key_id", says: "remove key_id",
		broken: func(s *Spec) { s.Encryption = &EncryptionSpec{KeyID: "arn:aws:kms:eu-west-1:111122223333:key/0f5a-1"} }},
	{name: "boundary", rule: "arn", path: "aws.permissions_boundary", says: "policy/boundary",
		broken:  func(s *Spec) { s.AWS = &AWSSpec{PermissionsBoundary: "boundary"} },
		nearest: func(s *Spec) { s.AWS = &AWSSpec{PermissionsBoundary: "arn:aws:iam::111122223333:policy/boundary"} }},
	{name: "role path", rule: "role-path", path: "aws.role_path", says: "/platform/",
		broken: func(s *Spec) { s.AWS = &AWSSpec{RolePath: "platform"} }, nearest: func(s *Spec) { s.AWS = &AWSSpec{RolePath: "/platform/"} }},
	{name: "support standard", severity: SeverityWarning, rule: "support-standard", path: "support", says: "by itself",
		broken: func(s *Spec) { s.Support, s.KubernetesVersion = "standard", "1.35" }},
	{name: "name override unused", rule: "names-unused", path: `names["role/clusters"]`, says: `"role/cluster"`,
		broken:  func(s *Spec) { s.Names = map[string]string{"role/clusters": "x"} },
		nearest: func(s *Spec) { s.Names = map[string]string{"role/cluster": "x"} }},
	{name: "name override refused", rule: "names-form", path: `names["role/cluster"]`, says: "64",
		broken:  func(s *Spec) { s.Names = map[string]string{"role/cluster": strings.Repeat("x", 65)} },
		nearest: func(s *Spec) { s.Names = map[string]string{"role/cluster": strings.Repeat("x", 64)} }},
	{name: "capacity start", rule: "capacity-start", path: "capacity.start", says: "YYYY-MM", broken: func(s *Spec) { s.Capacity.Start = "2026-13" }},
	{name: "growth", rule: "growth", path: "capacity.growth_per_year", says: "fraction", broken: func(s *Spec) { s.Capacity.GrowthPerYear = 50 }},
	{name: "exhausted within a year", rule: "capacity-year-1", path: "capacity", says: "month",
		broken:  func(s *Spec) { s.Network.Tiers = map[string]TierSpec{"pods": {PrefixLength: 20}} },
		nearest: func(s *Spec) { s.Network.Tiers = map[string]TierSpec{"pods": {PrefixLength: 19}} }},
	{name: "exhausted within the horizon", severity: SeverityWarning, rule: "capacity-horizon", path: "capacity", says: "pods-eu-west-1a is full in 20",
		broken:  func(s *Spec) { s.Network.Tiers = map[string]TierSpec{"pods": {PrefixLength: 18}} },
		nearest: func(s *Spec) { s.Network.Tiers = map[string]TierSpec{"pods": {PrefixLength: 17}} }},
	{name: "negative budget", rule: "budget", path: "change_budget.delete", says: "negative",
		broken: func(s *Spec) { minus := -1; s.ChangeBudget.Delete = &minus }},
	{name: "acknowledgement of nothing", severity: SeverityWarning, rule: "acknowledge-unused", path: "acknowledge_replacement[0]", says: "Remove it",
		broken: func(s *Spec) { s.AcknowledgeReplacement = []string{"cluster-0123456789"} }},
}

var networkCases = []ruleCase{
	{name: "no range", rule: "network-range", path: "network.cidr", says: "kready_cidr_pool", broken: func(s *Spec) { s.Network.CIDR = "" }},
	{name: "host bits", rule: "network-range", path: "network.cidr", says: `"10.68.0.0/16"`, broken: func(s *Spec) { s.Network.CIDR = "10.68.1.0/16" }},
	{name: "IPv6 range", rule: "network-range", path: "network.cidr", says: "IPv4", broken: func(s *Spec) { s.Network.CIDR = "fd00::/48" }},
	{name: "range too large", rule: "vpc-range", path: "network.cidr", says: "/16 to a /28", broken: func(s *Spec) { s.Network.CIDR = "10.72.0.0/15" }},
	{name: "network too small", rule: "network-too-small", path: "network.cidr", says: "A /23 would hold it",
		broken: func(s *Spec) { s.Network.CIDR = "10.68.0.0/25" }, nearest: func(s *Spec) { s.Network.CIDR = "10.68.0.0/22" }},
	{name: "overlap with a reserved range", rule: "overlap", path: "network.cidr", says: `network.reserved["onprem"][0]`,
		broken:  func(s *Spec) { s.Network.Reserved = map[string][]string{"onprem": {"10.68.128.0/17"}} },
		nearest: func(s *Spec) { s.Network.Reserved = map[string][]string{"onprem": {"10.69.0.0/17"}} }},
	{name: "overlap with runners", rule: "overlap", path: "network.cidr", says: "network.reachable_from",
		broken: func(s *Spec) { s.Network.ReachableFrom = []string{"10.64.0.0/10"} }},
	{name: "reserved syntax", rule: "range", path: `network.reserved["vpn"][0]`, says: "10.1.0.0/16",
		broken: func(s *Spec) { s.Network.Reserved = map[string][]string{"vpn": {"10.1.2.3/16"}} }},
	{name: "pods overlap a reserved range", rule: "overlap", path: "network.pods.cidrs[0]", says: "peers",
		broken: func(s *Spec) {
			s.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.0.0/16", "100.65.0.0/16"}}
			s.Network.Reserved = map[string][]string{"peers": {"100.64.0.0/16"}}
		},
		nearest: func(s *Spec) { s.Network.Reserved = map[string][]string{"peers": {"100.64.0.0/16"}} }},
	{name: "pods in another private block", rule: "vpc-range", path: "network.pods.cidrs", says: "100.64.0.0/10",
		broken:  func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"192.168.0.0/16", "100.64.0.0/16"}} },
		nearest: func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"100.70.0.0/16", "100.71.0.0/16"}} }},
	{name: "pod ranges too small", rule: "pods-need", path: "network.pods.cidrs", says: "Add a /16",
		broken: func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.0.0/19"}} }},
	{name: "pod range syntax", rule: "pod-range", path: "network.pods.cidrs[0]", says: "100.64.0.0/16",
		broken: func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.1.0/16"}} }},
	{name: "routable pods with ranges", rule: "pod-range-unused", path: "network.pods.cidrs", says: "non_routable",
		broken: func(s *Spec) {
			s.Capacity = nil
			s.Network.Pods = &PodsSpec{Mode: "routable", CIDRs: []string{"100.64.0.0/16"}}
		},
		nearest: func(s *Spec) { s.Capacity = nil; s.Network.Pods = &PodsSpec{Mode: "routable"} }},
	{name: "network where pods go", rule: "pod-range-default", path: "network.pods.cidrs", says: "RFC 1918",
		broken: func(s *Spec) { s.Network.CIDR = "100.80.0.0/16" }},
	{name: "services overlap", rule: "service-range", path: "network.service_cidr", says: "network.cidr",
		broken: func(s *Spec) { s.Network.ServiceCIDR = "10.68.0.0/20" }, nearest: func(s *Spec) { s.Network.ServiceCIDR = "10.200.0.0/20" }},
	{name: "services overlap others", rule: "service-range", path: "network.service_cidr", says: `network.reserved "onprem"`,
		broken: func(s *Spec) {
			s.Network.ServiceCIDR = "172.20.0.0/16"
			s.Network.Reserved = map[string][]string{"onprem": {"172.16.0.0/12"}}
		},
		nearest: func(s *Spec) { s.Network.Reserved = map[string][]string{"onprem": {"172.16.0.0/12"}} }},
	{name: "services too large", rule: "service-range", path: "network.service_cidr", says: "/12 to a /24", broken: func(s *Spec) { s.Network.ServiceCIDR = "172.20.0.0/25" }},
	{name: "services public", rule: "service-range", path: "network.service_cidr", says: "private", broken: func(s *Spec) { s.Network.ServiceCIDR = "100.64.0.0/16" }},
	{name: "egress", rule: "enumeration", path: "network.egress", says: `"isolated"`, broken: func(s *Spec) { s.Network.Egress = "internet" }},
	{name: "one NAT in production", severity: SeverityWarning, rule: "nat-single", path: "network.egress", says: "nat_per_zone",
		broken:  func(s *Spec) { s.Network.Egress = "nat"; s.AWS = &AWSSpec{NATMode: "zonal"} },
		nearest: func(s *Spec) { s.Network.Egress = "nat" }},
	{name: "NAT mode", rule: "enumeration", path: "aws.nat_mode", says: `"regional"`,
		broken:  func(s *Spec) { s.Network.Egress = "nat"; s.AWS = &AWSSpec{NATMode: "global"} },
		nearest: func(s *Spec) { s.Network.Egress = "nat"; s.AWS = &AWSSpec{NATMode: "regional"} }},
	{name: "regional NAT in GovCloud", severity: SeverityWarning, rule: "nat-mode-region", path: "aws.nat_mode", says: "GovCloud",
		broken: func(s *Spec) {
			s.Region, s.Network.Zones = "us-gov-west-1", []string{"us-gov-west-1a", "us-gov-west-1b", "us-gov-west-1c"}
			s.Network.Egress, s.AWS = "nat", &AWSSpec{NATMode: "regional"}
		},
		nearest: func(s *Spec) {
			s.Region, s.Network.Zones = "us-gov-west-1", []string{"us-gov-west-1a", "us-gov-west-1b", "us-gov-west-1c"}
			s.Network.Egress, s.AWS = "nat_per_zone", nil
		}},
	{name: "NAT mode without one NAT", rule: "nat-mode", path: "aws.nat_mode", says: "leave nat_mode out",
		broken:  func(s *Spec) { s.AWS = &AWSSpec{NATMode: "regional"} },
		nearest: func(s *Spec) { s.Network.Egress = "nat"; s.AWS = &AWSSpec{NATMode: "regional"} }},
	{name: "isolated with DNS records", severity: SeverityWarning, rule: "isolated-gap", path: "network.egress", says: "route53",
		broken: func(s *Spec) {
			s.Network.Egress = "isolated"
			s.WorkloadIdentities["dns"] = WorkloadIdentitySpec{Namespace: "dns", ServiceAccount: "dns", Grants: []string{"external-dns"}}
		},
		nearest: func(s *Spec) { s.Network.Egress = "isolated" }},
	{name: "tier name", rule: "tier-name", path: `network.tiers["Data-1"]`, says: "underscores", broken: tier("Data-1", TierSpec{}), nearest: tier("data_1", TierSpec{})},
	{name: "tier size", rule: "tier-size", path: `network.tiers["data"].prefix_length`, says: "/16 to /28", broken: tier("data", TierSpec{PrefixLength: 29}), nearest: tier("data", TierSpec{PrefixLength: 28})},
	{name: "nodes too small", rule: "subnet-too-small", path: `network.tiers["nodes"].prefix_length`, says: "set prefix_length = 27",
		broken: tier("nodes", TierSpec{PrefixLength: 28}), nearest: func(s *Spec) { s.Capacity = nil; tier("nodes", TierSpec{PrefixLength: 27})(s) }},
	{name: "routable built-in", rule: "tier-routable", path: `network.tiers["nodes"].routable`, says: "network.egress",
		broken:  func(s *Spec) { off := false; tier("nodes", TierSpec{Routable: &off})(s) },
		nearest: func(s *Spec) { off := false; tier("data", TierSpec{Routable: &off})(s) }},
	{name: "endpoints without endpoints", rule: "tier-endpoints", path: `network.tiers["endpoints"]`, says: "isolated",
		broken: tier("endpoints", TierSpec{}), nearest: func(s *Spec) { s.Network.Egress = "isolated"; tier("endpoints", TierSpec{PrefixLength: 26})(s) }},
	{name: "public in isolation", rule: "tier-public", path: `network.tiers["public"]`, says: "internet gateway",
		broken: func(s *Spec) { s.Network.Egress = "isolated"; tier("public", TierSpec{})(s) }, nearest: tier("public", TierSpec{})},
	{name: "pods tier of routable pods", rule: "tier-pods", path: `network.tiers["pods"]`, says: "nodes",
		broken: func(s *Spec) {
			s.Network.Pods = &PodsSpec{Mode: "routable"}
			tier("pods", TierSpec{PrefixLength: 18})(s)
		}},
	{name: "moved from a tier that stays", rule: "moved-from", path: `network.tiers["data"].moved_from`, says: "still asked for",
		broken: func(s *Spec) { s.Network.Tiers = map[string]TierSpec{"data": {MovedFrom: "db"}, "db": {}} }},
	{name: "pin of nothing", rule: "pin-unused", path: `pins["subnet/db-eu-west-1a"]`, says: "correct the key",
		broken:  func(s *Spec) { s.Pins = map[string]string{"subnet/db-eu-west-1a": "10.68.0.0/24"} },
		nearest: func(s *Spec) { s.Pins = map[string]string{"subnet/nodes-eu-west-1a": "10.68.64.0/20"} }},
	{name: "pin outside", rule: "subnets", path: `pins["subnet/nodes-eu-west-1a"]`, says: "outside",
		broken: func(s *Spec) { s.Pins = map[string]string{"subnet/nodes-eu-west-1a": "10.69.0.0/20"} }},
	{name: "pin syntax", rule: "pin", path: `pins["subnet/nodes-eu-west-1a"]`, says: "10.68.0.0/20",
		broken: func(s *Spec) { s.Pins = map[string]string{"subnet/nodes-eu-west-1a": "10.68.1.0/20"} }},
	{name: "flow log retention", rule: "log-retention", path: "network.flow_logs.retention_days", says: "120",
		broken: func(s *Spec) { s.Network.FlowLogs = &FlowLogsSpec{RetentionDays: 91} }},
	{name: "flow logs off", severity: SeverityWarning, rule: "flow-logs-off", path: "network.flow_logs.enabled", says: "talked to whom",
		broken: func(s *Spec) { off := false; s.Network.FlowLogs = &FlowLogsSpec{Enabled: &off} }},
}

var poolCases = []ruleCase{
	{name: "pool name", rule: "pool-name", path: `node_pools["Apps"]`, says: "lower-case",
		broken: func(s *Spec) { s.NodePools["Apps"] = s.NodePools["apps"] }, nearest: func(s *Spec) { s.NodePools["apps-2"] = s.NodePools["system"] }},
	{name: "min above max", rule: "pool-min-max", path: `node_pools["apps"].min_size`, says: "raise max_size",
		broken: apps(func(p *NodePoolSpec) { p.MinSize = 61 }), nearest: apps(func(p *NodePoolSpec) { p.MinSize = 60 })},
	{name: "no nodes", rule: "pool-size", path: `node_pools["apps"].max_size`, says: "1 or more", broken: apps(func(p *NodePoolSpec) { p.MinSize, p.MaxSize = 0, 0 })},
	{name: "negative", rule: "pool-size", path: `node_pools["apps"].min_size`, says: "0 or more", broken: apps(func(p *NodePoolSpec) { p.MinSize = -1 })},
	{name: "nothing scales", rule: "pool-unscaled", path: `node_pools["apps"].max_size`, says: "cluster_autoscaler",
		broken: func(s *Spec) { s.Autoscaling = "none" },
		nearest: func(s *Spec) {
			s.Autoscaling = "none"
			apps(func(p *NodePoolSpec) { p.MinSize = 60 })(s)
			system(func(p *NodePoolSpec) { p.MinSize = 6 })(s)
		}},
	{name: "karpenter scales no groups", rule: "pool-unscaled", path: `node_pools["system"].max_size`, says: "karpenter",
		broken: func(s *Spec) { s.Autoscaling = "karpenter"; delete(s.NodePools, "apps") },
		nearest: func(s *Spec) {
			s.Autoscaling = "karpenter"
			delete(s.NodePools, "apps")
			system(func(p *NodePoolSpec) { p.MaxSize = 3 })(s)
		}},
	{name: "zone left empty", rule: "pool-zones-empty", path: `node_pools["apps"].max_size`, says: "Raise max_size to 3",
		broken: apps(func(p *NodePoolSpec) { p.MinSize, p.MaxSize = 1, 2 }), nearest: apps(func(p *NodePoolSpec) { p.MinSize, p.MaxSize = 1, 3 })},
	{name: "pool too large", rule: "pool-too-large", path: `node_pools["apps"].max_size`, says: "1350",
		broken: func(s *Spec) { s.Capacity = nil; apps(func(p *NodePoolSpec) { p.MaxSize = 1351 })(s) }},
	{name: "small system pool", rule: "system-pool-size", path: `node_pools["system"].min_size`, says: "DNS",
		broken: system(func(p *NodePoolSpec) { p.MinSize = 1 }), nearest: system(func(p *NodePoolSpec) { p.MinSize = 2 })},
	{name: "no system pool", rule: "no-system-pool", path: "node_pools", says: `mode = "system"`, broken: func(s *Spec) { delete(s.NodePools, "system") }},
	{name: "zone outside", rule: "pool-zone", path: `node_pools["apps"].zones[0]`, says: "network.zones",
		broken:  apps(func(p *NodePoolSpec) { p.Zones = []string{"eu-west-1d", "eu-west-1a"} }),
		nearest: apps(func(p *NodePoolSpec) { p.Zones = []string{"eu-west-1b", "eu-west-1a"} })},
	{name: "single zone", rule: "pool-single-zone", path: `node_pools["apps"].zones`, says: "second zone",
		broken: apps(func(p *NodePoolSpec) { p.Zones = []string{"eu-west-1a"} })},
	{name: "no types", rule: "instance-types", path: `node_pools["apps"].instance_types`, says: "one or more", broken: apps(func(p *NodePoolSpec) { p.InstanceTypes = nil })},
	{name: "unknown type", severity: SeverityWarning, rule: "instance-type-unknown", path: `node_pools["apps"].instance_types[0]`, says: "spelling",
		broken: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"m99g.2xlarge"} })},
	{name: "mixed architectures", rule: "instance-types-mixed", path: `node_pools["apps"].instance_types`, says: "two pools",
		broken:  apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"m7g.2xlarge", "m7i.2xlarge"} }),
		nearest: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"m7i.2xlarge", "m6i.2xlarge"} })},
	{name: "wrong architecture", rule: "architecture", path: `node_pools["apps"].architecture`, says: "Leave architecture out",
		broken: apps(func(p *NodePoolSpec) { p.Architecture = "amd64" }), nearest: apps(func(p *NodePoolSpec) { p.Architecture = "arm64" })},
	{name: "type too small", rule: "instance-type-small", path: `node_pools["system"].instance_types[0]`, says: "larger",
		broken:  system(func(p *NodePoolSpec) { p.InstanceTypes = []string{"t4g.small"} }),
		nearest: system(func(p *NodePoolSpec) { p.InstanceTypes = []string{"t4g.medium"} })},
	{name: "too many pods", rule: "max-pods", path: `node_pools["system"].max_pods`, says: "290",
		broken: system(func(p *NodePoolSpec) { p.MaxPods = 291 }), nearest: system(func(p *NodePoolSpec) { p.MaxPods = 200 })},
	{name: "too few pods", rule: "max-pods", path: `node_pools["apps"].max_pods`, says: "10 or more",
		broken: apps(func(p *NodePoolSpec) { p.MaxPods = 9 }), nearest: apps(func(p *NodePoolSpec) { p.MaxPods = 10 })},
	{name: "type with few pods", rule: "instance-type-pods", path: `node_pools["apps"].instance_types[0]`, says: "prefix delegation",
		broken: func(s *Spec) {
			off := false
			s.Network.CNI = &CNISpec{PrefixDelegation: &off}
			apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"c7g.medium"} })(s)
		},
		nearest: func(s *Spec) {
			off := false
			s.Network.CNI = &CNISpec{PrefixDelegation: &off}
			apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"c7g.large"} })(s)
		}},
	{name: "GPU and none", rule: "instance-types-image", path: `node_pools["apps"].instance_types`, says: "pool for each",
		broken:  apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"g5.2xlarge", "m7i.2xlarge"} }),
		nearest: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"g5.2xlarge", "g6.2xlarge"} })},
	{name: "no image", rule: "instance-type-image", path: `node_pools["apps"].instance_types`, says: "operating system",
		broken: apps(func(p *NodePoolSpec) {
			p.InstanceTypes = []string{"inf2.xlarge"}
			p.NodeImage = &NodeImageSpec{OS: "bottlerocket"}
		}),
		nearest: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"inf2.xlarge"} })},
	{name: "spot with one type", severity: SeverityWarning, rule: "spot-types", path: `node_pools["apps"].instance_types`, says: "several types",
		broken: apps(func(p *NodePoolSpec) { p.CapacityType = "spot" }),
		nearest: apps(func(p *NodePoolSpec) {
			p.CapacityType, p.InstanceTypes = "spot", []string{"m7g.2xlarge", "m6g.2xlarge"}
		})},
	{name: "system on spot", rule: "spot-system", path: `node_pools["system"].capacity_type`, says: "on_demand",
		broken: system(func(p *NodePoolSpec) { p.CapacityType = "spot" })},
	{name: "pool ahead", rule: "version-skew", path: `node_pools["apps"].kubernetes_version`, says: "ahead",
		broken: apps(func(p *NodePoolSpec) { p.KubernetesVersion = "1.35" }), nearest: apps(func(p *NodePoolSpec) { p.KubernetesVersion = "1.34" })},
	{name: "pool too far behind", rule: "version-skew", path: `node_pools["apps"].kubernetes_version`, says: "at most 3",
		broken: apps(func(p *NodePoolSpec) { p.KubernetesVersion = "1.30" }), nearest: apps(func(p *NodePoolSpec) { p.KubernetesVersion = "1.31" })},
	{name: "label syntax", rule: "label", path: `node_pools["apps"].labels["a b"]`, says: "letters",
		broken: apps(func(p *NodePoolSpec) { p.Labels["a b"] = "x" })},
	{name: "label reserved", rule: "label", path: `node_pools["apps"].labels["kubernetes.io/role"]`, says: "prefix of your own",
		broken:  apps(func(p *NodePoolSpec) { p.Labels["kubernetes.io/role"] = "x" }),
		nearest: apps(func(p *NodePoolSpec) { p.Labels["example.com/role"] = "x" })},
	{name: "taint effect", rule: "taint", path: `node_pools["apps"].taints[0]`, says: "NoSchedule",
		broken:  apps(func(p *NodePoolSpec) { p.Taints = []TaintSpec{{Key: "a", Effect: "Never"}} }),
		nearest: apps(func(p *NodePoolSpec) { p.Taints = []TaintSpec{{Key: "a", Effect: "NoSchedule"}} })},
	{name: "taint twice", rule: "taint-double", path: `node_pools["apps"].taints[1]`, says: "Remove one",
		broken: apps(func(p *NodePoolSpec) {
			p.Taints = []TaintSpec{{Key: "a", Effect: "NoSchedule"}, {Key: "a", Value: "x", Effect: "NoSchedule"}}
		})},
	{name: "disk too small", rule: "bounds", path: `node_pools["apps"].disk.size_gib`, says: "20 to",
		broken: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{SizeGiB: 8} }), nearest: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{SizeGiB: 20} })},
	{name: "io2 without iops", rule: "disk-iops", path: `node_pools["apps"].disk.iops`, says: "provision",
		broken: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{Type: "io2"} }), nearest: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{Type: "io2", IOPS: 3000} })},
	{name: "operating system", rule: "enumeration", path: `node_pools["apps"].node_image.os`, says: "bottlerocket",
		broken:  apps(func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{OS: "ubuntu2404"} }),
		nearest: apps(func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{OS: "bottlerocket"} })},
	{name: "max unavailable", rule: "max-unavailable", path: `node_pools["apps"].max_unavailable`, says: "percentage",
		broken: apps(func(p *NodePoolSpec) { p.MaxUnavailable = "0" }), nearest: apps(func(p *NodePoolSpec) { p.MaxUnavailable = "33%" })},
	{name: "moved from a pool that stays", rule: "moved-from", path: `node_pools["apps"].moved_from`, says: "still asked for",
		broken: apps(func(p *NodePoolSpec) { p.MovedFrom = "system" })},
	{name: "demand above the largest subnet", rule: "subnet-too-small", path: `network.tiers["pods"].prefix_length`, says: "more than a /16",
		broken: func(s *Spec) {
			s.Capacity = nil
			apps(func(p *NodePoolSpec) { p.MaxSize = 1350; p.MaxPods = 250; p.InstanceTypes = []string{"m7g.16xlarge"} })(s)
		},
		nearest: func(s *Spec) {
			s.Capacity = nil
			apps(func(p *NodePoolSpec) { p.MaxSize = 600; p.MaxPods = 250; p.InstanceTypes = []string{"m7g.16xlarge"} })(s)
		}},
}

var serviceCases = []ruleCase{
	{name: "repository name", rule: "repository-name", path: "registry.repositories[0]", says: "lower-case",
		broken: func(s *Spec) { s.Registry.Repositories[0] = "Shop/Web" }},
	{name: "repository key", rule: "repository-key", path: "registry.repositories[2]", says: "Rename",
		broken:  func(s *Spec) { s.Registry.Repositories = append(s.Registry.Repositories, "shop-web") },
		nearest: func(s *Spec) { s.Registry.Repositories = append(s.Registry.Repositories, "shop-web2") }},
	{name: "empty registry", rule: "registry-empty", path: "registry.repositories", says: "remove registry", broken: func(s *Spec) { s.Registry = &RegistrySpec{} }, nearest: func(s *Spec) { s.Registry = nil }},
	{name: "mutable tags", severity: SeverityWarning, rule: "registry-mutable", path: "registry.immutable_tags", says: "digest",
		broken: func(s *Spec) { off := false; s.Registry.ImmutableTags = &off }},
	{name: "push principal", rule: "push-principal", path: "registry.push_principals[0]", says: "role/ci",
		broken:  func(s *Spec) { s.Registry.PushPrincipals = []string{"ci"} },
		nearest: func(s *Spec) { s.Registry.PushPrincipals = []string{"arn:aws:iam::111122223333:role/ci"} }},
	{name: "registry may be destroyed full", severity: SeverityWarning, rule: "force-destroy", path: "registry.force_destroy", says: "production",
		broken: func(s *Spec) { s.Registry.ForceDestroy = true }},
	{name: "vault may be destroyed full", severity: SeverityWarning, rule: "force-destroy", path: "vault.force_destroy", says: "production",
		broken: func(s *Spec) { s.Vault.ForceDestroy = true }},
	{name: "vault name", rule: "vault-name", path: "vault.names[0]", says: "lower-case", broken: func(s *Spec) { s.Vault.Names[0] = "Shop" }},
	{name: "vault recovery", rule: "vault-recovery", path: "vault.recovery_days", says: "7 to 30", broken: func(s *Spec) { s.Vault.RecoveryDays = 31 }, nearest: func(s *Spec) { s.Vault.RecoveryDays = 30 }},
	{name: "grant unknown", rule: "grant-unknown", path: `workload_identities["external-secrets"].grants[0]`, says: "policies",
		broken: func(s *Spec) { s.WorkloadIdentities["external-secrets"].Grants[0] = "vault:write" }},
	{name: "grant without a vault", rule: "grant-unwired", path: `workload_identities["external-secrets"].grants[0]`, says: "vault = {",
		broken: func(s *Spec) { s.Vault = nil }},
	{name: "grant of another vault", rule: "grant-unwired", path: `workload_identities["external-secrets"].grants[0]`, says: `"shop"`,
		broken:  func(s *Spec) { s.WorkloadIdentities["external-secrets"].Grants[0] = "vault:read:shops" },
		nearest: func(s *Spec) { s.WorkloadIdentities["external-secrets"].Grants[0] = "vault:read:shop" }},
	{name: "identity twice", rule: "identity-double", path: `workload_identities["other"].service_account`, says: "Merge",
		broken: func(s *Spec) { s.WorkloadIdentities["other"] = s.WorkloadIdentities["external-secrets"] }},
	{name: "identity of an add-on", rule: "identity-double", path: `workload_identities["ebs"].service_account`, says: "aws-ebs-csi-driver",
		broken: func(s *Spec) {
			s.WorkloadIdentities["ebs"] = WorkloadIdentitySpec{Namespace: "kube-system", ServiceAccount: "ebs-csi-controller-sa", Grants: []string{"ebs-csi"}}
		}},
	{name: "identity without grants", severity: SeverityWarning, rule: "identity-empty", path: `workload_identities["idle"]`, says: "remove it",
		broken: func(s *Spec) {
			s.WorkloadIdentities["idle"] = WorkloadIdentitySpec{Namespace: "a", ServiceAccount: "b"}
		}},
	{name: "policy is no policy", rule: "policy-json", path: `workload_identities["external-secrets"].policies["p"]`, says: "jsonencode",
		broken: policy("{}")},
	{name: "policy allows everything", severity: SeverityWarning, rule: "policy-wildcard", path: `workload_identities["external-secrets"].policies["p"]`, says: "taken over",
		broken:  policy(`{"Statement":{"Effect":"Allow","Action":["s3:*"],"Resource":"arn:aws:s3:::b/*"}}`),
		nearest: policy(`{"Statement":{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::b/*"}}`)},
	{name: "policy too long", rule: "policy-size", path: `workload_identities["external-secrets"].policies["p"]`, says: "Split",
		broken: policy(`{"Statement":{"Effect":"Deny","Action":"` + strings.Repeat("x", 6200) + `","Resource":"*"}}`)},
	{name: "add-on unknown", severity: SeverityWarning, rule: "addon-unknown", path: `addons["kubecost"]`, says: "without an identity",
		broken: func(s *Spec) { s.Addons = map[string]AddonSpec{"kubecost": {}} }},
	{name: "add-on without its identity", severity: SeverityWarning, rule: "addon-identity", path: `addons["amazon-cloudwatch-observability"]`, says: "amazon-cloudwatch/cloudwatch-agent",
		broken: func(s *Spec) { s.Addons = map[string]AddonSpec{"amazon-cloudwatch-observability": {}} },
		nearest: func(s *Spec) {
			s.Addons = map[string]AddonSpec{"amazon-cloudwatch-observability": {}}
			s.WorkloadIdentities["cloudwatch"] = WorkloadIdentitySpec{Namespace: "amazon-cloudwatch", ServiceAccount: "cloudwatch-agent",
				Policies: map[string]string{"p": `{"Statement":[{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"arn:aws:logs:*:*:*"}]}`}}
		}},
	{name: "add-on needs another", rule: "addon-needs", path: `addons["adot"]`, says: "cert-manager",
		broken:  func(s *Spec) { s.Addons = map[string]AddonSpec{"adot": {}} },
		nearest: func(s *Spec) { s.Addons = map[string]AddonSpec{"adot": {}, "cert-manager": {}} }},
	{name: "without the CNI", rule: "addon-needed", path: `addons["vpc-cni"].enabled`, says: "nodes don't work",
		broken: func(s *Spec) { off := false; s.Addons = map[string]AddonSpec{"vpc-cni": {Enabled: &off}} }},
	{name: "without DNS", severity: SeverityWarning, rule: "addon-dns", path: `addons["coredns"].enabled`, says: "something else",
		broken: func(s *Spec) { off := false; s.Addons = map[string]AddonSpec{"coredns": {Enabled: &off}} }},
	{name: "configuration is no JSON", rule: "addon-configuration", path: `addons["coredns"].configuration`, says: "jsonencode",
		broken:  func(s *Spec) { s.Addons = map[string]AddonSpec{"coredns": {Configuration: "replicas: 3"}} },
		nearest: func(s *Spec) { s.Addons = map[string]AddonSpec{"coredns": {Configuration: `{"replicaCount": 3}`}} }},
	{name: "configuration against the network", rule: "addon-configuration", path: `addons["vpc-cni"].configuration`, says: "env.ENABLE_PREFIX_DELEGATION",
		broken: func(s *Spec) {
			s.Addons = map[string]AddonSpec{"vpc-cni": {Configuration: `{"env":{"ENABLE_PREFIX_DELEGATION":"false"}}`}}
		},
		nearest: func(s *Spec) {
			s.Addons = map[string]AddonSpec{"vpc-cni": {Configuration: `{"env":{"WARM_IP_TARGET":"5"}}`}}
		}},
}

// smallCases are rules whose nearest accepted spec is the quickstart or plain.
var smallCases = []ruleCase{
	{name: "too many tags", rule: "tags-count", path: "tags", says: "40", broken: manyTags(41), nearest: manyTags(40)},
	{name: "target with spaces", rule: "target", path: "target", says: "white space", broken: func(s *Spec) { s.Target = " prod" }, nearest: func(s *Spec) { s.Target = "prod" }},
	{name: "zone not known", severity: SeverityWarning, rule: "zone-unknown", path: "network.zones[3]", says: "spelling",
		broken: func(s *Spec) { s.Network.Zones = append(s.Network.Zones, "eu-west-1z") }},
	{name: "horizon", rule: "horizon", path: "capacity.horizon_years", says: "1 to 20", broken: func(s *Spec) { s.Capacity.HorizonYears = 21 }, nearest: func(s *Spec) { s.Capacity.HorizonYears = 1 }},
	{name: "add-on name", rule: "addon-name", path: `addons["EBS"]`, says: "describe-addon-versions", broken: func(s *Spec) { s.Addons = map[string]AddonSpec{"EBS": {}} }},
	{name: "identity name", rule: "identity-name", path: `workload_identities["A"]`, says: "lower-case",
		broken: func(s *Spec) {
			s.WorkloadIdentities["A"] = WorkloadIdentitySpec{Namespace: "a", ServiceAccount: "b", Grants: []string{"backup"}}
		}},
	{name: "service account", rule: "service-account", path: `workload_identities["a"].service_account`, says: "lower-case",
		broken: func(s *Spec) {
			s.WorkloadIdentities["a"] = WorkloadIdentitySpec{Namespace: "a", ServiceAccount: "B", Grants: []string{"backup"}}
		},
		nearest: func(s *Spec) {
			s.WorkloadIdentities["a"] = WorkloadIdentitySpec{Namespace: "a", ServiceAccount: "b.c", Grants: []string{"backup"}}
		}},
	{name: "type twice", rule: "instance-type-double", path: `node_pools["apps"].instance_types[1]`, says: "Remove one",
		broken: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"m7g.2xlarge", "m7g.2xlarge"} })},
	{name: "io2 throughput", rule: "disk-throughput", path: `node_pools["apps"].disk.throughput`, says: "follows from iops",
		broken: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{Type: "io2", IOPS: 3000, Throughput: 125} })},
	{name: "taint on the system pool", severity: SeverityWarning, rule: "system-taint", path: `node_pools["system"].taints[0]`, says: "CriticalAddonsOnly",
		broken:  system(func(p *NodePoolSpec) { p.Taints = []TaintSpec{{Key: "a", Effect: "NoSchedule"}} }),
		nearest: system(func(p *NodePoolSpec) { p.Taints = []TaintSpec{{Key: "CriticalAddonsOnly", Effect: "NoSchedule"}} })},
	{name: "vault twice", rule: "vault-double", path: "vault.names[1]", says: "Remove one", broken: func(s *Spec) { s.Vault.Names = append(s.Vault.Names, "shop") }},
	{name: "empty vault", rule: "vault-empty", path: "vault.names", says: "remove vault", broken: func(s *Spec) { s.Vault = &VaultSpec{}; s.WorkloadIdentities = nil }},
	{name: "pusher twice", severity: SeverityWarning, rule: "push-principal-double", path: "registry.push_principals[1]", says: "Remove one",
		broken: func(s *Spec) {
			s.Registry.PushPrincipals = []string{"arn:aws:iam::111122223333:role/ci", "arn:aws:iam::111122223333:role/ci"}
		}},
	{name: "IPv6 neighbour", rule: "range-family", path: "network.reachable_from[1]", says: "IPv4", broken: func(s *Spec) { s.Network.ReachableFrom = append(s.Network.ReachableFrom, "fd00::/48") }},
	{name: "control plane without a way out", rule: "control-plane-egress", path: "aws.control_plane_egress", says: "CUSTOMER_ISOLATED",
		broken: func(s *Spec) {
			s.Network.Egress = EgressIsolated
			s.AWS = &AWSSpec{ControlPlaneEgress: "CUSTOMER_ROUTED"}
		},
		nearest: func(s *Spec) {
			s.Network.Egress = EgressIsolated
			s.AWS = &AWSSpec{ControlPlaneEgress: "CUSTOMER_ISOLATED"}
		}},
	{name: "pin too small", rule: "pin-size", path: `pins["subnet/ingress-eu-west-1a"]`, says: "/16 to /28", broken: func(s *Spec) { s.Pins = map[string]string{"subnet/ingress-eu-west-1a": "10.68.255.0/29"} }},
	{name: "pin unknown", rule: "pin-unknown", path: `pins["subnet/ingress-eu-west-1a"]`, says: "known", broken: func(s *Spec) { s.Pins = map[string]string{"subnet/ingress-eu-west-1a": Unknown("x")} }},
	{name: "default service ranges taken", rule: "service-range", path: "network.service_cidr", says: "Give network.service_cidr",
		broken: func(s *Spec) {
			s.Network.Reserved = map[string][]string{"all": {"172.16.0.0/12", "192.168.0.0/16", "10.96.0.0/11", "10.192.0.0/10"}}
		},
		nearest: func(s *Spec) {
			s.Network.Reserved = map[string][]string{"all": {"172.16.0.0/12", "192.168.0.0/16", "10.96.0.0/11"}}
		}},
	{name: "too many taints", rule: "taints-count", path: `node_pools["apps"].taints`, says: "50", broken: manyTaints(51), nearest: manyTaints(50)},
	{name: "role prefix", rule: "role-prefix", path: "aws.role_name_prefix", says: "1 to 30", broken: func(s *Spec) { s.AWS = &AWSSpec{RoleNamePrefix: "a b"} }, nearest: func(s *Spec) { s.AWS = &AWSSpec{RoleNamePrefix: "a-"} }},
	{name: "organisation", rule: "organization", path: "aws.organization_id", says: "o-a1b2c3d4e5", broken: func(s *Spec) { s.AWS = &AWSSpec{OrganizationID: "123"} }, nearest: func(s *Spec) { s.AWS = &AWSSpec{OrganizationID: "o-a1b2c3d4e5"} }},
	{name: "unknown and strict", rule: "unknown-input", path: "network.cidr", says: "strict", broken: func(s *Spec) { s.Network.CIDR, s.Strict = Unknown("network.cidr"), true }, nearest: func(s *Spec) { s.Strict = true }},
	{name: "pin of pods outside", rule: "pod-subnets", path: `pins["subnet/pods-eu-west-1a"]`, says: "outside", broken: func(s *Spec) { s.Pins = map[string]string{"subnet/pods-eu-west-1a": "10.68.0.0/20"} }},
	{name: "empty name", rule: "names-empty", path: `names["vpc"]`, says: "derived", broken: func(s *Spec) { s.Names = map[string]string{"vpc": ""} }},
}

func manyTaints(count int) func(*Spec) {
	return apps(func(p *NodePoolSpec) {
		for i := range count {
			p.Taints = append(p.Taints, TaintSpec{Key: strings.Repeat("t", i+1), Effect: "NoSchedule"})
		}
	})
}

func manyTags(count int) func(*Spec) {
	return func(s *Spec) {
		s.Tags = map[string]string{}
		for i := range count {
			s.Tags[strings.Repeat("t", i+1)] = "x"
		}
	}
}

func policy(text string) func(*Spec) {
	return func(s *Spec) {
		identity := s.WorkloadIdentities["external-secrets"]
		identity.Policies = map[string]string{"p": text}
		s.WorkloadIdentities["external-secrets"] = identity
	}
}

func seat(path string, broken func(*Spec)) ruleCase {
	return ruleCase{name: "seat " + path, rule: "not-supported-yet", path: path, says: "not supported yet", broken: broken}
}

func foreign(path string, broken func(*Spec)) ruleCase {
	return ruleCase{name: "foreign " + path, rule: "other-cloud", path: path, says: "Remove it", broken: broken}
}

var seatCases = []ruleCase{
	seat("network.dns", func(s *Spec) { s.Network.DNS = &DNSSpec{} }),
	seat("network.ip_family", func(s *Spec) { s.Network.IPFamily = "ipv6" }),
	seat("network.cni.network_policy", func(s *Spec) { s.Network.CNI = &CNISpec{NetworkPolicy: "cilium"} }),
	foreign("maintenance_window", func(s *Spec) { s.Maintenance = &MaintenanceSpec{} }),
	foreign("azure", func(s *Spec) { s.Azure = &AzureSpec{} }),
	seat(`node_pools["apps"].initial_size`, apps(func(p *NodePoolSpec) { p.InitialSize = 9 })),
	foreign(`node_pools["apps"].max_surge`, apps(func(p *NodePoolSpec) { p.MaxSurge = "2" })),
	seat(`node_pools["apps"]`, func(s *Spec) { s.Autoscaling = AutoscalingAutoMode }),
}
