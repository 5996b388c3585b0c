package blueprint

// Design is a settled cluster. Each section is what one kind of resource
// realizes; nil or empty where the spec asks for none. A section holds only
// what a cloud adapter can read back, so that drift in any field shows.
type Design struct {
	Network            *NetworkDesign                    `json:"network,omitempty" doc:"For kready_network."`
	ControlPlane       *ControlPlaneDesign               `json:"control_plane,omitempty" doc:"For kready_cluster."`
	NodePools          map[string]NodePoolDesign         `json:"node_pools,omitempty" doc:"For kready_node_pool, by pool name."`
	Addons             *AddonsDesign                     `json:"addons,omitempty" doc:"For kready_addons; null on AKS, whose add-ons are part of the cluster."`
	Registry           *RegistryDesign                   `json:"registry,omitempty" doc:"For kready_registry; null where no repository is asked for."`
	Vault              *VaultDesign                      `json:"vault,omitempty" doc:"For kready_vault; null where no vault is asked for."`
	WorkloadIdentities map[string]WorkloadIdentityDesign `json:"workload_identities,omitempty" doc:"For kready_workload_identity, by name."`
	Reachability       []ReachDesign                     `json:"reachability,omitempty" doc:"Who can reach the API, through what, and who can't."`
	EgressRequirements []EgressRequirement               `json:"egress_requirements,omitempty" doc:"What a firewall on the way out must let through."`
}

// Section is one part of a design that one resource realizes.
type Section interface {
	// In tells where the section lives.
	In() Scope
	// Components lists the keys of every cloud object that realizing the
	// section makes, such as "subnet/nodes-eu-west-1a", sorted. Adapters fill
	// exactly these keys in Observed.Objects.
	Components() []string
	// Given maps the components that exist already, and that nobody makes,
	// changes or deletes here, to their ids; "" is one that is learned when it
	// is read.
	Given() map[string]string
	// Main is the component key of the object that outputs hang on, such as
	// "vpc"; "" where there is none.
	Main() string
	// IdentityOf is what a component's cloud object can't keep its id without:
	// where it differs between two designs, the object is made anew.
	IdentityOf(component string) string
	// Fixed maps the attribute paths that can't change in place to their
	// values, for refusing or acknowledging a replacement.
	Fixed() map[string]string
}

// Scope is where a section lives; every section carries it.
type Scope struct {
	Cloud   string `json:"cloud,omitempty" doc:"\"aws\" or \"azure\"."`
	Region  string `json:"region,omitempty" doc:"Region."`
	Cluster string `json:"cluster,omitempty" doc:"Name of the cluster that it belongs to."`
	Target  string `json:"target,omitempty" doc:"Provider target to build in."`

	OnDestroy LifecycleDesign `json:"on_destroy" doc:"How the part is guarded, and what outlives it. Adapters keep it in the tag kready-lifecycle of the main object (of every object, where a part has no main one), so that an imported part is guarded as before."`
}

// LifecycleDesign says how a part is guarded and what outlives it.
type LifecycleDesign struct {
	Protected bool   `json:"protected" doc:"Refuse to destroy. On a control plane also the cloud's own deletion protection."`
	Logs      string `json:"logs,omitempty" doc:"\"retain\" or \"delete\"."`
	Keys      string `json:"keys,omitempty" doc:"\"retain\" or \"delete\"."`
	Backups   string `json:"backups,omitempty" doc:"\"retain\" or \"delete\"."`
	Leftovers string `json:"leftovers,omitempty" doc:"\"refuse\" or \"sweep\"."`
	Force     bool   `json:"force" doc:"Delete although it still holds images or secrets."`
}

// In implements [Section].
func (s Scope) In() Scope { return s }

// Given implements [Section]: most sections make all that they have.
func (s Scope) Given() map[string]string { return nil }

