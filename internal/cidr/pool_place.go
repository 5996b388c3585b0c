package cidr

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"net/netip"
	"slices"
)

// poolItem is something to place: an allocation, or a group with all its members.
type poolItem struct {
	key      string
	path     string
	group    bool // key is the name of a group
	bits     int
	headroom int
	among    []netip.Prefix
	bound    bool // it names its supernet
	home     *Space
}

// holds is the length of the range to take.
func (i poolItem) holds() int { return i.bits - i.headroom }

func (p *poolPlanner) item(key string) poolItem {
	allocation := p.wanted[key]
	return poolItem{
		key: key, path: at("allocations", key), bits: allocation.Bits, headroom: allocation.Headroom,
		among: p.among(allocation), bound: allocation.Supernet != "", home: p.top,
	}
}

// pin takes the ranges that fresh keys are pinned to.
func (p *poolPlanner) pin() {
	var left []string
	for _, key := range p.fresh {
		allocation := p.wanted[key]
		if !allocation.CIDR.IsValid() {
			left = append(left, key)
			continue
		}
		path := at("allocations", key)
		inside := p.groupOf(allocation.CIDR)
		if inside != "" && inside != allocation.Group {
			p.report(refuse(path+".cidr", fmt.Sprintf("%s lies in %s, which %s keeps for its members", allocation.CIDR, p.given[inside].CIDR, at("contiguous", inside)),
				"Pin it elsewhere, or set contiguous = %q. %s", inside, p.nextFree(allocation.Bits, allocation)))
			continue
		}
		if inside == "" && p.homes[allocation.Group] != nil {
			p.report(refuse(path+".cidr", fmt.Sprintf("%s lies outside %s of %s", allocation.CIDR, p.given[allocation.Group].CIDR, at("contiguous", allocation.Group)),
				"Pin it inside, or leave the group out."))
			continue
		}
		home := p.home(allocation.CIDR)
		if home.Take(allocation.CIDR) != nil {
			p.report(refuse(path+".cidr", fmt.Sprintf("%s of %s overlaps %s", allocation.CIDR, path, p.inTheWay(allocation.CIDR, path)),
				"Pin it elsewhere, or leave the pin out. %s", p.nextFree(allocation.Bits, allocation)))
			continue
		}
		p.blocks[key] = Block{CIDR: allocation.CIDR, Held: allocation.CIDR, Group: allocation.Group, Since: p.generation}
		p.raiseHold(key)
	}
	p.fresh = left
}

// settleGroups grows the groups that have a range to hold their new members,
// and makes a range around members that have theirs already.
func (p *poolPlanner) settleGroups() {
	members, settled := p.members(), map[string]bool{}
	for _, name := range p.groupNames() {
		group := members[name]
		switch {
		case p.homes[name] != nil:
			p.resizeGroup(name)
			p.packMembers(name, group.fresh)
		case len(group.fixed) > 0:
			if p.gather(name, group.fixed) {
				p.packMembers(name, group.fresh)
			}
		default:
			continue // placed as a whole
		}
		settled[name] = true
	}
	p.fresh = slices.DeleteFunc(p.fresh, func(key string) bool { return settled[p.wanted[key].Group] })
}

