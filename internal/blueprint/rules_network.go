package blueprint

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var tierName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)

// namedTexts are ranges of others, as written.
type namedTexts struct {
	path  string // of the list
	what  string // what they are, for messages
	texts []string
}

// foreign lists the ranges of others that nothing here may overlap.
func (r *resolver) foreign() []namedTexts {
	list := []namedTexts{{"network.reachable_from", "network.reachable_from", r.spec.Network.ReachableFrom}}
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Reserved)) {
		list = append(list, namedTexts{at("network.reserved", name), fmt.Sprintf("network.reserved %q", name), r.spec.Network.Reserved[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Connections)) {
		path := at("network.connections", name) + ".routes"
		list = append(list, namedTexts{path, fmt.Sprintf("network.connections %q", name), r.spec.Network.Connections[name].Routes})
	}
	return list
}

// validateNetworkRanges judges every range of the network against the clouds'
// rules and against the ranges of others.
func (r *resolver) validateNetworkRanges(design NetworkDesign) {
	network, ok := r.networkRange()
	r.validateTiers()
	if ok {
		secondary := parsed(design.PodCIDRs)
		if r.spec.Cloud == CloudAzure {
			r.report.judged("vnet-range", oneNetwork(cidr.JudgeVNet("network.cidr", network))...)
		} else {
			r.report.judged("vpc-range", relocated(cidr.JudgeVPC("network", network, secondary...))...)
		}
		r.validateApart("network.cidr", "the network", network)
		if r.customNetworking() && r.spec.Cloud == CloudAWS && len(r.podCIDRs()) == 0 && network.Overlaps(cidr.SharedSpace()) {
			r.report.fail("network.pods.cidrs", "pod-range-default", fmt.Sprintf("%s is in %s, where pods go by default", network, cidr.SharedSpace()),
				"Give network.pods.cidrs, or a network out of private space (RFC 1918).")
		}
	}
	for i, text := range r.podCIDRs() {
		prefix, err := cidr.Parse(text)
		if err != nil {
			continue // reported where they are planned
		}
		r.validateApart(nth("network.pods.cidrs", i), "the pods", prefix)
	}
	if r.podsMode() == "routable" && len(r.podCIDRs()) > 0 {
		r.report.fail("network.pods.cidrs", "pod-range-unused", "routable pods take addresses of the network",
			"Remove network.pods.cidrs, or set network.pods.mode = \"non_routable\".")
	}
	for _, named := range r.foreign() {
		for i, text := range named.texts {
			if IsUnknown(text) {
				r.report.wait(text)
				continue
			}
			if prefix, problems := cidr.ParseAt(nth(named.path, i), text); len(problems) > 0 {
				r.report.judged("range", problems...)
			} else if !prefix.Addr().Is4() {
				r.report.fail(nth(named.path, i), "range-family", fmt.Sprintf("%s is IPv6", prefix), "The network is IPv4 only in this version. Remove it.")
			}
		}
	}
}

// networkRange is the network's range where it is one.
func (r *resolver) networkRange() (netip.Prefix, bool) {
	text := r.spec.Network.CIDR
	switch {
	case IsUnknown(text):
		r.report.wait(text)
		return netip.Prefix{}, false
	case text == "" && r.givenNetwork():
		return netip.Prefix{}, false
	case text == "":
		r.report.fail("network.cidr", "network-range", "the network has no range",
			"Give an IPv4 range that no connected network uses, /16 to /28, such as \"10.64.0.0/16\"; kready_cidr_pool hands them out.")
		return netip.Prefix{}, false
	}
	prefix, problems := cidr.ParseAt("network.cidr", text)
	r.report.judged("network-range", problems...)
	if len(problems) > 0 {
		return prefix, false
	}
	if !prefix.Addr().Is4() {
		r.report.fail("network.cidr", "network-range", fmt.Sprintf("%s is IPv6", prefix), "Give an IPv4 range; IPv6 comes with a later version.")
		return prefix, false
	}
	return prefix, true
}

// validateApart reports ranges of others that prefix overlaps.
func (r *resolver) validateApart(path, what string, prefix netip.Prefix) {
	for _, named := range r.foreign() {
		for i, text := range named.texts {
			other, err := cidr.Parse(text)
			if err == nil && other.Overlaps(prefix) {
				r.report.fail(path, "overlap", fmt.Sprintf("%s overlaps %s of %s", prefix, other, nth(named.path, i)),
					"Traffic for one of the two would go to the other. Choose a range for %s that no connected network uses, or correct %s.", what, named.path)
			}
		}
	}
}

// relocated maps the paths of package cidr to the blueprint's attributes.
func relocated(problems []cidr.Problem) []cidr.Problem {
	for i := range problems {
		if strings.HasPrefix(problems[i].Path, "network.secondary") {
			problems[i].Path = "network.pods.cidrs"
		}
	}
	return problems
}

// oneNetwork maps the paths of a list of ranges to that of the only one.
func oneNetwork(problems []cidr.Problem) []cidr.Problem {
	for i := range problems {
		problems[i].Path = strings.TrimSuffix(problems[i].Path, "[0]")
	}
	return problems
}

// validateTiers checks names, sizes and routes of tiers.
func (r *resolver) validateTiers() {
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Tiers)) {
		tier, path := r.spec.Network.Tiers[name], at("network.tiers", name)
		builtin := slices.Contains(builtinTiers, name)
		if !tierName.MatchString(name) {
			r.report.fail(path, "tier-name", fmt.Sprintf("%q is no tier name", name),
				"Use 1 to 31 lower-case letters, digits and underscores, starting with a letter.")
		}
		if largest, smallest := r.subnetSizes(); tier.PrefixLength != 0 && (tier.PrefixLength < largest || tier.PrefixLength > smallest) {
			r.report.fail(path+".prefix_length", "tier-size", fmt.Sprintf("a subnet can't be a /%d", tier.PrefixLength), "%s takes /%d to /%d.", r.words().cloud, largest, smallest)
		}
		if builtin && tier.Routable != nil {
			r.report.fail(path+".routable", "tier-routable", fmt.Sprintf("the way out of tier %q follows from network.egress", name),
				"Remove it here. For pods, set network.pods.mode.")
		}
		if r.spec.Cloud == CloudAzure {
			r.validateAzureTier(path, name, tier)
			r.validateTierKept(path, name, tier)
			r.validateTierMoved(path, name, tier)
			continue
		}
		if name == TierPods && !r.customNetworking() {
			r.report.fail(path, "tier-pods", "routable pods share the subnets of the nodes", "Size the tier \"nodes\" instead, or remove network.pods.mode.")
		}
		if name == TierEndpoints && r.egress() != EgressIsolated {
			r.report.fail(path, "tier-endpoints", "there are no interface endpoints in this network",
				"They are made where egress = \"isolated\", because everything else has a way out. Remove the tier.")
		}
		if name == TierPublic && r.egress() == EgressIsolated {
			r.report.fail(path, "tier-public", "an isolated network has no public subnets",
				"Public load balancers need an internet gateway. Remove the tier, or choose another egress.")
		}
		r.validateTierKept(path, name, tier)
		r.validateTierMoved(path, name, tier)
	}
}