// NetworkDesign is a network with every range settled.
type NetworkDesign struct {
	Scope
	CIDR          string                      `json:"cidr,omitempty" doc:"Range of the network."`
	PodCIDRs      []string                    `json:"pod_cidrs,omitempty" doc:"Non-routable ranges added to the network for pods, sorted (AWS)."`
	Zones         []string                    `json:"zones,omitempty" doc:"Zones, sorted; empty on Azure, where subnets span them."`
	Egress        string                      `json:"egress,omitempty" doc:"\"nat_per_zone\", \"nat\", \"appliance\" or \"isolated\"."`
	NextHop       string                      `json:"next_hop,omitempty" doc:"Next hop with egress = \"appliance\"."`
	Subnets       map[string]SubnetDesign     `json:"subnets,omitempty" doc:"Subnets by key, tier-zone (AWS) or tier (Azure)."`
	NATGateways   map[string]NATGatewayDesign `json:"nat_gateways,omitempty" doc:"NAT gateways by key: the zone, \"all\" for one that serves every zone from one, \"regional\" (AWS) or \"redundant\" (Azure) for one that stands in every zone."`
	Endpoints     map[string]EndpointDesign   `json:"endpoints,omitempty" doc:"Private endpoints of cloud services, by service (\"s3\", \"ecr.api\")."`
	DefaultClosed bool                        `json:"default_group_closed" doc:"The security group that the network is born with admits nothing (AWS)."`
	AdmittedCIDRs []string                    `json:"admitted_cidrs,omitempty" doc:"Ranges that endpoints admit: every node and pod range, sorted."`
	FlowLogs      *FlowLogsDesign             `json:"flow_logs,omitempty" doc:"Flow logs; null where off."`
	Connections   map[string]ConnectionDesign `json:"connections,omitempty" doc:"Links to other networks."`
	Existing      *ExistingNetworkSpec        `json:"existing,omitempty" doc:"Parts that exist already. Adapters look them up by id, verify them, and never make, change, tag or delete them."`
	Boundary      string                      `json:"permissions_boundary,omitempty" doc:"Permissions boundary of the flow-log role (AWS)."`
	RolePath      string                      `json:"role_path,omitempty" doc:"IAM path of the flow-log role (AWS)."`
	Names         map[string]string           `json:"names,omitempty" doc:"Name of each named component, by component key: vpc, role/flow-logs, security-group/endpoints, log-group/flow-logs (AWS); vnet, nsg/SUBNET, route-table/KEY, public-ip/KEY, nat/KEY, workspace, storage-account/flow-logs, flow-log (Azure)."`
	Tags          map[string]string           `json:"tags,omitempty" doc:"Tags, beside kready's own."`
	Azure         *NetworkAzureDesign         `json:"azure,omitempty" doc:"What only a virtual network has."`
}

// SubnetDesign is one subnet.
type SubnetDesign struct {
	Tier         string   `json:"tier,omitempty" doc:"Tier."`
	Zone         string   `json:"zone,omitempty" doc:"Zone; empty where the subnet spans zones (Azure)."`
	CIDR         string   `json:"cidr,omitempty" doc:"Range."`
	RouteTo      string   `json:"route_to,omitempty" doc:"Default route: \"nat/KEY\", \"internet\", \"next_hop\", \"given/ID\" for a route table that exists, \"given\" for whatever a subnet that exists has, or empty for none."`
	Balancer     string   `json:"load_balancer,omitempty" doc:"\"internal\" or \"public\" where Kubernetes may place load balancers, else empty."`
	Reservations []string `json:"prefix_reservations,omitempty" doc:"Ranges reserved for node prefixes, sorted (AWS)."`
	Delegation   string   `json:"delegation,omitempty" doc:"Service that the subnet is delegated to (Azure)."`
	NATGateway   string   `json:"nat_gateway,omitempty" doc:"Key of the NAT gateway that the subnet is joined to (Azure)."`
	RouteTable   string   `json:"route_table,omitempty" doc:"Key of the route table that the subnet is joined to, as in route-table/KEY (Azure)."`
	OutboundOff  bool     `json:"default_outbound_off,omitempty" doc:"The way out that Azure opens by itself is closed (Azure)."`
	EndpointRule string   `json:"private_endpoint_policies,omitempty" doc:"Whether security groups and routes apply to private endpoints in it: \"Enabled\" (Azure)."`
}

// NATGatewayDesign is one NAT gateway.
type NATGatewayDesign struct {
	Subnet string `json:"subnet,omitempty" doc:"Key of the public subnet that it stands in (AWS)."`
	Zone   string `json:"zone,omitempty" doc:"Zone; empty where it serves all of them."`
	// Zones makes the gateway a regional one.
	Zones []string `json:"zones,omitempty" doc:"Zones in which a regional gateway has an address, sorted (AWS)."`
	SKU   string   `json:"sku,omitempty" doc:"\"Standard\" or \"StandardV2\" (Azure)."`
}

