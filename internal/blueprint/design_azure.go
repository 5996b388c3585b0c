package blueprint

import (
	"fmt"
	"strconv"
	"strings"
)

// What a design holds of Azure only stands in one nested attribute "azure" of
// each section, nil on AWS.

// NetworkAzureDesign is what only a virtual network has.
type NetworkAzureDesign struct {
	ResourceGroup  string                         `json:"resource_group,omitempty" doc:"Resource group."`
	GroupExists    bool                           `json:"resource_group_exists" doc:"The resource group was there before, and is neither made nor deleted."`
	SecurityGroups map[string]SecurityGroupDesign `json:"security_groups,omitempty" doc:"Network security groups by subnet key: each subnet has its own."`
	DNSZones       map[string]DNSZoneDesign       `json:"private_dns_zones,omitempty" doc:"Private DNS zones, by what they are for: \"registry\", \"vault\", \"cluster\". Those with an id exist already and are only linked."`
	DNSLinks       map[string]DNSLinkDesign       `json:"dns_links,omitempty" doc:"Networks that resolve those zones, by key."`
	DNSTarget      string                         `json:"dns_target,omitempty" doc:"Provider target in which zones that exist, and the links to them, live; empty: the network's."`
	ZonesByPolicy  bool                           `json:"zone_groups_by_policy" doc:"Private endpoints are registered in zones by a policy: no zone group is made for them."`
	WorkspaceID    string                         `json:"log_workspace_id,omitempty" doc:"Existing Log Analytics workspace; empty: one is made."`
	WorkspaceDays  int                            `json:"log_workspace_days" doc:"Days that the workspace that is made keeps logs; 0 with an existing one."`
}

// SecurityGroupDesign is the network security group of one subnet.
type SecurityGroupDesign struct {
	Rules map[string]SecurityRuleDesign `json:"rules,omitempty" doc:"Rules by name, beside Azure's default ones."`
}

// SecurityRuleDesign is one rule of a network security group.
type SecurityRuleDesign struct {
	Direction    string   `json:"direction,omitempty" doc:"\"Inbound\" or \"Outbound\"."`
	Access       string   `json:"access,omitempty" doc:"\"Allow\" or \"Deny\"."`
	Priority     int      `json:"priority" doc:"100 to 4096; lower ones are looked at first. No two of a direction are the same."`
	Protocol     string   `json:"protocol,omitempty" doc:"\"Tcp\", \"Udp\" or \"*\"."`
	Sources      []string `json:"sources,omitempty" doc:"Ranges or one service tag, sorted. Source ports are \"*\"."`
	Destinations []string `json:"destinations,omitempty" doc:"Ranges or one service tag, sorted."`
	Ports        []string `json:"ports,omitempty" doc:"Destination ports, sorted; \"*\" for all."`
}

// DNSZoneDesign is one private DNS zone.
type DNSZoneDesign struct {
	ID     string `json:"id,omitempty" doc:"Id of the zone, where it exists already."`
	Domain string `json:"domain,omitempty" doc:"Name of the zone."`
}

// DNSLinkDesign lets one network resolve a zone.
type DNSLinkDesign struct {
	Zone      string `json:"zone,omitempty" doc:"Key of the zone in private_dns_zones."`
	NetworkID string `json:"network_id,omitempty" doc:"Network that resolves it; empty: the network itself."`
	Name      string `json:"name,omitempty" doc:"Name of the link."`
}

