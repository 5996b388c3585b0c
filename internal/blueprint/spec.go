package blueprint

// Spec is what a person declares: one private cluster on one cloud. Field
// order is the order in documentation. A field without omitempty is required.
type Spec struct {
	Name              string `json:"name" doc:"Name of the cluster. Everything that kready makes is named after it: lower-case letters, digits and hyphens, starting with a letter. It is for life."`
	Cloud             string `json:"cloud" doc:"Where to build: \"aws\" (EKS) or \"azure\" (AKS)."`
	Region            string `json:"region" doc:"Region as the cloud spells it, such as eu-west-1 or westeurope. It is for life."`
	KubernetesVersion string `json:"kubernetes_version,omitempty" doc:"Kubernetes minor version, such as \"1.34\". Raised one minor at a time. A cluster needs it."`
	Kind              string `json:"kind,omitempty" doc:"\"cluster\" (default), or \"platform\": registry and vaults that several clusters share, without a cluster."`
	Stage             string `json:"stage,omitempty" doc:"\"production\" (default) or \"development\". Development turns named rules from errors into warnings, never silently."`
	Target            string `json:"target,omitempty" doc:"Name of the provider's target (account or subscription) to build in. Default: the provider's own."`

	Network            NetworkSpec                     `json:"network,omitempty" doc:"Address ranges, zones, the way out and the way in. A cluster needs it."`
	Access             *AccessSpec                     `json:"access,omitempty" doc:"Who may use the cluster's API."`
	NodePools          map[string]NodePoolSpec         `json:"node_pools,omitempty" doc:"Node pools by name; a cluster needs one. The key is the pool's name for life; rename with moved_from."`
	Autoscaling        string                          `json:"autoscaling,omitempty" doc:"What scales the nodes: \"cluster_autoscaler\" (default), \"karpenter\", \"auto_mode\" (EKS) or \"none\"."`
	Addons             map[string]AddonSpec            `json:"addons,omitempty" doc:"Changes to the derived set of add-ons, by the cloud's add-on name."`
	ControlPlaneLogs   *LogsSpec                       `json:"control_plane_logs,omitempty" doc:"Which control-plane logs are kept, and for how long. Default: all of them, 90 days in production and 14 in development."`
	Encryption         *EncryptionSpec                 `json:"encryption,omitempty" doc:"Key that wraps Kubernetes secrets. Default: a key of the cluster's own, with rotation."`
	Maintenance        *MaintenanceSpec                `json:"maintenance_window,omitempty" doc:"When the cloud may do work of its own accord."`
	Support            string                          `json:"support,omitempty" doc:"\"standard\" or \"extended\" support of a Kubernetes version. Default: extended in production, so that a cluster is never upgraded by surprise."`
	Registry           *RegistrySpec                   `json:"registry,omitempty" doc:"Private image repositories."`
	Vault              *VaultSpec                      `json:"vault,omitempty" doc:"Secret vaults. kready never reads or writes the value of a secret."`
	WorkloadIdentities map[string]WorkloadIdentitySpec `json:"workload_identities,omitempty" doc:"Cloud identities of Kubernetes service accounts, by name."`
	Capacity           *CapacitySpec                   `json:"capacity,omitempty" doc:"Expected growth, for the capacity report."`
	ChangeBudget       *ChangeBudgetSpec               `json:"change_budget,omitempty" doc:"Guard rail: how many components of the design one change may create, update, replace or delete. What is not named is not limited."`

	DeletionProtection *bool             `json:"deletion_protection,omitempty" doc:"Refuse to destroy. Default: true in production, false in development."`
	OnDestroy          *OnDestroySpec    `json:"on_destroy,omitempty" doc:"What is kept when the cluster is destroyed."`
	Tags               map[string]string `json:"tags,omitempty" doc:"Tags on everything that is made."`
	Names              map[string]string `json:"names,omitempty" doc:"Names to use instead of derived ones, by component key, such as \"role/cluster\" = \"shop-eks\"."`
	Pins               map[string]string `json:"pins,omitempty" doc:"Address ranges to use instead of planned ones, by component key, such as \"subnet/nodes-eu-west-1a\" = \"10.64.0.0/20\". For a lost state or a network that exists."`

	AcknowledgeReplacement []string `json:"acknowledge_replacement,omitempty" doc:"Tokens of objects that may be replaced, copied from the error that asked for them. A token no longer matches once the replacement is done."`
	AcknowledgeRollback    string   `json:"acknowledge_rollback,omitempty" doc:"Kubernetes version to roll back to, one minor down, where the cloud can."`
	Strict                 bool     `json:"strict,omitempty" doc:"Turn a check that has to wait for an unknown input into an error."`

	AWS   *AWSSpec   `json:"aws,omitempty" doc:"Settings that only EKS has."`
	Azure *AzureSpec `json:"azure,omitempty" doc:"Settings that only AKS has."`
}