// AddressKeys are the keys of a gateway's addresses, as in address/KEY, and the
// zone that each serves: a regional gateway has one in every zone.
func (g NATGatewayDesign) AddressKeys(gateway string) map[string]string {
	if len(g.Zones) == 0 {
		return map[string]string{gateway: g.Zone}
	}
	keys := map[string]string{}
	for _, zone := range g.Zones {
		keys[gateway+"-"+zone] = zone
	}
	return keys
}

// EndpointDesign is one private endpoint.
type EndpointDesign struct {
	Type   string `json:"type,omitempty" doc:"\"gateway\" or \"interface\"."`
	Policy string `json:"policy,omitempty" doc:"\"account\" (callers and resources of this account, and the cloud's own layers), \"organization:ID\" or \"open\"."`
}

// FlowLogsDesign is the flow log of a network.
type FlowLogsDesign struct {
	RetentionDays int    `json:"retention_days" doc:"Days kept."`
	Traffic       string `json:"traffic,omitempty" doc:"\"all\", \"accept\" or \"reject\"."`
}

// ConnectionDesign is one link to another network.
type ConnectionDesign struct {
	TransitGatewayID string   `json:"transit_gateway_id,omitempty" doc:"Transit gateway (AWS)."`
	GatewayTable     string   `json:"transit_gateway_route_table_id,omitempty" doc:"Route table of the gateway that the attachment is associated with; empty: as the gateway has it."`
	PropagateTo      []string `json:"propagate_to,omitempty" doc:"Route tables of the gateway that learn the network's ranges, sorted; empty: as the gateway has it."`
	Subnets          []string `json:"subnets,omitempty" doc:"Keys of the subnets that the attachment stands in, one a zone, sorted (AWS)."`
	PeerNetworkID    string   `json:"peer_network_id,omitempty" doc:"Peer network."`
	PeerAccountID    string   `json:"peer_account_id,omitempty" doc:"Account of the peer network; empty: the network's own (AWS)."`
	PeerRouteTables  []string `json:"peer_route_tables,omitempty" doc:"Route tables of the peer with routes to this network, sorted (AWS)."`
	Routes           []string `json:"routes,omitempty" doc:"Ranges, sorted. On AWS every route table that kready makes has a route to each; on Azure a peering brings its own."`
	Target           string   `json:"target,omitempty" doc:"Provider target of the far side; empty: it is in the network's own account, or left to its owner."`
	RemoteGateways   bool     `json:"use_remote_gateways" doc:"The peer's VPN or ExpressRoute gateway is used (Azure)."`
	ForwardedTraffic bool     `json:"forwarded_traffic" doc:"What the peer forwards for others is let in (Azure)."`
}

// ReachDesign says whether the cluster's API can be reached from somewhere.
type ReachDesign struct {
	From    string   `json:"from,omitempty" doc:"Who: \"nodes\", \"pods\", the name of a range in network.reserved, of a connection, or the attribute that names the ranges."`
	Ranges  []string `json:"ranges,omitempty" doc:"Ranges, sorted."`
	Through string   `json:"through,omitempty" doc:"Through what it is reached: \"network\", \"connection/NAME\", \"next_hop\", \"given routes\" or \"public endpoint\"; empty: it can't be reached from there."`
	Why     string   `json:"why,omitempty" doc:"Why it can't be reached, and what would let it."`
}

