package cidr

import (
	"cmp"
	"encoding/binary"
	"math/big"
	"math/bits"
	"net/netip"
)

// key is an address as 128 bits, its first bit leftmost: an IPv4 address fills
// the upper 32 bits of hi. So bit i of a prefix is bit i of its key in both
// families, and no code below has to ask which it is in.
type key struct{ hi, lo uint64 }

func keyOf(address netip.Addr) key {
	if address.Is4() {
		raw := address.As4()
		return key{hi: uint64(binary.BigEndian.Uint32(raw[:])) << 32}
	}
	raw := address.As16()
	return key{hi: binary.BigEndian.Uint64(raw[:8]), lo: binary.BigEndian.Uint64(raw[8:])}
}

// address turns k back into an address of the family of which width (32 or 128) is the length.
func (k key) address(width int) netip.Addr {
	if width == 32 {
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], uint32(k.hi>>32))
		return netip.AddrFrom4(raw)
	}
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], k.hi)
	binary.BigEndian.PutUint64(raw[8:], k.lo)
	return netip.AddrFrom16(raw)
}

// bit returns bit i, counted from the left.
func (k key) bit(i int) int {
	if i < 64 {
		return int(k.hi>>(63-i)) & 1
	}
	return int(k.lo>>(127-i)) & 1
}

// set returns k with bit i set.
func (k key) set(i int) key {
	if i < 64 {
		k.hi |= 1 << (63 - i)
	} else {
		k.lo |= 1 << (127 - i)
	}
	return k
}

// flip returns k with bit i the other way round.
func (k key) flip(i int) key {
	if i < 64 {
		k.hi ^= 1 << (63 - i)
	} else {
		k.lo ^= 1 << (127 - i)
	}
	return k
}

// covers reports whether the first length bits of k and other agree.
func (k key) covers(length int, other key) bool {
	if length <= 64 {
		return length == 0 || (k.hi^other.hi)>>(64-length) == 0
	}
	return k.hi == other.hi && (k.lo^other.lo)>>(128-length) == 0
}

// sizes is a set of prefix lengths 1..128: length n is bit n-1.
type sizes struct{ lo, hi uint64 }

func sizeOf(length int) sizes {
	if length <= 64 {
		return sizes{lo: 1 << (length - 1)}
	}
	return sizes{hi: 1 << (length - 65)}
}

func (s sizes) or(other sizes) sizes { return sizes{s.lo | other.lo, s.hi | other.hi} }

func (s sizes) meets(other sizes) bool { return s.lo&other.lo|s.hi&other.hi != 0 }

// shortest returns the smallest length in s, or 0 if s is empty: the largest range.
func (s sizes) shortest() int {
	if s.lo != 0 {
		return bits.TrailingZeros64(s.lo) + 1
	}
	if s.hi != 0 {
		return bits.TrailingZeros64(s.hi) + 65
	}
	return 0
}

// fitting returns the largest length in s that is at most length, or 0 if
// there is none: the smallest range that holds one of that length.
func (s sizes) fitting(length int) int {
	if length > 64 {
		beyond := 128 - length
		if upper := s.hi << beyond; upper != 0 {
			return bits.Len64(upper) - beyond + 64
		}
		return bits.Len64(s.lo)
	}
	beyond := 64 - length
	if lower := s.lo << beyond; lower != 0 {
		return bits.Len64(lower) - beyond
	}
	return 0
}

// addresses returns how many addresses a range of length bits holds in a family of width bits.
func addresses(width, length int) *big.Int {
	return new(big.Int).Lsh(big.NewInt(1), uint(width-length))
}

// Grown returns the range of length bits that holds prefix. It is prefix itself
// when bits is not shorter.
func Grown(prefix netip.Prefix, bits int) netip.Prefix {
	if bits >= prefix.Bits() {
		return prefix
	}
	return netip.PrefixFrom(prefix.Addr(), max(bits, 0)).Masked()
}

// Buddy returns the other half of the range one bit shorter than prefix, and
// false for a range that has none (a /0).
func Buddy(prefix netip.Prefix) (netip.Prefix, bool) {
	if prefix.Bits() < 1 {
		return netip.Prefix{}, false
	}
	width := prefix.Addr().BitLen()
	return netip.PrefixFrom(keyOf(prefix.Addr()).flip(prefix.Bits()-1).address(width), prefix.Bits()), true
}

// Contains reports whether inner lies wholly in outer; equal ranges do.
func Contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// Compare orders ranges: IPv4 first, then by address, then larger ranges first.
func Compare(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 {
		return c
	}
	return cmp.Compare(a.Bits(), b.Bits())
}
