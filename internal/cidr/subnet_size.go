package cidr

import (
	"fmt"
	"math"
	"math/bits"
	"net/netip"
)

// ReservedPerSubnet is how many addresses of each subnet a cloud keeps for
// itself, on both clouds: the first four and the last.
// Sources: EC2 CreateSubnet, 2026-08; Azure Virtual Network FAQ, 2026-08.
const ReservedPerSubnet = 5

// subnetBounds are the longest and shortest IPv4 prefix of a subnet.
// Sources: EC2 CreateSubnet, 2026-08 (/28 to /16); Azure Virtual Network FAQ,
// 2026-08 (/29 to /2, which the network's own /8 narrows).
func subnetBounds(cloud Cloud) (smallest, largest int) {
	if cloud == Azure {
		return 29, 8
	}
	return 28, 16
}

// Size returns how many addresses a range holds; math.MaxInt64 if that is more.
func Size(prefix netip.Prefix) int64 {
	host := prefix.Addr().BitLen() - prefix.Bits()
	if host >= 63 {
		return math.MaxInt64
	}
	return 1 << host
}

// Usable returns how many addresses of a subnet are left for the user, 0 if none.
func Usable(subnet netip.Prefix) int64 {
	return max(Size(subnet)-ReservedPerSubnet, 0)
}

// BitsFor returns the prefix length of the smallest IPv4 subnet in which cloud
// leaves at least usable addresses, and false if there is no subnet that large.
func BitsFor(cloud Cloud, usable int64) (int, bool) {
	smallest, largest := subnetBounds(cloud)
	if usable > 1<<32 {
		return 0, false
	}
	length := min(32-bitsToHold(usable+ReservedPerSubnet), smallest)
	return length, length >= largest
}

// bitsToHold returns the least n with 2^n >= count.
func bitsToHold(count int64) int {
	if count <= 1 {
		return 0
	}
	return bits.Len64(uint64(count - 1))
}

// JudgeSubnet checks the size of a subnet against what the cloud allows.
func JudgeSubnet(path string, cloud Cloud, subnet netip.Prefix) []Problem {
	if subnet.Addr().Is6() {
		// Sources: EC2 CreateSubnet, 2026-08 (/44 to /64 in steps of 4); Azure Virtual Network FAQ, 2026-08 (exactly /64).
		if subnet.Bits() == 64 || cloud == AWS && subnet.Bits() >= 44 && subnet.Bits() < 64 && subnet.Bits()%4 == 0 {
			return nil
		}
		return []Problem{refuse(path, fmt.Sprintf("%s is no size for an IPv6 subnet", subnet), "Use a /64, which works on every cloud.")}
	}
	smallest, largest := subnetBounds(cloud)
	if subnet.Bits() >= largest && subnet.Bits() <= smallest {
		return nil
	}
	return []Problem{refuse(path, fmt.Sprintf("%s is no size for a subnet on %s", subnet, cloud),
		"A subnet there is a /%d to a /%d, %d addresses of which the cloud keeps. Use a prefix length in that range.",
		largest, smallest, ReservedPerSubnet)}
}
