package blueprint

import (
	"strconv"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// resolveAzure settles every section for AKS, and then judges what only the
// whole shows. AKS's add-ons are part of the cluster, so there is no section
// of them.
func (r *resolver) resolveAzure() {
	r.validateAzure()
	r.demand = r.azureDemand()
	r.resolveAzureNetwork()
	r.resolveAzureNodePools()
	r.resolveAzureControlPlane()
	r.resolveAzureRegistry()
	r.resolveAzureVault()
	r.resolveAzureIdentities()
	r.design.EgressRequirements = r.azureEgressRequirements()
	r.design.Reachability = r.reachability()
	r.validateAzureTransitions()
	r.validateMovedNames()
	r.names.validate(r.report)
}

// azureFeatures tells what of Azure the cluster's nodes and pods call.
func (r *resolver) azureFeatures() []string {
	features := set{}
	azure := r.design.ControlPlane.Azure
	if azure.Policy {
		features.add(catalog.FeaturePolicy)
	}
	if azure.Defender {
		features.add(catalog.FeatureRuntimeSecurity)
	}
	if azure.NodeOSChannel == "SecurityPatch" || azure.NodeOSChannel == "Unmanaged" {
		features.add(catalog.FeatureOSUpdates)
	}
	for _, pool := range r.spec.NodePools {
		if facts, known := vmSizeOf(firstOf(pool.InstanceTypes)); known && facts.GPUs > 0 {
			features.add(catalog.FeatureGPU)
		}
	}
	return features.sorted()
}

// azureEgressRequirements lists what a firewall on the way out must let
// through. An isolated network has no way out.
func (r *resolver) azureEgressRequirements() []EgressRequirement {
	if r.egress() == EgressIsolated {
		return nil
	}
	var list []EgressRequirement
	for _, need := range catalog.EgressRequirements(catalog.Azure, r.spec.Region, r.azureFeatures()...) {
		destinations := need.Destinations
		if len(destinations) == 1 && destinations[0] == "*" && need.ServiceTag != "" {
			destinations = []string{need.ServiceTag}
		}
		list = append(list, EgressRequirement{Name: need.Name, Destination: destinations, Protocol: need.Protocol, Ports: []string{strconv.Itoa(need.Port)}})
	}
	return list
}
