package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// neighbours are what the pools and blueprints planned so far in this process
// use. A provider can't see the other resources of a configuration, and plans
// them in any order, in whatever process: so what is found here is a warning,
// not a promise. Promises are made by peers, reserved and a ledger.
type neighbours struct {
	pools    map[string]neighbour // by what tells one from another
	networks map[string]neighbour
}

// neighbour is one pool or one network.
type neighbour struct {
	name   string
	space  []cidr.Range // supernets of a pool
	known  []cidr.Range // what a pool was told of others
	ranges []cidr.Range // blocks of a pool, ranges of a network
	// private are ranges that may be used by any number of networks which are
	// not connected; links are what this one is connected to.
	private  []cidr.Range
	links    map[string]bool
	existing string // id of a network that several clusters may share
}

// meetPool compares a planned pool with what else this process has planned.
func (s *session) meetPool(diags *diag.Diagnostics, spec cidrPoolSpec, layout cidr.Layout) {
	pool := neighbour{name: "the pool over " + strings.Join(spec.CIDRs, ", ")}
	for _, text := range spec.CIDRs {
		if prefix, err := cidr.Parse(text); err == nil {
			pool.space = append(pool.space, cidr.Range{CIDR: prefix, Owner: pool.name})
		}
	}
	for _, told := range []map[string][]string{spec.Reserved, spec.Peers} {
		for _, owner := range sortedKeys(told) {
			pool.known = append(pool.known, rangesOf(owner, told[owner]...)...)
		}
	}
	for _, key := range sortedKeys(layout.Blocks) {
		pool.ranges = append(pool.ranges, cidr.Range{CIDR: layout.Blocks[key].CIDR, Owner: fmt.Sprintf("%q of %s", key, pool.name)})
	}
	id := pool.name + " " + layout.Digest
	s.meet(diags, func(n *neighbours) []string {
		var said []string
		for _, other := range n.others(n.pools, id) {
			said = append(said, overlapsBetween(pool.ranges, other.ranges)...)
		}
		for _, network := range n.others(n.networks, "") {
			said = append(said, strangers(pool, network)...)
		}
		n.pools[id] = pool
		return said
	})
}

// meetNetwork does the same for a blueprint's network.
func (s *session) meetNetwork(diags *diag.Diagnostics, spec blueprint.Spec, design *blueprint.NetworkDesign) {
	if design == nil || blueprint.IsUnknown(spec.Name) {
		return
	}
	name := fmt.Sprintf("blueprint %q", spec.Name)
	network := neighbour{name: name, ranges: rangesOf(name, design.CIDR), private: rangesOf("pods of "+name, design.PodCIDRs...), links: map[string]bool{}}
	for _, connection := range design.Connections {
		network.links[connection.TransitGatewayID], network.links[connection.PeerNetworkID] = true, true
	}
	delete(network.links, "")
	if design.Existing != nil {
		network.existing = design.Existing.NetworkID
	}
	id := spec.Cloud + "/" + spec.Region + "/" + spec.Target + "/" + spec.Name
	s.meet(diags, func(n *neighbours) []string {
		var said []string
		for _, other := range n.others(n.networks, id) {
			if network.existing != "" && network.existing == other.existing {
				continue
			}
			mine, theirs := network.ranges, other.ranges
			if sharesLink(network, other) {
				mine, theirs = slices.Concat(mine, network.private), slices.Concat(theirs, other.private)
			}
			said = append(said, overlapsBetween(mine, theirs)...)
		}
		for _, pool := range n.others(n.pools, "") {
			said = append(said, strangers(pool, network)...)
		}
		n.networks[id] = network
		return said
	})
}

// meet runs one comparison and reports what it found, in few words.
func (s *session) meet(diags *diag.Diagnostics, compare func(*neighbours) []string) {
	if s == nil {
		return // validation, before the provider is configured
	}
	s.mu.Lock()
	if s.near.pools == nil {
		s.near = neighbours{pools: map[string]neighbour{}, networks: map[string]neighbour{}}
	}
	said := compare(&s.near)
	s.mu.Unlock()
	if len(said) == 0 {
		return
	}
	const most = 3
	if more := len(said) - most; more > 0 {
		said = append(said[:most], fmt.Sprintf("and %d more", more))
	}
	diags.AddWarning("Ranges overlap others of this run",
		"  - "+strings.Join(said, "\n  - ")+"\n\nNetworks with these ranges can never be connected. Give a pool the other's ranges as peers or reserved, take the network's range from a pool, or let the pools share a ledger. "+
			"kready sees only what is planned in the same run, so that this is a hint and no proof.")
}

// others are all but the one with an id, in order.
func (n *neighbours) others(among map[string]neighbour, id string) []neighbour {
	var others []neighbour
	for _, key := range slices.Sorted(maps.Keys(among)) {
		if key != id {
			others = append(others, among[key])
		}
	}
	return others
}

func rangesOf(owner string, texts ...string) []cidr.Range {
	var ranges []cidr.Range
	for _, text := range texts {
		if prefix, err := cidr.Parse(text); err == nil { // unknown otherwise
			ranges = append(ranges, cidr.Range{CIDR: prefix, Owner: owner})
		}
	}
	return ranges
}

func sharesLink(a, b neighbour) bool {
	for link := range a.links {
		if b.links[link] {
			return true
		}
	}
	return false
}

// overlapsBetween lists the pairs of one side and the other.
func overlapsBetween(mine, theirs []cidr.Range) []string {
	side := map[string]bool{}
	for _, r := range mine {
		side[r.Owner] = true
	}
	var said []string
	for outer, inner := range cidr.EachOverlap(slices.Concat(mine, theirs)) {
		if side[outer.Owner] != side[inner.Owner] {
			said = append(said, fmt.Sprintf("%s overlaps %s", inner, outer))
		}
	}
	return said
}

// strangers lists the ranges of a network that lie in a pool's space and not in
// one of its blocks: the pool may give them to somebody else.
func strangers(pool, network neighbour) []string {
	var said []string
	for _, r := range network.ranges {
		in := func(outer cidr.Range) bool { return cidr.Contains(outer.CIDR, r.CIDR) }
		touches := func(outer cidr.Range) bool { return outer.CIDR.Overlaps(r.CIDR) }
		if slices.ContainsFunc(pool.space, touches) && !slices.ContainsFunc(pool.ranges, in) && !slices.ContainsFunc(pool.known, in) {
			said = append(said, fmt.Sprintf("%s lies in the space of %s, which did not give it", r, pool.name))
		}
	}
	return said
}