// validateTierKept refuses another size for subnets that stand.
func (r *resolver) validateTierKept(path, name string, tier TierSpec) {
	standing := r.standingBits(name)
	if tier.PrefixLength == 0 || standing == 0 || tier.PrefixLength == standing {
		return
	}
	r.report.fail(path+".prefix_length", "tier-kept", fmt.Sprintf("the subnets of %q are /%d, for life", name, standing),
		"Clouds can't resize a subnet: it would be replaced, with all that runs in it. Put %d back, or add a tier under a new name.", standing)
}

func (r *resolver) validateTierMoved(path, name string, tier TierSpec) {
	if tier.MovedFrom == "" {
		return
	}
	if _, stillAsked := r.spec.Network.Tiers[tier.MovedFrom]; stillAsked {
		r.report.fail(path+".moved_from", "moved-from", fmt.Sprintf("tier %q is still asked for", tier.MovedFrom),
			"A tier can only be renamed when its old name is gone. Remove the old one, or leave moved_from out.")
	}
	if slices.Contains(builtinTiers, name) || slices.Contains(builtinTiers, tier.MovedFrom) {
		r.report.fail(path+".moved_from", "moved-from", "a built-in tier can't be renamed", "Leave moved_from out.")
	}
}

// validatePins checks pinned ranges against what is planned.
func (r *resolver) validatePins(design NetworkDesign) {
	for _, key := range slices.Sorted(maps.Keys(r.spec.Pins)) {
		path, text := at("pins", key), r.spec.Pins[key]
		name, isSubnet := strings.CutPrefix(key, subnetKeyPrefix)
		subnet, asked := design.Subnets[name]
		switch {
		case !isSubnet || !asked:
			r.report.fail(path, "pin-unused", "no subnet of this blueprint has this key",
				"Pins name subnets, such as \"%s%s\". Remove it, or correct the key.", subnetKeyPrefix, r.words().subnet)
			continue
		case IsUnknown(text):
			r.report.fail(path, "pin-unknown", "a pin must be known in the plan", "Write the range itself.")
			continue
		}
		prefix, problems := cidr.ParseAt(path, text)
		r.report.judged("pin", problems...)
		largest, smallest := r.subnetSizes()
		if len(problems) == 0 && prefix.Addr().Is4() && subnet.Tier != "" && (prefix.Bits() < largest || prefix.Bits() > smallest) {
			r.report.fail(path, "pin-size", fmt.Sprintf("%s is no size for a subnet", prefix), "%s takes /%d to /%d.", r.words().cloud, largest, smallest)
		}
	}
}

// validateServiceCIDR judges the range of services against all others.
func (r *resolver) validateServiceCIDR(design ControlPlaneDesign) {
	const path = "network.service_cidr"
	if IsUnknown(design.ServiceCIDR) {
		if IsUnknown(r.spec.Network.ServiceCIDR) {
			r.report.wait(r.spec.Network.ServiceCIDR)
		}
		return
	}
	if design.ServiceCIDR == "" {
		return
	}
	services, problems := cidr.ParseAt(path, design.ServiceCIDR)
	r.report.judged("service-range", problems...)
	if len(problems) > 0 {
		return
	}
	var others []cidr.Range
	for _, prefix := range parsed([]string{r.spec.Network.CIDR}) {
		others = append(others, cidr.Range{CIDR: prefix, Owner: "network.cidr"})
	}
	for _, prefix := range parsed(r.design.Network.PodCIDRs) {
		others = append(others, cidr.Range{CIDR: prefix, Owner: "the pods"})
	}
	for _, named := range r.foreign() {
		for _, prefix := range parsed(named.texts) {
			others = append(others, cidr.Range{CIDR: prefix, Owner: named.what})
		}
	}
	if r.spec.Cloud == CloudAzure {
		others = append(others, r.overlayRange(design.PodCIDR)...)
		r.report.judged("service-range", cidr.JudgeAKSServices(path, services, others...)...)
		return
	}
	r.report.judged("service-range", cidr.JudgeEKSServices(path, services, others...)...)
}
