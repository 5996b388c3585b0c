package cidr

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// randomRanges returns n ranges of both families in a space so small that many overlap.
func randomRanges(random *rand.Rand, n int) []Range {
	ranges := make([]Range, n)
	for i := range ranges {
		address := netip.AddrFrom4([4]byte{10, 0, byte(random.Uint32()), byte(random.Uint32())})
		bits := 14 + random.IntN(19)
		if random.IntN(4) == 0 {
			address = netip.AddrFrom16([16]byte{0xfd, 15: byte(random.Uint32()), 14: byte(random.Uint32())})
			bits = 110 + random.IntN(19)
		}
		ranges[i] = Range{netip.PrefixFrom(address, bits).Masked(), fmt.Sprint(i)}
	}
	return ranges
}

// Proves that exactly the pairs are found that comparing each with each finds.
func TestOverlapsMatchesPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		ranges := randomRanges(random, random.IntN(40))
		ranges = append(ranges, Range{Owner: "invalid"})
		want := map[string]bool{}
		for i, a := range ranges {
			for _, b := range ranges[:i] {
				if a.CIDR.IsValid() && b.CIDR.IsValid() && a.CIDR.Overlaps(b.CIDR) {
					want[min(a.Owner, b.Owner)+"|"+max(a.Owner, b.Owner)] = true
				}
			}
		}
		found := Overlaps(ranges)
		for _, pair := range found {
			if !Contains(pair.Outer.CIDR, pair.Inner.CIDR) {
				t.Fatalf("%s does not hold %s", pair.Outer, pair.Inner)
			}
			delete(want, min(pair.Outer.Owner, pair.Inner.Owner)+"|"+max(pair.Outer.Owner, pair.Inner.Owner))
		}
		if len(want) > 0 {
			t.Fatalf("missed %v", want)
		}
		if again := Overlaps(ranges); !slices.Equal(again, found) {
			t.Fatal("two runs differ")
		}
	}
}

// Proves that a summary covers the same addresses and that no shorter one does:
// its ranges are neither nested nor buddies.
func TestSummarize(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		ranges := randomRanges(random, random.IntN(60))
		given := make([]netip.Prefix, len(ranges))
		for i, r := range ranges {
			given[i] = r.CIDR
		}
		summary := Summarize(given)
		for i, a := range summary {
			for _, b := range summary[:i] {
				if buddy, _ := Buddy(a); a.Overlaps(b) || buddy == b {
					t.Fatalf("%s and %s should be one", a, b)
				}
			}
			want, err := NewSpace(a)
			if err != nil {
				t.Fatal(err)
			}
			for _, prefix := range given {
				want.Exclude(prefix)
			}
			if _, left := want.Largest(); left {
				t.Fatalf("%s covers more than was given", a)
			}
		}
		for _, prefix := range given {
			if _, covered := inAny(summary, prefix); !covered {
				t.Fatalf("%s is lost", prefix)
			}
		}
	}
	if got := Summarize([]netip.Prefix{MustParse("0.0.0.0/1"), MustParse("128.0.0.0/1")}); len(got) != 1 || got[0].Bits() != 0 {
		t.Errorf("two halves of everything are %v", got)
	}
}

// Proves the best fit, and that a refusal says what is free.
func TestNext(t *testing.T) {
	supernet := MustParse("10.64.0.0/14")
	taken := []netip.Prefix{MustParse("10.64.0.0/16"), MustParse("10.65.0.0/17"), MustParse("10.0.0.0/9"), MustParse("10.66.0.0/15")}
	taken = slices.Delete(taken, 2, 3)
	for _, test := range []struct {
		bits int
		want string
	}{
		{17, "10.65.128.0/17"}, {32, "10.65.128.0/32"}, {16, "largest free range is 10.65.128.0/17"},
		{13, "from 14 to 32"}, {33, "from 14 to 32"},
	} {
		next, err := Next(supernet, taken, test.bits)
		if err == nil && next.String() != test.want || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("next /%d is %s, %v; want %s", test.bits, next, err, test.want)
		}
	}
	if _, err := Next(supernet, []netip.Prefix{MustParse("10.0.0.0/8")}, 20); err == nil || !strings.Contains(err.Error(), "all of it is taken") {
		t.Errorf("a full supernet: %v", err)
	}
}
