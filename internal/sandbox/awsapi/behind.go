package awsapi

import (
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// removers delete objects behind Terraform's back, by type: with what AWS, or
// a person with a console, would have deleted along. A type that is not here
// goes alone.
func removers() map[string]func(tx *sandbox.Tx, o sandbox.Object) {
	return map[string]func(tx *sandbox.Tx, o sandbox.Object){
		vpcs.table.Type():            remover(vpcs, removeVPC),
		subnets.table.Type():         remover(subnets, removeSubnet),
		routeTables.table.Type():     remover(routeTables, removeRouteTable),
		natGateways.table.Type():     remover(natGateways, removeNAT),
		addresses.table.Type():       remover(addresses, removeAddress),
		endpoints.table.Type():       remover(endpoints, dropEndpoint),
		securityGroups.table.Type():  remover(securityGroups, removeSecurityGroup),
		interfaces.table.Type():      remover(interfaces, dropInterface),
		instances.table.Type():       remover(instances, func(tx *sandbox.Tx, i *instance) { i.end(tx) }),
		attachments.table.Type():     remover(attachments, removeAttachment),
		transitGateways.table.Type(): remover(transitGateways, removeTransit),
		loadBalancers.Type(): func(tx *sandbox.Tx, o sandbox.Object) {
			if b, ok := loadBalancers.Get(tx, o.Region, o.ID); ok {
				dropBalancer(tx, b, sandbox.Progress{})
			}
		},
	}
}

func remover[T any](t *ec2Type[T], remove func(*sandbox.Tx, *T)) func(*sandbox.Tx, sandbox.Object) {
	return func(tx *sandbox.Tx, o sandbox.Object) {
		if v, ok := t.table.Get(tx, o.Region, o.ID); ok {
			remove(tx, v)
		}
	}
}

// Remove deletes an object behind Terraform's back.
func (a *api) Remove(tx *sandbox.Tx, o sandbox.Object) error {
	if remove, ok := removers()[o.Type]; ok {
		remove(tx, o)
		return nil
	}
	if remove, ok := platformRemovers()[o.Type]; ok {
		remove(behind(tx, o.Region), o)
		return nil
	}
	tx.RemoveObject(o)
	return nil
}

// removeAll removes all objects of a type that match.
func removeAll[T any](tx *sandbox.Tx, region string, t *ec2Type[T], remove func(*sandbox.Tx, *T), match func(*T) bool) {
	for _, v := range t.table.Where(tx, region, match) {
		remove(tx, v)
	}
}

func removeVPC(tx *sandbox.Tx, v *vpc) {
	for _, b := range loadBalancers.Where(tx, v.Region, func(b *loadBalancer) bool { return b.VPC == v.ID }) {
		dropBalancer(tx, b, sandbox.Progress{})
	}
	removeAll(tx, v.Region, attachments, removeAttachment, func(a *transitAttachment) bool { return a.VPC == v.ID })
	removeAll(tx, v.Region, natGateways, removeNAT, func(n *natGateway) bool { return n.VPC == v.ID })
	removeAll(tx, v.Region, endpoints, dropEndpoint, func(e *vpcEndpoint) bool { return e.VPC == v.ID })
	removeAll(tx, v.Region, subnets, removeSubnet, func(s *subnet) bool { return s.VPC == v.ID })
	removeAll(tx, v.Region, interfaces, dropInterface, func(i *networkInterface) bool { return i.VPC == v.ID })
	for _, t := range routeTables.table.Where(tx, v.Region, func(t *routeTable) bool { return t.VPC == v.ID }) {
		routeTables.table.Delete(tx, t.Region, t.ID)
	}
	for _, g := range securityGroups.table.Where(tx, v.Region, func(g *securityGroup) bool { return g.VPC == v.ID }) {
		securityGroups.table.Delete(tx, g.Region, g.ID)
	}
	for _, g := range gateways.table.Where(tx, v.Region, func(g *internetGateway) bool { return g.VPC == v.ID }) {
		g.VPC = ""
		gateways.table.Put(tx, g)
	}
	for _, p := range peerings.table.Where(tx, v.Region, func(p *peering) bool { return p.Requester == v.ID || p.Accepter == v.ID }) {
		peerings.table.Delete(tx, p.Region, p.ID)
	}
	for _, l := range flowLogs.table.Where(tx, v.Region, func(l *flowLog) bool { return l.Resource == v.ID }) {
		flowLogs.table.Delete(tx, l.Region, l.ID)
	}
	vpcs.table.Delete(tx, v.Region, v.ID)
}

func removeSubnet(tx *sandbox.Tx, s *subnet) {
	removeAll(tx, s.Region, natGateways, removeNAT, func(n *natGateway) bool { return n.Subnet == s.ID })
	removeAll(tx, s.Region, instances, func(tx *sandbox.Tx, i *instance) { i.end(tx) }, func(i *instance) bool {
		return i.Subnet == s.ID && i.State != "terminated"
	})
	for _, i := range interfaces.table.Where(tx, s.Region, func(i *networkInterface) bool { return i.Subnet == s.ID }) {
		if e, ok := endpoints.table.Get(tx, s.Region, i.Owner); ok {
			e.Subnets, e.Interfaces = without(e.Subnets, []string{s.ID}), without(e.Interfaces, []string{i.ID})
			endpoints.table.Put(tx, e)
		}
		dropInterface(tx, i)
	}
	dropSubnet(tx, s)
}

func removeRouteTable(tx *sandbox.Tx, t *routeTable) {
	for _, e := range endpoints.table.Where(tx, t.Region, func(e *vpcEndpoint) bool { return slices.Contains(e.RouteTables, t.ID) }) {
		e.RouteTables = without(e.RouteTables, []string{t.ID})
		endpoints.table.Put(tx, e)
	}
	routeTables.table.Delete(tx, t.Region, t.ID)
}

// removeNAT leaves the gateway listed as deleted, as AWS does.
func removeNAT(tx *sandbox.Tx, n *natGateway) {
	n.letGo(tx)
	n.State, n.Deleted, n.Pending, n.Progress = "deleted", tx.Now(), true, sandbox.Progress{}
	natGateways.table.Put(tx, n)
}

// removeAddress takes an address even from a gateway that uses it, which then
// goes on without.
func removeAddress(tx *sandbox.Tx, a *address) {
	for _, n := range natGateways.table.List(tx, a.Region) {
		used := func(u natAddress) bool { return u.Allocation == a.ID }
		if slices.ContainsFunc(n.Addresses, used) {
			n.Addresses = slices.DeleteFunc(slices.Clone(n.Addresses), used)
			natGateways.table.Put(tx, n)
		}
	}
	addresses.table.Delete(tx, a.Region, a.ID)
}

// removeSecurityGroup takes the group out of interfaces and of other groups'
// rules first.
func removeSecurityGroup(tx *sandbox.Tx, g *securityGroup) {
	for _, i := range interfaces.table.Where(tx, g.Region, func(i *networkInterface) bool { return slices.Contains(i.Groups, g.ID) }) {
		i.Groups = without(i.Groups, []string{g.ID})
		interfaces.table.Put(tx, i)
	}
	for _, e := range endpoints.table.Where(tx, g.Region, func(e *vpcEndpoint) bool { return slices.Contains(e.Groups, g.ID) }) {
		e.Groups = without(e.Groups, []string{g.ID})
		endpoints.table.Put(tx, e)
	}
	names := func(r groupRule) bool { return r.Peer.Group == g.ID }
	for _, o := range securityGroups.table.Where(tx, g.Region, func(o *securityGroup) bool { return slices.ContainsFunc(o.Rules, names) }) {
		o.Rules = slices.DeleteFunc(slices.Clone(o.Rules), names)
		securityGroups.table.Put(tx, o)
	}
	securityGroups.table.Delete(tx, g.Region, g.ID)
}

func removeAttachment(tx *sandbox.Tx, a *transitAttachment) {
	a.detach(tx)
	attachments.table.Delete(tx, a.Region, a.ID)
}

func removeTransit(tx *sandbox.Tx, g *transitGateway) {
	removeAll(tx, g.Region, attachments, removeAttachment, func(a *transitAttachment) bool { return a.Gateway == g.ID })
	for _, t := range transitTables.table.Where(tx, g.Region, func(t *transitTable) bool { return t.Gateway == g.ID }) {
		transitTables.table.Delete(tx, t.Region, t.ID)
	}
	transitGateways.table.Delete(tx, g.Region, g.ID)
}
