package catalog

import (
	"slices"
	"strings"
)

// Egress is a destination on the internet that nodes of a cluster need where
// their way out passes a firewall.
type Egress struct {
	Name         string   // stable short name, unique within a cloud
	Use          string   // what it is for
	Destinations []string // host names, with "*." for any subdomain; or "*"
	ServiceTag   string   // Azure service tag that covers it in network rules, "" if none
	Protocol     string   // "tcp" or "udp"
	Port         int
	Features     []string // see the Feature constants
	// Optional says that the cluster works without it, in the way that Use tells.
	Optional bool
}

// EgressRequirements lists what a firewall must let through for a cluster of a
// cloud in a region with these features, sorted by name. FeatureCluster is
// always among them. The tunnel ports of AKS clusters with a public API server
// belong to FeaturePublicAPI. Registries and packages that workloads need come
// on top.
func EgressRequirements(cloud, region string, features ...string) []Egress {
	var found []Egress
	switch cloud {
	case AWS:
		for _, e := range awsServices(features) {
			found = append(found, eksEgress(e))
		}
	case Azure:
		wanted := append([]string{FeatureCluster}, features...)
		for _, e := range aksEgress {
			if slices.ContainsFunc(e.Features, func(f string) bool { return slices.Contains(wanted, f) }) {
				found = append(found, e)
			}
		}
	}
	for i := range found {
		found[i].Destinations = inRegion(found[i].Destinations, region)
		found[i].ServiceTag = strings.ReplaceAll(found[i].ServiceTag, "{region}", region)
		found[i].Features = slices.Clone(found[i].Features)
	}
	slices.SortStableFunc(found, func(a, b Egress) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// eksEgress turns a service into the host names of it: on AWS everything that
// nodes call is one HTTPS service or another.
func eksEgress(e Endpoint) Egress {
	name := e.Service
	if name == "" {
		name, _, _ = strings.Cut(strings.TrimPrefix(e.Hosts[0], "api."), ".")
	}
	return Egress{Name: name, Use: e.Use, Destinations: e.Hosts, Protocol: "tcp", Port: 443, Features: e.Features}
}

func inRegion(hosts []string, region string) []string {
	result := make([]string, len(hosts))
	for i, host := range hosts {
		result[i] = strings.ReplaceAll(host, "{region}", region)
	}
	return result
}

var aksEgressTable = Table{
	Name:   "aks-egress",
	Holds:  "destinations that AKS nodes need in Azure's public cloud, by feature",
	Source: "MicrosoftDocs/azure-aks-docs articles/aks/outbound-rules-control-egress.md of 2026-06-18 (fb060ab)",
	Date:   day(2026, 8, 21),
}

func egressTables() []Table {
	table := aksEgressTable
	table.Rows = len(aksEgress)
	return []Table{table}
}

// Sorted by name.
var aksEgress = []Egress{
	{Name: "api-server", Use: "the cluster's API where it has a public address", Destinations: []string{"*.hcp.{region}.azmk8s.io"}, Protocol: "tcp", Port: 443, Features: []string{FeaturePublicAPI}},
	{Name: "arm", Use: "Azure's API: disks, load balancers, addresses", Destinations: []string{"management.azure.com"}, ServiceTag: "AzureResourceManager", Protocol: "tcp", Port: 443, Features: []string{FeatureCluster}},
	{Name: "binaries", Use: "Kubernetes and CNI binaries", Destinations: []string{"packages.aks.azure.com", "acs-mirror.azureedge.net"}, Protocol: "tcp", Port: 443, Features: []string{FeatureCluster}},
	{Name: "defender", Use: "security events", Destinations: []string{"*.cloud.defender.microsoft.com", "*.ods.opinsights.azure.com", "*.oms.opinsights.azure.com"}, Protocol: "tcp", Port: 443, Features: []string{FeatureRuntimeSecurity}},
	{Name: "entra", Use: "sign-in of nodes and pods", Destinations: []string{"login.microsoftonline.com"}, ServiceTag: "AzureActiveDirectory", Protocol: "tcp", Port: 443, Features: []string{FeatureCluster}},
	{Name: "extensions", Use: "configuration of cluster extensions", Destinations: []string{"{region}.dp.kubernetesconfiguration.azure.com", "*.ingestion.msftcloudes.com", "*.microsoftmetrics.com"}, Protocol: "tcp", Port: 443, Features: []string{FeatureExtensions}},
	{Name: "extensions-marketplace", Use: "images and metering of marketplace extensions", Destinations: []string{
		"arcmktplaceprod.azurecr.io",
		"arcmktplaceprod.centralindia.data.azurecr.io",
		"arcmktplaceprod.eastus.data.azurecr.io",
		"arcmktplaceprod.japaneast.data.azurecr.io",
		"arcmktplaceprod.westeurope.data.azurecr.io",
		"arcmktplaceprod.westus2.data.azurecr.io",
		"marketplaceapi.microsoft.com",
	}, Protocol: "tcp", Port: 443, Features: []string{FeatureExtensions}, Optional: true},
	{Name: "gpu-drivers", Use: "GPU drivers", Destinations: []string{"nvidia.github.io", "us.download.nvidia.com", "download.docker.com"}, Protocol: "tcp", Port: 443, Features: []string{FeatureGPU}},
	{Name: "images", Use: "images of AKS itself", Destinations: []string{"mcr.microsoft.com", "*.data.mcr.microsoft.com", "mcr-0001.mcr-msedge.net"}, ServiceTag: "MicrosoftContainerRegistry", Protocol: "tcp", Port: 443, Features: []string{FeatureCluster}},
	{Name: "monitor", Use: "logs and metrics to Azure Monitor", Destinations: []string{
		"*.ods.opinsights.azure.com",
		"*.oms.opinsights.azure.com",
		"dc.services.visualstudio.com",
		"*.monitoring.azure.com",
		"global.handler.control.monitor.azure.com",
		"{region}.handler.control.monitor.azure.com",
		"*.ingest.monitor.azure.com",
	}, ServiceTag: "AzureMonitor", Protocol: "tcp", Port: 443, Features: []string{FeatureMonitoring}},
	{Name: "packages", Use: "Microsoft packages", Destinations: []string{"packages.microsoft.com"}, Protocol: "tcp", Port: 443, Features: []string{FeatureCluster}},
	{Name: "policy", Use: "policies and their results", Destinations: []string{"data.policy.core.windows.net", "store.policy.core.windows.net", "dc.services.visualstudio.com"}, Protocol: "tcp", Port: 443, Features: []string{FeaturePolicy}},
	{Name: "prometheus", Use: "metrics to Managed Prometheus", Destinations: []string{
		"global.handler.control.monitor.azure.com",
		"{region}.handler.control.monitor.azure.com",
		"*.metrics.ingest.monitor.azure.com",
	}, ServiceTag: "AzureMonitor", Protocol: "tcp", Port: 443, Features: []string{FeaturePrometheus}},
	{Name: "tracing", Use: "traces to Application Insights", Destinations: []string{"*.in.applicationinsights.azure.com"}, ServiceTag: "AzureMonitor", Protocol: "tcp", Port: 443, Features: []string{FeatureTracing}},
	{Name: "tunnel-tcp", Use: "tunnel to the control plane, without konnectivity", Destinations: []string{"*"}, ServiceTag: "AzureCloud.{region}", Protocol: "tcp", Port: 9000, Features: []string{FeaturePublicAPI}},
	{Name: "tunnel-udp", Use: "tunnel to the control plane, without konnectivity", Destinations: []string{"*"}, ServiceTag: "AzureCloud.{region}", Protocol: "udp", Port: 1194, Features: []string{FeaturePublicAPI}},
	{Name: "ubuntu-packages", Use: "security packages; without it they come with node images only", Destinations: []string{"security.ubuntu.com", "azure.archive.ubuntu.com", "changelogs.ubuntu.com"}, Protocol: "tcp", Port: 80, Features: []string{FeatureOSUpdates}, Optional: true},
	{Name: "ubuntu-snapshots", Use: "security packages by date; without it they come with node images only", Destinations: []string{"snapshot.ubuntu.com"}, Protocol: "tcp", Port: 443, Features: []string{FeatureOSUpdates}, Optional: true},
	{Name: "vault", Use: "secrets where the vault has no private endpoint", Destinations: []string{"*.vault.azure.net"}, ServiceTag: "AzureKeyVault", Protocol: "tcp", Port: 443, Features: []string{FeatureVault}},
}
