package cidr

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// openSupernets builds the free space, without what is reserved or can't be
// used, and reports whether it makes sense to go on.
func (p *poolPlanner) openSupernets() bool {
	before := len(p.problems)
	var named []Range
	for _, name := range slices.Sorted(maps.Keys(p.request.Supernets)) {
		prefix, path := p.request.Supernets[name], at("cidrs", name)
		if p.canonical(path, prefix) {
			named = append(named, Range{prefix, path})
		}
		for _, known := range p.denied() {
			if Contains(known.CIDR, prefix) {
				p.report(refuse(path, fmt.Sprintf("%s can't be used", prefix), "%s %s. Choose another supernet.", known.CIDR, known.Why))
			}
		}
	}
	for outer, inner := range EachOverlap(named) {
		p.report(refuse(inner.Owner, fmt.Sprintf("%s overlaps %s", inner.CIDR, outer),
			"Supernets of one pool must not overlap. Keep the larger one."))
	}
	if len(p.request.Supernets) == 0 {
		p.report(refuse("cidrs", "the pool has no supernet", "Name at least one range to allocate from, such as 10.64.0.0/10."))
	}
	p.collectReserved()
	if len(p.problems) > before {
		return false
	}
	supernets := make([]netip.Prefix, len(named))
	for i, r := range named {
		supernets[i] = r.CIDR
	}
	space, err := NewSpace(supernets...)
	if err != nil { // unreachable: canonical and disjoint, see above
		p.report(refuse("cidrs", "the supernets can't be planned", "%s.", err))
		return false
	}
	p.top = space
	for _, claim := range p.foreign {
		p.top.Exclude(claim.CIDR)
	}
	return true
}

// collectReserved lists every range that is not ours to give.
func (p *poolPlanner) collectReserved() {
	collect := func(attribute string, byOwner map[string][]netip.Prefix) {
		for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
			for i, prefix := range byOwner[owner] {
				path := at(attribute, owner)
				if p.canonical(fmt.Sprintf("%s[%d]", path, i), prefix) {
					p.foreign = append(p.foreign, Range{prefix, path})
				}
			}
		}
	}
	collect("reserved", p.request.Reserved)
	collect("peers", p.request.Peers)
	for _, known := range p.denied() {
		p.foreign = append(p.foreign, Range{known.CIDR, "it " + known.Why})
	}
}

// denied returns the known ranges that must never be given.
func (p *poolPlanner) denied() []KnownRange {
	return slices.DeleteFunc(KnownRanges(), func(known KnownRange) bool {
		return known.Severity != Error || known.Cloud != "" && !slices.Contains(p.request.Clouds, known.Cloud)
	})
}

func (p *poolPlanner) canonical(path string, prefix netip.Prefix) bool {
	switch {
	case canonical(prefix):
		return true
	case !prefix.IsValid():
		p.report(refuse(path, "this is not a range", "Write an address, a slash and a prefix length, such as 10.64.0.0/16."))
	default:
		p.report(refuse(path, fmt.Sprintf("%s is not a range", prefix), "Write %s if that is the range you mean.", prefix.Masked()))
	}
	return false
}

// validate judges each allocation and group by itself. Those that make no sense
// are left out of p.wanted, but keep what they have.
func (p *poolPlanner) validate() {
	if p.request.Quarantine < 0 {
		p.report(refuse("quarantine", fmt.Sprintf("a quarantine of %d generations is not possible", p.request.Quarantine), "Use 0 or more."))
	}
	for _, key := range slices.Sorted(maps.Keys(p.request.Allocations)) {
		allocation := p.request.Allocations[key]
		path := at("allocations", key)
		if allocation.CIDR.Addr().IsValid() { // also a pin with a bad length
			if !p.judgePin(path, &allocation) {
				continue
			}
		} else if !p.judgeSize(path, allocation.Bits, p.among(allocation), allocation.Supernet) {
			continue
		}
		if !p.judgeHeadroom(path, allocation.Bits, allocation.Headroom, p.among(allocation)) || !p.judgeMember(path, allocation) {
			continue
		}
		p.wanted[key] = allocation
	}
	for _, name := range slices.Sorted(maps.Keys(p.request.Groups)) {
		group, path := p.request.Groups[name], at("contiguous", name)
		among := p.among(Allocation{Bits: group.Bits, Supernet: group.Supernet})
		if group.Bits != 0 && !p.judgeSize(path, group.Bits, among, group.Supernet) ||
			group.Bits == 0 && !p.judgeSupernet(path, group.Supernet) ||
			!p.judgeHeadroom(path, group.Bits, group.Headroom, among) {
			continue
		}
		p.groups[name] = group
	}
	p.judgeFamilies()
}

// judgeFamilies refuses members of a group that are of another family than its
// range or its settings, or else than its first member.
func (p *poolPlanner) judgeFamilies() {
	families := map[string]int{} // by group
	for name, block := range p.prior.Groups {
		families[name] = block.CIDR.Addr().BitLen()
	}
	family := func(among []netip.Prefix) int {
		for _, supernet := range among {
			return supernet.Addr().BitLen()
		}
		return 0
	}
	for name, group := range p.groups {
		if families[name] == 0 && (group.Bits != 0 || group.Supernet != "") {
			families[name] = family(p.among(Allocation{Bits: group.Bits, Supernet: group.Supernet}))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.wanted)) {
		allocation := p.wanted[key]
		width := family(p.among(allocation))
		if name := allocation.Group; name == "" {
			continue
		} else if families[name] == 0 {
			families[name] = width
		} else if families[name] != width {
			p.report(refuse(at("allocations", key)+".contiguous", fmt.Sprintf("%q is of another family than the rest of the group %q", key, name),
				"One route can't summarise IPv4 and IPv6. Use a group of its own for each."))
			delete(p.wanted, key)
		}
	}
}