// ControlPlaneDesign is a cluster without its nodes.
type ControlPlaneDesign struct {
	Scope
	KubernetesVersion  string                       `json:"kubernetes_version,omitempty" doc:"Minor version."`
	Support            string                       `json:"support,omitempty" doc:"\"standard\" or \"extended\"."`
	Subnets            []string                     `json:"subnets,omitempty" doc:"Keys of the control-plane subnets, sorted; fixed when the cluster is made."`
	NetworkCIDR        string                       `json:"network_cidr,omitempty" doc:"Range of the network that it stands in: another network needs another cluster (AWS)."`
	GivenSubnets       map[string]string            `json:"given_subnets,omitempty" doc:"Ids of those of its and its pods' subnets that exist already, by key: they carry no tag that tells which they are (AWS)."`
	ServiceCIDR        string                       `json:"service_cidr,omitempty" doc:"Range of service addresses."`
	ReachableFrom      []string                     `json:"reachable_from,omitempty" doc:"Ranges admitted to the private API, sorted; empty on AKS, where the network admits them."`
	PublicCIDRs        []string                     `json:"public_cidrs,omitempty" doc:"Public ranges admitted; empty: the public endpoint is off."`
	LogTypes           []string                     `json:"log_types,omitempty" doc:"Control-plane logs, sorted."`
	LogRetentionDays   int                          `json:"log_retention_days" doc:"Days that logs are kept; 0 on AKS, whose log workspace is the network's."`
	Encryption         string                       `json:"encryption,omitempty" doc:"\"own\", \"existing\" or \"cloud\"."`
	KeyID              string                       `json:"key_id,omitempty" doc:"Key with encryption = \"existing\"."`
	AccessEntries      map[string]AccessEntryDesign `json:"access_entries,omitempty" doc:"Access by principal."`
	Identity           string                       `json:"identity,omitempty" doc:"\"pod_identity\" or \"irsa\" (EKS); \"workload_identity\" (AKS)."`
	AutoMode           bool                         `json:"auto_mode" doc:"EKS Auto Mode."`
	Addons             map[string]AddonDesign       `json:"addons,omitempty" doc:"Add-ons that must stand before the first node."`
	PodSubnets         map[string]string            `json:"pod_subnets,omitempty" doc:"Key of the pod subnet of each zone, for custom networking; empty where pods share the nodes' subnets (EKS)."`
	PodCIDR            string                       `json:"pod_cidr,omitempty" doc:"Overlay pod range (AKS)."`
	NetworkPolicy      string                       `json:"network_policy,omitempty" doc:"Network policy engine."`
	ControlPlaneEgress string                       `json:"control_plane_egress,omitempty" doc:"EKS control-plane egress."`
	Maintenance        *MaintenanceSpec             `json:"maintenance_window,omitempty" doc:"Maintenance window; empty on AKS, which has azure.maintenance."`
	Autoscaling        string                       `json:"autoscaling,omitempty" doc:"What scales the nodes; on AKS only \"karpenter\" (node auto-provisioning), as each pool says whether AKS scales it."`
	Boundary           string                       `json:"permissions_boundary,omitempty" doc:"Permissions boundary of the roles (AWS)."`
	RolePath           string                       `json:"role_path,omitempty" doc:"IAM path of the roles (AWS)."`
	ClusterRole        string                       `json:"cluster_role,omitempty" doc:"Existing role of the control plane; empty: one is made."`
	NodeRole           string                       `json:"node_role,omitempty" doc:"Existing role of the nodes; empty: one is made."`
	BootstrapPool      *BootstrapPoolDesign         `json:"bootstrap_pool,omitempty" doc:"First system pool, as it was born with the cluster (AKS)."`
	Names              map[string]string            `json:"names,omitempty" doc:"Name of each named component, by component key: role/cluster, role/node, key-alias, log-group (AWS); cluster, dns-prefix, node-resource-group, identity/control-plane, identity/kubelet, key-vault, key (Azure)."`
	Tags               map[string]string            `json:"tags,omitempty" doc:"Tags, beside kready's own."`
	Azure              *ControlPlaneAzureDesign     `json:"azure,omitempty" doc:"What only AKS has."`
}

// AccessEntryDesign is the access of one principal.
type AccessEntryDesign struct {
	Principal  string   `json:"principal,omitempty" doc:"Principal."`
	Role       string   `json:"role,omitempty" doc:"\"cluster_admin\", \"admin\", \"edit\", \"view\" or \"node\"."`
	Namespaces []string `json:"namespaces,omitempty" doc:"Namespaces, sorted; empty: the cluster."`
}

// AddonDesign is one add-on of the cloud.
type AddonDesign struct {
	Version       string `json:"version,omitempty" doc:"Exact version, or empty where the policy decides."`
	VersionPolicy string `json:"version_policy,omitempty" doc:"\"default\" or \"latest\"."`
	Configuration string `json:"configuration,omitempty" doc:"Configuration values, canonical JSON."`
	Grant         string `json:"grant,omitempty" doc:"Built-in grant of the add-on's own identity, empty for none."`
	Namespace     string `json:"namespace,omitempty" doc:"Namespace of its service account, with grant."`
	Account       string `json:"service_account,omitempty" doc:"Its service account, with grant."`
}

