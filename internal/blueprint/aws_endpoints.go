package blueprint

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// awsEndpoints derives the private endpoints. The S3 gateway is free and keeps
// image layers off the NAT gateways, so it is always there; interface
// endpoints exist where there is no other way out.
func (r *resolver) awsEndpoints() map[string]EndpointDesign {
	endpoints := r.derivedEndpoints()
	for _, service := range r.existing().InterfaceEndpoints {
		delete(endpoints, service)
	}
	if !r.joinable() {
		maps.DeleteFunc(endpoints, func(_ string, e EndpointDesign) bool { return e.Type == "gateway" })
	}
	return endpoints
}

// derivedEndpoints are the private endpoints that the cluster needs, whoever
// made them.
func (r *resolver) derivedEndpoints() map[string]EndpointDesign {
	policy := "account"
	if id := r.aws().OrganizationID; id != "" {
		policy = "organization:" + id
	}
	endpoints := map[string]EndpointDesign{}
	for _, endpoint := range catalog.Endpoints(r.features()...) {
		switch {
		case endpoint.Gateway:
			endpoints[endpoint.Service] = EndpointDesign{Type: "gateway", Policy: policy}
		case r.egress() == EgressIsolated:
			endpoints[endpoint.Service] = EndpointDesign{Type: "interface", Policy: policy}
		}
	}
	return endpoints
}

// grantFeatures are the features behind built-in grants.
var grantFeatures = map[string]string{
	"vault:read":               catalog.FeatureVault,
	"load-balancer-controller": catalog.FeatureLoadBalancer,
	"cluster-autoscaler":       catalog.FeatureClusterAutoscale,
	"efs-csi":                  catalog.FeatureSharedFiles,
	"external-dns":             catalog.FeatureDNSRecords,
	"cert-manager":             catalog.FeatureDNSRecords,
}

// addonFeatures are the features behind add-ons.
var addonFeatures = map[string]string{
	"aws-efs-csi-driver":              catalog.FeatureSharedFiles,
	"aws-guardduty-agent":             catalog.FeatureRuntimeSecurity,
	"amazon-cloudwatch-observability": catalog.FeatureMonitoring,
	"adot":                            catalog.FeatureTracing,
}

// features tells what of the cloud the cluster's nodes and pods call, as the
// catalog names it, sorted.
func (r *resolver) features() []string {
	features := set{}
	if r.identity() == "pod_identity" {
		features.add(catalog.FeaturePodIdentity)
	}
	if r.encryption().Mode != "cloud" {
		features.add(catalog.FeatureEncryption)
	}
	switch r.autoscaling() {
	case AutoscalingCluster:
		features.add(catalog.FeatureClusterAutoscale)
	case AutoscalingKarpenter:
		features.add(catalog.FeatureKarpenter)
	case AutoscalingAutoMode:
		features.add(catalog.FeatureLoadBalancer)
	}
	if r.spec.Vault != nil {
		features.add(catalog.FeatureVault)
	}
	for _, identity := range r.spec.WorkloadIdentities {
		for _, grant := range identity.Grants {
			if strings.HasPrefix(grant, "vault:read") {
				grant = "vault:read"
			}
			if feature := grantFeatures[grant]; feature != "" {
				features.add(feature)
			}
		}
	}
	for name, feature := range addonFeatures {
		if r.addonEnabled(name) {
			features.add(feature)
		}
	}
	return features.sorted()
}

// awsEgressRequirements lists what a firewall on the way out must let through.
// An isolated network has no way out; its endpoints stand instead.
func (r *resolver) awsEgressRequirements() []EgressRequirement {
	if r.egress() == EgressIsolated {
		return nil
	}
	var list []EgressRequirement
	for _, need := range catalog.EgressRequirements(catalog.AWS, r.spec.Region, r.features()...) {
		list = append(list, EgressRequirement{
			Name: need.Name, Destination: need.Destinations, Protocol: need.Protocol, Ports: []string{strconv.Itoa(need.Port)},
		})
	}
	return list
}

// validateIsolated warns of services that have no private endpoint.
func (r *resolver) validateIsolated() {
	if r.egress() != EgressIsolated {
		return
	}
	for _, gap := range catalog.PrivateOnlyGaps(r.features()...) {
		r.report.warn("network.egress", "isolated-gap", fmt.Sprintf("%s has no private endpoint in an isolated network", strings.Join(gap.Hosts, ", ")),
			"It is called for %s. Do without it, run what calls it elsewhere, or choose another egress.", gap.Use)
	}
}

func hasInterfaceEndpoints(endpoints map[string]EndpointDesign) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(endpoints)), func(e EndpointDesign) bool { return e.Type == "interface" })
}
