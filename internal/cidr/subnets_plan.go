package cidr

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// subnetPlanner holds one run of [PlanSubnets].
type subnetPlanner struct {
	space    *Space
	byName   map[string][]netip.Prefix
	given    map[string]netip.Prefix // by key: prior, pins, then new ones
	fixed    []fixedRange            // prior and pins, to be checked for overlap
	left     []netip.Prefix          // given up by Renumber: not for anyone in this plan
	plan     SubnetPlan
	problems []Problem
}

// fixedRange is a range whose place is not ours to choose.
type fixedRange struct {
	key, path string
	in        string
	cidr      netip.Prefix
	pinned    bool
	held      bool // not asked for: a key that was removed
}

// at is where problems of the range are reported.
func (f fixedRange) at() string {
	return SubnetRequest{Key: f.key, Path: f.path}.path()
}

func (p *subnetPlanner) report(problems ...Problem) { p.problems = append(p.problems, problems...) }

// openRanges builds the free space and reports whether there is any to plan in.
func (p *subnetPlanner) openRanges(ranges []SubnetRange) bool {
	var held []Range
	for _, r := range ranges {
		path := cmp.Or(r.Path, at("ranges", r.Name))
		if !canonical(r.CIDR) {
			p.report(refuse(path, fmt.Sprintf("%s is not a range", r.CIDR), "Write it in canonical form: %s.", r.CIDR.Masked()))
			continue
		}
		held = append(held, Range{r.CIDR, path})
		p.byName[r.Name] = append(p.byName[r.Name], r.CIDR)
	}
	for outer, inner := range EachOverlap(held) {
		p.report(refuse(inner.Owner, fmt.Sprintf("%s overlaps %s", inner.CIDR, outer),
			"The ranges of one network must not overlap. Choose another range for one of the two."))
	}
	if len(p.problems) > 0 {
		return false
	}
	cidrs := make([]netip.Prefix, len(held))
	for i, r := range held {
		cidrs[i] = r.CIDR
	}
	space, err := NewSpace(cidrs...)
	if err != nil { // unreachable: canonical and disjoint, see above
		p.report(refuse("ranges", "the ranges can't be planned", "%s.", err))
		return false
	}
	p.space = space
	return true
}

// validateRequests returns the requests that make sense, in canonical order.
// They are passed by pointer: sorting would spend its time on moving them.
func (p *subnetPlanner) validateRequests(asked []SubnetRequest) []*SubnetRequest {
	copied := slices.Clone(asked)
	requests := make([]*SubnetRequest, len(copied))
	for i := range copied {
		requests[i] = &copied[i]
	}
	slices.SortStableFunc(requests, func(a, b *SubnetRequest) int { return strings.Compare(a.Key, b.Key) })
	kept := make([]*SubnetRequest, 0, len(requests))
	for i, request := range requests {
		if i > 0 && requests[i-1].Key == request.Key {
			p.report(refuse(request.path(), fmt.Sprintf("%q is asked for twice", request.Key), "Give each subnet a key of its own."))
			continue
		}
		if problem, bad := p.judge(request); bad {
			p.report(problem)
			continue
		}
		kept = append(kept, request)
	}
	slices.SortStableFunc(kept, func(a, b *SubnetRequest) int { return cmp.Compare(a.Bits, b.Bits) })
	return kept
}

// judge checks one request by itself and fills in the length of a pin.
func (p *subnetPlanner) judge(request *SubnetRequest) (Problem, bool) {
	among, known := p.byName[request.In]
	if !known {
		names := slices.Sorted(maps.Keys(p.byName))
		return refuse(request.path()+".in", fmt.Sprintf("there is no range %q", request.In),
			"The network has the ranges %q. Use one of them, or add one.", names), true
	}
	if pin := request.CIDR; pin.IsValid() {
		switch {
		case !canonical(pin):
			return refuse(request.path()+".cidr", fmt.Sprintf("%s is not a range", pin), "Write %s if that is the range you mean.", pin.Masked()), true
		case request.Bits != 0 && request.Bits != pin.Bits():
			return refuse(request.path()+".prefix_length", fmt.Sprintf("prefix length %d contradicts the pinned range %s", request.Bits, pin),
				"Leave the prefix length out, or make it %d.", pin.Bits()), true
		case !slices.ContainsFunc(among, func(outer netip.Prefix) bool { return Contains(outer, pin) }):
			return refuse(request.path()+".cidr", fmt.Sprintf("%s lies outside %s", pin, list(among)), "Pin it to a range inside."), true
		}
		request.Bits = pin.Bits()
		return Problem{}, false
	}
	shortest, width := 128, 0
	for _, outer := range among {
		shortest, width = min(shortest, outer.Bits()), max(width, outer.Addr().BitLen())
	}
	if request.Bits < shortest || request.Bits > width {
		return refuse(request.path()+".prefix_length", fmt.Sprintf("no /%d can be cut from %s", request.Bits, list(among)),
			"Use a prefix length from %d to %d.", shortest, width), true
	}
	return Problem{}, false
}