// NetworkSpec is the network as asked for.
type NetworkSpec struct {
	CIDR          string                    `json:"cidr,omitempty" doc:"IPv4 range of the network, such as \"10.64.0.0/16\". Required unless existing names a network. It is for life."`
	Zones         []string                  `json:"zones" doc:"Availability zones by name (AWS) or number (Azure). Adding one moves nothing."`
	Egress        string                    `json:"egress,omitempty" doc:"The way out: \"nat_per_zone\" (default in production), \"nat\" (default in development), \"appliance\" or \"isolated\"."`
	NextHop       string                    `json:"next_hop,omitempty" doc:"Where egress = \"appliance\" sends traffic: a transit gateway, a firewall endpoint or an address."`
	ReachableFrom []string                  `json:"reachable_from,omitempty" doc:"Ranges from which the private API can be reached: runners, VPN. They must not overlap the network."`
	Reserved      map[string][]string       `json:"reserved,omitempty" doc:"Named ranges that nothing may overlap: on-premises, peers, other clusters."`
	ServiceCIDR   string                    `json:"service_cidr,omitempty" doc:"Range of Kubernetes service addresses. Default: one that overlaps nothing. It is for life."`
	Pods          *PodsSpec                 `json:"pods,omitempty" doc:"Where pod addresses come from."`
	Tiers         map[string]TierSpec       `json:"tiers,omitempty" doc:"Sizes of the built-in tiers (control_plane, nodes, pods, ingress, endpoints, public), and extra tiers such as data."`
	IPFamily      string                    `json:"ip_family,omitempty" doc:"\"ipv4\", the only one in this version."`
	CNI           *CNISpec                  `json:"cni,omitempty" doc:"Pod network and network policy engine."`
	FlowLogs      *FlowLogsSpec             `json:"flow_logs,omitempty" doc:"Log of the network's flows. Default: on in production."`
	Connections   map[string]ConnectionSpec `json:"connections,omitempty" doc:"Links to other networks, by name."`
	Existing      *ExistingNetworkSpec      `json:"existing,omitempty" doc:"Parts of the network that exist already. kready never changes or deletes them beyond what is asked."`
	Target        string                    `json:"target,omitempty" doc:"Provider target in which the network lives, where it is not the cluster's."`
	DNS           *DNSSpec                  `json:"dns,omitempty" doc:"Private DNS."`
}

// PodsSpec says where pod addresses come from.
type PodsSpec struct {
	Mode  string   `json:"mode,omitempty" doc:"\"non_routable\" (default: secondary ranges on EKS, overlay on AKS) or \"routable\" (pods take addresses of the network)."`
	CIDRs []string `json:"cidrs,omitempty" doc:"Non-routable pod ranges. Default: as many /16 of 100.64.0.0/10 as the pools need, one at least."`
}

