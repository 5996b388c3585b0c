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
