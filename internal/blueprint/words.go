package blueprint

// Words that a spec and a design share.
const (
	CloudAWS   = "aws"
	CloudAzure = "azure"

	StageProduction  = "production"
	StageDevelopment = "development"

	EgressNAT        = "nat"
	EgressNATPerZone = "nat_per_zone"
	EgressAppliance  = "appliance"
	EgressIsolated   = "isolated"

	TierControlPlane = "control_plane"
	TierNodes        = "nodes"
	TierPods         = "pods"
	TierIngress      = "ingress"
	TierEndpoints    = "endpoints"
	TierPublic       = "public"

	AutoscalingCluster   = "cluster_autoscaler"
	AutoscalingKarpenter = "karpenter"
	AutoscalingAutoMode  = "auto_mode"
	AutoscalingNone      = "none"

	ModeSystem = "system"
	ModeUser   = "user"
)

// cloudWords are what messages call things on a cloud.
type cloudWords struct {
	cloud   string // who runs it
	service string // its Kubernetes
	network string
	subnet  string // a subnet key, for examples
	region  string // a region, for examples
	group   string // what takes nodes in
}

var (
	awsWords   = cloudWords{cloud: "AWS", service: "EKS", network: "VPC", subnet: "nodes-eu-west-1a", region: "eu-west-1", group: "A node group"}
	azureWords = cloudWords{cloud: "Azure", service: "AKS", network: "virtual network", subnet: "nodes", region: "westeurope", group: "A node pool"}
)

func (r *resolver) words() cloudWords {
	if r.spec.Cloud == CloudAzure {
		return azureWords
	}
	return awsWords
}

// subnetSizes are the shortest and the longest prefix that a subnet may have.
// Sources: Amazon VPC user guide, 2023-04; Azure Virtual Network FAQ, 2026-08
// (a network is a /8 at most).
func (r *resolver) subnetSizes() (largest, smallest int) {
	if r.spec.Cloud == CloudAzure {
		return 8, 29
	}
	return largestSubnet, smallestSubnet
}

// subnetKey is the key of a tier's subnet in a zone, or of the one that spans
// all of them.
func subnetKey(tier, zone string) string {
	if zone == spanning {
		return tier
	}
	return tier + "-" + zone
}