// TierSpec sizes a tier, or adds one.
type TierSpec struct {
	PrefixLength int    `json:"prefix_length,omitempty" doc:"Prefix length of each zone's subnet. Default: the smallest that the pools need, with room to grow."`
	Routable     *bool  `json:"routable,omitempty" doc:"Whether the tier has a route out of the network. Default: true."`
	MovedFrom    string `json:"moved_from,omitempty" doc:"Former key of this tier: it keeps that key's ranges."`
}

// CNISpec chooses the pod network.
type CNISpec struct {
	NetworkPolicy    string `json:"network_policy,omitempty" doc:"Network policy engine: \"vpc_cni\" (EKS default), \"cilium\" (AKS default), \"calico\" or \"none\"."`
	PrefixDelegation *bool  `json:"prefix_delegation,omitempty" doc:"EKS: give nodes /28 prefixes instead of single addresses. Default: true."`
}

// FlowLogsSpec configures flow logs.
type FlowLogsSpec struct {
	Enabled       *bool  `json:"enabled,omitempty" doc:"Default: true in production."`
	RetentionDays int    `json:"retention_days,omitempty" doc:"Days to keep them. Default: 90."`
	Traffic       string `json:"traffic,omitempty" doc:"\"all\" (default), \"accept\" or \"reject\"."`
}

// ConnectionSpec links the network to another one.
type ConnectionSpec struct {
	TransitGatewayID string   `json:"transit_gateway_id,omitempty" doc:"AWS transit gateway to attach to."`
	GatewayTable     string   `json:"transit_gateway_route_table_id,omitempty" doc:"Route table of the transit gateway that the attachment is associated with: where traffic from this network may go. Default: the one that the gateway gives it."`
	PropagateTo      []string `json:"propagate_to,omitempty" doc:"Route tables of the transit gateway that learn this network's ranges. Default: the one that the gateway chooses."`
	PeerNetworkID    string   `json:"peer_network_id,omitempty" doc:"VPC or virtual network to peer with."`
	PeerAccountID    string   `json:"peer_account_id,omitempty" doc:"AWS account of the peer VPC, where it is another one."`
	PeerRouteTables  []string `json:"peer_route_tables,omitempty" doc:"Route tables of the peer VPC that get routes back to this network, and lose them again when it goes (AWS)."`
	Routes           []string `json:"routes,omitempty" doc:"Ranges reached through this connection. kready's own route tables get routes to them."`
	Target           string   `json:"target,omitempty" doc:"Provider target that the far side lives in. With it kready accepts the connection and sets what is named on the far side; without it, in another account or subscription, its owner does."`
	RemoteGateways   bool     `json:"use_remote_gateways,omitempty" doc:"Use the VPN or ExpressRoute gateway of the peer (Azure): the peer must have one."`
	ForwardedTraffic *bool    `json:"forwarded_traffic,omitempty" doc:"Let in what the peer forwards for others, such as a firewall in a hub (Azure). Default: true."`
}

// ExistingNetworkSpec names parts of a network that exist already.
type ExistingNetworkSpec struct {
	NetworkID          string            `json:"network_id,omitempty" doc:"VPC or virtual network."`
	Subnets            map[string]string `json:"subnets,omitempty" doc:"Subnet ids by subnet key: tier-zone (AWS) or tier (Azure). Their ranges may be told with pins, so that sizes are checked in the plan."`
	RouteTables        map[string]string `json:"route_tables,omitempty" doc:"Route table ids by subnet key. A subnet that is made is joined to its one; a gateway endpoint joins all of them."`
	InterfaceEndpoints []string          `json:"interface_endpoints,omitempty" doc:"Services whose endpoints exist already (here or centrally) and are not made, such as \"ecr.api\" and \"s3\"."`
	PrivateDNSZones    map[string]string `json:"private_dns_zones,omitempty" doc:"Ids of private DNS zones by what they are for: \"registry\" and \"vault\" (Azure). They may be in another subscription: see dns.target."`
	ZoneGroupsByPolicy bool              `json:"zone_groups_by_policy,omitempty" doc:"An Azure policy of the organisation registers private endpoints in its zones: kready makes neither zones, nor links, nor zone groups."`
	ResourceGroup      string            `json:"resource_group,omitempty" doc:"Resource group that exists, as azure.resource_group (Azure). A given network may be in another one."`
}

