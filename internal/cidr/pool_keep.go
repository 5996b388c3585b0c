package cidr

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// existing returns the keys that have a range, larger ranges first.
func (p *poolPlanner) existing() []string {
	return slices.SortedFunc(maps.Keys(p.blocks), func(a, b string) int {
		return cmp.Or(cmp.Compare(p.blocks[a].CIDR.Bits(), p.blocks[b].CIDR.Bits()), cmp.Compare(a, b))
	})
}

// keep takes what is given already, exactly where it is: ranges first, then
// quarantine, then the room held around ranges.
func (p *poolPlanner) keep() {
	p.keepGroups()
	var overlapping []string
	for _, key := range p.existing() {
		if !p.keepBlock(key) {
			overlapping = append(overlapping, key)
		}
	}
	for _, tombstone := range p.tombstones {
		p.exclude(tombstone.CIDR)
	}
	for _, key := range overlapping { // only now is it known what is free
		block, path := p.blocks[key], at("allocations", key)
		p.report(refuse(path, fmt.Sprintf("%s of %s overlaps %s", block.CIDR, path, p.inTheWay(block.CIDR, path)),
			"The allocation has its range for life. Remove the other claim, or let it have another range with allow_renumber. %s",
			p.nextFree(block.CIDR.Bits(), p.wanted[key])))
	}
	for _, name := range slices.Sorted(maps.Keys(p.given)) {
		group, block := p.groups[name], p.given[name]
		bits := min(cmp.Or(group.Bits, block.CIDR.Bits()), block.CIDR.Bits()) - group.Headroom
		p.given[name] = p.keepHold(p.top, block, bits, at("contiguous", name))
	}
	for _, key := range p.existing() {
		block := p.blocks[key]
		bits := block.Held.Bits()
		if allocation, valid := p.wanted[key]; valid {
			bits = min(allocation.Bits, block.CIDR.Bits()) - allocation.Headroom
		}
		p.blocks[key] = p.keepHold(p.home(block.CIDR), block, bits, at("allocations", key))
	}
}

