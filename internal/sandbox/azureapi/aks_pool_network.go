package azureapi

import (
	"net/http"
	"strconv"
	"strings"
)

// poolNetwork checks the pool's subnets and whether they are large enough.
func poolNetwork(w *write) error {
	p := w.r.Properties
	n := objectAt(w.parent.Properties, "networkProfile")
	flat := textAt(n, "networkPlugin") == "azure" && textAt(n, "networkPluginMode") != "overlay"
	pods := w.get(textAt(p, "podSubnetID"))
	if p["maxPods"] == nil {
		p["maxPods"] = float64(250)
		if flat && pods == nil {
			p["maxPods"] = float64(30)
		} else if textAt(n, "networkPlugin") == "kubenet" {
			p["maxPods"] = float64(110)
		}
	}
	if pods != nil && !flat {
		return w.invalid("agentPoolProfile.podSubnetID", "A pod subnet requires network plugin azure without plugin mode overlay.")
	}
	nodes := w.get(textAt(p, "vnetSubnetID"))
	if nodes == nil {
		return nil
	}
	if len(listAt(nodes.Properties, "delegations")) > 0 {
		return w.invalid("agentPoolProfile.vnetSubnetID", "The subnet %s of nodes cannot be delegated.", nodes.Path)
	}
	for _, pool := range w.below(w.parent, "agentPools") {
		if other := w.get(textAt(pool.Properties, "vnetSubnetID")); pool.ID != w.r.ID && (other == nil || w.vnetOf(other).ID != w.vnetOf(nodes).ID) {
			return w.invalid("agentPoolProfile.vnetSubnetID", "All agent pools must be in the same virtual network.")
		}
	}
	return w.room(nodes, pods, flat)
}

// room counts the addresses that the pools on the subnets take at once: nodes,
// those that surge in an upgrade, and with flat pods the pods as well.
func (w *write) room(nodes, pods *resource, flat bool) error {
	wanted, wantedPods := 0, 0
	pools := []*resource{w.r}
	for _, r := range w.all(poolType) {
		if r.ID != w.r.ID {
			pools = append(pools, r)
		}
	}
	for _, pool := range pools {
		n := numberAt(pool.Properties, "count")
		n += surged(textAt(pool.Properties, "upgradeSettings", "maxSurge"), n)
		each := 1
		if flat && textAt(pool.Properties, "podSubnetID") == "" {
			each += numberAt(pool.Properties, "maxPods")
		}
		if strings.EqualFold(textAt(pool.Properties, "vnetSubnetID"), nodes.ID) {
			wanted += n * each
		}
		if pods != nil && strings.EqualFold(textAt(pool.Properties, "podSubnetID"), pods.ID) {
			wantedPods += n * numberAt(pool.Properties, "maxPods")
		}
	}
	for _, need := range []struct {
		subnet *resource
		n      int
	}{{nodes, wanted}, {pods, wantedPods}} {
		if need.subnet == nil {
			continue
		}
		have := addressesOf(need.subnet) - len(w.taken(need.subnet))
		if need.n > have {
			return w.fail(http.StatusBadRequest, "InsufficientSubnetSize", "Pre-allocated IPs %d exceeds IPs available %d in Subnet Cidr %s, Subnet Name %s. http://aka.ms/aks/insufficientsubnetsize",
				need.n, have, strings.Join(subnetPrefixes(need.subnet), ","), need.subnet.Name)
		}
	}
	return nil
}

// surged is how many nodes an upgrade adds.
func surged(text string, n int) int {
	if text == "" {
		text = "10%"
	}
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		v, _ := strconv.Atoi(percent) // the shape has seen to it
		return (n*v + 99) / 100
	}
	v, _ := strconv.Atoi(text)
	return v
}

// addressesOf is how many addresses a subnet has for others than Azure.
func addressesOf(subnet *resource) int {
	n := 0
	for _, p := range prefixesOf(subnetPrefixes(subnet)) {
		if p.Addr().Is4() {
			n += 1<<(32-p.Bits()) - 5
		}
	}
	return n
}
