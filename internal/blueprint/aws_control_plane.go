package blueprint

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// eksLogTypes are all that EKS has.
// Source: Amazon EKS API, LogSetup.types, 2026-08.
var eksLogTypes = []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}

// resolveAWSControlPlane settles the cluster without its nodes.
func (r *resolver) resolveAWSControlPlane() {
	aws := r.aws()
	encryption := r.encryption()
	design := ControlPlaneDesign{
		Scope:              r.scope(false),
		KubernetesVersion:  r.spec.KubernetesVersion,
		Support:            r.support(),
		Subnets:            r.controlPlaneSubnets(),
		NetworkCIDR:        r.spec.Network.CIDR,
		ServiceCIDR:        r.serviceCIDR(),
		ReachableFrom:      sortedUnique(r.spec.Network.ReachableFrom),
		LogTypes:           eksLogTypes,
		LogRetentionDays:   14,
		Encryption:         encryption.Mode,
		KeyID:              encryption.KeyID,
		Identity:           r.identity(),
		AutoMode:           r.autoscaling() == AutoscalingAutoMode,
		NetworkPolicy:      r.networkPolicy(),
		ControlPlaneEgress: or(aws.ControlPlaneEgress, "AWS_MANAGED"),
		Autoscaling:        r.autoscaling(),
		Boundary:           aws.PermissionsBoundary,
		RolePath:           r.rolePath(),
		ClusterRole:        aws.ServiceRoleARN,
		NodeRole:           aws.NodeRoleARN,
		Tags:               cloned(r.spec.Tags),
	}
	if r.report.production {
		design.LogRetentionDays = 90
	}
	if logs := r.spec.ControlPlaneLogs; logs != nil {
		if len(logs.Types) > 0 {
			design.LogTypes = sortedUnique(logs.Types)
		}
		design.LogRetentionDays = or(logs.RetentionDays, design.LogRetentionDays)
	}
	if access := r.spec.Access; access != nil && access.Public != nil {
		design.PublicCIDRs = sortedUnique(access.Public.AllowedCIDRs)
	}
	if r.givenNetwork() {
		design.NetworkCIDR = "" // network.cidr is only what may be used of it
	}
	design.AccessEntries = r.accessEntries()
	design.Addons = r.bootstrapAddons()
	if design.AutoMode {
		design.NetworkPolicy = "" // node classes decide, inside the cluster
	} else if r.customNetworking() {
		design.PodSubnets = map[string]string{}
		for _, zone := range r.zones {
			design.PodSubnets[zone] = TierPods + "-" + zone
		}
	}
	design.GivenSubnets = r.givenIDs(slices.Concat(design.Subnets, slices.Collect(maps.Values(design.PodSubnets)))...)
	r.nameControlPlane(&design)
	r.design.ControlPlane = &design
	r.validateServiceCIDR(design)
}

// nameControlPlane names what the control plane makes.
func (r *resolver) nameControlPlane(design *ControlPlaneDesign) {
	prior := r.priorControlPlane().Names
	design.Names = map[string]string{}
	set := func(key, derived, kind string) {
		design.Names[key] = r.names.name(key, prior[key], derived, kind)
	}
	set("security-group/control-plane", r.spec.Name+"-control-plane", catalog.NameSecurityGroup)
	if design.ClusterRole == "" {
		set("role/cluster", r.roleName("cluster"), catalog.NameIAMRole)
	}
	if design.NodeRole == "" {
		set("role/node", r.roleName("node"), catalog.NameIAMRole)
	}
	// EKS writes to this group and to no other; the name can't be chosen.
	design.Names["log-group"] = "/aws/eks/" + r.spec.Name + "/cluster"
	if design.Encryption == "own" {
		set("key-alias", "alias/kready-"+r.spec.Name, catalog.NameKMSAlias)
	}
	for name, addon := range design.Addons {
		if addon.Grant != "" {
			set("role/"+name, r.roleName(name), catalog.NameIAMRole)
		}
	}
}

func (r *resolver) support() string {
	if r.spec.Support == "" && (!r.report.production || r.spec.Cloud == CloudAzure) {
		if r.azure().Tier == "Premium" { // which is for long-term support
			return "extended"
		}
		return "standard"
	}
	return or(r.spec.Support, "extended")
}

func (r *resolver) encryption() EncryptionSpec {
	if r.spec.Encryption == nil {
		return EncryptionSpec{Mode: "own"}
	}
	encryption := *r.spec.Encryption
	encryption.Mode = or(encryption.Mode, "own")
	if encryption.Mode != "existing" {
		encryption.KeyID = ""
	}
	return encryption
}