func (p *poolPlanner) judgePin(path string, allocation *Allocation) bool {
	pin := allocation.CIDR
	if !p.canonical(path+".cidr", pin) || !p.judgeSupernet(path, allocation.Supernet) {
		return false
	}
	if allocation.Bits != 0 && allocation.Bits != pin.Bits() {
		p.report(refuse(path+".prefix_length", fmt.Sprintf("prefix length %d contradicts the pinned range %s", allocation.Bits, pin),
			"Leave the prefix length out, or make it %d.", pin.Bits()))
		return false
	}
	allocation.Bits = pin.Bits()
	home, inside := p.top.SupernetOf(pin)
	switch {
	case !inside:
		p.report(refuse(path+".cidr", fmt.Sprintf("%s lies in none of the supernets", pin), "Pin it inside %s, or add a supernet that holds it.", p.supernetText(nil)))
	case allocation.Supernet != "" && home != p.request.Supernets[allocation.Supernet]:
		p.report(refuse(path+".supernet", fmt.Sprintf("%s does not lie in %s", pin, at("cidrs", allocation.Supernet)),
			"It lies in %s. Leave the supernet out, or name that one.", p.supernetName(home)))
	default:
		return true
	}
	return false
}

func (p *poolPlanner) judgeSupernet(path, name string) bool {
	if _, known := p.request.Supernets[name]; name != "" && !known {
		p.report(refuse(path+".supernet", fmt.Sprintf("there is no supernet %q", name),
			"The pool has %q. Use one of them, or add one.", slices.Sorted(maps.Keys(p.request.Supernets))))
		return false
	}
	return true
}

// judgeSize checks that a range of that length could be cut from an empty supernet.
func (p *poolPlanner) judgeSize(path string, bits int, among []netip.Prefix, name string) bool {
	if !p.judgeSupernet(path, name) {
		return false
	}
	shortest, width := 129, 0
	for _, supernet := range among {
		shortest, width = min(shortest, supernet.Bits()), max(width, supernet.Addr().BitLen())
	}
	if bits >= shortest && bits <= width && bits > 0 {
		return true
	}
	if width == 0 {
		p.report(refuse(path+".prefix_length", fmt.Sprintf("no supernet can hold a /%d", bits), "Add an IPv6 supernet, or use a prefix length up to 32."))
		return false
	}
	p.report(refuse(path+".prefix_length", fmt.Sprintf("no /%d can be cut from %s", bits, p.supernetText(among)),
		"Use a prefix length from %d to %d, or add a larger supernet.", max(shortest, 1), width))
	return false
}

func (p *poolPlanner) judgeHeadroom(path string, bits, headroom int, among []netip.Prefix) bool {
	most := 0
	for _, supernet := range among {
		most = max(most, bits-supernet.Bits())
	}
	if headroom >= 0 && (headroom <= most || bits == 0) {
		return true
	}
	p.report(refuse(path+".headroom", fmt.Sprintf("a /%d can't have a headroom of %d", bits, headroom),
		"Headroom counts the doublings it may grow by, inside its supernet. Use 0 to %d.", most))
	return false
}

// judgeMember checks what an allocation says about its group.
func (p *poolPlanner) judgeMember(path string, allocation Allocation) bool {
	if allocation.Group == "" {
		return true
	}
	group := p.request.Groups[allocation.Group]
	if allocation.Supernet != "" && allocation.Supernet != group.Supernet {
		p.report(refuse(path+".supernet", fmt.Sprintf("the group %q is not bound to supernet %q", allocation.Group, allocation.Supernet),
			"A group lies in one place. Set the supernet at %s, and leave it out here.", at("contiguous", allocation.Group)))
		return false
	}
	if group.Bits != 0 && allocation.Bits-allocation.Headroom < group.Bits {
		p.report(refuse(path+".prefix_length", fmt.Sprintf("a /%d with a headroom of %d does not fit in the group %q, a /%d",
			allocation.Bits, allocation.Headroom, allocation.Group, group.Bits), "Ask for a smaller range, or make the group larger."))
		return false
	}
	return true
}

// among returns the supernets from which an allocation may come.
func (p *poolPlanner) among(allocation Allocation) []netip.Prefix {
	if allocation.CIDR.IsValid() {
		if home, inside := p.top.SupernetOf(allocation.CIDR); inside {
			return []netip.Prefix{home}
		}
	}
	name := allocation.Supernet
	if allocation.Group != "" {
		name = p.request.Groups[allocation.Group].Supernet
	}
	if named, ok := p.request.Supernets[name]; ok && name != "" {
		return []netip.Prefix{named}
	}
	if allocation.Bits > 32 || len(p.supernets4) == 0 {
		return p.supernets6
	}
	return p.supernets4
}
