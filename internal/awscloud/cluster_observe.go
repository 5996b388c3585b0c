package awscloud

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// observe turns the view into a design: equal, field by field, to the one that
// was ensured, where nothing has drifted.
func (v *clusterView) observe() observedCluster {
	seen := observedCluster{Objects: v.objects(), Warnings: slices.Clone(v.warnings)}
	if v.cluster == nil {
		return seen
	}
	seen.Exists = true
	tags := v.tags()
	seen.Owner, seen.Incarnation, seen.Token = tags[cloud.TagOwner], tags[cloud.TagIncarnation], tags[cloud.TagToken]
	seen.Outputs = v.outputs()
	seen.Busy = v.busy()
	seen.Design = v.design()
	if known := v.known.KubernetesVersion; known != "" && ahead(aws.ToString(v.cluster.Version), known) {
		seen.Warnings = append(seen.Warnings, fmt.Sprintf("The cluster runs Kubernetes %s, and the design has %s. A cluster can't go back: raise kubernetes_version to %s.",
			aws.ToString(v.cluster.Version), known, aws.ToString(v.cluster.Version)))
	}
	seen.Warnings = append(seen.Warnings, v.strangers()...)
	for _, left := range v.leftovers {
		seen.Leftovers = append(seen.Leftovers, left.Kind+" "+left.ID)
	}
	return seen
}

// strangers names access and add-ons that need a person's eye.
func (v *clusterView) strangers() []string {
	var warnings []string
	for _, entry := range sortedEntries(v.entries) {
		if entry.kind == entryStandard && entry.tags[cloud.TagPart] != v.ref.Part && v.keyOfEntry(entry) == "" && !strings.Contains(entry.principal, ":role/aws-service-role/") {
			warnings = append(warnings, "Somebody else gave "+entry.principal+" access to the cluster; kready leaves it alone.")
		}
	}
	for _, name := range sortedKeys(v.addons) {
		if found := v.addons[name]; found.status == types.AddonStatusDegraded {
			warnings = append(warnings, "The add-on "+name+" is DEGRADED: "+strings.Join(found.issues, "; ")+".")
		}
	}
	if v.cluster.Health != nil {
		for _, i := range v.cluster.Health.Issues {
			warnings = append(warnings, "EKS reports on the cluster: "+issue(string(i.Code), aws.ToString(i.Message), i.ResourceIds)+".")
		}
	}
	return warnings
}

// objects are the components that exist, with their ids.
func (v *clusterView) objects() map[string]string {
	objects := map[string]string{}
	if v.cluster != nil {
		objects["cluster"] = aws.ToString(v.cluster.Arn)
	}
	for component := range v.roles {
		if found := v.ownRole(component); found != nil {
			objects[component] = found.arn
		}
	}
	if v.ownKey() {
		objects["key"] = v.key.arn
		if v.key.alias != "" {
			objects["key-alias"] = v.key.alias
		}
	}
	if v.ownLogGroup() {
		objects["log-group"] = v.logGroup.arn
	}
	if v.ownsGroup() {
		objects[controlPlaneGroup] = aws.ToString(v.group.GroupId)
	}
	if v.provider != nil && v.provider.tags[cloud.TagPart] == v.ref.Part {
		objects["oidc-provider"] = v.provider.arn
	}
	for _, entry := range v.entries {
		if key := v.keyOfEntry(entry); key != "" {
			objects["access-entry/"+key] = eksID(v.ref, entry.principal)
		}
	}
	for name := range v.addons {
		objects["addon/"+name] = eksID(v.ref, name)
	}
	return objects
}

// ownKey tells whether the key is this part's. One that an earlier cluster
// left behind is not, until it is taken back; one that the cluster uses is,
// also where somebody scheduled its deletion.
func (v *clusterView) ownKey() bool {
	if v.key == nil || !v.ours(v.key.tags) {
		return false
	}
	return v.key.arn == v.keyARN() || !v.key.pending && v.key.tags[cloud.TagKept] == ""
}

func (v *clusterView) ownLogGroup() bool {
	return v.logGroup != nil && v.ours(v.logGroup.tags) && v.logGroup.tags[cloud.TagKept] == ""
}

func (v *clusterView) ownsGroup() bool {
	return v.group != nil && componentOf(v.ref, fromEC2(v.group.Tags)) == controlPlaneGroup
}

