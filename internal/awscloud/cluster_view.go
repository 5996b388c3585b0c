package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Tags of the cluster that remember what AWS can't tell.
const (
	tagAutoscaling   = "kready-autoscaling"
	tagIdentity      = "kready-identity"
	tagNetworkPolicy = "kready-network-policy"
	tagNodeRole      = "kready-node-role" // name of kready's role, or ARN of an existing one
	tagRolePath      = "kready-role-path" // where no role of kready's shows it
	tagBoundary      = "kready-boundary"
	tagFormerRoles   = "kready-former-roles" // names of roles that nodes still use
)

const controlPlaneGroup = "security-group/control-plane"

// clusterView is a control plane as AWS shows it.
type clusterView struct {
	api   *api
	ref   cloud.Ref
	known blueprint.ControlPlaneDesign // where to look, never what is

	cluster   *types.Cluster           // nil: there is none
	ranges    []string                 // of the VPC that it stands in, the first one first
	subnets   map[string]place         // by subnet id
	group     *ec2types.SecurityGroup  // kready's, of the control plane
	ownGroup  *ec2types.SecurityGroup  // the one that EKS made
	roles     map[string]*observedRole // by component: "role/cluster", "role/node", "role/vpc-cni"
	key       *observedKey             // kready's, or the one that the cluster uses
	logGroup  *logGroup                // of kready's, or in its way
	provider  *oidcProvider            // trust in the cluster's issuer
	entries   map[string]*accessEntry  // by principal
	addons    map[string]*addon        // of this part, or in its way
	leftovers []cloud.Leftover         // only where asked for
	warnings  []string
}

// viewCluster reads the control plane: one call to find the cluster, then a
// few a kind of object, all at the same time. Where brief, only the add-ons
// that known names are looked at.
func (a *api) viewCluster(ctx context.Context, ref cloud.Ref, known blueprint.ControlPlaneDesign, short bool) (*clusterView, error) {
	view := &clusterView{api: a, ref: ref, known: known, subnets: map[string]place{}, roles: map[string]*observedRole{}, addons: map[string]*addon{}}
	if err := view.findCluster(ctx); err != nil {
		return nil, err
	}
	var clusterRole, nodeRole *observedRole
	role := func(component string, into **observedRole) step {
		return func(ctx context.Context) (err error) {
			*into, err = view.readRole(ctx, component)
			return err
		}
	}
	looks := []step{role("role/cluster", &clusterRole), role("role/node", &nodeRole), view.viewKey, view.viewLogGroup}
	if view.cluster != nil {
		looks = append(looks, view.viewRanges, view.viewSubnets, view.viewProvider, view.viewEntries,
			func(ctx context.Context) error { return view.viewGroups(ctx, "") },
			func(ctx context.Context) error { return view.viewAddons(ctx, short) })
	} else {
		looks = append(looks, view.viewAddonRoles, func(ctx context.Context) error { return view.viewGroups(ctx, "") })
	}
	if err := together(looks...)(ctx); err != nil {
		return nil, err
	}
	if clusterRole != nil {
		view.roles["role/cluster"] = clusterRole
	}
	if nodeRole != nil {
		view.roles["role/node"] = nodeRole
	}
	return view, nil
}

func (v *clusterView) findCluster(ctx context.Context) error {
	got, err := v.api.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(v.ref.Cluster)})
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return wrap(err, ofCluster("cluster", v.ref))
	}
	v.cluster = got.Cluster
	return nil
}

// tags are the cluster's; none where there is no cluster.
func (v *clusterView) tags() map[string]string {
	if v.cluster == nil {
		return nil
	}
	return v.cluster.Tags
}

// roleNames are the names under which roles are looked for: as the cluster
// and its tags tell, else as they are known.
func (v *clusterView) roleName(component string) string {
	switch {
	case component == "role/cluster" && v.cluster != nil && aws.ToString(v.cluster.RoleArn) != "":
		return roleName(aws.ToString(v.cluster.RoleArn))
	case component == "role/node" && v.tags()[tagNodeRole] != "":
		return roleName(v.tags()[tagNodeRole])
	}
	return v.known.Names[component]
}

func (v *clusterView) readRole(ctx context.Context, component string) (*observedRole, error) {
	name := v.roleName(component)
	if name == "" {
		return nil, nil
	}
	return v.api.findGrantRole(ctx, ofCluster(component, v.ref), name)
}

// foreignRole tells whether a role is one that exists already and is only
// used: then it is nobody's business what is in it.
func (v *clusterView) foreignRole(component string) bool {
	switch component {
	case "role/cluster":
		if v.known.ClusterRole != "" {
			return true
		}
	case "role/node":
		if v.known.NodeRole != "" || strings.HasPrefix(v.tags()[tagNodeRole], "arn:") {
			return true
		}
	}
	found := v.roles[component]
	// A role of kready's always says so; on import nothing else tells.
	return found != nil && v.known.Cluster == "" && found.tags[cloud.TagComponent] != component
}

// ownRole is a role of kready's, or nil.
func (v *clusterView) ownRole(component string) *observedRole {
	found := v.roles[component]
	if found == nil || v.foreignRole(component) || !v.ours(found.tags) {
		return nil
	}
	return found
}