// DNSSpec configures private DNS.
type DNSSpec struct {
	PrivateZone  string   `json:"private_zone,omitempty" doc:"AKS: \"system\" (default), \"none\" or the id of a private DNS zone."`
	LinkNetworks []string `json:"link_networks,omitempty" doc:"Networks that must resolve the private API, by id."`
	Target       string   `json:"target,omitempty" doc:"Provider target in which the zones live."`
}

// AccessSpec says who may use the API.
type AccessSpec struct {
	AdminGroups []string               `json:"admin_groups,omitempty" doc:"Administrators: IAM role ARNs (EKS) or Entra group ids (AKS)."`
	Bindings    map[string]BindingSpec `json:"bindings,omitempty" doc:"Further bindings by name."`
	BreakGlass  []string               `json:"break_glass,omitempty" doc:"Principals that are administrators for emergencies. Named apart, so that their use stands out."`
	Public      *PublicSpec            `json:"public,omitempty" doc:"Open the API to the internet for named ranges. Refused for 0.0.0.0/0 in production."`
}

// BindingSpec gives one principal a role.
type BindingSpec struct {
	Principal  string   `json:"principal" doc:"IAM principal ARN or Entra object id."`
	Role       string   `json:"role" doc:"\"admin\", \"edit\" or \"view\"."`
	Namespaces []string `json:"namespaces,omitempty" doc:"Namespaces it holds in. Default: the whole cluster."`
}

// PublicSpec opens the API endpoint.
type PublicSpec struct {
	AllowedCIDRs []string `json:"allowed_cidrs" doc:"Public ranges that may reach the API."`
}

// NodePoolSpec is one node pool as asked for. Sizes are totals over its zones.
type NodePoolSpec struct {
	InstanceTypes     []string          `json:"instance_types" doc:"Instance types or VM sizes, most wanted first; all of one architecture."`
	MinSize           int               `json:"min_size" doc:"Fewest nodes, over all zones."`
	MaxSize           int               `json:"max_size" doc:"Most nodes, over all zones."`
	InitialSize       int               `json:"initial_size,omitempty" doc:"Nodes at birth: min_size, and no other number in this version. Later the autoscaler owns it."`
	Mode              string            `json:"mode,omitempty" doc:"\"system\" for the cluster's own workloads, or \"user\" (default)."`
	Zones             []string          `json:"zones,omitempty" doc:"Zones of the pool. Default: all of the network's."`
	PerZone           *bool             `json:"per_zone,omitempty" doc:"One node group a zone. Default: true where nodes are autoscaled."`
	KubernetesVersion string            `json:"kubernetes_version,omitempty" doc:"Version of the nodes. Default: the cluster's; never ahead of it and at most three minors behind."`
	Architecture      string            `json:"architecture,omitempty" doc:"\"amd64\" or \"arm64\". Default: that of the instance types."`
	CapacityType      string            `json:"capacity_type,omitempty" doc:"\"on_demand\" (default) or \"spot\"."`
	Labels            map[string]string `json:"labels,omitempty" doc:"Kubernetes labels of the nodes."`
	Taints            []TaintSpec       `json:"taints,omitempty" doc:"Kubernetes taints of the nodes."`
	Disk              *DiskSpec         `json:"disk,omitempty" doc:"Root disk."`
	NodeImage         *NodeImageSpec    `json:"node_image,omitempty" doc:"Operating system and release."`
	MaxPods           int               `json:"max_pods,omitempty" doc:"Most pods on a node. Default: what the cloud recommends for the instance type."`
	MaxSurge          string            `json:"max_surge,omitempty" doc:"Extra nodes during an update, as a number or a percentage. Default: \"1\" on EKS, \"33%\" on AKS."`
	MaxUnavailable    string            `json:"max_unavailable,omitempty" doc:"Nodes that may be missing during an update, as a number or a percentage."`
	Repair            *bool             `json:"repair,omitempty" doc:"Let the cloud replace nodes that fail. Default: true."`
	RolloutID         string            `json:"rollout_id,omitempty" doc:"Change it to roll every node."`
	Tags              map[string]string `json:"tags,omitempty" doc:"Tags beside the blueprint's."`
	MovedFrom         string            `json:"moved_from,omitempty" doc:"Former key of this pool: it keeps that pool's names."`
}