// keyOfEntry is the design key of an entry: as its tags tell, else as the
// known design has its principal; "" where it is not kready's.
func (v *clusterView) keyOfEntry(entry *accessEntry) string {
	if key, ok := strings.CutPrefix(entry.tags[cloud.TagComponent], "access-entry/"); ok && entry.tags[cloud.TagPart] == v.ref.Part {
		return key
	}
	for _, key := range sortedKeys(v.known.AccessEntries) {
		principal := v.known.AccessEntries[key].Principal
		if principal == entry.principal || principal == "role/node" && entry.principal == v.nodeRoleARN() {
			return key
		}
	}
	return ""
}

func (v *clusterView) outputs() blueprint.ClusterOutputs {
	outputs := blueprint.ClusterOutputs{
		ARN: aws.ToString(v.cluster.Arn), Endpoint: aws.ToString(v.cluster.Endpoint), OIDCIssuer: v.issuer(),
		PlatformVersion: aws.ToString(v.cluster.PlatformVersion), NodeRole: v.nodeRoleARN(),
	}
	if v.cluster.CertificateAuthority != nil {
		outputs.CertificateAuthority = aws.ToString(v.cluster.CertificateAuthority.Data)
	}
	if v.cluster.ResourcesVpcConfig != nil {
		outputs.SecurityGroupID = aws.ToString(v.cluster.ResourcesVpcConfig.ClusterSecurityGroupId)
	}
	return outputs
}

func (v *clusterView) busy() string {
	var busy []string
	if v.cluster.Status != types.ClusterStatusActive {
		busy = append(busy, "cluster "+string(v.cluster.Status))
	}
	for _, name := range sortedKeys(v.addons) {
		switch status := v.addons[name].status; status {
		case types.AddonStatusCreating, types.AddonStatusUpdating, types.AddonStatusDeleting:
			busy = append(busy, "addon/"+name+" "+string(status))
		}
	}
	return strings.Join(busy, ", ")
}

func (v *clusterView) design() blueprint.ControlPlaneDesign {
	tags, config := v.tags(), v.cluster.ResourcesVpcConfig
	design := blueprint.ControlPlaneDesign{
		Scope: blueprint.Scope{
			Cloud: blueprint.CloudAWS, Region: v.api.region, Cluster: v.ref.Cluster, Target: targetOf(tags, v.known.Target),
			OnDestroy: cloud.ParseLifecycle(tags[cloud.TagLifecycle]),
		},
		KubernetesVersion:  aws.ToString(v.cluster.Version),
		NetworkCIDR:        v.networkRange(),
		NetworkPolicy:      tags[tagNetworkPolicy],
		ControlPlaneEgress: string(config.ControlPlaneEgressMode),
		LogTypes:           v.logTypes(),
		AccessEntries:      map[string]blueprint.AccessEntryDesign{},
		Addons:             map[string]blueprint.AddonDesign{},
	}
	if design.ControlPlaneEgress == "" {
		design.ControlPlaneEgress = string(types.ControlPlaneEgressModeTypeAwsManaged)
	}
	if design.OnDestroy.Protected != aws.ToBool(v.cluster.DeletionProtection) {
		// Tag and switch disagree, and one of them was turned by somebody else:
		// that shows as what is not known.
		design.OnDestroy.Protected = !v.known.OnDestroy.Protected
	}
	if v.cluster.UpgradePolicy != nil {
		design.Support = strings.ToLower(string(v.cluster.UpgradePolicy.SupportType))
	}
	for _, id := range config.SubnetIds {
		if _, exists := v.subnets[id]; exists { // one that is gone comes back with the network
			design.Subnets = append(design.Subnets, v.subnetKey(id))
		}
	}
	slices.Sort(design.Subnets)
	design.GivenSubnets = givenIn(v.subnets, v.known.GivenSubnets)
	if config.EndpointPublicAccess {
		design.PublicCIDRs = sorted(config.PublicAccessCidrs)
		if len(design.PublicCIDRs) == 0 {
			design.PublicCIDRs = []string{anywhere} // what none given amounts to
		}
	}
	if network := v.cluster.KubernetesNetworkConfig; network != nil {
		design.ServiceCIDR = aws.ToString(network.ServiceIpv4Cidr)
	}
	if v.ownLogGroup() {
		design.LogRetentionDays = v.logGroup.retentionDays
	}
	v.observeAuto(&design)
	v.observeGroup(&design)
	v.observeKey(&design)
	v.observeIdentity(&design)
	v.observeRoles(&design)
	for _, entry := range v.entries {
		if key := v.keyOfEntry(entry); key != "" {
			seen := entry.design()
			if entry.principal == v.nodeRoleARN() && v.ownRole("role/node") != nil {
				seen.Principal = "role/node"
			}
			design.AccessEntries[key] = seen
		}
	}
	v.observeAddons(&design)
	design.Names = v.names()
	design.Tags = v.tagsDesign()
	return design
}