// keepPrior settles every key that has a range already or is pinned to one, and returns the rest.
func (p *subnetPlanner) keepPrior(requests []*SubnetRequest, prior map[string]netip.Prefix) []*SubnetRequest {
	if len(prior) == 0 && !slices.ContainsFunc(requests, func(r *SubnetRequest) bool { return r.CIDR.IsValid() }) {
		return requests // all are fresh
	}
	prior = p.rename(requests, prior)
	fresh := make([]*SubnetRequest, 0, len(requests))
	asked := make(map[string]bool, len(requests))
	for _, request := range requests {
		asked[request.Key] = true
		old, known := prior[request.Key]
		switch {
		case known && (request.CIDR == old || !request.CIDR.IsValid() && request.Bits == old.Bits()):
			p.fix(fixedRange{key: request.Key, path: request.Path, in: request.In, cidr: old, pinned: request.CIDR.IsValid()})
			continue
		case known && !request.Renumber:
			wanted, attribute := fmt.Sprintf("a /%d", request.Bits), ".prefix_length"
			if request.CIDR.IsValid() {
				wanted, attribute = request.CIDR.String(), ".cidr"
			}
			p.report(refuse(request.path()+attribute, fmt.Sprintf("%q has %s for life, and %s was asked for", request.Key, old, wanted),
				"Clouds can't change the range of a subnet: it would be replaced, with all that runs in it. "+
					"Ask for %s again, add a subnet under a new key, or allow renumbering for this key.", old))
			p.fix(fixedRange{key: request.Key, path: request.Path, in: request.In, cidr: old})
			continue
		case known:
			p.left = append(p.left, old)
		}
		if request.CIDR.IsValid() {
			p.fix(fixedRange{key: request.Key, path: request.Path, in: request.In, cidr: request.CIDR, pinned: true})
			continue
		}
		fresh = append(fresh, request)
	}
	for _, key := range slices.Sorted(maps.Keys(prior)) {
		if !asked[key] {
			p.fix(fixedRange{key: key, cidr: prior[key], held: true})
		}
	}
	return fresh
}

// rename applies MovedFrom to a copy of prior.
func (p *subnetPlanner) rename(requests []*SubnetRequest, prior map[string]netip.Prefix) map[string]netip.Prefix {
	renamed := maps.Clone(prior)
	if renamed == nil {
		renamed = map[string]netip.Prefix{}
	}
	if !slices.ContainsFunc(requests, func(r *SubnetRequest) bool { return r.MovedFrom != "" }) {
		return renamed
	}
	wanted := map[string]bool{}
	for _, request := range requests {
		wanted[request.Key] = true
	}
	takenBy := map[string]string{}
	for _, request := range slices.SortedFunc(slices.Values(requests), func(a, b *SubnetRequest) int { return cmp.Compare(a.Key, b.Key) }) {
		from := request.MovedFrom
		old, known := prior[from]
		_, settled := prior[request.Key]
		switch {
		case from == "" || !known || settled:
			continue // nothing to move, or moved in an earlier plan
		case wanted[from]:
			p.report(refuse(request.path()+".moved_from", fmt.Sprintf("%q is still asked for", from),
				"A subnet can only be renamed when its old key is gone. Remove the old key, or leave moved_from out."))
			continue
		case takenBy[from] != "":
			p.report(refuse(request.path()+".moved_from", fmt.Sprintf("%q has moved to %q already", from, takenBy[from]),
				"Only one subnet can keep the range. Leave moved_from out of one of the two."))
			continue
		}
		takenBy[from] = request.Key
		delete(renamed, from)
		renamed[request.Key] = old
	}
	return renamed
}

func (p *subnetPlanner) fix(fixed fixedRange) {
	p.given[fixed.key] = fixed.cidr
	p.fixed = append(p.fixed, fixed)
}