// TaintSpec is a Kubernetes taint.
type TaintSpec struct {
	Key    string `json:"key" doc:"Key."`
	Value  string `json:"value,omitempty" doc:"Value."`
	Effect string `json:"effect" doc:"\"NoSchedule\", \"PreferNoSchedule\" or \"NoExecute\"."`
}

// DiskSpec is a node's root disk.
type DiskSpec struct {
	SizeGiB    int    `json:"size_gib,omitempty" doc:"Size in GiB. Default: 100 (EKS), 128 (AKS)."`
	Type       string `json:"type,omitempty" doc:"EKS: \"gp3\" (default), \"io2\"; AKS: \"ephemeral\" (default where it fits) or \"managed\"."`
	IOPS       int    `json:"iops,omitempty" doc:"Provisioned operations a second, where the type has them."`
	Throughput int    `json:"throughput,omitempty" doc:"Provisioned MiB/s, where the type has it."`
	KeyID      string `json:"key_id,omitempty" doc:"Key to encrypt with. Default: the cluster's key on EKS, platform-managed on AKS."`
}

// NodeImageSpec pins the node image.
type NodeImageSpec struct {
	OS      string `json:"os,omitempty" doc:"\"al2023\" (EKS default), \"bottlerocket\", \"ubuntu2404\" (AKS default) or \"azurelinux3\"."`
	Release string `json:"release,omitempty" doc:"Image release to stay on, as data.kready_node_images lists it. Default: the newest at each update."`
}

// AddonSpec changes one add-on of the derived set.
type AddonSpec struct {
	Enabled       *bool  `json:"enabled,omitempty" doc:"Leave it out, or add one that is not derived."`
	Version       string `json:"version,omitempty" doc:"Exact version. Default: by policy."`
	VersionPolicy string `json:"version_policy,omitempty" doc:"\"default\" (the cloud's default for the cluster version, resolved when made or upgraded) or \"latest\"."`
	Configuration string `json:"configuration,omitempty" doc:"Configuration values as JSON, merged over kready's."`
}

// LogsSpec chooses control-plane logs.
type LogsSpec struct {
	Types         []string `json:"types,omitempty" doc:"Log types as the cloud names them. Default: all."`
	RetentionDays int      `json:"retention_days,omitempty" doc:"Days to keep them."`
}

// EncryptionSpec chooses the key for Kubernetes secrets.
type EncryptionSpec struct {
	Mode  string `json:"mode,omitempty" doc:"\"own\" (default: a key made for this cluster), \"existing\" or \"cloud\" (the cloud's own key)."`
	KeyID string `json:"key_id,omitempty" doc:"Key to use with mode = \"existing\"."`
}

// MaintenanceSpec is a weekly window.
type MaintenanceSpec struct {
	Day           string `json:"day" doc:"Weekday, such as \"Sunday\"."`
	Start         string `json:"start" doc:"Start in UTC, \"HH:MM\"."`
	DurationHours int    `json:"duration_hours,omitempty" doc:"Length in hours, 4 or more. Default: 4."`
}

