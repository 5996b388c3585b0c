package cidr

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/big"
	"net/netip"
	"slices"
	"strings"
)

// digest hashes every range given and held, in canonical text.
func (s PoolState) digest() string {
	hash := sha256.New()
	fmt.Fprintf(hash, "layout %d\n", s.Version)
	for _, section := range []struct {
		name   string
		blocks map[string]Block
	}{{"block", s.Blocks}, {"group", s.Groups}} {
		for _, key := range slices.Sorted(maps.Keys(section.blocks)) {
			block := section.blocks[key]
			fmt.Fprintf(hash, "%s %q %s %s %q\n", section.name, key, block.CIDR, block.Held, block.Group)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// inTheWay names everything that overlaps prefix, except what is at paths.
func (p *poolPlanner) inTheWay(prefix netip.Prefix, paths ...string) string {
	var found []Range
	note := func(cidr netip.Prefix, owner string) {
		if cidr.Overlaps(prefix) {
			found = append(found, Range{cidr, owner})
		}
	}
	for _, claim := range p.foreign {
		note(claim.CIDR, claim.Owner)
	}
	for key, block := range p.blocks {
		if path := at("allocations", key); !slices.Contains(paths, path) {
			if block.CIDR.Overlaps(prefix) {
				note(block.CIDR, path)
			} else {
				note(block.Held, "held for "+path+" to grow into")
			}
		}
	}
	for name, block := range p.given {
		if path := at("contiguous", name); !slices.Contains(paths, path) && !Contains(block.CIDR, prefix) {
			note(block.Held, path)
		}
	}
	for _, tombstone := range p.tombstones {
		note(tombstone.CIDR, fmt.Sprintf("in quarantine after %q until generation %d", tombstone.Key, tombstone.Generation+int64(p.request.Quarantine)))
	}
	if len(found) == 0 {
		return "the edge of its supernet or group"
	}
	slices.SortFunc(found, func(a, b Range) int { return cmp.Or(Compare(a.CIDR, b.CIDR), cmp.Compare(a.Owner, b.Owner)) })
	const most = 4
	texts := make([]string, 0, most+1)
	for i, r := range found {
		if i == most {
			texts = append(texts, fmt.Sprintf("and %d more", len(found)-most))
			break
		}
		texts = append(texts, r.String())
	}
	return strings.Join(texts, ", ")
}

// nextFree says where a range of that length would go.
func (p *poolPlanner) nextFree(bits int, allocation Allocation) string {
	home, among := p.top, p.among(Allocation{Bits: bits, Supernet: allocation.Supernet, Group: allocation.Group})
	if inner := p.homes[allocation.Group]; inner != nil {
		home, among = inner, nil
	}
	if next, ok := home.Peek(bits, among...); ok {
		return fmt.Sprintf("The next free /%d is %s.", bits, next)
	}
	return fmt.Sprintf("No /%d is free.", bits)
}

func (p *poolPlanner) supernetText(among []netip.Prefix) string {
	if among == nil {
		among = slices.Concat(p.supernets4, p.supernets6)
	}
	texts := make([]string, len(among))
	for i, supernet := range among {
		texts[i] = p.supernetName(supernet)
	}
	return strings.Join(texts, ", ")
}

// supernetName is a supernet for people, with its name if that says more.
func (p *poolPlanner) supernetName(supernet netip.Prefix) string {
	if name := p.nameOf(supernet); name != supernet.String() {
		return fmt.Sprintf("%s (%s)", supernet, at("cidrs", name))
	}
	return supernet.String()
}

// explained is for how many refused items the ways out are computed one by one;
// the rest name what is free, and all share what to do about the supernets.
const explained = 8

// explainRefusals says for each item that was refused why, what is free, and
// the smallest changes that would make it fit, each of them tried.
func (p *poolPlanner) explainRefusals() {
	wider := ""
	if len(p.refused) > 0 {
		wider = p.widerSupernets()
	}
	known := map[string]map[int]int{}
	for i, item := range p.refused {
		free := freeOf(item, known)
		where := "in its group"
		if item.home == p.top {
			where = "in " + p.supernetText(item.among)
		}
		var ways []string
		if i < explained {
			ways = p.waysOut(item)
		}
		if item.home == p.top && wider != "" {
			ways = append(ways, wider)
		}
		todo := "Nothing short of another supernet helps."
		if item.home != p.top {
			todo = "Make the group larger or leave its size out."
		}
		if len(ways) > 0 {
			todo = "To make it fit: " + strings.Join(ways, "; or ") + "."
		}
		held := ""
		if item.headroom > 0 {
			held = fmt.Sprintf(" with a headroom of %d (a /%d in all)", item.headroom, item.holds())
		}
		p.report(refuse(item.path+".prefix_length", fmt.Sprintf("no room for a /%d%s", item.bits, held),
			"%s Free %s: %s. %s", p.reason(item, free), where, freeText(free), todo))
	}
}

// freeOf counts what is free where an item could go. Many items share the
// answer, which takes a walk over all that is free.
func freeOf(item poolItem, known map[string]map[int]int) map[int]int {
	where := fmt.Sprintf("%p %s", item.home, list(item.among))
	if known[where] == nil {
		known[where] = item.home.freeIn(item.among)
	}
	return known[where]
}

// reason tells a full supernet from a fragmented one.
func (p *poolPlanner) reason(item poolItem, free map[int]int) string {
	if item.home == p.top && len(item.among) == 1 && len(free) == 0 {
		for _, claim := range p.foreign {
			if Contains(claim.CIDR, item.among[0]) {
				return fmt.Sprintf("%s lies in %s, which is not the pool's to give.", item.among[0], claim)
			}
		}
	}
	width := 32
	for _, supernet := range item.home.trees {
		if len(item.among) == 0 || slices.Contains(item.among, supernet.prefix) {
			width = supernet.width
		}
	}
	total := new(big.Int)
	for length, count := range free {
		total.Add(total, new(big.Int).Mul(addresses(width, length), big.NewInt(int64(count))))
	}
	if total.Cmp(addresses(width, item.holds())) >= 0 {
		return "Enough addresses are free, but not in one aligned piece."
	}
	return "Too few addresses are free."
}

// waysOut returns the changes that would make room for one item, smallest first.
func (p *poolPlanner) waysOut(item poolItem) []string {
	var ways []string
	fits := func(bits int) (netip.Prefix, bool) { return item.home.Peek(bits, item.among...) }
	if tombstone, ok := p.smallestRelease(item); ok {
		ways = append(ways, fmt.Sprintf("release %s, in quarantine after %q", tombstone.CIDR, tombstone.Key))
	}
	for headroom := item.headroom - 1; headroom >= 0; headroom-- {
		if _, ok := fits(item.bits - headroom); ok {
			ways = append(ways, fmt.Sprintf("use a headroom of %d", headroom))
			break
		}
	}
	if key, next, ok := p.smallestMove(item); ok {
		ways = append(ways, fmt.Sprintf("move %s from %s to %s (set allow_renumber there and pin it)", at("allocations", key), p.blocks[key].CIDR, next))
	}
	if largest, ok := item.home.Largest(item.among...); ok && largest.Bits() > item.bits {
		ways = append(ways, fmt.Sprintf("ask for a /%d, such as %s", largest.Bits(), largest))
	}
	if key, ok := p.smallestOmission(item); ok {
		ways = append(ways, fmt.Sprintf("leave out %s (/%d)", at("allocations", key), p.wanted[key].Bits))
	}
	return ways
}

// smallestRelease returns the smallest range in quarantine without which item fits.
func (p *poolPlanner) smallestRelease(item poolItem) (Tombstone, bool) {
	candidates := slices.SortedFunc(slices.Values(p.tombstones), func(a, b Tombstone) int {
		return cmp.Or(cmp.Compare(b.CIDR.Bits(), a.CIDR.Bits()), Compare(a.CIDR, b.CIDR))
	})
	for _, tombstone := range candidates {
		if p.fitsWithout(item, tombstone.CIDR, func(netip.Prefix) bool { return true }) {
			return tombstone, true
		}
	}
	return Tombstone{}, false
}

// smallestMove returns the smallest living range that could go elsewhere so that item fits, and where to.
func (p *poolPlanner) smallestMove(item poolItem) (string, netip.Prefix, bool) {
	for _, key := range p.smallestFirst(false) {
		var next netip.Prefix
		block, allocation := p.blocks[key], p.wanted[key]
		if allocation.Group != "" && item.home == p.top || allocation.CIDR.IsValid() {
			continue
		}
		among := item.among
		if item.home == p.top {
			among = p.among(allocation)
		}
		if p.fitsWithout(item, block.Held, func(taken netip.Prefix) bool {
			held, ok := item.home.Peek(block.Held.Bits(), among...)
			next = netip.PrefixFrom(held.Addr(), block.CIDR.Bits())
			return ok
		}) {
			return key, next, true
		}
	}
	return "", netip.Prefix{}, false
}

// smallestOmission returns the smallest range placed in this plan without which item fits.
func (p *poolPlanner) smallestOmission(item poolItem) (string, bool) {
	for _, key := range p.smallestFirst(true) {
		if p.fitsWithout(item, p.blocks[key].Held, func(netip.Prefix) bool { return true }) {
			return key, true
		}
	}
	return "", false
}

// smallestFirst returns the keys that were placed now, or those that were there before.
func (p *poolPlanner) smallestFirst(now bool) []string {
	keys := slices.DeleteFunc(p.existing(), func(key string) bool {
		_, fresh := p.placedNow[key]
		_, valid := p.wanted[key]
		return fresh != now || !valid
	})
	slices.Reverse(keys)
	return keys
}

// fitsWithout tries whether item fits when prefix is free, and whether also
// holds once item has its place. Nothing changes.
func (p *poolPlanner) fitsWithout(item poolItem, prefix netip.Prefix, also func(taken netip.Prefix) bool) bool {
	if item.home.Release(prefix) != nil {
		return false
	}
	taken, ok := item.home.Allocate(item.holds(), item.among...)
	if ok {
		ok = also(taken)
		if item.home.Release(taken) != nil {
			return false // unreachable: it was taken just now
		}
	}
	item.home.Exclude(prefix)
	return ok
}

// widerSupernets returns the least widening of one supernet with which
// everything that was refused outside groups fits, or the supernet to add.
func (p *poolPlanner) widerSupernets() string {
	var outside []poolItem
	need := map[int]*big.Int{32: new(big.Int), 128: new(big.Int)}
	for _, item := range p.refused {
		if item.home == p.top && len(item.among) > 0 {
			outside = append(outside, item)
			width := item.among[0].Addr().BitLen()
			need[width].Add(need[width], addresses(width, item.holds()))
		}
	}
	if len(outside) == 0 {
		return ""
	}
	var best, from netip.Prefix
	for _, supernet := range outside[0].among {
		if wider, ok := p.widen(supernet, outside); ok && (!best.IsValid() || wider.Bits() > best.Bits()) {
			best, from = wider, supernet
		}
	}
	var added []string
	for _, width := range []int{32, 128} {
		if total := need[width]; total.Sign() > 0 {
			added = append(added, fmt.Sprintf("a supernet of /%d or larger", width-total.Sub(total, big.NewInt(1)).BitLen()))
		}
	}
	way := "add " + strings.Join(added, " and ")
	if best.IsValid() {
		way = fmt.Sprintf("widen %s to %s; or %s", p.supernetName(from), best, way)
	}
	return way
}

// widen doubles a supernet until all items fit, if no other supernet and no
// reserved range stops it.
func (p *poolPlanner) widen(supernet netip.Prefix, items []poolItem) (netip.Prefix, bool) {
	others := slices.DeleteFunc(slices.Concat(p.supernets4, p.supernets6), func(other netip.Prefix) bool { return other == supernet })
	for wider := supernet; wider.Bits() > 1; {
		wider = Grown(wider, wider.Bits()-1)
		if slices.ContainsFunc(others, wider.Overlaps) {
			return netip.Prefix{}, false
		}
		space, err := NewSpace(append(slices.Clone(others), wider)...)
		if err != nil {
			return netip.Prefix{}, false
		}
		for _, claim := range p.claims(PoolState{Blocks: p.blocks, Groups: p.given, Tombstones: p.tombstones}) {
			space.Exclude(claim.CIDR)
		}
		if !slices.ContainsFunc(items, func(item poolItem) bool {
			among := slices.Clone(item.among)
			if i := slices.Index(among, supernet); i >= 0 {
				among[i] = wider
			}
			_, ok := space.Allocate(item.holds(), among...)
			return !ok
		}) {
			return wider, true
		}
	}
	return netip.Prefix{}, false
}

// warnDefaults warns once for each known range in which this pool gives something.
func (p *poolPlanner) warnDefaults() {
	keys := slices.Sorted(maps.Keys(p.blocks))
	for _, known := range knownRanges {
		if !known.concerns(p.request.Clouds) || known.Severity == Error && known.Cloud == "" {
			continue
		}
		const most = 3
		var hit []string
		more := 0
		for _, key := range keys {
			if block := p.blocks[key]; !block.CIDR.Overlaps(known.CIDR) {
				continue
			} else if len(hit) < most {
				hit = append(hit, fmt.Sprintf("%s of %q", block.CIDR, key))
			} else {
				more++
			}
		}
		if len(hit) == 0 {
			continue
		}
		shown := strings.Join(hit, ", ")
		if more > 0 {
			shown += fmt.Sprintf(" and %d more", more)
		}
		p.report(warn("cidrs", fmt.Sprintf("ranges overlap %s, which %s", known.CIDR, known.Why),
			"These are in it: %s. Put %s under reserved so that no more is given, if this is not wanted. Source: %s.", shown, known.CIDR, known.Source))
	}
}