// keepGroups opens the groups that have a range and are still named.
func (p *poolPlanner) keepGroups() {
	used := map[string]bool{}
	for _, allocation := range p.wanted {
		used[allocation.Group] = true
	}
	for key, block := range p.blocks {
		if _, valid := p.wanted[key]; !valid {
			used[block.Group] = true
		}
	}
	for name := range p.request.Groups {
		used[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(p.prior.Groups)) {
		block := p.prior.Groups[name]
		if _, inside := p.top.SupernetOf(block.CIDR); !used[name] {
			continue
		} else if !inside {
			p.report(refuse("cidrs", fmt.Sprintf("%s of %s lies in none of the supernets", block.CIDR, at("contiguous", name)),
				"It is given for life. Put back the supernet that holds it."))
			continue
		}
		p.openGroup(name, block)
	}
}

// openGroup makes the range of a group a free space of its own.
func (p *poolPlanner) openGroup(name string, block Block) {
	home, err := NewSpace(block.CIDR)
	if err != nil {
		return // unreachable: ranges that were given are canonical
	}
	for _, claim := range p.foreign {
		home.Exclude(claim.CIDR)
	}
	p.top.Exclude(block.CIDR)
	p.setGroup(name, home, block)
}

// setGroup notes the range of a group and the free space in it.
func (p *poolPlanner) setGroup(name string, home *Space, block Block) {
	if _, known := p.given[name]; known {
		p.openGroups = slices.DeleteFunc(p.openGroups, func(r Range) bool { return r.Owner == name })
	}
	p.homes[name], p.given[name] = home, block
	p.openGroups = p.openGroups.with(block.CIDR, name)
}

// keepBlock takes the range of one key, and reports whether it is apart from all others.
func (p *poolPlanner) keepBlock(key string) bool {
	block, path := p.blocks[key], at("allocations", key)
	home := p.home(block.CIDR)
	if home.Take(block.CIDR) == nil {
		return true
	}
	if p.wanted[key].Renumber {
		p.discard(key)
		return true
	}
	if _, inside := p.top.SupernetOf(block.CIDR); !inside {
		p.report(refuse("cidrs", fmt.Sprintf("%s of %s lies in none of the supernets", block.CIDR, path),
			"It is given for life. Put back the supernet that holds it, remove the allocation first, or set allow_renumber for it."))
		return true
	}
	home.Exclude(block.CIDR)
	return false
}

// discard takes a key's range away, so that it is placed anew.
func (p *poolPlanner) discard(key string) {
	block := p.blocks[key]
	delete(p.blocks, key)
	if p.bury(key, block.CIDR) {
		p.exclude(block.CIDR)
	}
	p.fresh = append(p.fresh, key)
	slices.SortFunc(p.fresh, p.canonicalOrder)
}

// keepHold holds again what was held around a block, as far as it is still
// asked for (bits), and warns if some of that is no longer free.
func (p *poolPlanner) keepHold(home *Space, block Block, bits int, path string) Block {
	before, target := block.Held, max(block.Held.Bits(), bits)
	block.Held = block.CIDR
	block = p.extend(home, block, target)
	if block.Held.Bits() > target {
		p.lost[path] = true
		p.report(warn(path+".headroom", fmt.Sprintf("%s can no longer grow to %s", block.CIDR, before),
			"What was held for it is no longer all free: %s. It can still grow to %s.", p.inTheWay(before, path), block.Held))
	}
	return block
}

// extend holds more around a block, doubling as long as the buddy is free, up to bits.
func (p *poolPlanner) extend(home *Space, block Block, bits int) Block {
	for block.Held.Bits() > max(bits, 0) {
		buddy, ok := Buddy(block.Held)
		if !ok || home.Take(buddy) != nil {
			break
		}
		block.Held = Grown(block.Held, block.Held.Bits()-1)
	}
	return block
}

// home returns the free space that prefix belongs to: that of the group in whose range it lies, else the pool's.
func (p *poolPlanner) home(prefix netip.Prefix) *Space {
	if name := p.groupOf(prefix); name != "" {
		return p.homes[name]
	}
	return p.top
}

// groupOf names the open group in whose range prefix lies, empty if in none.
func (p *poolPlanner) groupOf(prefix netip.Prefix) string { return p.openGroups.holder(prefix) }

// exclude takes prefix from the pool and from every group.
func (p *poolPlanner) exclude(prefix netip.Prefix) {
	p.top.Exclude(prefix)
	for _, home := range p.homes {
		home.Exclude(prefix)
	}
}

// vacate frees a key's range and discards it.
func (p *poolPlanner) vacate(key string) {
	block := p.blocks[key]
	home := p.home(block.CIDR)
	if home.Release(block.Held) != nil {
		home.Exclude(block.Held) // overlapped by a claim that was reported: leave it alone
	}
	p.discard(key)
}

// grow gives every key that has a range what it asks for now, if that can be had in place.
func (p *poolPlanner) grow() {
	for _, key := range p.existing() {
		if _, valid := p.wanted[key]; !valid {
			continue
		}
		if p.moveRefused(key) {
			continue
		}
		allocation, block := p.wanted[key], p.blocks[key]
		switch {
		case allocation.Bits < block.CIDR.Bits():
			if !p.growBlock(key, Grown(block.CIDR, allocation.Bits)) {
				continue
			}
		case allocation.Bits > block.CIDR.Bits():
			p.shrink(key)
		}
		p.raiseHold(key)
	}
}

// moveRefused deals with a key whose pin, supernet or group is no longer where
// its range lies. It reports whether the key is dealt with.
func (p *poolPlanner) moveRefused(key string) bool {
	allocation, block, path := p.wanted[key], p.blocks[key], at("allocations", key)
	supernet, _ := p.top.SupernetOf(block.CIDR)
	attribute, wanted := "", ""
	switch {
	case allocation.CIDR.IsValid() && !Contains(allocation.CIDR, block.CIDR) && !Contains(block.CIDR, allocation.CIDR):
		attribute, wanted = ".cidr", allocation.CIDR.String()
	case allocation.CIDR.IsValid() && Contains(block.CIDR, allocation.CIDR) && allocation.CIDR.Addr() != block.CIDR.Addr():
		attribute, wanted = ".cidr", allocation.CIDR.String()
	case supernet.IsValid() && !slices.Contains(p.among(allocation), supernet):
		attribute, wanted = ".supernet", "a range in "+p.supernetText(p.among(allocation))
	case allocation.Group != block.Group && p.homes[allocation.Group] != nil && p.groupOf(block.CIDR) != allocation.Group:
		attribute, wanted = ".contiguous", fmt.Sprintf("a range in %s of %s", p.given[allocation.Group].CIDR, at("contiguous", allocation.Group))
	}
	if attribute == "" {
		if allocation.Group != block.Group {
			if inside := p.groupOf(block.CIDR); inside != "" && inside != allocation.Group {
				p.report(warn(path+".contiguous", fmt.Sprintf("%q leaves the group %q and keeps its range %s", key, inside, block.CIDR),
					"The route of that group goes on to cover it. To move it out, set allow_renumber for it."))
			}
			block.Group = allocation.Group
			p.blocks[key] = block
		}
		return false
	}
	if allocation.Renumber {
		p.vacate(key)
		return true
	}
	p.report(refuse(path+attribute, fmt.Sprintf("%q has %s for life, and %s was asked for", key, block.CIDR, wanted),
		"Another range means replacing everything built in it. Undo the change, add another key, or set allow_renumber for this one."))
	return true
}

// growBlock grows a key's range in place, and says what is in the way if it can't.
func (p *poolPlanner) growBlock(key string, target netip.Prefix) bool {
	block, path := p.blocks[key], at("allocations", key)
	p.widenGroup(block.Group, target)
	home := p.home(block.CIDR)
	grown := block
	if block.Held.Bits() > target.Bits() {
		grown = p.extend(home, block, target.Bits())
	}
	if grown.Held.Bits() <= target.Bits() {
		grown.CIDR, grown.Since = target, p.generation
		p.blocks[key] = grown
		return true
	}
	p.undoExtend(home, block.Held, grown.Held)
	if p.wanted[key].Renumber {
		p.vacate(key)
		return false
	}
	p.report(refuse(path+".prefix_length", fmt.Sprintf("%s of %q can't grow to %s", block.CIDR, key, target),
		"In the way: %s. The most it can grow to in place is %s. Ask for a /%d, add another key, or set allow_renumber for this one. %s",
		p.inTheWay(target, path, at("contiguous", block.Group)), grown.Held, grown.Held.Bits(), p.nextFree(target.Bits(), p.wanted[key])))
	return false
}

// widenGroup grows a group whose size is not set, if it can, so that a member's
// range, or the room held for it, lies in it.
func (p *poolPlanner) widenGroup(group string, target netip.Prefix) {
	if p.homes[group] != nil && p.groups[group].Bits == 0 && !Contains(p.given[group].CIDR, target) {
		p.growGroup(group, target.Bits())
	}
}

// undoExtend frees what extend took beyond held.
func (p *poolPlanner) undoExtend(home *Space, held, extended netip.Prefix) {
	for extended.Bits() < held.Bits() {
		lower := netip.PrefixFrom(extended.Addr(), extended.Bits()+1)
		upper, _ := Buddy(lower)
		other, inner := upper, lower
		if Contains(upper, held) {
			other, inner = lower, upper
		}
		if home.Release(other) != nil {
			return // unreachable: extend took it just now
		}
		extended = inner
	}
}

// shrink refuses a smaller range, or cuts it down if renumbering is allowed.
func (p *poolPlanner) shrink(key string) {
	block, allocation := p.blocks[key], p.wanted[key]
	if !allocation.Renumber {
		p.report(refuse(at("allocations", key)+".prefix_length", fmt.Sprintf("%q has %s for life, and a /%d was asked for", key, block.CIDR, allocation.Bits),
			"A smaller range means replacing everything built in it. Ask for a /%d again, add another key, or set allow_renumber for this one.", block.CIDR.Bits()))
		return
	}
	small := netip.PrefixFrom(block.CIDR.Addr(), allocation.Bits)
	home := p.home(block.CIDR)
	p.undoExtend(home, small, block.Held)
	for part := small; part.Bits() > block.CIDR.Bits(); part = Grown(part, part.Bits()-1) {
		if rest, _ := Buddy(part); p.bury(key, rest) {
			p.exclude(rest)
		}
	}
	p.blocks[key] = Block{CIDR: small, Held: small, Group: block.Group, Since: p.generation}
}

// raiseHold holds the headroom that a key asks for now.
func (p *poolPlanner) raiseHold(key string) {
	block, headroom := p.blocks[key], p.wanted[key].Headroom
	if block.Headroom != headroom || block.Since == p.generation {
		p.widenGroup(block.Group, Grown(block.CIDR, max(block.CIDR.Bits()-headroom, 0)))
	}
	p.blocks[key] = p.settleHold(p.home(block.CIDR), block, headroom, at("allocations", key))
}

// settleHold holds headroom around a block, or refuses what can't be held. What
// was granted once and is short since waits for [poolPlanner.regain].
func (p *poolPlanner) settleHold(home *Space, block Block, headroom int, path string) Block {
	if block.Headroom == headroom && !p.settlesAnew(block, path) {
		return block
	}
	block.Headroom = headroom
	block = p.extend(home, block, block.CIDR.Bits()-headroom)
	if block.Held.Bits() > block.CIDR.Bits()-headroom && !p.lost[path] {
		p.lost[path] = true
		p.report(p.shortOfHold(refuse, block, path))
	}
	return block
}

// settlesAnew reports whether a block got its size in this plan because
// somebody asked for that size: not a group that grew with its members.
func (p *poolPlanner) settlesAnew(block Block, path string) bool {
	for name := range p.prior.Groups {
		if path == at("contiguous", name) && p.groups[name].Bits == 0 {
			return false
		}
	}
	return block.Since == p.generation
}

// regain holds, of what is free still, the headroom that was lost or that a
// group grew into: last, so that it is in nobody's way, and with a warning
// where it can't.
func (p *poolPlanner) regain() {
	short := func(home *Space, block Block, headroom int, path string) Block {
		target := block.CIDR.Bits() - headroom
		if block.Headroom != headroom || block.Held.Bits() <= target || p.lost[path] {
			return block
		}
		if block = p.extend(home, block, target); block.Held.Bits() > target {
			p.report(p.shortOfHold(warn, block, path))
		}
		return block
	}
	for _, name := range slices.Sorted(maps.Keys(p.given)) {
		p.given[name] = short(p.top, p.given[name], p.groups[name].Headroom, at("contiguous", name))
	}
	for _, key := range p.existing() {
		if allocation, valid := p.wanted[key]; valid {
			p.blocks[key] = short(p.home(p.blocks[key].CIDR), p.blocks[key], allocation.Headroom, at("allocations", key))
		}
	}
}

// shortOfHold says why a block can't grow as far as it is meant to.
func (p *poolPlanner) shortOfHold(build func(path, summary, detail string, args ...any) Problem, block Block, path string) Problem {
	wanted, own := Grown(block.CIDR, max(block.CIDR.Bits()-block.Headroom, 0)), []string{path}
	for key, member := range p.blocks {
		if path == at("contiguous", member.Group) {
			own = append(own, at("allocations", key))
		}
	}
	return build(path+".headroom", fmt.Sprintf("no room is left for %s to grow to %s", block.CIDR, wanted),
		"In the way: %s. Use a headroom of %d, for which %s is free.", p.inTheWay(wanted, own...), block.CIDR.Bits()-block.Held.Bits(), block.Held)
}
