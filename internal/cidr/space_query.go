package cidr

import (
	"fmt"
	"iter"
	"math"
	"math/big"
	"net/netip"
	"slices"
	"strings"
)

// Free yields the maximal free ranges, ordered by address: those of the
// supernets named by among, or of all.
func (s *Space) Free(among ...netip.Prefix) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		for _, tree := range s.trees {
			if len(among) > 0 && !slices.Contains(among, tree.prefix) {
				continue
			}
			if !tree.walk(tree.top, tree.start, tree.bits, yield) {
				return
			}
		}
	}
}

// FreeIn yields the free ranges inside prefix, ordered by address; prefix itself
// if all of it is free. prefix may hold whole supernets.
func (s *Space) FreeIn(prefix netip.Prefix) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		for _, tree := range s.trees {
			switch {
			case !tree.prefix.Overlaps(prefix):
			case tree.bits >= prefix.Bits():
				if !tree.walk(tree.top, tree.start, tree.bits, yield) {
					return
				}
			default:
				start := keyOf(prefix.Addr())
				tree.walk(tree.state(start, prefix.Bits()), start, prefix.Bits(), yield)
			}
		}
	}
}

// Largest returns the largest free range that [Space.Allocate] could take with
// the same among, the lowest of several, or false if nothing is free.
func (s *Space) Largest(among ...netip.Prefix) (netip.Prefix, bool) {
	var chosen *tree
	shortest := 129
	for _, tree := range s.trees {
		if len(among) > 0 && !slices.Contains(among, tree.prefix) {
			continue
		}
		if len(among) == 0 && tree.width != s.trees[0].width {
			break // IPv6 behind IPv4: see Allocate
		}
		if length, ok := tree.largest(); ok && length < shortest {
			chosen, shortest = tree, length
		}
	}
	if chosen == nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(chosen.lowest(shortest).address(chosen.width), shortest), true
}

// Usage is how full one supernet is.
type Usage struct {
	Supernet netip.Prefix
	// Addresses and Free count addresses.
	Addresses, Free *big.Int
	// FreeBySize counts the maximal free ranges by prefix length: {18: 1, 20: 3}.
	FreeBySize map[int]int
	// Largest is the largest free range, invalid if nothing is free.
	Largest netip.Prefix
	// Utilization is the taken share, 0 to 1.
	Utilization float64
}

// Usage returns how full each supernet is, ordered by address. It takes O(free ranges).
func (s *Space) Usage() []Usage {
	usage := make([]Usage, len(s.trees))
	for i, tree := range s.trees {
		usage[i] = tree.usage()
	}
	return usage
}

// Fits returns how many more ranges of length bits fit in this supernet, as it is.
func (u Usage) Fits(bits int) *big.Int {
	total := new(big.Int)
	for length, count := range u.FreeBySize {
		if length <= bits {
			total.Add(total, new(big.Int).Lsh(big.NewInt(int64(count)), uint(bits-length)))
		}
	}
	return total
}

// FreeText lists what is free in words, largest first: "1 × /18, 3 × /20".
func (u Usage) FreeText() string {
	return freeText(u.FreeBySize)
}

func freeText(bySize map[int]int) string {
	if len(bySize) == 0 {
		return "nothing"
	}
	lengths := make([]int, 0, len(bySize))
	for length := range bySize {
		lengths = append(lengths, length)
	}
	slices.Sort(lengths)
	parts := make([]string, len(lengths))
	for i, length := range lengths {
		parts[i] = fmt.Sprintf("%d × /%d", bySize[length], length)
	}
	return strings.Join(parts, ", ")
}

// freeIn counts the maximal free ranges of some supernets by prefix length.
func (s *Space) freeIn(among []netip.Prefix) map[int]int {
	bySize := map[int]int{}
	for prefix := range s.Free(among...) {
		bySize[prefix.Bits()]++
	}
	return bySize
}

func (t *tree) largest() (int, bool) {
	switch t.top {
	case full:
		return 0, false
	case free:
		return t.bits, true
	}
	return t.nodes[t.top].sizes.shortest(), true
}

// walk yields the maximal free ranges of a subtree and returns false if it was told to stop.
func (t *tree) walk(at uint32, start key, depth int, yield func(netip.Prefix) bool) bool {
	switch at {
	case full:
		return true
	case free:
		return yield(netip.PrefixFrom(start.address(t.width), depth))
	}
	kids := t.nodes[at].kids
	return t.walk(kids[0], start, depth+1, yield) && t.walk(kids[1], start.set(depth), depth+1, yield)
}

func (t *tree) usage() Usage {
	usage := Usage{
		Supernet:   t.prefix,
		Addresses:  addresses(t.width, t.bits),
		Free:       new(big.Int),
		FreeBySize: map[int]int{},
	}
	t.walk(t.top, t.start, t.bits, func(prefix netip.Prefix) bool {
		usage.FreeBySize[prefix.Bits()]++
		return true
	})
	for length, count := range usage.FreeBySize {
		part := big.NewInt(int64(count))
		usage.Free.Add(usage.Free, part.Lsh(part, uint(t.width-length)))
	}
	if length, ok := t.largest(); ok {
		usage.Largest = netip.PrefixFrom(t.lowest(length).address(t.width), length)
	}
	taken := new(big.Int).Sub(usage.Addresses, usage.Free)
	share, _ := taken.Float64()
	usage.Utilization = math.Ldexp(share, t.bits-t.width) // exact: a supernet holds a power of two
	return usage
}
