package azurecloud

import (
	"context"
	"errors"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type networkPart = part[blueprint.NetworkDesign, blueprint.NetworkOutputs]
type networkRun = run[blueprint.NetworkDesign, blueprint.NetworkOutputs]

// Network implements [cloud.Cloud]: a virtual network and what stands in it.
func (c *azureCloud) Network() cloud.Part[blueprint.NetworkDesign, blueprint.NetworkOutputs] {
	return &networkPart{
		cloud: c, main: "vnet",
		group: func(d blueprint.NetworkDesign) string {
			if d.Azure == nil {
				return ""
			}
			return d.Azure.ResourceGroup
		},
		tags:     func(d *blueprint.NetworkDesign) *map[string]string { return &d.Tags },
		things:   networkThings,
		look:     lookNetwork,
		validate: validateNetwork,
		steps:    networkSteps,
		observe:  observeNetwork,
		removal: []string{
			"flow-log", "dns-link", "private-dns-zone", "connection", "connection-back", "subnet", "vnet", "nat", "public-ip", "nsg", "route-table",
			"storage-account", "workspace", "resource-group",
		},
		keeps: func(options cloud.DeleteOptions, component string) bool {
			return options.KeepLogs && (component == "workspace" || component == storageOfLogs)
		},
		remove: removeOfNetwork,
	}
}

// networkSteps is the table of contents: how a network comes to be, and how it
// is brought back to its design.
func networkSteps(r *networkRun) cloud.Step {
	return cloud.InOrder(
		r.make("resource-group"),
		cloud.Together(
			r.make("vnet", "nsg", "route-table", "private-dns-zone", "workspace", storageOfLogs),
			cloud.InOrder(func(ctx context.Context) error { return displaceNAT(ctx, r) }, r.make("public-ip"), r.make("nat")),
		),
		cloud.Together(
			cloud.InOrder(func(ctx context.Context) error { return displaceSubnets(ctx, r) }, r.make("subnet")),
			r.make("dns-link"),
			cloud.InOrder(func(ctx context.Context) error { return displacePeerings(ctx, r) }, r.make("connection-back"), r.make("connection")),
			cloud.InOrder(func(ctx context.Context) error { return findWatcher(ctx, r) }, r.make("flow-log")),
		),
	)
}

// validateNetwork refuses what this version can't realize.
func validateNetwork(ref cloud.Ref, design blueprint.NetworkDesign, _ cloud.Inputs) error {
	refuse := func(reason, todo string) error {
		return &cloud.Error{Kind: cloud.ErrUnsupported, Operation: "ensure", Object: ofCluster("network", ref), Reason: reason, Todo: todo}
	}
	var problems []error
	if design.Azure == nil {
		problems = append(problems, refuse("the design has no azure section", "This is a defect of kready: please report it."))
	}
	return errors.Join(problems...)
}

// lookNetwork reads what the design may no longer hold and what has no tags: the
// subnets in the network, the links of its zones, and the region's watcher.
func lookNetwork(ctx context.Context, v *view, known blueprint.NetworkDesign) error {
	looks := []cloud.Step{v.lookPeerings}
	v.rememberNetwork(known)
	if vnet := v.find("vnet"); vnet != nil && !vnet.given {
		looks = append(looks, func(ctx context.Context) error {
			return v.listed(ctx, subnets, vnet.id+"/subnets", "", func(entry document) string { return "subnet/" + text(entry, "name") })
		})
	}
	for _, zone := range v.all("private-dns-zone") {
		looks = append(looks, func(ctx context.Context) error {
			// A link that somebody else made is none of ours.
			return v.listed(ctx, dnsLinks, zone.id+"/virtualNetworkLinks", "", func(document) string { return "" })
		})
	}
	return cloud.Together(append(looks, v.lookFlowLog)...)(ctx)
}

// displaceSubnets removes subnets that the design no longer holds before others
// are made: they may want the range.
func displaceSubnets(ctx context.Context, r *networkRun) error {
	var gone []*found
	for key, have := range r.all("subnet") {
		if _, wanted := r.design.Subnets[key]; !wanted && !have.given {
			gone = append(gone, have)
		}
	}
	return r.removeAll(ctx, gone)
}

// displaceNAT removes a gateway, with its address, that is to stand in another
// zone or be of another SKU under the same name: neither changes in place. Its
// subnets let go of it first, and are joined to the new one afterwards.
func displaceNAT(ctx context.Context, r *networkRun) error {
	standing := r.natDesigns()
	for key, nat := range r.design.NATGateways {
		have := r.find("nat/" + key)
		if have == nil || standing[key].Zone == nat.Zone && standing[key].SKU == nat.SKU || nameOf(have.id) != r.design.Names["nat/"+key] {
			continue
		}
		for subnet, joined := range r.all("subnet") {
			if !sameID(text(joined.body, "properties", "natGateway", "id"), have.id) {
				continue
			}
			detached := thing{component: "subnet/" + subnet, id: joined.id, want: with(document{}, "natGateway", absent)}
			if err := r.ensure(ctx, detached); err != nil {
				return wrap(err, r.object(detached.component))
			}
		}
		doomed := []*found{have}
		if address := r.find("public-ip/" + key); address != nil {
			doomed = append(doomed, address)
		}
		if err := r.removeAll(ctx, doomed); err != nil {
			return err
		}
	}
	return nil
}

// removeOfNetwork deletes what needs care: a subnet goes with its network, and a
// group must hold nothing of others.
func removeOfNetwork(ctx context.Context, r *networkRun, have *found) (bool, error) {
	if have.component != "resource-group" {
		return false, nil
	}
	kept, err := r.emptyGroup(ctx, r.ref, nameOf(have.id))
	if err != nil || !kept {
		return false, err
	}
	return true, r.keep(ctx, have)
}

// observeNetwork builds the design from what is there.
func observeNetwork(v *view, known blueprint.NetworkDesign) (blueprint.NetworkDesign, blueprint.NetworkOutputs, []string) {
	vnet := v.find("vnet")
	azure := &blueprint.NetworkAzureDesign{
		ResourceGroup: v.groupOfNetwork(vnet, known), GroupExists: v.find("resource-group") == nil,
		SecurityGroups: v.securityGroups(), DNSZones: v.dnsZones(), DNSLinks: v.dnsLinks(),
		WorkspaceID: vnet.marks[tagWorkspace],
	}
	if known.Azure != nil {
		azure.DNSTarget, azure.ZonesByPolicy = known.Azure.DNSTarget, known.Azure.ZonesByPolicy
	}
	if workspace := v.find("workspace"); workspace != nil {
		azure.WorkspaceDays = number(workspace.body, "properties", "retentionInDays")
	}
	design := blueprint.NetworkDesign{
		Scope: v.scopeOf(vnet), CIDR: spaceOf(vnet, known.CIDR),
		Subnets: v.subnetDesigns(known), NATGateways: v.natDesigns(), NextHop: v.nextHop(), FlowLogs: v.flowLogsDesign(),
		Names: v.networkNames(), Azure: azure, Connections: v.connectionDesigns(known), Existing: v.existingDesign(known),
	}
	design.Egress = egressOf(design)
	if vnet.given {
		design.CIDR, design.Egress, design.NextHop = known.CIDR, known.Egress, known.NextHop
	}
	outputs := blueprint.NetworkOutputs{NetworkID: vnet.id}
	for _, address := range v.all("public-ip") {
		outputs.EgressAddress = append(outputs.EgressAddress, text(address.body, "properties", "ipAddress"))
	}
	slices.Sort(outputs.EgressAddress)
	return design, outputs, nil
}

// spaceOf is the range of a network. Where somebody added further ones, the known
// one is it: they can be taken away again, and no network has to be replaced.
func spaceOf(vnet *found, known string) string {
	ranges := texts(vnet.body, "properties", "addressSpace", "addressPrefixes")
	if slices.Contains(ranges, known) || len(ranges) == 0 {
		return known
	}
	return ranges[0]
}

// egressOf is what gateways and routes amount to.
func egressOf(design blueprint.NetworkDesign) string {
	_, one := design.NATGateways[natZonal]
	switch {
	case one:
		return blueprint.EgressNAT
	case len(design.NATGateways) > 0:
		return blueprint.EgressNATPerZone
	case design.NextHop != "":
		return blueprint.EgressAppliance
	}
	return blueprint.EgressIsolated
}

// named are the words of component keys whose objects have names of their own in
// the design.
var named = []string{"vnet", "nsg", "route-table", "public-ip", "nat", "workspace", "storage-account", "flow-log"}

func (v *view) networkNames() map[string]string {
	names := map[string]string{}
	for component, id := range v.objects() {
		if have := v.find(component); slices.Contains(named, wordOf(component)) && !have.given {
			names[component] = nameOf(id)
		}
	}
	return names
}