// ControlPlaneAzureDesign is what only AKS has.
type ControlPlaneAzureDesign struct {
	ResourceGroup     string                          `json:"resource_group,omitempty" doc:"Resource group."`
	PrivateCluster    string                          `json:"private_cluster,omitempty" doc:"\"vnet_integration\" (the API server stands in its delegated subnet) or \"private_link\"."`
	PrivateZone       string                          `json:"private_dns_zone,omitempty" doc:"Zone of the API's private name: \"system\", \"none\", \"own\" (the network's private-dns-zone/cluster) or the id of one; empty with a public API. With \"own\" or an id the API is called names[dns-prefix] in it (fqdnSubdomain)."`
	PublicFQDN        bool                            `json:"public_fqdn" doc:"The name of the private API is resolved publicly too."`
	OutboundType      string                          `json:"outbound_type,omitempty" doc:"\"userAssignedNATGateway\", \"userDefinedRouting\" or \"none\"."`
	RegistryID        string                          `json:"registry_id,omitempty" doc:"Registry that exists already, which nodes pull from; empty: the registry section's."`
	CachedRegistry    bool                            `json:"cached_registry" doc:"Nodes boot from the cache of the cluster's registry instead of the internet: bootstrapProfile with artifactSource Cache, and registry_id or the registry section's id."`
	PodMode           string                          `json:"pod_mode,omitempty" doc:"\"overlay\" or \"pod_subnet\"."`
	PodSubnet         string                          `json:"pod_subnet,omitempty" doc:"Key of the pods' subnet with pod_mode = \"pod_subnet\"."`
	DNSServiceIP      string                          `json:"dns_service_ip,omitempty" doc:"Address of the cluster's DNS service."`
	Tier              string                          `json:"tier,omitempty" doc:"\"Free\", \"Standard\" or \"Premium\". Premium goes with the support plan AKSLongTermSupport, the others with KubernetesOfficial."`
	UpgradeChannel    string                          `json:"upgrade_channel,omitempty" doc:"\"none\", \"patch\", \"stable\", \"rapid\" or \"node-image\"."`
	NodeOSChannel     string                          `json:"node_os_channel,omitempty" doc:"\"NodeImage\", \"SecurityPatch\", \"Unmanaged\" or \"None\"."`
	Maintenance       map[string]MaintenanceSpec      `json:"maintenance,omitempty" doc:"Weekly windows by schedule: aksManagedAutoUpgradeSchedule, aksManagedNodeOSUpgradeSchedule, default. Durations are set."`
	Policy            bool                            `json:"policy" doc:"Azure Policy add-on."`
	Defender          bool                            `json:"defender" doc:"Microsoft Defender's sensor; it reports to the log workspace."`
	RunCommand        bool                            `json:"run_command" doc:"Commands through Azure's API, around the private network."`
	NodeGroupLocked   bool                            `json:"node_resource_group_locked" doc:"Nobody but AKS changes the node resource group (restriction level ReadOnly)."`
	WorkspaceID       string                          `json:"log_workspace_id,omitempty" doc:"Existing Log Analytics workspace; empty: the network's."`
	ControlPlaneID    string                          `json:"control_plane_identity_id,omitempty" doc:"Existing identity of the control plane; empty: one is made."`
	KubeletIdentityID string                          `json:"kubelet_identity_id,omitempty" doc:"Existing identity of the kubelets; empty: one is made."`
	RoleAssignments   map[string]RoleAssignmentDesign `json:"role_assignments,omitempty" doc:"What the two identities may do, by key; made before the cluster."`
}

// RoleAssignmentDesign gives a role on a scope to an identity of the section.
type RoleAssignmentDesign struct {
	Identity string `json:"identity,omitempty" doc:"Component key of the identity that gets the role; empty: the section's only one."`
	Role     string `json:"role,omitempty" doc:"Name of the built-in role, such as \"Network Contributor\", or the GUID of a role definition."`
	Scope    string `json:"scope,omitempty" doc:"What it holds on: a component key as PART:KEY (\"network:subnet/nodes\", \"registry:registry\", \"vault:vault/shop\", \"cluster:identity/kubelet\"), \"resource-group\" for the section's own, or an id that starts with \"/\"."`
}

// BootstrapPoolDesign is the birth certificate of the first system pool, which
// AKS makes with the cluster. It is for life: it says how the pool was born,
// also when the pool has changed or gone since. Adapters keep it in a tag of
// the cluster (see [BootstrapPoolDesign.Tag]), and the kready_node_pool whose
// group has that name adopts the pool.
type BootstrapPoolDesign struct {
	Name         string   `json:"name,omitempty" doc:"Name in the cloud."`
	InstanceType string   `json:"instance_type,omitempty" doc:"VM size."`
	Zones        []string `json:"zones,omitempty" doc:"Zones, sorted."`
	OS           string   `json:"os,omitempty" doc:"Operating system."`
	DiskGiB      int      `json:"disk_gib" doc:"Root disk in GiB."`
	DiskType     string   `json:"disk_type,omitempty" doc:"\"ephemeral\" or \"managed\"."`
	MaxPods      int      `json:"max_pods" doc:"Most pods on a node."`
	Size         int      `json:"size" doc:"Nodes at birth."`
}

