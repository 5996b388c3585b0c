package cidr

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
)

// Range is a range and who holds it.
type Range struct {
	CIDR  netip.Prefix
	Owner string // for messages: `reserved["onprem"]`, `vpc-0abc in eu-west-1`
}

// String returns the range and its owner, for messages.
func (r Range) String() string {
	if r.Owner == "" {
		return r.CIDR.String()
	}
	return r.CIDR.String() + " (" + r.Owner + ")"
}

// Overlap is a pair of ranges that share addresses. Two ranges can't overlap
// partly: Outer holds Inner, or they are equal.
type Overlap struct{ Outer, Inner Range }

// Overlaps returns every pair of ranges that overlap, ordered by address, in
// O(n log n + pairs). Invalid ranges overlap nothing.
func Overlaps(ranges []Range) []Overlap {
	var found []Overlap
	for outer, inner := range EachOverlap(ranges) {
		found = append(found, Overlap{outer, inner})
	}
	return found
}

// EachOverlap is [Overlaps] one pair at a time: n equal ranges make n²/2 pairs,
// which a caller with a limit need not collect.
func EachOverlap(ranges []Range) iter.Seq2[Range, Range] {
	return func(yield func(outer, inner Range) bool) {
		var open []placed // the ranges that hold the present one, outermost first
		for _, current := range inOrder(len(ranges), func(i int) netip.Prefix { return ranges[i].CIDR }) {
			for len(open) > 0 && !open[len(open)-1].holds(current) {
				open = open[:len(open)-1]
			}
			for _, outer := range open {
				if !yield(ranges[outer.index], ranges[current.index]) {
					return
				}
			}
			open = append(open, current)
		}
	}
}

// Summarize returns the smallest list of ranges that covers exactly the same
// addresses, in order: nested ranges vanish and buddies merge. Host bits and
// invalid ranges are dropped.
func Summarize(ranges []netip.Prefix) []netip.Prefix {
	var merged []netip.Prefix
	for _, current := range inOrder(len(ranges), func(i int) netip.Prefix { return ranges[i] }) {
		next := ranges[current.index].Masked()
		if last := len(merged) - 1; last >= 0 && Contains(merged[last], next) {
			continue
		}
		for len(merged) > 0 {
			buddy, ok := Buddy(next)
			if !ok || merged[len(merged)-1] != buddy {
				break
			}
			merged = merged[:len(merged)-1]
			next = Grown(next, next.Bits()-1)
		}
		merged = append(merged, next)
	}
	return merged
}

// placed is a range as its key: what sorting compares without decoding an address each time.
type placed struct {
	start key
	index int32
	bits  uint8
	wide  bool // IPv6
}

func (p placed) holds(inner placed) bool {
	return p.wide == inner.wide && p.bits <= inner.bits && p.start.covers(int(p.bits), inner.start)
}

// inOrder returns the valid ones of n ranges, IPv4 first, by address, larger
// ranges first, equal ones as they came.
func inOrder(n int, prefix func(int) netip.Prefix) []placed {
	order := make([]placed, 0, n)
	for i := range n {
		if p := prefix(i); p.IsValid() {
			p = p.Masked()
			order = append(order, placed{keyOf(p.Addr()), int32(i), uint8(p.Bits()), p.Addr().Is6()})
		}
	}
	slices.SortFunc(order, func(a, b placed) int {
		switch {
		case a.wide != b.wide:
			if b.wide {
				return -1
			}
			return 1
		case a.start.hi != b.start.hi:
			return cmp.Compare(a.start.hi, b.start.hi)
		case a.start.lo != b.start.lo:
			return cmp.Compare(a.start.lo, b.start.lo)
		case a.bits != b.bits:
			return int(a.bits) - int(b.bits)
		}
		return int(a.index) - int(b.index)
	})
	return order
}
