package awscloud

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// autoParts tells which of Auto Mode's three capabilities are on.
func (v *clusterView) autoParts() (compute, storage, balancing bool) {
	if c := v.cluster.ComputeConfig; c != nil {
		compute = aws.ToBool(c.Enabled)
	}
	if s := v.cluster.StorageConfig; s != nil && s.BlockStorage != nil {
		storage = aws.ToBool(s.BlockStorage.Enabled)
	}
	if n := v.cluster.KubernetesNetworkConfig; n != nil && n.ElasticLoadBalancing != nil {
		balancing = aws.ToBool(n.ElasticLoadBalancing.Enabled)
	}
	return compute, storage, balancing
}

func (v *clusterView) observeAuto(design *blueprint.ControlPlaneDesign) {
	compute, storage, balancing := v.autoParts()
	design.AutoMode = compute
	var remarks []string
	if storage != compute {
		remarks = append(remarks, fmt.Sprintf("Auto Mode's storage is %s", onOff(storage)))
	}
	if balancing != compute {
		remarks = append(remarks, fmt.Sprintf("Auto Mode's load balancing is %s", onOff(balancing)))
	}
	if v.tags()[tagAutoscaling] == blueprint.AutoscalingKarpenter && v.ownGroup != nil && fromEC2(v.ownGroup.Tags)[tagDiscovery] != v.ref.Cluster {
		remarks = append(remarks, "discovery tag missing on "+aws.ToString(v.ownGroup.GroupId))
	}
	design.Autoscaling = remark(v.tags()[tagAutoscaling], remarks...)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// observeGroup reads who is admitted to the private API, and remarks on what
// else is wrong with the endpoint.
func (v *clusterView) observeGroup(design *blueprint.ControlPlaneDesign) {
	var told []string
	if !v.cluster.ResourcesVpcConfig.EndpointPrivateAccess {
		told = append(told, "private endpoint off")
	}
	if v.ownsGroup() {
		if !slices.Contains(v.cluster.ResourcesVpcConfig.SecurityGroupIds, aws.ToString(v.group.GroupId)) {
			told = append(told, "security group not attached")
		}
		for _, r := range rulesOf(v.group.IpPermissions) {
			if r == admit443(r.source) {
				design.ReachableFrom = append(design.ReachableFrom, r.source)
			} else {
				told = append(told, "and "+r.String())
			}
		}
		for _, r := range rulesOf(v.group.IpPermissionsEgress) {
			told = append(told, "out to "+r.String())
		}
	}
	slices.Sort(design.ReachableFrom)
	if len(told) > 0 {
		design.ReachableFrom = append(design.ReachableFrom, remark("", told...))
	}
}

func admit443(source string) rule { return rule{protocol: "tcp", from: 443, to: 443, source: source} }

func (v *clusterView) observeKey(design *blueprint.ControlPlaneDesign) {
	switch {
	case len(v.cluster.EncryptionConfig) == 0 || v.cluster.EncryptionConfig[0].Provider == nil:
		design.Encryption = "cloud"
	case v.ownKey(), v.key == nil && v.known.Encryption == "own":
		design.Encryption = "own" // its key is missing among the objects, where it is
	default:
		design.Encryption, design.KeyID = "existing", aws.ToString(v.cluster.EncryptionConfig[0].Provider.KeyArn)
		if v.key != nil && (v.known.KeyID == v.key.id || strings.HasSuffix(v.known.KeyID, "/"+v.key.id)) {
			design.KeyID = v.known.KeyID
		}
	}
}

func (v *clusterView) observeIdentity(design *blueprint.ControlPlaneDesign) {
	var remarks []string
	if access := v.cluster.AccessConfig; access == nil || access.AuthenticationMode != types.AuthenticationModeApi {
		mode := ""
		if access != nil {
			mode = string(access.AuthenticationMode)
		}
		remarks = append(remarks, "authentication mode "+mode)
	}
	word := v.tags()[tagIdentity]
	switch {
	case word != "irsa":
	case v.provider == nil:
		remarks = append(remarks, "OIDC provider is missing")
	case !slices.Equal(v.provider.audiences, []string{stsAudience}):
		remarks = append(remarks, "OIDC provider's audiences are "+strings.Join(v.provider.audiences, ", "))
	}
	design.Identity = remark(word, remarks...)
}

// observeRoles reads boundary and path off the roles, and remarks on what else
// differs.
func (v *clusterView) observeRoles(design *blueprint.ControlPlaneDesign) {
	if found := v.roles["role/cluster"]; found != nil && v.ownRole("role/cluster") == nil {
		design.ClusterRole = found.arn
	} else if found == nil && v.known.ClusterRole != "" {
		design.ClusterRole = v.known.ClusterRole
	}
	if remembered := v.tags()[tagNodeRole]; strings.HasPrefix(remembered, "arn:") {
		design.NodeRole = remembered
	}
	design.Boundary, design.RolePath = v.tags()[tagBoundary], v.tags()[tagRolePath]
	var remarks []string
	first := true
	for _, component := range sortedKeys(v.roles) {
		found := v.ownRole(component)
		if found == nil {
			continue
		}
		if first {
			design.Boundary, design.RolePath, first = found.boundary, found.path, false
		} else if found.boundary != design.Boundary {
			remarks = append(remarks, component+": "+found.boundary)
		}
		var want role
		switch component {
		case "role/cluster":
			want = v.api.clusterRole(v.ref, found.name, design.AutoMode, v.keyARN())
		case "role/node":
			want = v.api.nodeRole(v.ref, found.name, design.AutoMode)
		default:
			continue // an add-on's grant is remarked on there
		}
		want.boundary = found.boundary
		for _, difference := range append(want.differences(found), extraPolicies(want, found)...) {
			remarks = append(remarks, component+": "+difference)
		}
	}
	if v.roles["role/cluster"] == nil && v.known.ClusterRole == "" {
		remarks = append(remarks, "role/cluster is missing")
	}
	design.Boundary = remark(design.Boundary, remarks...)
}

// extraPolicies names inline policies that the role should not have.
func extraPolicies(want role, have *observedRole) []string {
	var extra []string
	for _, name := range sortedKeys(have.inline) {
		if _, wanted := want.inline[name]; !wanted {
			extra = append(extra, "policy "+name)
		}
	}
	return extra
}

// keyARN is the key that the cluster encrypts with; "" where the cloud's.
func (v *clusterView) keyARN() string {
	if v.cluster == nil || len(v.cluster.EncryptionConfig) == 0 || v.cluster.EncryptionConfig[0].Provider == nil {
		return ""
	}
	return aws.ToString(v.cluster.EncryptionConfig[0].Provider.KeyArn)
}