// ours tells whether tags are those of an object of this part. The token of
// the cluster says so too, where somebody removed the others.
func (v *clusterView) ours(tags map[string]string) bool {
	if token := tags[cloud.TagToken]; token != "" && token == v.tags()[cloud.TagToken] {
		return true
	}
	return tags[cloud.TagPart] == v.ref.Part && tags[cloud.TagCluster] == v.ref.Cluster
}

func (v *clusterView) viewKey(ctx context.Context) (err error) {
	object := ofCluster("key", v.ref)
	if v.cluster != nil && len(v.cluster.EncryptionConfig) > 0 && v.cluster.EncryptionConfig[0].Provider != nil {
		arn := aws.ToString(v.cluster.EncryptionConfig[0].Provider.KeyArn)
		v.key, err = v.api.readKey(ctx, object, arn)
		if err != nil || v.key == nil {
			return err
		}
		v.key.alias, err = v.api.aliasOf(ctx, object, v.key.id)
		return err
	}
	v.key, err = v.api.findKey(ctx, object, withoutRemark(v.known.Names["key-alias"]))
	if err == nil && v.key == nil && v.cluster == nil && v.known.Encryption == "own" {
		v.key, err = v.api.findStrayKey(ctx, object, v.ref, key{component: "key"}) // an interrupted create's
	}
	return err
}

func (v *clusterView) viewLogGroup(ctx context.Context) (err error) {
	v.logGroup, err = v.api.findLogGroup(ctx, ofCluster("log-group", v.ref), clusterLogGroup(v.ref))
	return err
}

// clusterLogGroup is the group that EKS writes to; the name can't be chosen.
func clusterLogGroup(ref cloud.Ref) string { return "/aws/eks/" + ref.Cluster + "/cluster" }

// viewSubnets learns which subnets of the network are which, in one call.
func (v *clusterView) viewSubnets(ctx context.Context) error {
	var err error
	v.subnets, err = v.api.subnetPlaces(ctx, v.ref, aws.ToString(v.cluster.ResourcesVpcConfig.VpcId), v.known.GivenSubnets)
	return err
}

// viewRanges reads the ranges of the VPC.
func (v *clusterView) viewRanges(ctx context.Context) error {
	got, err := v.api.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{aws.ToString(v.cluster.ResourcesVpcConfig.VpcId)}})
	if unlessNotFound(err) != nil {
		return wrap(err, ofCluster("cluster", v.ref))
	}
	if got == nil {
		return nil
	}
	for _, vpc := range got.Vpcs {
		v.ranges = append(v.ranges, aws.ToString(vpc.CidrBlock))
		for _, association := range vpc.CidrBlockAssociationSet {
			v.ranges = append(v.ranges, aws.ToString(association.CidrBlock))
		}
	}
	return nil
}

// networkRange is the range that the cluster is known to stand in, where the
// VPC has it, else the VPC's first.
func (v *clusterView) networkRange() string {
	if v.known.Cluster != "" && v.known.NetworkCIDR == "" {
		return "" // a given network is known by its id
	}
	if known := v.known.NetworkCIDR; slices.Contains(v.ranges, known) || len(v.ranges) == 0 {
		return known
	}
	return v.ranges[0]
}

// place is which of the network's subnets a subnet is, and where.
type place struct{ key, zone string }

// givenIn are the given subnets that are in the VPC.
func givenIn(places map[string]place, given map[string]string) map[string]string {
	var found map[string]string
	for key, id := range given {
		if _, there := places[id]; there {
			if found == nil {
				found = map[string]string{}
			}
			found[key] = id
		}
	}
	return found
}

// subnetPlaces maps the subnets of a VPC by id. One that is not kready's goes
// by the key under which it is given, else by its id.
func (a *api) subnetPlaces(ctx context.Context, ref cloud.Ref, vpc string, given map[string]string) (map[string]place, error) {
	places, keys := map[string]place{}, map[string]string{}
	for _, key := range slices.Backward(sortedKeys(given)) {
		keys[given[key]] = key
	}
	if vpc == "" {
		return places, nil
	}
	found, err := all(ctx, ec2.NewDescribeSubnetsPaginator(a.ec2, &ec2.DescribeSubnetsInput{Filters: []ec2types.Filter{filter("vpc-id", vpc)}}),
		func(page *ec2.DescribeSubnetsOutput) []ec2types.Subnet { return page.Subnets })
	if err != nil {
		return nil, wrap(err, ofCluster("subnets", ref))
	}
	for _, subnet := range found {
		key, ok := strings.CutPrefix(componentOf(ref, fromEC2(subnet.Tags)), "subnet/")
		if !ok {
			key = aws.ToString(subnet.SubnetId)
		}
		if name := keys[aws.ToString(subnet.SubnetId)]; name != "" {
			key = name
		}
		places[aws.ToString(subnet.SubnetId)] = place{key, aws.ToString(subnet.AvailabilityZone)}
	}
	return places, nil
}