// RegistrySpec asks for image repositories.
type RegistrySpec struct {
	Repositories   []string              `json:"repositories,omitempty" doc:"Repository names, such as \"shop/web\"."`
	ImmutableTags  *bool                 `json:"immutable_tags,omitempty" doc:"Refuse to move a tag. Default: true."`
	ScanOnPush     *bool                 `json:"scan_on_push,omitempty" doc:"Scan images when they are pushed. Default: true."`
	KeepUntagged   int                   `json:"keep_untagged_days,omitempty" doc:"Days until untagged images expire. Default: 14."`
	KeepImages     int                   `json:"keep_images,omitempty" doc:"Tagged images kept in each repository. Default: 500."`
	PushPrincipals []string              `json:"push_principals,omitempty" doc:"Who may push: IAM principal ARNs or Entra object ids."`
	ForceDestroy   bool                  `json:"force_destroy,omitempty" doc:"Delete repositories that hold images."`
	Existing       *ExistingRegistrySpec `json:"existing,omitempty" doc:"A registry that exists already."`
}

// ExistingRegistrySpec names a registry that exists.
type ExistingRegistrySpec struct {
	ID string `json:"id" doc:"Id of the registry: ACCOUNT.dkr.ecr.REGION.amazonaws.com, which holds registry.repositories (AWS), or the id of a container registry (Azure)."`
}

// VaultSpec asks for secret vaults.
type VaultSpec struct {
	Names        []string           `json:"names,omitempty" doc:"Vault names. On AWS a name is the prefix of its secrets (\"shop\" holds \"shop/…\"); on Azure it is a Key Vault."`
	RecoveryDays int                `json:"recovery_days,omitempty" doc:"Days in which a deleted vault or key can be recovered, 7 to 90 (AWS: 30). Default: 30 in production, 7 in development."`
	ForceDestroy bool               `json:"force_destroy,omitempty" doc:"Delete vaults that hold secrets."`
	Existing     *ExistingVaultSpec `json:"existing,omitempty" doc:"Vaults that exist already."`
}

// ExistingVaultSpec names vaults that exist.
type ExistingVaultSpec struct {
	IDs map[string]string `json:"ids" doc:"By vault name: the ARN of the KMS key of the secrets under that prefix (AWS), or the id of a Key Vault (Azure)."`
}

// WorkloadIdentitySpec gives a Kubernetes service account a cloud identity.
type WorkloadIdentitySpec struct {
	Namespace      string            `json:"namespace" doc:"Kubernetes namespace."`
	ServiceAccount string            `json:"service_account" doc:"Kubernetes service account."`
	Grants         []string          `json:"grants,omitempty" doc:"What it may do: \"vault:read\", \"vault:read:NAME\", \"registry:pull\", \"registry:push\", or a controller: \"load-balancer-controller\", \"cluster-autoscaler\", \"external-dns\", \"cert-manager\", \"ebs-csi\", \"efs-csi\", \"backup\"."`
	Policies       map[string]string `json:"policies,omitempty" doc:"Policies of your own, by name: IAM policy JSON (AWS) or \"ROLE@SCOPE\" (Azure)."`
	MovedFrom      string            `json:"moved_from,omitempty" doc:"Former key of this identity."`
}

// CapacitySpec states expected growth.
type CapacitySpec struct {
	GrowthPerYear float64 `json:"growth_per_year" doc:"Growth a year as a fraction: 0.5 is 50 %."`
	HorizonYears  int     `json:"horizon_years,omitempty" doc:"Years to look ahead. Default: 5."`
	Start         string  `json:"start" doc:"Month from which growth counts, \"YYYY-MM\". An input, because a plan must not read a clock."`
}

