package cidr

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// liveNetwork runs a program of edits to the subnets of one network, planning
// after each and keeping the plans without an error.
func liveNetwork(t *testing.T, program []byte) {
	t.Helper()
	var ranges []SubnetRange
	for _, name := range slices.Sorted(maps.Keys(poolWorld.Supernets)) {
		ranges = append(ranges, SubnetRange{Name: name, CIDR: poolWorld.Supernets[name]})
	}
	wanted, prior := map[string]SubnetRequest{}, map[string]netip.Prefix{}
	for ; len(program) >= 4; program = program[4:] {
		what, size, place := program[0], program[2], program[3]
		key := string('a' + rune(program[1]%9))
		request := SubnetRequest{Key: key, Bits: 28 + int(size%5), In: string('a' + rune(place&1)), Hold: place&6 == 6}
		switch what % 8 {
		case 0, 1, 2, 3:
			wanted[key] = request
		case 4:
			request.CIDR, request.Bits = netip.PrefixFrom(shifted(MustParse("10.0.0.0/24"), place), request.Bits).Masked(), 0
			wanted[key] = request
		case 5:
			delete(wanted, key)
		case 6:
			delete(prior, key) // given up by hand
			delete(wanted, key)
		case 7:
			if old, known := wanted[string('a'+rune(size%9))]; known && old.Key != key {
				delete(wanted, old.Key)
				old.MovedFrom, old.Key = old.Key, key
				wanted[key] = old
			}
		}
		if what&0x80 != 0 {
			continue // edit more before the next plan
		}
		requests := slices.Collect(maps.Values(wanted)) // in any order
		plan, problems := PlanSubnets(ranges, requests, prior)
		slices.Reverse(requests)
		if again, same := PlanSubnets(ranges, requests, prior); !reflect.DeepEqual(plan, again) || !slices.Equal(problems, same) {
			t.Fatalf("two runs differ: %v, %v\n%v, %v", plan, problems, again, same)
		}
		checkSubnets(t, wanted, prior, plan, problems)
		if !HasErrors(problems) {
			prior = plan.Prior()
		}
	}
}

// checkSubnets proves that nobody overlaps, moved, or was refused what can be had.
func checkSubnets(t *testing.T, wanted map[string]SubnetRequest, prior map[string]netip.Prefix, plan SubnetPlan, problems []Problem) {
	t.Helper()
	if HasErrors(problems) {
		checkSubnetRefusals(t, wanted, prior, problems)
		return
	}
	var claims []Range
	for key, prefix := range plan.Prior() {
		claims = append(claims, Range{prefix, key})
	}
	if pairs := Overlaps(claims); len(pairs) > 0 {
		t.Fatalf("overlaps %v", pairs)
	}
	for key, request := range wanted {
		prefix, given := plan.Subnets[key]
		bits := request.Bits
		if request.CIDR.IsValid() {
			bits = request.CIDR.Bits()
		}
		if request.Hold {
			prefix, given = plan.Held[key]
		}
		if !given && !request.Hold || given && prefix.Bits() != bits {
			t.Fatalf("%s asked for %+v, got %v", key, request, prefix)
		}
	}
	moved := map[string]bool{}
	for _, request := range wanted {
		moved[request.MovedFrom] = true
	}
	for key, prefix := range prior {
		if now := plan.Prior()[key]; now != prefix && !moved[key] {
			t.Fatalf("%s moved from %s to %s", key, prefix, now)
		}
	}
}

// checkSubnetRefusals tries every place for what was refused for want of room.
func checkSubnetRefusals(t *testing.T, wanted map[string]SubnetRequest, prior map[string]netip.Prefix, problems []Problem) {
	t.Helper()
	var short *Problem
	for _, problem := range problems {
		if problem.Severity == Error && strings.Contains(problem.Summary, "is free in") {
			short = &problem
		} else if problem.Severity == Error {
			return // more is wrong than want of room
		}
	}
	fixed := slices.Collect(maps.Values(prior))
	var lengths []netip.Prefix
	var bound []string
	for key, request := range wanted {
		_, known := prior[key]
		if _, moves := prior[request.MovedFrom]; known || moves && request.MovedFrom != "" || request.Hold && !request.CIDR.IsValid() {
			continue
		}
		if request.CIDR.IsValid() {
			fixed = append(fixed, request.CIDR)
			continue
		}
		lengths = append(lengths, netip.PrefixFrom(netip.IPv4Unspecified(), request.Bits))
		bound = append(bound, request.In)
	}
	if fits(poolWorld, fixed, lengths, bound) {
		t.Fatalf("%v\nbut %v fit beside %v", *short, lengths, fixed)
	}
}

// Proves over long random lives of a network what [PlanSubnets] promises.
func TestPlanSubnetsLives(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 8))
		program := make([]byte, 4*60)
		for i := range program {
			program[i] = byte(random.Uint32())
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { liveNetwork(t, program) })
	}
}

// FuzzPlanSubnets looks for a life of a network that breaks a promise.
func FuzzPlanSubnets(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 1, 1, 0, 5, 0, 0, 0, 0, 2, 0, 0})
	f.Add([]byte{0, 0, 0, 6, 4, 1, 1, 8, 7, 3, 1, 0})
	f.Fuzz(func(t *testing.T, program []byte) { liveNetwork(t, program[:min(len(program), 4*80)]) })
}