// viewGroups finds kready's security group and the one that EKS made.
func (v *clusterView) viewGroups(ctx context.Context, vpc string) error {
	if v.cluster != nil {
		vpc = aws.ToString(v.cluster.ResourcesVpcConfig.VpcId)
	}
	where := []ec2types.Filter{tagFilter(cloud.TagCluster, v.ref.Cluster), tagFilter(cloud.TagPart, v.ref.Part)}
	if vpc != "" {
		where = []ec2types.Filter{filter("vpc-id", vpc)}
	}
	found, err := all(ctx, ec2.NewDescribeSecurityGroupsPaginator(v.api.ec2, &ec2.DescribeSecurityGroupsInput{Filters: where}),
		func(page *ec2.DescribeSecurityGroupsOutput) []ec2types.SecurityGroup { return page.SecurityGroups })
	if err != nil {
		return wrap(err, ofCluster(controlPlaneGroup, v.ref))
	}
	name := v.known.Names[controlPlaneGroup]
	for _, group := range found {
		id, tags := aws.ToString(group.GroupId), fromEC2(group.Tags)
		switch {
		case v.cluster != nil && id == aws.ToString(v.cluster.ResourcesVpcConfig.ClusterSecurityGroupId):
			v.ownGroup = &group
		case componentOf(v.ref, tags) == controlPlaneGroup:
			v.group = &group
		case v.group == nil && name != "" && aws.ToString(group.GroupName) == name:
			v.group = &group // its tags were removed, or it is another's
		}
	}
	return nil
}

func (v *clusterView) viewProvider(ctx context.Context) error {
	issuer := v.issuer()
	if issuer == "" || v.known.Identity == "pod_identity" && v.tags()[tagIdentity] == "pod_identity" {
		return nil
	}
	var err error
	v.provider, err = v.api.findOIDCProvider(ctx, ofCluster("oidc-provider", v.ref), issuer)
	return err
}

func (v *clusterView) issuer() string {
	if v.cluster == nil || v.cluster.Identity == nil || v.cluster.Identity.Oidc == nil {
		return ""
	}
	return aws.ToString(v.cluster.Identity.Oidc.Issuer)
}

func (v *clusterView) viewEntries(ctx context.Context) (err error) {
	v.entries, err = v.api.listAccess(ctx, v.ref)
	return err
}

// viewAddons reads the add-ons of this part. Add-ons of other parts, and such
// as somebody installed by hand, are left out.
func (v *clusterView) viewAddons(ctx context.Context, short bool) error {
	var names []string
	if short && v.known.Cluster != "" {
		names = append([]string{}, sortedKeys(v.known.Addons)...)
	}
	found, err := v.api.findAddons(ctx, v.ref, names)
	if err != nil {
		return err
	}
	for name, one := range found {
		_, wanted := v.known.Addons[name]
		if wanted || one.tags[cloud.TagPart] == v.ref.Part {
			v.addons[name] = one
			if one.role != nil {
				v.roles["role/"+name] = one.role
			}
		}
	}
	// A role whose add-on is not there, or lost it, is known by its name only.
	lost := map[string]string{}
	for name, design := range v.known.Addons {
		if design.Grant != "" && v.roles["role/"+name] == nil {
			lost["role/"+name] = v.known.Names["role/"+name]
		}
	}
	return v.readRoles(ctx, lost)
}

// viewAddonRoles looks for what an interrupted run made before the cluster.
func (v *clusterView) viewAddonRoles(ctx context.Context) error {
	names := map[string]string{}
	for name, design := range v.known.Addons {
		if design.Grant != "" {
			names["role/"+name] = v.known.Names["role/"+name]
		}
	}
	return v.readRoles(ctx, names)
}

func (v *clusterView) readRoles(ctx context.Context, names map[string]string) error {
	for _, component := range sortedKeys(names) {
		if names[component] == "" {
			continue
		}
		found, err := v.api.findGrantRole(ctx, ofCluster(component, v.ref), names[component])
		if err != nil {
			return err
		}
		if found != nil {
			v.roles[component] = found
		}
	}
	return nil
}

// viewLeftovers lists what Kubernetes made. It never fails the reading of the
// cluster: whoever may not list volumes may still plan.
func (v *clusterView) viewLeftovers(ctx context.Context) {
	found, err := v.api.leftovers(ctx, v.ref)
	if err != nil {
		v.warnings = append(v.warnings, "What Kubernetes made for the cluster could not be listed: "+err.Error()+".")
		return
	}
	v.leftovers = found
}

// entryOf is the entry of a design key: the one tagged so, else the
// principal's.
func (v *clusterView) entryOf(key, principal string) *accessEntry {
	for _, entry := range sortedEntries(v.entries) {
		if entry.tags[cloud.TagComponent] == "access-entry/"+key && entry.tags[cloud.TagPart] == v.ref.Part {
			return entry
		}
	}
	return v.entries[principal]
}

// nodeRoleARN is the role of the nodes; "" where it can't be told.
func (v *clusterView) nodeRoleARN() string {
	if remembered := v.tags()[tagNodeRole]; strings.HasPrefix(remembered, "arn:") {
		return remembered
	}
	if found := v.roles["role/node"]; found != nil {
		return found.arn
	}
	return ""
}
