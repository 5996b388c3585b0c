package cidr

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go4.org/netipx"
)

// The benchmarks print ratios, each against a baseline measured in the same
// run, because absolute times say more about the machine than about the code.

// fragmented is the space that all measurements share: many equal ranges, of
// which half, chosen at random, have been released again.
type fragmented struct {
	supernet netip.Prefix
	bits     int   // of each range
	mixed    []int // lengths to refill with
}

var fragmentedSpaces = map[string]fragmented{
	"ipv4": {MustParse("10.0.0.0/7"), 24, []int{24, 25, 26, 27, 28, 24, 23, 22}}, // 131,072 /24s: 10.0.0.0/8 has too few
	"ipv6": {MustParse("fd00::/8"), 48, []int{48, 49, 52, 56, 64, 48, 47, 46}},
}

// space returns a space of n ranges, half of them released.
func (f fragmented) space(tb testing.TB, n int) *Space {
	space, err := NewSpace(f.supernet)
	if err != nil {
		tb.Fatal(err)
	}
	given := make([]netip.Prefix, n)
	for i := range given {
		prefix, ok := space.Allocate(f.bits)
		if !ok {
			tb.Fatalf("no room for range %d of %d", i, n)
		}
		given[i] = prefix
	}
	random := rand.New(rand.NewPCG(uint64(n), 1))
	random.Shuffle(n, func(i, j int) { given[i], given[j] = given[j], given[i] })
	for _, prefix := range given[:n/2] {
		if err := space.Release(prefix); err != nil {
			tb.Fatal(err)
		}
	}
	return space
}

// refill allocates count ranges of mixed sizes and returns the time it took a range.
func (f fragmented) refill(tb testing.TB, space *Space, count int) time.Duration {
	start := time.Now()
	for i := range count {
		if _, ok := space.Allocate(f.mixed[i%len(f.mixed)]); !ok {
			tb.Fatalf("no room for refill %d", i)
		}
	}
	return time.Since(start) / time.Duration(count)
}

// best returns the least of several measurements: what else ran can only add.
func best(rounds int, measure func() time.Duration) time.Duration {
	least := measure()
	for range rounds - 1 {
		least = min(least, measure())
	}
	return least
}

// BenchmarkSpaceRefill measures one allocation out of fragmented space.
func BenchmarkSpaceRefill(b *testing.B) {
	for family, f := range fragmentedSpaces {
		for _, n := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", family, n), func(b *testing.B) {
				space := f.space(b, n)
				for done := 0; done < b.N; done += n / 2 {
					b.StopTimer()
					working := space.Clone()
					b.StartTimer()
					f.refill(b, working, min(n/2, b.N-done))
				}
			})
		}
	}
}

// BenchmarkSpaceChurn measures a release and an allocation, over and over.
func BenchmarkSpaceChurn(b *testing.B) {
	for family, f := range fragmentedSpaces {
		b.Run(family, func(b *testing.B) {
			space := f.space(b, 100_000)
			random := rand.New(rand.NewPCG(5, 6))
			live := make([]netip.Prefix, 0, 10_000)
			for i := 0; b.Loop(); i++ {
				if len(live) == cap(live) {
					j := random.IntN(len(live))
					if err := space.Release(live[j]); err != nil {
						b.Fatal(err)
					}
					live[j] = live[len(live)-1]
					live = live[:len(live)-1]
				}
				prefix, ok := space.Allocate(f.mixed[i%len(f.mixed)])
				if !ok {
					b.Fatal("no room")
				}
				live = append(live, prefix)
			}
		})
	}
}

