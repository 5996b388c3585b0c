package blueprint

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// demand is how many addresses the pools need.
type demand struct {
	pools []poolDemand // by name
	zones map[string]zoneDemand
}

// poolDemand is what one pool needs.
type poolDemand struct {
	name       string
	zones      []string
	shares     map[string]int // most nodes in each zone
	surge      int            // nodes that an update adds in each zone
	perNode    int            // addresses of a node in the node subnet
	perNodePod int            // addresses of a full node in the pod subnet
	primaries  int            // of those, addresses of the interfaces themselves
	pods       int            // most pods on a node
}

// zoneDemand is what one zone needs with every pool at its maximum and one
// update under way in each.
type zoneDemand struct {
	nodes     int // nodes
	node      int // addresses in the node subnet
	pod       int // addresses in the pod subnet
	primaries int // of those, addresses of interfaces
	roll      int // nodes of the largest pool: rolling it doubles them for a while
	rollNode  int
	rollPod   int
}

// customNetworking tells whether pods have subnets of their own.
func (r *resolver) customNetworking() bool { return r.podsMode() == "non_routable" }

func (r *resolver) podsMode() string {
	if r.spec.Network.Pods == nil {
		return "non_routable"
	}
	return or(r.spec.Network.Pods.Mode, "non_routable")
}

func (r *resolver) prefixDelegation() bool {
	return r.spec.Network.CNI == nil || orBool(r.spec.Network.CNI.PrefixDelegation, true)
}

// eksNode describes a node of one instance type for address arithmetic.
func (r *resolver) eksNode(instanceType string, maxPods int) cidr.EKSNode {
	facts, _ := instanceTypeOf(instanceType)
	return cidr.EKSNode{
		ENIs: facts.ENIs, IPv4PerENI: facts.IPv4PerENI, VCPUs: facts.VCPUs,
		PrefixDelegation: r.prefixDelegation() && facts.PrefixDelegation(),
		CustomNetworking: r.customNetworking(),
		MaxPods:          maxPods,
	}
}

// awsDemand adds up what the pools need in each zone.
func (r *resolver) awsDemand() demand {
	total := demand{zones: map[string]zoneDemand{}}
	for _, zone := range r.zones {
		total.zones[zone] = zoneDemand{}
	}
	for _, name := range slices.Sorted(maps.Keys(r.spec.NodePools)) {
		pool := r.poolDemand(name, r.spec.NodePools[name])
		total.pools = append(total.pools, pool)
		for _, zone := range pool.zones {
			nodes := pool.shares[zone] + pool.surge
			sum := total.zones[zone]
			sum.nodes += nodes
			sum.node += nodes * pool.perNode
			sum.pod += nodes * pool.perNodePod
			sum.primaries += nodes * pool.primaries
			if pool.shares[zone] > sum.roll {
				sum.roll = pool.shares[zone]
				sum.rollNode, sum.rollPod = sum.roll*pool.perNode, sum.roll*pool.perNodePod
			}
			total.zones[zone] = sum
		}
	}
	return total
}

func (r *resolver) poolDemand(name string, spec NodePoolSpec) poolDemand {
	pool := poolDemand{name: name, zones: r.poolZones(name, spec), shares: map[string]int{}, pods: math.MaxInt}
	maximum := clamp(spec.MaxSize, 0, mostNodes)
	for i, zone := range pool.zones {
		pool.shares[zone] = share(maximum, len(pool.zones), i)
	}
	pool.surge = surgeNodes(spec.MaxUnavailable, maximum)
	types := spec.InstanceTypes
	if len(types) == 0 {
		types = []string{""}
	}
	for _, instanceType := range types {
		node := r.eksNode(instanceType, clamp(spec.MaxPods, 0, 10000))
		perNode, perPod := node.Addresses()
		pool.perNode = max(pool.perNode, perNode)
		pool.perNodePod = max(pool.perNodePod, perPod)
		pool.primaries = max(pool.primaries, node.ENIs)
		pool.pods = min(pool.pods, node.Pods())
	}
	return pool
}

// mostNodes bounds arithmetic on sizes that make no sense: EKS is tested with
// 5,000 nodes a cluster, and validation refuses more than it a pool.
const mostNodes = 100000

// surgeNodes is how many nodes an update of a managed node group adds: at
// least twice its zones, so two a zone, or as many as may be unavailable.
// Source: Amazon EKS user guide, managed node update behaviour, scale-up phase, 2024-12.
func surgeNodes(unavailable string, maximum int) int {
	count := 0
	if percent, ok := strings.CutSuffix(unavailable, "%"); ok {
		if p, err := strconv.Atoi(percent); err == nil {
			count = (maximum*clamp(p, 0, 100) + 99) / 100
		}
	} else if n, err := strconv.Atoi(unavailable); err == nil {
		count = n
	}
	return max(2, clamp(count, 0, 100))
}

// share is the part of total that element i of n gets: equal parts, the rest
// to the first.
func share(total, n, i int) int {
	part := total / n
	if i < total%n {
		part++
	}
	return part
}

func clamp(value, low, high int) int { return max(low, min(value, high)) }

// growth is the factor by which addresses are multiplied for the horizon: the
// stated growth, or double where none is stated.
func (r *resolver) growth() float64 {
	capacity := r.spec.Capacity
	if capacity == nil {
		return 2
	}
	rate := capacity.GrowthPerYear
	if !(rate > 0) {
		return 1
	}
	return min(math.Pow(1+min(rate, 10), float64(horizonYears(capacity))), 1000)
}

func horizonYears(capacity *CapacitySpec) int {
	return clamp(or(capacity.HorizonYears, 5), 1, 20)
}

// largest returns the most that any zone needs: now, and at the horizon with
// the largest pool rolling.
func (d demand) largest(growth float64, of func(zoneDemand) (need, roll int)) (now, later int) {
	for _, zone := range d.zones {
		need, roll := of(zone)
		now = max(now, need)
		later = max(later, int(math.Ceil(float64(need)*growth))+roll)
	}
	return now, later
}

func nodeAddresses(z zoneDemand) (need, roll int) { return z.node, z.rollNode }
func podAddresses(z zoneDemand) (need, roll int)  { return z.pod, z.rollPod }

// reservedAddresses are the addresses of a subnet that AWS keeps: the first
// four and the last.
const reservedAddresses = 5

// bitsFor returns the prefix length of the smallest subnet with that many
// usable addresses; it may be shorter than AWS allows.
func bitsFor(usable int) int {
	bits := 28
	for bits > 1 && usableAddresses(bits) < usable {
		bits--
	}
	return bits
}

func usableAddresses(bits int) int { return max(1<<(32-clamp(bits, 1, 32))-reservedAddresses, 0) }