func (v *clusterView) subnetKey(id string) string {
	if key := v.subnets[id].key; key != "" {
		return key
	}
	return id
}

func (v *clusterView) logTypes() []string {
	var list []string
	if v.cluster.Logging != nil {
		for _, setup := range v.cluster.Logging.ClusterLogging {
			if aws.ToBool(setup.Enabled) {
				for _, kind := range setup.Types {
					list = append(list, string(kind))
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

func (v *clusterView) observeAddons(design *blueprint.ControlPlaneDesign) {
	identity, provider := v.tags()[tagIdentity], v.api.oidcProviderARN(v.issuer())
	for name, found := range v.addons {
		configuration := canonicalJSON(found.configuration)
		if name == cniAddon {
			var pods map[string]string
			configuration, pods = v.splitCNI(found.configuration)
			design.PodSubnets = pods
		}
		design.Addons[name] = found.design(v.api, v.ref, configuration, design.KubernetesVersion, identity, provider)
	}
}

func (v *clusterView) names() map[string]string {
	names := map[string]string{}
	if v.ownsGroup() {
		names[controlPlaneGroup] = aws.ToString(v.group.GroupName)
	}
	for component := range v.roles {
		if found := v.ownRole(component); found != nil {
			names[component] = found.name
		}
	}
	if v.roles["role/cluster"] == nil && v.cluster != nil && v.known.ClusterRole == "" {
		// Somebody removed it; the cluster still knows its name, which is for
		// life.
		names["role/cluster"] = v.roleName("role/cluster")
	}
	if v.ownLogGroup() {
		names["log-group"] = v.logGroup.name
	}
	if v.ownKey() && v.key.alias != "" {
		names["key-alias"] = remark(v.key.alias, key{policy: v.api.iamAccount().NodeKeyPolicy()}.differences(v.key)...)
	}
	return names
}

func (v *clusterView) tagsDesign() map[string]string {
	var others []tagged
	for _, component := range sortedKeys(v.roles) {
		if found := v.ownRole(component); found != nil {
			others = append(others, tagged{component: component, tags: found.tags})
		}
	}
	if v.ownKey() {
		others = append(others, tagged{component: "key", tags: v.key.tags})
	}
	if v.ownLogGroup() {
		others = append(others, tagged{component: "log-group", tags: v.logGroup.tags})
	}
	if v.ownsGroup() {
		others = append(others, tagged{component: controlPlaneGroup, name: nameTag(v.ref, controlPlaneGroup), tags: fromEC2(v.group.Tags)})
	}
	if v.provider != nil {
		others = append(others, tagged{component: "oidc-provider", tags: v.provider.tags})
	}
	for _, entry := range sortedEntries(v.entries) {
		if key := v.keyOfEntry(entry); key != "" {
			others = append(others, tagged{component: "access-entry/" + key, tags: entry.tags})
		}
	}
	for _, name := range sortedKeys(v.addons) {
		others = append(others, tagged{component: "addon/" + name, tags: v.addons[name].tags})
	}
	return v.api.allTags(tagged{component: "cluster", tags: v.tags()}, others, v.known.Target)
}

// targetOf is the design's target: as known, because nobody can change it in
// the cloud; on import, as the tag remembers it.
func targetOf(tags map[string]string, known string) string {
	if known != "" {
		return known
	}
	return tags[tagTarget]
}

// allTags is observeTags, and remarks on own tags that main itself lacks, and
// on another target than the known one.
func (a *api) allTags(main tagged, others []tagged, target string) map[string]string {
	if main.tags == nil {
		main.tags = map[string]string{} // it is gone
	}
	tags := a.observeTags(main, others)
	if target != "" && main.tags[tagTarget] != target {
		tags = with(tags, tagTarget, remark("", "is "+main.tags[tagTarget]))
	}
	for _, key := range append(slices.Clone(sharedTags), cloud.TagComponent) {
		if main.tags[key] != "" {
			continue
		}
		if tags == nil {
			tags = map[string]string{}
		}
		tags[key] = remark(tags[key], "missing on "+main.component)
	}
	return tags
}