// ChangeBudgetSpec limits the components that one change may touch.
type ChangeBudgetSpec struct {
	Create  *int `json:"create,omitempty" doc:"Most components created."`
	Update  *int `json:"update,omitempty" doc:"Most components updated."`
	Replace *int `json:"replace,omitempty" doc:"Most components replaced."`
	Delete  *int `json:"delete,omitempty" doc:"Most components deleted."`
}

// OnDestroySpec says what outlives the cluster.
type OnDestroySpec struct {
	Logs      string `json:"logs,omitempty" doc:"\"retain\" (default in production) or \"delete\"."`
	Keys      string `json:"keys,omitempty" doc:"\"retain\" or \"delete\" (default: scheduled, with the recovery window)."`
	Backups   string `json:"backups,omitempty" doc:"\"retain\" (default in production) or \"delete\"."`
	Leftovers string `json:"leftovers,omitempty" doc:"What Kubernetes made and left behind: \"refuse\" (default: name it and stop) or \"sweep\"."`
}

// AWSSpec holds what only EKS has.
type AWSSpec struct {
	Identity            string `json:"identity,omitempty" doc:"\"pod_identity\" (default) or \"irsa\"."`
	PermissionsBoundary string `json:"permissions_boundary,omitempty" doc:"ARN of the permissions boundary on every role."`
	RolePath            string `json:"role_path,omitempty" doc:"IAM path of every role. Default: \"/\"."`
	RoleNamePrefix      string `json:"role_name_prefix,omitempty" doc:"Prefix of every role name."`
	ControlPlaneEgress  string `json:"control_plane_egress,omitempty" doc:"\"AWS_MANAGED\" (default), \"CUSTOMER_ROUTED\" or \"CUSTOMER_ISOLATED\"."`
	NATMode             string `json:"nat_mode,omitempty" doc:"With egress = \"nat\": \"regional\" (default where the region has it), one gateway with an address in every zone, or \"zonal\", one that stands in one zone: cheaper, and gone with it."`
	OrganizationID      string `json:"organization_id,omitempty" doc:"Organisation to which endpoint policies are scoped. Default: the account."`
	ServiceRoleARN      string `json:"cluster_role_arn,omitempty" doc:"Existing role for the control plane."`
	NodeRoleARN         string `json:"node_role_arn,omitempty" doc:"Existing role for the nodes."`
}

// AzureSpec holds what only AKS has.
type AzureSpec struct {
	ResourceGroup     string `json:"resource_group,omitempty" doc:"Existing resource group. Default: one of the cluster's own."`
	PrivateCluster    string `json:"private_cluster,omitempty" doc:"\"vnet_integration\" (default) or \"private_link\"."`
	Tier              string `json:"tier,omitempty" doc:"\"Standard\" (default in production), \"Free\" or \"Premium\" (long-term support)."`
	AutoUpgrade       string `json:"auto_upgrade_channel,omitempty" doc:"\"none\" (default), \"patch\", \"stable\", \"rapid\" or \"node-image\"."`
	NodeOSUpgrade     string `json:"node_os_upgrade_channel,omitempty" doc:"\"NodeImage\" (default), \"SecurityPatch\", \"Unmanaged\" or \"None\"."`
	Policy            *bool  `json:"policy,omitempty" doc:"Azure Policy add-on. Default: true in production."`
	Defender          *bool  `json:"defender,omitempty" doc:"Microsoft Defender. Default: false; it is billed."`
	LogWorkspaceID    string `json:"log_workspace_id,omitempty" doc:"Existing Log Analytics workspace."`
	ControlPlaneID    string `json:"control_plane_identity_id,omitempty" doc:"Existing user-assigned identity of the control plane."`
	KubeletIdentityID string `json:"kubelet_identity_id,omitempty" doc:"Existing user-assigned identity of the kubelets."`
	RolesExist        bool   `json:"role_assignments_exist,omitempty" doc:"The role assignments of these identities are made elsewhere."`
	SKU               string `json:"sku,omitempty" doc:"\"base\" (default) or \"automatic\"."`
}