// TagBootstrapPool is the key of the cluster's tag that holds
// [BootstrapPoolDesign.Tag].
const TagBootstrapPool = "kready-bootstrap-pool"

// Tag writes the certificate as the value of [TagBootstrapPool].
func (b BootstrapPoolDesign) Tag() string {
	return fmt.Sprintf("name=%s type=%s zones=%s os=%s disk=%d disk_type=%s pods=%d size=%d",
		b.Name, b.InstanceType, strings.Join(b.Zones, "-"), b.OS, b.DiskGiB, b.DiskType, b.MaxPods, b.Size)
}

// ParseBootstrapPool reads the value of [TagBootstrapPool]. Words that it
// doesn't know are left out, so that a damaged tag shows as drift.
func ParseBootstrapPool(tag string) BootstrapPoolDesign {
	var b BootstrapPoolDesign
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0
		}
		return n
	}
	for _, word := range strings.Fields(tag) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "name":
			b.Name = value
		case "type":
			b.InstanceType = value
		case "zones":
			if value != "" {
				b.Zones = strings.Split(value, "-")
			}
		case "os":
			b.OS = value
		case "disk":
			b.DiskGiB = number(value)
		case "disk_type":
			b.DiskType = value
		case "pods":
			b.MaxPods = number(value)
		case "size":
			b.Size = number(value)
		}
	}
	return b
}

// NodePoolAzureDesign is what only an AKS node pool has.
type NodePoolAzureDesign struct {
	ResourceGroup string `json:"resource_group,omitempty" doc:"Resource group of the cluster."`
	PodSubnet     string `json:"pod_subnet,omitempty" doc:"Key of the pods' subnet; empty with an overlay."`
	SSH           string `json:"ssh,omitempty" doc:"\"Disabled\" or \"LocalUser\"."`
}

// RegistryAzureDesign is what only an ACR has. It is of the Premium SKU, with
// the public endpoint, the admin user and anonymous pulls off.
type RegistryAzureDesign struct {
	ResourceGroup    string                     `json:"resource_group,omitempty" doc:"Resource group."`
	KeepUntaggedDays int                        `json:"keep_untagged_days" doc:"Days until untagged images expire."`
	EndpointSubnet   string                     `json:"endpoint_subnet,omitempty" doc:"Id of the subnet of its private endpoint, where that exists already."`
	ZonesByPolicy    bool                       `json:"zone_groups_by_policy" doc:"A policy registers its private endpoint: no zone group is made."`
	CacheRules       map[string]CacheRuleDesign `json:"cache_rules,omitempty" doc:"Pull-through caches by name."`
}

// CacheRuleDesign is one pull-through cache of an ACR.
type CacheRuleDesign struct {
	Source string `json:"source,omitempty" doc:"Upstream repositories, such as \"mcr.microsoft.com/*\"."`
	Target string `json:"target,omitempty" doc:"Repositories in the registry, such as \"aks-managed-repository/*\"."`
}

// VaultAzureDesign is what only Key Vaults have. They are in RBAC mode, purge
// protected, with the public endpoint off.
type VaultAzureDesign struct {
	ResourceGroup  string `json:"resource_group,omitempty" doc:"Resource group."`
	EndpointSubnet string `json:"endpoint_subnet,omitempty" doc:"Id of the subnet of their private endpoints, where that exists already."`
	ZonesByPolicy  bool   `json:"zone_groups_by_policy" doc:"A policy registers their private endpoints: no zone groups are made."`
}

// WorkloadIdentityAzureDesign is what only an Azure identity has.
type WorkloadIdentityAzureDesign struct {
	ResourceGroup   string                          `json:"resource_group,omitempty" doc:"Resource group."`
	RoleAssignments map[string]RoleAssignmentDesign `json:"role_assignments,omitempty" doc:"What the identity may do, by key; its grants and policies spelled out."`
}
