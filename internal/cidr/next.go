package cidr

import (
	"fmt"
	"net/netip"
)

// Next returns the range of length bits that a pool over supernet would give
// next when the ranges of taken are taken: the best fit, the lowest of several.
// Ranges of taken may overlap each other and lie outside supernet.
func Next(supernet netip.Prefix, taken []netip.Prefix, bits int) (netip.Prefix, error) {
	space, err := NewSpace(supernet)
	if err != nil {
		return netip.Prefix{}, err
	}
	if width := supernet.Addr().BitLen(); bits < supernet.Bits() || bits > width {
		return netip.Prefix{}, fmt.Errorf("no /%d in %s: ask for a prefix length from %d to %d", bits, supernet, supernet.Bits(), width)
	}
	for _, prefix := range taken {
		space.Exclude(prefix.Masked())
	}
	if next, ok := space.Peek(bits); ok {
		return next, nil
	}
	largest, ok := space.Largest()
	if !ok {
		return netip.Prefix{}, fmt.Errorf("no /%d is free in %s: all of it is taken; use another supernet", bits, supernet)
	}
	return netip.Prefix{}, fmt.Errorf("no /%d is free in %s: the largest free range is %s; ask for a /%d or use another supernet",
		bits, supernet, largest, largest.Bits())
}
