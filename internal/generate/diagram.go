package generate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// DiagramFormats are the forms that a blueprint can be drawn in, with the
// endings of their files.
var DiagramFormats = map[string]string{"svg": ".svg", "mermaid": ".mmd"}

// Diagram draws a blueprint: zones, tiers with ranges, pools, endpoints,
// registry, vault, and who may reach what. The file is named after the
// blueprint.
func Diagram(b Blueprint, format string) (Files, error) {
	ending, ok := DiagramFormats[format]
	if !ok {
		return nil, fmt.Errorf("-format %q: the formats are %s", format, strings.Join(sortedKeys(DiagramFormats), " and "))
	}
	p, err := pictureOf(b)
	if err != nil {
		return nil, err
	}
	draw := drawSVG
	if format == "mermaid" {
		draw = drawMermaid
	}
	return Files{b.Spec.Name + ending: draw(p)}, nil
}

// picture is what a drawing shows, whatever it is drawn with.
type picture struct {
	title, facts  string
	service       string // "EKS 1.35" or "AKS 1.35"
	api           string // how the API stands in the network
	kind, network string // "VPC" or "virtual network", and its range
	zones         []string
	tiers         []tierPicture
	pods          string // range of an overlay, or ""
	services      string // range of services
	endpoints     []string
	reach, public []string // ranges that reach the API
	people        []line   // who may use it
	connections   []line
	wayOut        card
	closed        bool // there is none
	registry      []line
	vaults        []line
	identities    []line
}

// card is a titled list.
type card struct {
	title string
	lines []line
}

// line is a row of a card: what, and what of it.
type line struct{ what, detail string }

// tierPicture is one tier: a range in each zone, or one over all of them.
type tierPicture struct {
	name, note string
	routable   bool
	cells      []cellPicture
	pools      []poolPicture // of the tier that nodes are in
}

type cellPicture struct {
	zone, cidr, note string
}

type poolPicture struct {
	name, detail string
	zones        []string // none: all
}

// tierOrder is from what is reached from outside to what is reached from
// nowhere; tiers of a person's own come between.
var tierOrder = []string{
	blueprint.TierControlPlane, blueprint.TierPublic, blueprint.TierIngress, blueprint.TierNodes, blueprint.TierPods, "", blueprint.TierEndpoints,
}

// tierNotes say what a tier is for.
var tierNotes = map[string]string{
	blueprint.TierControlPlane: "private API",
	blueprint.TierPublic:       "way out",
	blueprint.TierIngress:      "load balancers",
	blueprint.TierNodes:        "node pools",
	blueprint.TierPods:         "in the cluster only",
	blueprint.TierEndpoints:    "private endpoints",
}

func pictureOf(b Blueprint) (picture, error) {
	outcome, problems := b.Resolve()
	design := outcome.Design
	if b.Spec.Kind == blueprint.KindPlatform {
		return picture{}, fmt.Errorf("%s is a platform: registry and vaults. What is drawn are clusters", b.Spec.Name)
	}
	if HasErrors(problems) || design.Network == nil || design.ControlPlane == nil {
		return picture{}, fmt.Errorf("%s has errors; kready validate lists them", b.Spec.Name)
	}
	network, control := design.Network, design.ControlPlane
	p := picture{
		title:   b.Spec.Name,
		service: map[string]string{blueprint.CloudAWS: "EKS ", blueprint.CloudAzure: "AKS "}[b.Spec.Cloud] + control.KubernetesVersion,
		kind:    map[string]string{blueprint.CloudAWS: "VPC", blueprint.CloudAzure: "virtual network"}[b.Spec.Cloud],
		network: network.CIDR, zones: b.zones(), pods: control.PodCIDR, services: control.ServiceCIDR,
		reach: b.Spec.Network.ReachableFrom, public: control.PublicCIDRs,
	}
	p.facts = strings.Join([]string{p.service, b.Spec.Region, cmp.Or(b.Spec.Stage, blueprint.StageProduction),
		fmt.Sprintf("up to %d nodes, %d pods", outcome.Capacity.Nodes, outcome.Capacity.Pods)}, "  ·  ")
	p.api = "private API, port 443"
	if len(p.public) > 0 {
		p.api = "private and public API, port 443"
	}
	p.tiers = tierPictures(design)
	p.endpoints = endpointNames(design)
	for _, key := range sortedKeys(control.AccessEntries) {
		if entry := control.AccessEntries[key]; entry.Role != "node" {
			p.people = append(p.people, line{entry.Principal, roleWords(entry)})
		}
	}
	for _, name := range sortedKeys(network.Connections) {
		c := network.Connections[name]
		p.connections = append(p.connections, line{name, strings.TrimSpace(cmp.Or(c.TransitGatewayID, c.PeerNetworkID) + "  " + strings.Join(c.Routes, ", "))})
	}
	p.wayOut, p.closed = wayOut(design), network.Egress == blueprint.EgressIsolated
	p.registry = registryLines(design)
	p.vaults = vaultLines(design)
	p.identities = identityLines(design, b.Spec)
	return p, nil
}

func (b Blueprint) zones() []string {
	zones := slices.Clone(b.Spec.Network.Zones)
	slices.Sort(zones)
	return slices.Compact(zones)
}