// NodePoolDesign is one node pool.
type NodePoolDesign struct {
	Scope
	Name              string                     `json:"name,omitempty" doc:"Pool."`
	KubernetesVersion string                     `json:"kubernetes_version,omitempty" doc:"Minor version of the nodes."`
	Mode              string                     `json:"mode,omitempty" doc:"\"system\" or \"user\"."`
	InstanceTypes     []string                   `json:"instance_types,omitempty" doc:"Instance types, most wanted first."`
	Architecture      string                     `json:"architecture,omitempty" doc:"\"amd64\" or \"arm64\"."`
	CapacityType      string                     `json:"capacity_type,omitempty" doc:"\"on_demand\" or \"spot\"."`
	OS                string                     `json:"os,omitempty" doc:"Operating system."`
	Release           string                     `json:"release,omitempty" doc:"Pinned image release; empty: the newest at each update."`
	Groups            map[string]NodeGroupDesign `json:"groups,omitempty" doc:"Node groups by key: the zone, or \"all\" for one that spans."`
	GivenSubnets      map[string]string          `json:"given_subnets,omitempty" doc:"Ids of those of its subnets that exist already, by key (AWS)."`
	Labels            map[string]string          `json:"labels,omitempty" doc:"Labels."`
	Taints            []TaintSpec                `json:"taints,omitempty" doc:"Taints, sorted by key and effect."`
	DiskGiB           int                        `json:"disk_gib" doc:"Root disk in GiB."`
	DiskType          string                     `json:"disk_type,omitempty" doc:"Disk type."`
	DiskIOPS          int                        `json:"disk_iops" doc:"Provisioned operations a second; 0: the type's default."`
	DiskThroughput    int                        `json:"disk_throughput" doc:"Provisioned MiB/s; 0: the type's default."`
	DiskKey           string                     `json:"disk_key,omitempty" doc:"\"cluster\" for the cluster's key, a key id, or \"cloud\"."`
	MaxPods           int                        `json:"max_pods" doc:"Most pods on a node; 0: the cloud's recommendation."`
	MaxSurge          string                     `json:"max_surge,omitempty" doc:"Extra nodes during an update (AKS)."`
	MaxUnavailable    string                     `json:"max_unavailable,omitempty" doc:"Nodes that may be missing during an update, as a number or a percentage."`
	Repair            bool                       `json:"repair" doc:"Failed nodes are replaced by the cloud."`
	Autoscaled        bool                       `json:"autoscaled" doc:"An autoscaler owns the size; then the desired size is no drift."`
	RolloutID         string                     `json:"rollout_id,omitempty" doc:"Changing it rolls every node."`
	Tags              map[string]string          `json:"tags,omitempty" doc:"Tags, beside kready's own."`
	Azure             *NodePoolAzureDesign       `json:"azure,omitempty" doc:"What only an AKS node pool has."`
}

// NodeGroupDesign is one group of a pool.
type NodeGroupDesign struct {
	Name    string   `json:"name,omitempty" doc:"Name in the cloud: base and hash of what can only change by a new group."`
	Zones   []string `json:"zones,omitempty" doc:"Zones, sorted."`
	Subnets []string `json:"subnets,omitempty" doc:"Subnet keys, sorted."`
	MinSize int      `json:"min_size" doc:"Fewest nodes."`
	MaxSize int      `json:"max_size" doc:"Most nodes."`
}

// AddonsDesign is what is added once nodes run.
type AddonsDesign struct {
	Scope
	Addons            map[string]AddonDesign `json:"addons,omitempty" doc:"Add-ons by the cloud's name."`
	KubernetesVersion string                 `json:"kubernetes_version,omitempty" doc:"Version that add-on defaults are resolved for."`
	Identity          string                 `json:"identity,omitempty" doc:"How add-ons get their identity: \"pod_identity\" or \"irsa\"."`
	Autoscaling       string                 `json:"autoscaling,omitempty" doc:"Autoscaler whose identity and cloud objects are made: \"cluster_autoscaler\", \"karpenter\" or empty."`
	Boundary          string                 `json:"permissions_boundary,omitempty" doc:"Permissions boundary of the roles (AWS)."`
	RolePath          string                 `json:"role_path,omitempty" doc:"IAM path of the roles (AWS)."`
	Names             map[string]string      `json:"names,omitempty" doc:"Name of each named component, by component key: role/ADDON, role/cluster-autoscaler, role/karpenter, queue/karpenter, rule/karpenter-EVENT."`
	Tags              map[string]string      `json:"tags,omitempty" doc:"Tags, beside kready's own."`
}

