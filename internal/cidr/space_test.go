package cidr

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// twin is the free space the slow, obvious way: a list of free ranges that is
// scanned from end to end for everything.
type twin struct {
	supernets []netip.Prefix
	free      []netip.Prefix // maximal, in order
}

func newTwin(supernets ...netip.Prefix) *twin {
	sorted := slices.SortedFunc(slices.Values(supernets), Compare)
	return &twin{supernets: sorted, free: slices.Clone(sorted)}
}

func (w *twin) allocate(bits int, among []netip.Prefix) (netip.Prefix, bool) {
	var best netip.Prefix
	for _, candidate := range w.free {
		supernet := w.supernetOf(candidate)
		if len(among) > 0 && !slices.Contains(among, supernet) {
			continue
		}
		if len(among) == 0 && supernet.Addr().Is4() != w.supernets[0].Addr().Is4() {
			continue
		}
		if candidate.Bits() <= bits && bits <= candidate.Addr().BitLen() && (!best.IsValid() || candidate.Bits() > best.Bits()) {
			best = candidate
		}
	}
	if !best.IsValid() {
		return best, false
	}
	given := netip.PrefixFrom(best.Addr(), bits)
	w.exclude(given)
	return given, true
}

func (w *twin) supernetOf(prefix netip.Prefix) netip.Prefix {
	for _, supernet := range w.supernets {
		if Contains(supernet, prefix) {
			return supernet
		}
	}
	return netip.Prefix{}
}

func (w *twin) isFree(prefix netip.Prefix) bool {
	return slices.ContainsFunc(w.free, func(f netip.Prefix) bool { return Contains(f, prefix) })
}

func (w *twin) isTaken(prefix netip.Prefix) bool {
	return w.supernetOf(prefix).IsValid() && !slices.ContainsFunc(w.free, prefix.Overlaps)
}

// exclude cuts prefix out of each free range by halving what overlaps.
func (w *twin) exclude(prefix netip.Prefix) {
	var left []netip.Prefix
	var cut func(netip.Prefix)
	cut = func(f netip.Prefix) {
		switch {
		case !f.Overlaps(prefix):
			left = append(left, f)
		case Contains(prefix, f):
		default:
			lower := netip.PrefixFrom(f.Addr(), f.Bits()+1)
			upper, _ := Buddy(lower)
			cut(lower)
			cut(upper)
		}
	}
	for _, f := range w.free {
		cut(f)
	}
	w.free = left
}

// release adds prefix and merges buddies until none is left.
func (w *twin) release(prefix netip.Prefix) {
	supernet := w.supernetOf(prefix)
	for prefix != supernet {
		buddy, _ := Buddy(prefix)
		i := slices.Index(w.free, buddy)
		if i < 0 {
			break
		}
		w.free = slices.Delete(w.free, i, i+1)
		prefix = Grown(prefix, prefix.Bits()-1)
	}
	w.free = append(w.free, prefix)
	slices.SortFunc(w.free, Compare)
}

// spaces are what the twin is compared on: small enough to fill up, several
// supernets, both families, a whole /0, host routes.
var spaces = [][]netip.Prefix{
	{MustParse("10.0.0.0/24")},
	{MustParse("10.0.0.0/26"), MustParse("10.0.0.64/26"), MustParse("fd00::/120")},
	{MustParse("fd00::/120"), MustParse("fd00:0:0:1::/64")},
	{MustParse("0.0.0.0/0")},
	{MustParse("::/0"), MustParse("192.168.0.0/30")},
	{MustParse("192.168.0.1/32")},
	{MustParse("2001:db8:0:fff0::/60")},
}

// compareWithTwin runs a program of operations on a Space and on the twin, and
// fails at the first difference. Each operation takes four bytes.
func compareWithTwin(t *testing.T, supernets []netip.Prefix, program []byte) {
	t.Helper()
	space, err := NewSpace(supernets...)
	if err != nil {
		t.Fatal(err)
	}
	slow := newTwin(supernets...)
	var given []netip.Prefix
	for ; len(program) >= 4; program = program[4:] {
		what, which, length, place := program[0]%6, program[1], int(program[2]), program[3]
		supernet := supernets[int(which)%len(supernets)]
		width := supernet.Addr().BitLen()
		bits := supernet.Bits() + length%(width-supernet.Bits()+2) // may be one too long
		somewhere := netip.PrefixFrom(shifted(supernet, place), min(bits, width)).Masked()
		switch what {
		case 0, 1:
			var among []netip.Prefix
			if what == 1 {
				among = []netip.Prefix{supernet}
			}
			peeked, _ := space.Peek(bits, among...)
			got, ok := space.Allocate(bits, among...)
			want, fits := slow.allocate(bits, among)
			if got != want || ok != fits || peeked != got {
				t.Fatalf("allocate /%d among %v: got %v, peeked %v, want %v", bits, among, got, peeked, want)
			}
			if ok {
				given = append(given, got)
			}
		case 2:
			err := space.Take(somewhere)
			if wanted := slow.isFree(somewhere); (err == nil) != wanted {
				t.Fatalf("take %s: %v, want success %v", somewhere, err, wanted)
			}
			if err == nil {
				slow.exclude(somewhere)
				given = append(given, somewhere)
			}
		case 3:
			space.Exclude(somewhere)
			slow.exclude(somewhere)
		case 4:
			wanted := slow.isTaken(somewhere)
			if err := space.Release(somewhere); (err == nil) != wanted {
				t.Fatalf("release %s: %v, want success %v", somewhere, err, wanted)
			}
			if wanted {
				slow.release(somewhere)
			}
		case 5:
			if len(given) == 0 {
				continue
			}
			i := int(place) % len(given)
			if slow.isTaken(given[i]) {
				if err := space.Release(given[i]); err != nil {
					t.Fatal(err)
				}
				slow.release(given[i])
			}
			given = slices.Delete(given, i, i+1)
		}
		if largest, ok := space.Largest(supernet); ok != slices.ContainsFunc(slow.free, func(f netip.Prefix) bool { return Contains(supernet, f) }) ||
			ok && slices.ContainsFunc(slow.free, func(f netip.Prefix) bool {
				return Contains(supernet, f) && (f.Bits() < largest.Bits() || f.Bits() == largest.Bits() && Compare(f, largest) < 0)
			}) {
			t.Fatalf("largest of %s is %v, free %v", supernet, largest, slow.free)
		}
		if got := slices.Collect(space.Free()); !slices.Equal(got, slow.free) {
			t.Fatalf("free %v\nwant %v", got, slow.free)
		}
	}
}