func roleWords(entry blueprint.AccessEntryDesign) string {
	text := strings.ReplaceAll(entry.Role, "_", " ")
	if len(entry.Namespaces) > 0 {
		text += " in " + strings.Join(entry.Namespaces, ", ")
	}
	return text
}

// tierPictures are the subnets by tier.
func tierPictures(design blueprint.Design) []tierPicture {
	tiers := map[string]*tierPicture{}
	network := design.Network
	nats := map[string]string{}
	for key, nat := range network.NATGateways {
		nats[nat.Subnet] = "NAT"
		if key == "all" {
			nats[nat.Subnet] = "NAT for all zones"
		}
	}
	for _, key := range sortedKeys(network.Subnets) {
		subnet := network.Subnets[key]
		tier := tiers[subnet.Tier]
		if tier == nil {
			tier = &tierPicture{name: subnet.Tier, note: tierNotes[subnet.Tier]}
			tiers[subnet.Tier] = tier
		}
		tier.routable = tier.routable || subnet.RouteTo != ""
		tier.cells = append(tier.cells, cellPicture{zone: subnet.Zone, cidr: subnet.CIDR, note: nats[key]})
	}
	if nodes := tiers[blueprint.TierNodes]; nodes != nil {
		nodes.pools = poolPictures(design)
	}
	var list []tierPicture
	for _, name := range sortedKeys(tiers) {
		list = append(list, *tiers[name])
	}
	slices.SortStableFunc(list, func(a, b tierPicture) int { return tierRank(a.name) - tierRank(b.name) })
	return list
}

func tierRank(name string) int {
	if i := slices.Index(tierOrder, name); i >= 0 {
		return i
	}
	return slices.Index(tierOrder, "")
}

func poolPictures(design blueprint.Design) []poolPicture {
	var pools []poolPicture
	for _, name := range sortedKeys(design.NodePools) {
		pool := design.NodePools[name]
		picture := poolPicture{name: name}
		least, most := 0, 0
		for _, group := range pool.Groups {
			least, most = least+group.MinSize, most+group.MaxSize
			picture.zones = append(picture.zones, group.Zones...)
		}
		slices.Sort(picture.zones)
		picture.zones = slices.Compact(picture.zones)
		details := []string{strings.Join(pool.InstanceTypes, ", "), fmt.Sprintf("%d to %d nodes", least, most)}
		if pool.CapacityType == "spot" {
			details = append(details, "spot")
		}
		if pool.Mode == blueprint.ModeSystem {
			details = append(details, "system")
		}
		picture.detail = strings.Join(details, "  ·  ")
		pools = append(pools, picture)
	}
	return pools
}

// endpointNames are the services that are reached inside of the network.
func endpointNames(design blueprint.Design) []string {
	names := sortedKeys(design.Network.Endpoints)
	if design.Network.Azure != nil {
		if design.Registry != nil {
			names = append(names, "registry")
		}
		if design.Vault != nil {
			names = append(names, "vault")
		}
	}
	return names
}

func wayOut(design blueprint.Design) card {
	network := design.Network
	switch network.Egress {
	case blueprint.EgressIsolated:
		return card{"No way out", []line{{"isolated", "private endpoints only"}}}
	case blueprint.EgressAppliance:
		return card{"Appliance", []line{{network.NextHop, "all traffic goes through it"}}}
	}
	where := fmt.Sprintf("%d NAT gateways, one a zone", len(network.NATGateways))
	for key := range network.NATGateways {
		switch key {
		case "all":
			where = "one NAT gateway for all zones"
		case "redundant":
			where = "one NAT gateway in every zone"
		}
	}
	return card{"Internet", []line{{"outbound only", where}}}
}

func registryLines(design blueprint.Design) []line {
	if design.Registry == nil {
		return nil
	}
	var lines []line
	if design.Registry.Name != "" {
		lines = append(lines, line{design.Registry.Name, "private endpoint"})
	}
	for _, key := range sortedKeys(design.Registry.Repositories) {
		lines = append(lines, line{design.Registry.Repositories[key].Name, ""})
	}
	for _, who := range design.Registry.PushPrincipals {
		lines = append(lines, line{who, "may push"})
	}
	return lines
}

func vaultLines(design blueprint.Design) []line {
	if design.Vault == nil {
		return nil
	}
	var lines []line
	for _, name := range sortedKeys(design.Vault.Vaults) {
		detail := "secrets " + design.Vault.Vaults[name].Prefix
		if design.Vault.Vaults[name].Prefix == "" {
			detail = design.Vault.Vaults[name].Name
		}
		lines = append(lines, line{name, detail})
	}
	return lines
}

func identityLines(design blueprint.Design, spec blueprint.Spec) []line {
	var lines []line
	for _, name := range sortedKeys(design.WorkloadIdentities) {
		identity := design.WorkloadIdentities[name]
		may := slices.Clone(spec.WorkloadIdentities[name].Grants)
		for _, policy := range sortedKeys(spec.WorkloadIdentities[name].Policies) {
			may = append(may, "policy "+policy)
		}
		lines = append(lines, line{identity.ServiceAccount, "in " + identity.Namespace + ", may " + strings.Join(may, ", ")})
	}
	return lines
}
