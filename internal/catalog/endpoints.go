package catalog

import (
	"slices"
	"strings"
)

// Features that decide which cloud services nodes and pods call.
const (
	FeatureCluster          = "cluster" // every cluster
	FeaturePodIdentity      = "pod_identity"
	FeatureLoadBalancer     = "load_balancer"
	FeatureClusterAutoscale = "cluster_autoscaler"
	FeatureKarpenter        = "karpenter"
	FeatureNodeAccess       = "node_access" // Session Manager on nodes
	FeatureEncryption       = "encryption"  // keys of one's own for volumes and secrets
	FeatureVault            = "vault"       // secrets read by pods
	FeatureSharedFiles      = "shared_files"
	FeatureRuntimeSecurity  = "runtime_security" // GuardDuty agent, Defender sensor
	FeatureMonitoring       = "monitoring"       // CloudWatch or Azure Monitor
	FeaturePrometheus       = "prometheus"
	FeatureTracing          = "tracing"
	FeatureDNSRecords       = "dns_records" // external-dns, cert-manager
	FeaturePolicy           = "policy"      // Azure Policy
	FeatureExtensions       = "extensions"  // AKS cluster extensions
	FeatureGPU              = "gpu"
	FeatureOSUpdates        = "os_updates" // packages between image releases
	FeaturePublicAPI        = "public_api" // nodes reach the API from outside the network
)

// Endpoint is an AWS service that nodes or pods of a feature call, and how it
// is reached privately.
type Endpoint struct {
	// Service is the end of the endpoint service's name, such as "ecr.api"; "" for
	// a service that has no VPC endpoint.
	Service string
	Gateway bool // a gateway endpoint (S3); false: an interface endpoint
	// Hosts are the host names that the service answers on, for those who let
	// traffic through a firewall instead; "{region}" stands for the region.
	Hosts []string
	Use   string // what it is called for
	// Features that need it, see the Feature constants.
	Features []string
}

// ServiceName is the name that CreateVpcEndpoint takes in a commercial region,
// "" for a service without a VPC endpoint.
func (e Endpoint) ServiceName(region string) string {
	if e.Service == "" {
		return ""
	}
	return "com.amazonaws." + region + "." + e.Service
}

// Endpoints lists the VPC endpoints that an isolated EKS cluster with these
// features needs, without doubles, sorted by service. FeatureCluster is always
// among them.
func Endpoints(features ...string) []Endpoint {
	return slices.DeleteFunc(awsServices(features), func(e Endpoint) bool { return e.Service == "" })
}

// PrivateOnlyGaps lists the AWS services that these features call and that have
// no VPC endpoint, sorted by host: what an isolated cluster has to do without.
func PrivateOnlyGaps(features ...string) []Endpoint {
	return slices.DeleteFunc(awsServices(features), func(e Endpoint) bool { return e.Service != "" })
}

func awsServices(features []string) []Endpoint {
	wanted := append([]string{FeatureCluster}, features...)
	var found []Endpoint
	for _, e := range eksEndpoints {
		if slices.ContainsFunc(e.Features, func(f string) bool { return slices.Contains(wanted, f) }) {
			e.Hosts, e.Features = slices.Clone(e.Hosts), slices.Clone(e.Features)
			found = append(found, e)
		}
	}
	return found
}

// PrivateLink is an Azure service that is reached through a private endpoint.
type PrivateLink struct {
	Service string // kready's name of it: "registry", "vault", …
	// GroupID is the sub-resource of the private endpoint's connection.
	GroupID string
	// Zone is the private DNS zone; "{region}" stands for the region.
	Zone string
}

// ZoneIn is the private DNS zone of the service in a region.
func (p PrivateLink) ZoneIn(region string) string {
	return strings.ReplaceAll(p.Zone, "{region}", region)
}

// LookupPrivateLink finds how a service is reached privately: "registry",
// "vault", "blob", "cluster" (private link) or "cluster-integrated" (API server
// VNet integration, which has a zone but no endpoint).
func LookupPrivateLink(service string) (PrivateLink, bool) {
	i := slices.IndexFunc(privateLinks, func(p PrivateLink) bool { return p.Service == service })
	if i < 0 {
		return PrivateLink{}, false
	}
	return privateLinks[i], true
}

var (
	endpointsTable = Table{
		Name:   "eks-endpoints",
		Holds:  "AWS services that an EKS cluster calls, by feature, with VPC endpoint and host names",
		Source: "awsdocs/amazon-eks-user-guide latest/ug/clusters/private-clusters.adoc (101184e); host names from the endpoint rules of botocore 1.44.5",
		Date:   day(2026, 11, 17),
	}
	privateLinksTable = Table{
		Name:   "azure-private-links",
		Holds:  "private endpoint groups and DNS zones of the Azure services around an AKS cluster",
		Source: "MicrosoftDocs/azure-aks-docs articles/aks/{private-clusters,network-isolated}.md (fb060ab); learn.microsoft.com/azure/private-link/private-endpoint-dns",
		Date:   day(2026, 8, 21),
	}
)

func endpointTables() []Table {
	endpoints, links := endpointsTable, privateLinksTable
	endpoints.Rows, links.Rows = len(eksEndpoints), len(privateLinks)
	return []Table{endpoints, links}
}