// groupNames returns the groups that allocations name or that have settings, in order.
func (p *poolPlanner) groupNames() []string {
	names := map[string]bool{}
	for _, allocation := range p.wanted {
		names[allocation.Group] = true
	}
	for name := range p.groups {
		names[name] = true
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}

// membership has the keys of a group that have a range, and those that need one.
type membership struct{ fixed, fresh []string }

// members returns who is in each group, in canonical order.
func (p *poolPlanner) members() map[string]membership {
	groups := map[string]membership{}
	for _, key := range p.existing() {
		if name := p.blocks[key].Group; name != "" {
			group := groups[name]
			group.fixed = append(group.fixed, key)
			groups[name] = group
		}
	}
	for _, key := range p.fresh {
		if name := p.wanted[key].Group; name != "" {
			group := groups[name]
			group.fresh = append(group.fresh, key)
			groups[name] = group
		}
	}
	return groups
}

// resizeGroup gives a group the size and headroom that its settings ask for.
func (p *poolPlanner) resizeGroup(name string) {
	settings, block, path := p.groups[name], p.given[name], at("contiguous", name)
	switch {
	case settings.Bits == 0:
	case settings.Bits > block.CIDR.Bits():
		p.report(refuse(path+".prefix_length", fmt.Sprintf("the group %q has %s for life, and a /%d was asked for", name, block.CIDR, settings.Bits),
			"Ask for a /%d again, or add another group.", block.CIDR.Bits()))
	case settings.Bits < block.CIDR.Bits() && !p.growGroup(name, settings.Bits):
		wanted := Grown(block.CIDR, settings.Bits)
		p.report(refuse(path+".prefix_length", fmt.Sprintf("%s of the group %q can't grow to %s", block.CIDR, name, wanted),
			"In the way: %s. Ask for a /%d again, or add another group.", p.inTheWay(wanted, path), block.CIDR.Bits()))
	}
	p.given[name] = p.settleHold(p.top, p.given[name], settings.Headroom, path)
}

// growGroup doubles the range of a group in place until it has bits, and
// reports whether it could. If not, nothing changes.
func (p *poolPlanner) growGroup(name string, bits int) bool {
	block := p.given[name]
	grown := p.extend(p.top, block, bits)
	if grown.Held.Bits() > bits {
		p.undoExtend(p.top, block.Held, grown.Held)
		return false
	}
	grown.CIDR, grown.Since = Grown(block.CIDR, bits), p.generation
	wider, err := NewSpace(grown.CIDR)
	if err != nil {
		return false // unreachable: a grown range is canonical
	}
	wider.Exclude(block.CIDR)
	for prefix := range p.homes[name].Free() {
		if wider.Release(prefix) != nil {
			return false // unreachable: it was taken by the line above
		}
	}
	p.setGroup(name, wider, grown)
	return true
}

// gather makes a group around members that have a range already, and reports whether it could.
func (p *poolPlanner) gather(name string, fixed []string) bool {
	path, settings := at("contiguous", name), p.groups[name]
	cover := p.blocks[fixed[0]].Held
	for _, key := range fixed {
		for !Contains(cover, p.blocks[key].Held) && cover.Bits() > 0 {
			cover = Grown(cover, cover.Bits()-1)
		}
	}
	if settings.Bits > cover.Bits() {
		p.report(refuse(path+".prefix_length", fmt.Sprintf("the members of %q lie in %s, which is larger than a /%d", name, cover, settings.Bits),
			"Their ranges are given for life. Use a prefix length of %d or less, or leave out the members that lie elsewhere.", cover.Bits()))
		return false
	}
	cover = Grown(cover, cmp.Or(settings.Bits, cover.Bits()))
	for _, key := range fixed {
		if inside := p.groupOf(p.blocks[key].CIDR); inside != "" {
			p.report(refuse(path, fmt.Sprintf("the members of %q can't be made one group", name),
				"%s of %q lies in %s, which %s keeps for its members. Leave it in that group, or let it move with allow_renumber.",
				p.blocks[key].CIDR, key, p.given[inside].CIDR, at("contiguous", inside)))
			return false
		}
	}
	if !p.aloneIn(cover, fixed) {
		p.report(refuse(path, fmt.Sprintf("the members of %q can't be made one group", name),
			"One range around them would be %s, in which lies %s. Leave out the members that lie apart, or let them move with allow_renumber.",
			cover, p.inTheWay(cover, slices.Concat([]string{path}, p.paths(fixed))...)))
		return false
	}
	home, err := NewSpace(cover)
	if err != nil {
		return false // unreachable: a grown range is canonical
	}
	for _, key := range fixed {
		home.Exclude(p.blocks[key].Held)
	}
	p.top.Exclude(cover)
	p.setGroup(name, home, Block{CIDR: cover, Held: cover, Since: p.generation})
	p.resizeGroup(name)
	return true
}

// aloneIn reports whether the ranges of keys are all that is taken in cover.
func (p *poolPlanner) aloneIn(cover netip.Prefix, keys []string) bool {
	alone := true
	for _, key := range keys {
		alone = p.top.Release(p.blocks[key].Held) == nil && alone
	}
	alone = p.top.IsFree(cover) && alone
	for _, key := range keys {
		p.top.Exclude(p.blocks[key].Held)
	}
	return alone
}

func (p *poolPlanner) paths(keys []string) []string {
	paths := make([]string, len(keys))
	for i, key := range keys {
		paths[i] = at("allocations", key)
	}
	return paths
}

// packMembers places fresh members in the range of their group, which grows
// until they fit unless its size is set.
func (p *poolPlanner) packMembers(name string, fresh []string) {
	for {
		trial := p.homes[name].Clone()
		fits := true
		for _, key := range fresh {
			if _, ok := trial.Allocate(p.item(key).holds()); !ok {
				fits = false
				break
			}
		}
		if fits || p.groups[name].Bits != 0 || !p.growGroup(name, p.given[name].CIDR.Bits()-1) {
			break
		}
	}
	for _, key := range fresh {
		item := p.item(key)
		item.home, item.among = p.homes[name], nil
		p.put(item)
	}
}

// placeFresh places everything that is still without a range: the fit is
// optimal because larger ranges go first and each size divides the next, and
// those that name a supernet go before those that could go elsewhere.
func (p *poolPlanner) placeFresh() {
	var items []poolItem
	for _, key := range p.fresh {
		if p.wanted[key].Group == "" {
			items = append(items, p.item(key))
		}
	}
	members := p.members()
	for _, name := range p.groupNames() {
		if p.homes[name] != nil || len(members[name].fixed) > 0 {
			continue // settled already
		}
		if item, some := p.groupItem(name, members[name].fresh); some {
			items = append(items, item)
		}
	}
	slices.SortFunc(items, func(a, b poolItem) int {
		if a.bound != b.bound {
			if a.bound {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.holds(), b.holds()), cmp.Compare(a.bits, b.bits), cmp.Compare(a.path, b.path))
	})
	for _, item := range items {
		if p.put(item) && item.group {
			p.packMembers(item.key, members[item.key].fresh)
		}
	}
}

// groupItem returns a new group as one thing to place, and false if it is empty.
func (p *poolPlanner) groupItem(name string, fresh []string) (poolItem, bool) {
	settings := p.groups[name]
	among := p.among(Allocation{Bits: settings.Bits, Supernet: settings.Supernet})
	bits := settings.Bits
	if len(fresh) > 0 {
		among = p.among(p.wanted[fresh[0]])
	}
	if bits == 0 {
		width := 0
		for _, supernet := range among {
			width = supernet.Addr().BitLen()
		}
		total := new(big.Int)
		for _, key := range fresh {
			total.Add(total, addresses(width, p.item(key).holds()))
		}
		if total.Sign() == 0 {
			return poolItem{}, false
		}
		bits = width - total.Sub(total, big.NewInt(1)).BitLen() // the least power of two that holds total
	}
	return poolItem{
		key: name, path: at("contiguous", name), group: true, bits: bits, headroom: settings.Headroom,
		among: among, bound: settings.Supernet != "", home: p.top,
	}, true
}

// put places one item, or notes that it was refused.
func (p *poolPlanner) put(item poolItem) bool {
	held, ok := item.home.Allocate(item.holds(), item.among...)
	if !ok {
		p.refused = append(p.refused, item)
		return false
	}
	block := Block{CIDR: netip.PrefixFrom(held.Addr(), item.bits), Held: held, Headroom: item.headroom, Since: p.generation}
	if item.group {
		p.openGroup(item.key, block)
		return true
	}
	block.Group = p.wanted[item.key].Group
	p.blocks[item.key] = block
	p.placedNow[item.key] = item
	return true
}
