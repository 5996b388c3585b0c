package blueprint

import (
	"fmt"
	"slices"
)

// validateReplacements finds out which objects can't reach what is asked for
// in place, refuses those that are not acknowledged, and warns of
// acknowledgements that match nothing.
func (r *resolver) validateReplacements() {
	needed := map[string]bool{}
	for _, replacement := range r.replacements() {
		r.replaced[replacement.Object] = true
		needed[replacement.Token] = true
		if !slices.Contains(r.spec.AcknowledgeReplacement, replacement.Token) {
			r.report.findings = append(r.report.findings, replacement.Finding())
		}
	}
	for i, token := range r.spec.AcknowledgeReplacement {
		if !needed[token] && !IsUnknown(token) {
			r.report.warn(nth("acknowledge_replacement", i), "acknowledge-unused", fmt.Sprintf("%q matches nothing that would be replaced", token),
				"The replacement is done, or the token is mistyped. Remove it.")
		}
	}
}

// replacements compares what can't change in place with what is asked for.
func (r *resolver) replacements() []Replacement {
	if r.prior == nil {
		return nil
	}
	var found []Replacement
	add := func(object string, observed, planned Section) {
		if replacement := ReplacedBy(object, r.prior.Incarnation, observed, planned); replacement != nil {
			found = append(found, *replacement)
		}
	}
	design, scope := r.prior.Design, r.scope(false)
	for path, value := range map[string]string{"name": r.spec.Name, "target": r.spec.Target, "network.target": r.spec.Network.Target} {
		r.waitsForFixed(path, value)
	}
	if design.Network != nil {
		planned := NetworkDesign{Scope: r.networkScope(), CIDR: r.spec.Network.CIDR, Existing: r.existingDesign()}
		if r.waitsForFixed("network.cidr", r.spec.Network.CIDR) {
			planned.CIDR = design.Network.CIDR
		}
		if r.spec.Cloud == CloudAzure {
			planned.Azure = &NetworkAzureDesign{ResourceGroup: r.wantedGroup(design.Network.Azure)}
		}
		add("network", *design.Network, planned)
	}
	if design.ControlPlane != nil {
		if network := found; len(network) > 0 { // the cluster stands in it
			found = append(found, Replacement{
				Object: "cluster", Path: network[0].Path, Why: []string{"it stands in the network, which would be replaced"},
				Token: ReplacementToken("cluster", r.prior.Incarnation, design.ControlPlane.Fixed()),
			})
		} else {
			add("cluster", *design.ControlPlane, r.wantedControlPlane(*design.ControlPlane))
		}
	}
	if design.Registry != nil && r.spec.Registry != nil {
		planned := RegistryDesign{Scope: scope, Name: design.Registry.Name}
		if override := r.spec.Names["registry"]; override != "" && !IsUnknown(override) {
			planned.Name = override
		}
		add("registry", *design.Registry, planned)
	}
	if design.Vault != nil && r.spec.Vault != nil {
		add("vault", *design.Vault, VaultDesign{Scope: scope})
	}
	return found
}

// wantedControlPlane is what stands with the changes that are asked for, as
// far as [ControlPlaneDesign.Fixed] looks.
func (r *resolver) wantedControlPlane(standing ControlPlaneDesign) ControlPlaneDesign {
	wanted := standing
	wanted.Scope = r.scope(false)
	if given := r.spec.Network.ServiceCIDR; given != "" && !r.waitsForFixed("network.service_cidr", given) {
		wanted.ServiceCIDR = given
	}
	if r.spec.Cloud == CloudAzure {
		r.wantAzureControlPlane(&wanted)
		return wanted
	}
	aws := r.aws()
	wanted.ClusterRole, wanted.RolePath = aws.ServiceRoleARN, r.rolePath()
	if override := r.spec.Names["role/cluster"]; override != "" {
		wanted.Names = merge(standing.Names, map[string]string{"role/cluster": override})
	}
	var subnets []string
	if network := r.prior.Design.Network; network != nil {
		for _, key := range standing.Subnets {
			if slices.Contains(r.zones, network.Subnets[key].Zone) {
				subnets = append(subnets, key)
			}
		}
		wanted.Subnets = subnets
	}
	encryption := r.encryption()
	if standing.Encryption != "cloud" && standing.Encryption != "" {
		wanted.Encryption, wanted.KeyID = encryption.Mode, encryption.KeyID
	}
	return wanted
}

// wantedGroup is the resource group that is asked for: the one that stands,
// where none is.
func (r *resolver) wantedGroup(standing *NetworkAzureDesign) string {
	if given := r.givenGroup(); given != "" && !r.waitsForFixed("azure.resource_group", given) {
		return given
	}
	if override := r.spec.Names["resource-group"]; override != "" && !IsUnknown(override) {
		return override
	}
	if standing != nil {
		return standing.ResourceGroup
	}
	return ""
}

// wantAzureControlPlane is the Azure half of wantedControlPlane.
func (r *resolver) wantAzureControlPlane(wanted *ControlPlaneDesign) {
	if wanted.Azure == nil {
		return
	}
	azure := *wanted.Azure
	azure.ResourceGroup = r.wantedGroup(&NetworkAzureDesign{ResourceGroup: azure.ResourceGroup})
	azure.PrivateCluster = or(r.azure().PrivateCluster, "vnet_integration")
	azure.PodMode = "overlay"
	if !r.overlay() {
		azure.PodMode = "pod_subnet"
	}
	azure.DNSServiceIP = dnsServiceIP(wanted.ServiceCIDR)
	wanted.NetworkPolicy = r.networkPolicy()
	wanted.Azure = &azure
}

// waitsForFixed refuses an unknown value of something that can't change: it
// could turn out to be a replacement at apply.
func (r *resolver) waitsForFixed(path, value string) bool {
	if !IsUnknown(value) {
		return false
	}
	r.report.fail(path, "unknown-fixed", "not known yet, and it is for life",
		"The object stands already, and another value would replace it. Give a value that is known in the plan: %s waits.", unknownPath(value))
	return true
}