// RegistryDesign is a set of image repositories.
type RegistryDesign struct {
	Scope
	Name           string                      `json:"name,omitempty" doc:"Registry name (Azure)."`
	Repositories   map[string]RepositoryDesign `json:"repositories,omitempty" doc:"Repositories by key (the name with \"/\" as \"-\"); empty on Azure, where they are born when something is pushed."`
	PushPrincipals []string                    `json:"push_principals,omitempty" doc:"Who may push, sorted."`
	Names          map[string]string           `json:"names,omitempty" doc:"Name of each named component, by component key: key-alias (AWS); private-endpoint (Azure)."`
	Tags           map[string]string           `json:"tags,omitempty" doc:"Tags, beside kready's own."`
	Azure          *RegistryAzureDesign        `json:"azure,omitempty" doc:"What only an ACR has."`
}

// RepositoryDesign is one image repository.
type RepositoryDesign struct {
	Name             string `json:"name,omitempty" doc:"Repository name."`
	ImmutableTags    bool   `json:"immutable_tags" doc:"Tags can't be moved."`
	ScanOnPush       bool   `json:"scan_on_push" doc:"Images are scanned when pushed."`
	KeepUntaggedDays int    `json:"keep_untagged_days" doc:"Days until untagged images expire."`
	KeepImages       int    `json:"keep_images" doc:"Tagged images kept."`
}

// VaultDesign is a set of secret vaults.
type VaultDesign struct {
	Scope
	Vaults       map[string]VaultEntryDesign `json:"vaults,omitempty" doc:"Vaults by name."`
	RecoveryDays int                         `json:"recovery_days" doc:"Days in which a deletion can be undone."`
	Names        map[string]string           `json:"names,omitempty" doc:"Name of each named component, by component key: private-endpoint/NAME (Azure)."`
	Tags         map[string]string           `json:"tags,omitempty" doc:"Tags, beside kready's own."`
	Azure        *VaultAzureDesign           `json:"azure,omitempty" doc:"What only Key Vaults have."`
}

// VaultEntryDesign is one vault.
type VaultEntryDesign struct {
	Prefix string `json:"prefix,omitempty" doc:"Prefix of its secrets (AWS)."`
	Name   string `json:"name,omitempty" doc:"Key alias (AWS) or Key Vault name (Azure)."`
}

// WorkloadIdentityDesign is one cloud identity of a service account.
type WorkloadIdentityDesign struct {
	Scope
	Name           string                 `json:"name,omitempty" doc:"Identity."`
	Namespace      string                 `json:"namespace,omitempty" doc:"Kubernetes namespace."`
	ServiceAccount string                 `json:"service_account,omitempty" doc:"Kubernetes service account."`
	Identity       string                 `json:"identity,omitempty" doc:"\"pod_identity\", \"irsa\" or \"workload_identity\"."`
	Grants         map[string]GrantDesign `json:"grants,omitempty" doc:"Built-in grants by name, such as \"vault:read\" (AWS; azure.role_assignments on Azure)."`
	Policies       map[string]string      `json:"policies,omitempty" doc:"Caller-written policies by name, canonical JSON (AWS)."`
	RoleName       string                 `json:"role_name,omitempty" doc:"Name of the role or identity."`
	Boundary       string                 `json:"permissions_boundary,omitempty" doc:"Permissions boundary of the role (AWS)."`
	RolePath       string                 `json:"role_path,omitempty" doc:"IAM path of the role (AWS)."`
	Tags           map[string]string      `json:"tags,omitempty" doc:"Tags, beside kready's own."`

	Azure *WorkloadIdentityAzureDesign `json:"azure,omitempty" doc:"What only an Azure identity has."`
}

// GrantDesign says what a built-in grant applies to.
type GrantDesign struct {
	On    []string          `json:"on,omitempty" doc:"Vault names or repository names, sorted; empty where the grant has no object."`
	Given map[string]string `json:"given,omitempty" doc:"Of those, the ones that exist already: the ARN of the repository, or of the key of a vault, by name (AWS)."`
}