// shifted returns an address of supernet that place chooses: its bits fill the
// first eight behind the prefix.
func shifted(supernet netip.Prefix, place byte) netip.Addr {
	start := keyOf(supernet.Addr())
	for i := range 8 {
		if at := supernet.Bits() + i; at < supernet.Addr().BitLen() && place>>i&1 == 1 {
			start = start.set(at)
		}
	}
	return start.address(supernet.Addr().BitLen())
}

// Proves that the trie does what the twin does, over long random programs.
func TestSpaceMatchesTwin(t *testing.T) {
	for seed, supernets := range spaces {
		random := rand.New(rand.NewPCG(uint64(seed), 4))
		for range 40 {
			program := make([]byte, 4*150)
			for i := range program {
				program[i] = byte(random.Uint32())
			}
			compareWithTwin(t, supernets, program)
		}
	}
}

// FuzzSpace looks for a program on which the trie and the twin differ.
func FuzzSpace(f *testing.F) {
	f.Add(byte(0), []byte{0, 0, 2, 0, 0, 0, 3, 0, 5, 0, 0, 0})
	f.Add(byte(1), []byte{1, 2, 4, 0, 2, 1, 5, 9, 3, 0, 1, 7, 4, 0, 1, 7})
	f.Fuzz(func(t *testing.T, which byte, program []byte) {
		compareWithTwin(t, spaces[int(which)%len(spaces)], program[:min(len(program), 4*200)])
	})
}

// Proves that what can't be is refused by the documented errors and changes nothing.
func TestSpaceRefusals(t *testing.T) {
	if _, err := NewSpace(MustParse("10.0.0.0/8"), MustParse("10.1.0.0/16")); err == nil {
		t.Error("overlapping supernets were accepted")
	}
	if _, err := NewSpace(netip.MustParsePrefix("10.0.0.1/8")); err == nil {
		t.Error("a supernet with host bits was accepted")
	}
	space, err := NewSpace(MustParse("10.0.0.0/16"), MustParse("fd00::/48"))
	if err != nil {
		t.Fatal(err)
	}
	if err := space.Take(MustParse("10.0.1.0/24")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what string
		err  error
		want error
	}{
		{"taking twice", space.Take(MustParse("10.0.1.0/24")), ErrTaken},
		{"taking around", space.Take(MustParse("10.0.0.0/23")), ErrTaken},
		{"taking inside", space.Take(MustParse("10.0.1.128/25")), ErrTaken},
		{"taking outside", space.Take(MustParse("10.1.0.0/24")), ErrOutside},
		{"taking beyond", space.Take(MustParse("10.0.0.0/15")), ErrOutside},
		{"releasing what is free", space.Release(MustParse("10.0.2.0/24")), ErrFree},
		{"releasing more than taken", space.Release(MustParse("10.0.0.0/23")), ErrFree},
		{"releasing outside", space.Release(MustParse("11.0.0.0/24")), ErrOutside},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: got %v, want %v", test.what, test.err, test.want)
		}
	}
	if err := space.Release(MustParse("10.0.1.0/24")); err != nil || !space.IsFree(MustParse("10.0.0.0/16")) {
		t.Errorf("the space did not coalesce: %v", err)
	}
	if nodes := len(space.trees[0].nodes); nodes > 10 {
		t.Errorf("one /24 in a /16 needed %d nodes", nodes)
	}
}

// Proves that a clone is independent, and that use is counted exactly.
func TestSpaceUsage(t *testing.T) {
	space, err := NewSpace(MustParse("10.0.0.0/16"))
	if err != nil {
		t.Fatal(err)
	}
	space.Exclude(MustParse("10.0.0.0/18"))
	trial := space.Clone()
	trial.Exclude(MustParse("10.0.0.0/16"))
	usage := space.Usage()[0]
	if usage.Free.Int64() != 3<<14 || usage.Utilization != 0.25 || usage.Largest.String() != "10.0.128.0/17" {
		t.Errorf("usage is %+v", usage)
	}
	if text := usage.FreeText(); text != "1 × /17, 1 × /18" {
		t.Errorf("free text is %q", text)
	}
	if fits := usage.Fits(18).Int64(); fits != 3 {
		t.Errorf("%d more /18s fit, want 3", fits)
	}
	if full := trial.Usage()[0]; full.Utilization != 1 || full.Largest.IsValid() || full.FreeText() != "nothing" {
		t.Errorf("usage of the full clone is %+v", full)
	}
}