// BenchmarkSpaceGrowth prints by how much an allocation costs more among
// 100,000 ranges than among 1,000 ("x-growth", at most 3).
func BenchmarkSpaceGrowth(b *testing.B) {
	for family, f := range fragmentedSpaces {
		b.Run(family, func(b *testing.B) {
			few, many := f.space(b, 1_000), f.space(b, 100_000)
			cost := map[int]time.Duration{1_000: time.Hour, 100_000: time.Hour}
			for range 12 { // in turns, so that what else runs slows both
				cost[1_000] = min(cost[1_000], best(20, func() time.Duration { return f.refill(b, few.Clone(), 500) }))
				cost[100_000] = min(cost[100_000], f.refill(b, many.Clone(), 50_000))
			}
			for b.Loop() {
				// The measurement is above; a single pass is enough for a ratio.
			}
			b.ReportMetric(float64(cost[100_000])/float64(cost[1_000]), "x-growth")
			b.ReportMetric(float64(cost[100_000]), "ns/range")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkSpaceAgainstNetipx prints how many times cheaper an allocation is
// than netipx's IPSet.RemoveFreePrefix on the same fragmented space of 100,000
// ranges ("x-below-netipx", at least 1,000).
func BenchmarkSpaceAgainstNetipx(b *testing.B) {
	const ranges, baselineOps = 100_000, 64
	for family, f := range fragmentedSpaces {
		b.Run(family, func(b *testing.B) {
			space := f.space(b, ranges)
			var builder netipx.IPSetBuilder
			for prefix := range space.Free() {
				builder.AddPrefix(prefix)
			}
			set, err := builder.IPSet()
			if err != nil {
				b.Fatal(err)
			}
			compared := space.Clone()
			start := time.Now()
			for i := range baselineOps {
				bits := f.mixed[i%len(f.mixed)]
				prefix, rest, ok := set.RemoveFreePrefix(uint8(bits))
				if !ok {
					b.Fatal("netipx found no room")
				}
				set = rest
				if mine, _ := compared.Allocate(bits); mine != prefix {
					b.Fatalf("netipx gives %s, we give %s", prefix, mine)
				}
			}
			baseline := time.Since(start) / baselineOps
			cost := best(5, func() time.Duration { return f.refill(b, space.Clone(), ranges/2) })
			for b.Loop() {
				// The measurement is above; a single pass is enough for a ratio.
			}
			b.ReportMetric(float64(baseline)/float64(cost), "x-below-netipx")
			b.ReportMetric(float64(baseline), "netipx-ns/range")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkOverlapsAgainstSorting prints how much longer it takes to report all
// overlapping pairs among 100,000 random ranges than to sort them ("x-sorting",
// at most 1.5).
func BenchmarkOverlapsAgainstSorting(b *testing.B) {
	const n = 100_000
	for _, family := range []string{"ipv4", "ipv6"} {
		b.Run(family, func(b *testing.B) {
			random := rand.New(rand.NewPCG(8, 9))
			ranges := make([]Range, n)
			for i := range ranges {
				address := netip.AddrFrom4([4]byte{byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32())})
				bits := 16 + random.IntN(13)
				if family == "ipv6" {
					address, bits = netip.AddrFrom16([16]byte{0xfd, byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32())}), 24+random.IntN(41)
				}
				ranges[i] = Range{CIDR: netip.PrefixFrom(address, bits).Masked()}
			}
			sorting := best(7, func() time.Duration {
				sorted := make([]netip.Prefix, n)
				for i, r := range ranges {
					sorted[i] = r.CIDR
				}
				start := time.Now()
				slices.SortFunc(sorted, func(a, b netip.Prefix) int {
					return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
				})
				return time.Since(start)
			})
			pairs := 0
			overlaps := best(7, func() time.Duration {
				start := time.Now()
				pairs = len(Overlaps(ranges))
				return time.Since(start)
			})
			for b.Loop() {
				// The measurement is above; a single pass is enough for a ratio.
			}
			b.ReportMetric(float64(overlaps)/float64(sorting), "x-sorting")
			b.ReportMetric(float64(pairs), "pairs")
			b.ReportMetric(float64(overlaps)/1e6, "ms/list")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// poolOf returns a request for n ranges with headroom.
func poolOf(n int) PoolRequest {
	request := PoolRequest{
		Supernets:   map[string]netip.Prefix{"main": MustParse("10.0.0.0/8")},
		Reserved:    map[string][]netip.Prefix{"onprem": {MustParse("10.0.0.0/14")}},
		Allocations: make(map[string]Allocation, n),
	}
	for i := range n {
		request.Allocations[fmt.Sprintf("cluster-%05d", i)] = Allocation{Bits: 22 + i%3, Headroom: i % 2}
	}
	return request
}

// BenchmarkPlanPool measures a whole plan of 5,000 ranges: the first one, one
// that changes nothing, and one that adds a range.
func BenchmarkPlanPool(b *testing.B) {
	request := poolOf(5_000)
	layout, problems := PlanPool(request, PoolState{})
	if HasErrors(problems) {
		b.Fatal(problems)
	}
	wider := poolOf(5_001)
	for _, run := range []struct {
		name    string
		request PoolRequest
		prior   PoolState
	}{{"first", request, PoolState{}}, {"unchanged", request, layout.PoolState}, {"one more", wider, layout.PoolState}} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				PlanPool(run.request, run.prior)
			}
		})
	}
}

// BenchmarkPlanSubnets measures 5,000 clusters of 12 subnets each, one network at a time.
func BenchmarkPlanSubnets(b *testing.B) {
	requests := slices.Concat(zones("nodes", 18, "a", "b", "c"), zones("control", 28, "a", "b", "c"),
		zones("ingress", 24, "a", "b", "c"), zones("endpoints", 26, "a", "b", "c"))
	b.ReportAllocs()
	for b.Loop() {
		for range 5_000 {
			if _, problems := PlanSubnets(network, requests, nil); len(problems) > 0 {
				b.Fatal(problems)
			}
		}
	}
}