func (r *resolver) networkPolicy() string {
	engine := "vpc_cni"
	if r.spec.Cloud == CloudAzure {
		engine = "cilium"
	}
	if r.spec.Network.CNI == nil {
		return engine
	}
	return or(r.spec.Network.CNI.NetworkPolicy, engine)
}

// controlPlaneSubnets are the subnets of the zones that the cluster was born
// with: EKS takes no others later.
func (r *resolver) controlPlaneSubnets() []string {
	var keys []string
	for _, zone := range r.birthZones() {
		keys = append(keys, TierControlPlane+"-"+zone)
	}
	return sortedUnique(keys)
}

// serviceRanges are tried in order for services. EKS itself takes 172.20.0.0/16
// where nodes are in 10.0.0.0/8 and 10.100.0.0/16 elsewhere; here the choice is
// made in the plan, and avoids every range that is named.
var serviceRanges = []string{
	"172.20.0.0/16", "10.100.0.0/16", "172.21.0.0/16", "172.22.0.0/16", "172.24.0.0/16", "172.28.0.0/16",
	"10.101.0.0/16", "10.200.0.0/16", "192.168.0.0/20", "192.168.128.0/20", "172.16.0.0/20", "10.255.240.0/20",
}

// serviceCIDR settles the range of services: as given, as it is, or the first
// that overlaps nothing.
func (r *resolver) serviceCIDR() string {
	if given := r.spec.Network.ServiceCIDR; given != "" {
		return given
	}
	if standing := r.priorControlPlane().ServiceCIDR; standing != "" {
		return standing
	}
	waits := firstUnknown(r.spec.Network.CIDR, r.unknownForeign(), firstUnknown(r.podCIDRs()...))
	if waits != "" {
		return waits
	}
	network := parsed([]string{r.spec.Network.CIDR})
	taken := append(r.foreignRanges(), network...)
	if r.design.Network != nil {
		taken = append(taken, parsed(r.design.Network.PodCIDRs)...)
	}
	candidates := serviceRanges
	if r.spec.Cloud == CloudAzure {
		if plane := r.design.ControlPlane; plane != nil {
			if IsUnknown(plane.PodCIDR) {
				return plane.PodCIDR
			}
			taken = append(taken, parsed([]string{plane.PodCIDR, r.held[podRangePrefix+"overlay"]})...)
		}
		candidates = aksServiceRanges
	}
	if r.spec.Cloud == CloudAWS && len(network) > 0 && cidr.Contains(cidr.MustParse("172.16.0.0/12"), network[0]) {
		candidates = append([]string{"10.100.0.0/16"}, candidates...)
	}
	for _, candidate := range candidates {
		if !overlapsAny(cidr.MustParse(candidate), taken) {
			return candidate
		}
	}
	r.report.fail("network.service_cidr", "service-range", "no default range for services is free",
		"Each of the usual ranges overlaps the network, the pods, network.reserved or network.reachable_from. Give network.service_cidr: a /12 to /24 of private space that nothing else uses.")
	return ""
}

// aksServiceRanges are tried in order on AKS, which keeps 172.30.0.0/16 and
// 172.31.0.0/16 for itself and takes the default 10.0.0.0/16 where nobody looks.
var aksServiceRanges = []string{
	"172.20.0.0/16", "172.21.0.0/16", "172.22.0.0/16", "172.24.0.0/16", "172.28.0.0/16", "10.100.0.0/16",
	"10.101.0.0/16", "10.200.0.0/16", "192.168.0.0/20", "192.168.128.0/20", "172.16.0.0/20", "10.255.240.0/20",
}

func overlapsAny(prefix netip.Prefix, others []netip.Prefix) bool {
	for _, other := range others {
		if prefix.Overlaps(other) {
			return true
		}
	}
	return false
}

// foreignRanges are the ranges of others that nothing here may overlap.
func (r *resolver) foreignRanges() []netip.Prefix {
	var ranges []netip.Prefix
	for _, named := range r.foreign() {
		ranges = append(ranges, parsed(named.texts)...)
	}
	return ranges
}

// unknownForeign returns the sentinel among the ranges of others, or "".
func (r *resolver) unknownForeign() string {
	for _, named := range r.foreign() {
		if waits := firstUnknown(named.texts...); waits != "" {
			return waits
		}
	}
	return ""
}