// EgressRequirement is one destination that nodes or the control plane need.
type EgressRequirement struct {
	Name        string   `json:"name,omitempty" doc:"What it is for."`
	Destination []string `json:"destinations,omitempty" doc:"Host names, service tags or ranges."`
	Protocol    string   `json:"protocol,omitempty" doc:"\"tcp\" or \"udp\"."`
	Ports       []string `json:"ports,omitempty" doc:"Ports."`
}

// CapacityReport says how far the design carries.
type CapacityReport struct {
	Nodes              int    `json:"nodes" doc:"Most nodes of all pools."`
	NodesAddressable   int    `json:"nodes_addressable" doc:"Most nodes that the node and pod ranges can address."`
	Pods               int    `json:"pods" doc:"Most pods of all pools."`
	PodsAddressable    int    `json:"pods_addressable" doc:"Most pods that the pod ranges can address."`
	AddressesTotal     int    `json:"addresses_total" doc:"Usable addresses of node and pod subnets."`
	AddressesAtMax     int    `json:"addresses_at_max" doc:"Of them used with every pool at its maximum and surging."`
	HeadroomPercent    int    `json:"headroom_percent" doc:"Share of addresses left then."`
	BlocksFree         int    `json:"network_free_percent" doc:"Share of the network's range that no subnet holds."`
	MonthsToExhaustion int    `json:"months_to_exhaustion" doc:"Months from capacity.start until addresses run out at the stated growth; -1: not within 50 years or no growth stated."`
	ExhaustedIn        string `json:"exhausted_in,omitempty" doc:"That month, \"YYYY-MM\"; empty with -1."`
	NeedYears1To2      int    `json:"addresses_needed_years_1_2" doc:"Addresses needed at the end of year 2."`
	NeedYears2To5      int    `json:"addresses_needed_years_2_5" doc:"Addresses needed at the end of year 5, or of the horizon where that is shorter."`
}

// NetworkOutputs is what only a built network knows.
type NetworkOutputs struct {
	NetworkID     string   `json:"network_id,omitempty" doc:"Id of the VPC or virtual network."`
	EgressAddress []string `json:"egress_addresses,omitempty" doc:"Public addresses that traffic leaves from, sorted."`
}

// ClusterOutputs is what only a built control plane knows.
type ClusterOutputs struct {
	ARN                  string `json:"arn,omitempty" doc:"Full id of the cluster in the cloud."`
	Endpoint             string `json:"endpoint,omitempty" doc:"URL of the API."`
	CertificateAuthority string `json:"certificate_authority,omitempty" doc:"Certificate of the API's authority, base64. Not a secret."`
	OIDCIssuer           string `json:"oidc_issuer,omitempty" doc:"URL of the issuer of service-account tokens."`
	PlatformVersion      string `json:"platform_version,omitempty" doc:"Version of the cloud's own platform." plan:"volatile"`
	NodeRole             string `json:"node_role_arn,omitempty" doc:"Role or identity of the nodes."`
	SecurityGroupID      string `json:"security_group_id,omitempty" doc:"Security group that the cloud made for the cluster (EKS)."`
}

// NodePoolOutputs is what only a built pool knows.
type NodePoolOutputs struct {
	Sizes        map[string]int64  `json:"sizes,omitempty" doc:"Nodes wanted now, by group; the autoscaler owns it." plan:"volatile"`
	ImageRelease map[string]string `json:"image_releases,omitempty" doc:"Image release in use, by group." plan:"volatile"`
}

// AddonsOutputs is what only built add-ons know.
type AddonsOutputs struct {
	Versions map[string]string `json:"versions,omitempty" doc:"Version in use, by add-on." plan:"volatile"`
	Queue    string            `json:"interruption_queue,omitempty" doc:"Name of Karpenter's interruption queue."`
}

// RegistryOutputs is what only a built registry knows.
type RegistryOutputs struct {
	URLs map[string]string `json:"urls,omitempty" doc:"URL of each repository, by key; on Azure that of the registry, as \"registry\"."`
}

// VaultOutputs is what only built vaults know.
type VaultOutputs struct {
	IDs map[string]string `json:"ids,omitempty" doc:"Key ARN (AWS) or vault URI (Azure), by vault name."`
}

// WorkloadIdentityOutputs is what only a built identity knows.
type WorkloadIdentityOutputs struct {
	PrincipalID string `json:"principal_id,omitempty" doc:"Role ARN (AWS) or client id (Azure), for the service account's annotation."`
}