// Sorted by service, those without an endpoint first.
var eksEndpoints = []Endpoint{
	{Hosts: []string{"api.pricing.us-east-1.amazonaws.com"}, Use: "prices, for choosing instance types; Karpenter runs on a built-in list with isolatedVPC", Features: []string{FeatureKarpenter}},
	{Hosts: []string{"iam.amazonaws.com"}, Use: "instance profiles; give Karpenter a ready-made one instead", Features: []string{FeatureKarpenter}},
	{Hosts: []string{"route53.amazonaws.com"}, Use: "DNS records; a cross-region endpoint com.amazonaws.route53 can be made beside the cluster", Features: []string{FeatureDNSRecords}},
	{Service: "aps-workspaces", Hosts: []string{"aps-workspaces.{region}.amazonaws.com"}, Use: "metrics written to Managed Prometheus", Features: []string{FeaturePrometheus}},
	{Service: "autoscaling", Hosts: []string{"autoscaling.{region}.amazonaws.com"}, Use: "sizes of node groups", Features: []string{FeatureClusterAutoscale}},
	{Service: "ec2", Hosts: []string{"ec2.{region}.amazonaws.com"}, Use: "node names, pod addresses, volumes", Features: []string{FeatureCluster}},
	{Service: "ec2messages", Hosts: []string{"ec2messages.{region}.amazonaws.com"}, Use: "Session Manager", Features: []string{FeatureNodeAccess}},
	{Service: "ecr.api", Hosts: []string{"api.ecr.{region}.amazonaws.com"}, Use: "registry credentials", Features: []string{FeatureCluster}},
	{Service: "ecr.dkr", Hosts: []string{"*.dkr.ecr.{region}.amazonaws.com"}, Use: "images", Features: []string{FeatureCluster}},
	{Service: "eks", Hosts: []string{"eks.{region}.amazonaws.com"}, Use: "cluster description at boot", Features: []string{FeatureCluster}},
	{Service: "eks-auth", Hosts: []string{"eks-auth.{region}.api.aws"}, Use: "credentials of pods", Features: []string{FeaturePodIdentity}},
	{Service: "elasticfilesystem", Hosts: []string{"elasticfilesystem.{region}.amazonaws.com"}, Use: "EFS access points", Features: []string{FeatureSharedFiles}},
	{Service: "elasticloadbalancing", Hosts: []string{"elasticloadbalancing.{region}.amazonaws.com"}, Use: "load balancers", Features: []string{FeatureLoadBalancer}},
	{Service: "guardduty-data", Hosts: []string{"guardduty-data.{region}.amazonaws.com"}, Use: "runtime events", Features: []string{FeatureRuntimeSecurity}},
	{Service: "kms", Hosts: []string{"kms.{region}.amazonaws.com"}, Use: "keys of volumes and secrets", Features: []string{FeatureEncryption, FeatureVault}},
	{Service: "logs", Hosts: []string{"logs.{region}.amazonaws.com"}, Use: "logs of nodes and pods", Features: []string{FeatureCluster, FeatureMonitoring}},
	{Service: "monitoring", Hosts: []string{"monitoring.{region}.amazonaws.com"}, Use: "metrics", Features: []string{FeatureMonitoring}},
	{Service: "s3", Gateway: true, Hosts: []string{"*.s3.{region}.amazonaws.com", "*.s3.dualstack.{region}.amazonaws.com"}, Use: "image layers, packages of Amazon Linux", Features: []string{FeatureCluster}},
	{Service: "secretsmanager", Hosts: []string{"secretsmanager.{region}.amazonaws.com"}, Use: "secrets", Features: []string{FeatureVault}},
	{Service: "sqs", Hosts: []string{"sqs.{region}.amazonaws.com"}, Use: "interruption notices", Features: []string{FeatureKarpenter}},
	{Service: "ssm", Hosts: []string{"ssm.{region}.amazonaws.com"}, Use: "Session Manager, image lookups", Features: []string{FeatureKarpenter, FeatureNodeAccess}},
	{Service: "ssmmessages", Hosts: []string{"ssmmessages.{region}.amazonaws.com"}, Use: "Session Manager", Features: []string{FeatureNodeAccess}},
	{Service: "sts", Hosts: []string{"sts.{region}.amazonaws.com"}, Use: "credentials", Features: []string{FeatureCluster}},
	{Service: "xray", Hosts: []string{"xray.{region}.amazonaws.com"}, Use: "traces", Features: []string{FeatureTracing}},
}

var privateLinks = []PrivateLink{
	{Service: "blob", GroupID: "blob", Zone: "privatelink.blob.core.windows.net"},
	{Service: "cluster", GroupID: "management", Zone: "privatelink.{region}.azmk8s.io"},
	{Service: "cluster-integrated", Zone: "private.{region}.azmk8s.io"},
	{Service: "file", GroupID: "file", Zone: "privatelink.file.core.windows.net"},
	{Service: "monitor", GroupID: "azuremonitor", Zone: "privatelink.monitor.azure.com"},
	{Service: "registry", GroupID: "registry", Zone: "privatelink.azurecr.io"},
	{Service: "vault", GroupID: "vault", Zone: "privatelink.vaultcore.azure.net"},
}