// takeFixed takes the ranges whose place is settled, and reports those that can't be.
func (p *subnetPlanner) takeFixed() {
	if len(p.fixed) == 0 && len(p.left) == 0 {
		return
	}
	byKey := map[string]fixedRange{}
	held := make([]Range, len(p.fixed))
	for i, fixed := range p.fixed {
		byKey[fixed.key] = fixed
		held[i] = Range{fixed.cidr, fixed.key}
		if _, inside := p.space.SupernetOf(fixed.cidr); !inside {
			p.report(refuse(fixed.at(), fmt.Sprintf("%q has %s for life, which is in no range of the network", fixed.key, fixed.cidr),
				"The ranges of the network have changed. Put back the range that holds %s.", fixed.cidr))
		}
		p.space.Exclude(fixed.cidr)
	}
	for _, left := range p.left {
		p.space.Exclude(left)
	}
	for outer, inner := range EachOverlap(held) {
		a, b := byKey[outer.Owner], byKey[inner.Owner]
		if !b.pinned && a.pinned { // blame the one that can be changed
			a, b = b, a
		}
		todo := "Nothing of that size is free."
		if next, ok := p.space.Peek(b.cidr.Bits(), p.byName[b.in]...); ok {
			todo = fmt.Sprintf("The next free /%d is %s.", next.Bits(), next)
		}
		p.report(refuse(b.at(), fmt.Sprintf("%s of %q overlaps %s of %q", b.cidr, b.key, a.cidr, a.key), "%s", todo))
	}
}

// place gives each fresh request a range. Holds and requests are packed
// together, larger first, which leaves the best layout; if that squeezes out a
// request, holds have to wait until all requests are in.
func (p *subnetPlanner) place(fresh []*SubnetRequest) {
	held := slices.ContainsFunc(fresh, func(r *SubnetRequest) bool { return r.Hold })
	if !held || !slices.ContainsFunc(p.pack(p.space.Clone(), fresh, nil), func(r *SubnetRequest) bool { return !r.Hold }) {
		p.refuse(p.pack(p.space, fresh, p.given))
		return
	}
	slices.SortStableFunc(fresh, func(a, b *SubnetRequest) int {
		switch {
		case a.Hold == b.Hold:
			return 0
		case b.Hold:
			return -1
		}
		return 1
	})
	p.refuse(p.pack(p.space, fresh, p.given))
}

// pack allocates the requests in order, notes them in given if that is not
// nil, and returns those that do not fit.
func (p *subnetPlanner) pack(space *Space, requests []*SubnetRequest, given map[string]netip.Prefix) []*SubnetRequest {
	var refused []*SubnetRequest
	for _, request := range requests {
		prefix, ok := space.Allocate(request.Bits, p.byName[request.In]...)
		if !ok {
			refused = append(refused, request)
			continue
		}
		if given != nil {
			given[request.Key] = prefix
		}
	}
	return refused
}

// refuse reports the requests that do not fit: what is free, and what would help.
func (p *subnetPlanner) refuse(refused []*SubnetRequest) {
	for _, request := range refused {
		among := p.byName[request.In]
		var ways []string
		if largest, ok := p.space.Largest(among...); ok {
			ways = append(ways, fmt.Sprintf("ask for a /%d (%s is free)", largest.Bits(), largest))
		}
		if key, cidr, ok := p.releasable(request); ok {
			ways = append(ways, fmt.Sprintf("give up %s, which is held for %q", cidr, key))
		}
		ways = append(ways, fmt.Sprintf("add a range of /%d or larger to the network", request.Bits))
		build := refuse
		if request.Hold {
			build = warn
		}
		p.report(build(request.path()+".prefix_length", fmt.Sprintf("no /%d is free in %s for %q", request.Bits, list(among), request.Key),
			"Free: %s. To make it fit, %s.", freeText(p.space.freeIn(among)), strings.Join(ways, ", or ")))
	}
}

// releasable returns the smallest held range without which request would fit.
func (p *subnetPlanner) releasable(request *SubnetRequest) (string, netip.Prefix, bool) {
	var best fixedRange
	for _, fixed := range p.fixed {
		if !fixed.held || !slices.ContainsFunc(p.byName[request.In], func(outer netip.Prefix) bool { return Contains(outer, fixed.cidr) }) {
			continue
		}
		if best.key != "" && best.cidr.Bits() >= fixed.cidr.Bits() {
			continue
		}
		trial := p.space.Clone()
		if trial.Release(fixed.cidr) != nil {
			continue
		}
		if _, ok := trial.Peek(request.Bits, p.byName[request.In]...); ok {
			best = fixed
		}
	}
	return best.key, best.cidr, best.key != ""
}

// finish sorts what was given into subnets and holds.
func (p *subnetPlanner) finish(requests []*SubnetRequest) {
	for _, request := range requests {
		if prefix, given := p.given[request.Key]; given && !request.Hold {
			p.plan.Subnets[request.Key] = prefix
		}
	}
	for key, prefix := range p.given {
		if _, live := p.plan.Subnets[key]; !live {
			p.plan.Held[key] = prefix
		}
	}
	p.plan.Free = p.space.Usage()
}

// list writes ranges for a message.
func list(ranges []netip.Prefix) string {
	texts := make([]string, len(ranges))
	for i, r := range ranges {
		texts[i] = r.String()
	}
	return strings.Join(texts, ", ")
}
