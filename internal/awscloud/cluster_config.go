package awscloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// autoPools are the node pools that Auto Mode brings along.
var autoPools = []string{"general-purpose", "system"}

// clusterTags are all the tags of the cluster: kready's, and what it
// remembers.
func (r *clusterRun) clusterTags() map[string]string {
	tags := r.lifecycleTags(r.ref, "cluster", r.design.Tags, r.design.OnDestroy)
	memory := map[string]string{
		tagTarget: r.design.Target, tagAutoscaling: r.design.Autoscaling, tagIdentity: r.design.Identity,
		tagNetworkPolicy: r.design.NetworkPolicy, tagRolePath: r.design.RolePath, tagBoundary: r.design.Boundary,
		tagNodeRole: r.design.NodeRole, tagFormerRoles: r.view.tags()[tagFormerRoles],
	}
	if r.design.NodeRole == "" {
		memory[tagNodeRole] = r.design.Names["role/node"]
	}
	for key, value := range memory {
		if value != "" {
			tags[key] = value
		}
	}
	return tags
}

// roleARN is the role of the control plane or the nodes.
func (r *clusterRun) roleARN(component, existing string) string {
	if existing != "" {
		return existing
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if found := r.view.roles[component]; found != nil {
		return found.arn
	}
	return ""
}

func (r *clusterRun) subnetIDs() []string {
	var ids []string
	for _, key := range r.design.Subnets {
		ids = append(ids, r.inputs.Network["subnet/"+key])
	}
	return ids
}

// ensureCluster makes the cluster, or waits until the one that is there can be
// changed. One that failed to come up holds nothing and is made again.
func (r *clusterRun) ensureCluster(ctx context.Context) error {
	object := r.object("cluster")
	if have := r.view.cluster; have != nil {
		switch have.Status {
		case types.ClusterStatusActive:
			return r.refuseFixed()
		case types.ClusterStatusFailed:
			r.touched()
			if err := r.deleteCluster(ctx); err != nil {
				return err
			}
		case types.ClusterStatusDeleting:
			r.touched()
			if err := r.waitGone(ctx); err != nil {
				return err
			}
		default:
			r.touched()
			if err := r.waitActive(ctx); err != nil {
				return err
			}
			return r.refuseFixed()
		}
	}
	input := r.createInput()
	_, err := persist(ctx, brief(r.poll), freshLooks,
		func(err error) bool { return notAssumableYet(err) || isNotFound(err) || unseenNetwork(err) },
		func(ctx context.Context) (*eks.CreateClusterOutput, error) {
			return commit(ctx, func(ctx context.Context) (*eks.CreateClusterOutput, error) { return r.eks.CreateCluster(ctx, input) })
		})
	if isCode(err, "ResourceInUseException") {
		// A lost answer makes the next attempt meet its own cluster.
		got, findErr := r.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(r.ref.Cluster)})
		if findErr == nil {
			err = r.ref.MayTouch(object+" (EKS cluster "+r.ref.Cluster+")", got.Cluster.Tags)
		}
	}
	if err != nil {
		return wrap(err, object)
	}
	r.made("cluster", r.arn("eks", "cluster/"+r.ref.Cluster))
	return r.waitActive(ctx)
}

// unseenNetwork tells whether EKS can't see a subnet or security group that
// was made a moment ago.
func unseenNetwork(err error) bool {
	return err != nil && isCode(err, "InvalidParameterException", "InvalidRequestException") && hasAny(err, "does not exist", "do not exist", "could not be found", "not found")
}

func (r *clusterRun) createInput() *eks.CreateClusterInput {
	design := r.design
	input := &eks.CreateClusterInput{
		Name: aws.String(r.ref.Cluster), Version: aws.String(design.KubernetesVersion),
		RoleArn:                    aws.String(r.roleARN("role/cluster", design.ClusterRole)),
		BootstrapSelfManagedAddons: aws.Bool(false),
		AccessConfig: &types.CreateAccessConfigRequest{
			AuthenticationMode: types.AuthenticationModeApi, BootstrapClusterCreatorAdminPermissions: aws.Bool(false)},
		DeletionProtection: aws.Bool(design.OnDestroy.Protected),
		KubernetesNetworkConfig: &types.KubernetesNetworkConfigRequest{
			IpFamily: types.IpFamilyIpv4, ServiceIpv4Cidr: aws.String(design.ServiceCIDR)},
		ResourcesVpcConfig: r.endpointConfig(),
		UpgradePolicy:      &types.UpgradePolicyRequest{SupportType: supportType(design.Support)},
		Logging:            logging(design.LogTypes, nil),
		Tags:               r.clusterTags(),
	}
	input.ResourcesVpcConfig.SubnetIds = r.subnetIDs()
	input.ResourcesVpcConfig.SecurityGroupIds = []string{aws.ToString(r.view.group.GroupId)}
	if design.ControlPlaneEgress != "" {
		input.ResourcesVpcConfig.ControlPlaneEgressMode = types.ControlPlaneEgressModeType(design.ControlPlaneEgress)
	}
	if arn := r.secretsKey(); arn != "" {
		input.EncryptionConfig = encryption(arn)
	}
	if design.AutoMode {
		input.ComputeConfig, input.StorageConfig, input.KubernetesNetworkConfig.ElasticLoadBalancing = r.autoConfig(true)
	}
	return input
}

func supportType(word string) types.SupportType { return types.SupportType(strings.ToUpper(word)) }

func encryption(arn string) []types.EncryptionConfig {
	return []types.EncryptionConfig{{Provider: &types.Provider{KeyArn: aws.String(arn)}, Resources: []string{"secrets"}}}
}

// endpointConfig is who reaches the API over which endpoint.
func (r *clusterRun) endpointConfig() *types.VpcConfigRequest {
	public := len(r.design.PublicCIDRs) > 0
	config := &types.VpcConfigRequest{EndpointPrivateAccess: aws.Bool(true), EndpointPublicAccess: aws.Bool(public)}
	if public {
		config.PublicAccessCidrs = r.design.PublicCIDRs
	}
	return config
}

// autoConfig switches Auto Mode's three capabilities together, as EKS demands.
func (r *clusterRun) autoConfig(on bool) (*types.ComputeConfigRequest, *types.StorageConfigRequest, *types.ElasticLoadBalancing) {
	compute := &types.ComputeConfigRequest{Enabled: aws.Bool(on)}
	if on {
		compute.NodePools = autoPools
		compute.NodeRoleArn = aws.String(r.roleARN("role/node", r.design.NodeRole))
	}
	return compute, &types.StorageConfigRequest{BlockStorage: &types.BlockStorage{Enabled: aws.Bool(on)}}, &types.ElasticLoadBalancing{Enabled: aws.Bool(on)}
}

// logging switches log types on, and those that are on and not wanted off.
func logging(want, have []string) *types.Logging {
	list := func(words []string) []types.LogType {
		var kinds []types.LogType
		for _, word := range words {
			kinds = append(kinds, types.LogType(word))
		}
		return kinds
	}
	config := &types.Logging{}
	if len(want) > 0 {
		config.ClusterLogging = append(config.ClusterLogging, types.LogSetup{Enabled: aws.Bool(true), Types: list(want)})
	}
	if off := without(have, want); len(off) > 0 {
		config.ClusterLogging = append(config.ClusterLogging, types.LogSetup{Enabled: aws.Bool(false), Types: list(off)})
	}
	if config.ClusterLogging == nil {
		return nil
	}
	return config
}

// refuseFixed names what the design wants otherwise and EKS can't change.
func (r *clusterRun) refuseFixed() error {
	have := r.view.cluster
	var fixed []string
	differs := func(what, got, want string) {
		if got != want && want != "" {
			fixed = append(fixed, fmt.Sprintf("%s is %s, the design has %s", what, got, want))
		}
	}
	differs("the role", aws.ToString(have.RoleArn), r.roleARN("role/cluster", r.design.ClusterRole))
	differs("the VPC", aws.ToString(have.ResourcesVpcConfig.VpcId), r.inputs.Network["vpc"])
	if network := have.KubernetesNetworkConfig; network != nil {
		differs("the range of services", aws.ToString(network.ServiceIpv4Cidr), r.design.ServiceCIDR)
	}
	if len(fixed) == 0 {
		return nil
	}
	return &cloud.Error{
		Kind: cloud.ErrConflict, Operation: "ensure", Object: r.object("cluster"),
		Reason: strings.Join(fixed, "; ") + "; EKS can't change that",
		Todo:   "Set it back in the blueprint, or build a second cluster beside this one and move over.",
	}
}

// waitActive waits until the cluster can be used, and keeps it in the view.
func (r *clusterRun) waitActive(ctx context.Context) error {
	object, unseen := r.object("cluster"), 0
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		got, err := r.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(r.ref.Cluster)})
		if isNotFound(err) && unseen < freshLooks {
			unseen++
			return false, "not visible", nil
		}
		if err != nil {
			return false, "", wrap(err, object)
		}
		r.mu.Lock()
		r.view.cluster = got.Cluster
		r.mu.Unlock()
		switch got.Cluster.Status {
		case types.ClusterStatusActive:
			return true, "", nil
		case types.ClusterStatusFailed, types.ClusterStatusDeleting:
			return false, "", failedCluster(object, got.Cluster)
		}
		return false, string(got.Cluster.Status), nil
	})
}

func failedCluster(object string, have *types.Cluster) error {
	reason := "the cluster is " + string(have.Status)
	if have.Health != nil {
		for _, i := range have.Health.Issues {
			reason += "; " + issue(string(i.Code), aws.ToString(i.Message), i.ResourceIds)
		}
	}
	return &cloud.Error{Kind: cloud.ErrConflict, Operation: "eks DescribeCluster", Object: object, Reason: reason,
		Todo: "Mend what it names, then apply again: kready removes the failed cluster, which holds nothing, and makes it again."}
}

func (r *clusterRun) ensureClusterTags(ctx context.Context) error {
	changed, err := r.repairEKSTags(ctx, r.object("cluster"), aws.ToString(r.view.cluster.Arn), r.clusterTags(), r.view.cluster.Tags)
	if changed {
		r.touched()
	}
	return err
}

// configChange is one kind of change: EKS takes one kind a call.
type configChange struct {
	what  string
	input *eks.UpdateClusterConfigInput
}

// ensureConfig changes what differs, one kind after the other.
func (r *clusterRun) ensureConfig(ctx context.Context) error {
	for _, change := range r.configChanges() {
		r.touched()
		change.input.Name = aws.String(r.ref.Cluster)
		err := r.updateEKS(ctx, r.object("cluster ("+change.what+")"), eksTarget{cluster: r.ref.Cluster}, func(ctx context.Context) (*types.Update, error) {
			got, err := r.eks.UpdateClusterConfig(ctx, change.input)
			if err != nil {
				return nil, err
			}
			return got.Update, nil
		})
		if err == nil {
			err = r.waitActive(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// configChanges lists what of the configuration differs, protection first: a
// cluster should not stand unguarded while the rest is changed.
func (r *clusterRun) configChanges() []configChange {
	have, design := r.view.cluster, r.design
	config := have.ResourcesVpcConfig
	var changes []configChange
	add := func(what string, input *eks.UpdateClusterConfigInput) {
		changes = append(changes, configChange{what, input})
	}
	if aws.ToBool(have.DeletionProtection) != design.OnDestroy.Protected {
		add("deletion protection", &eks.UpdateClusterConfigInput{DeletionProtection: aws.Bool(design.OnDestroy.Protected)})
	}
	if have.AccessConfig == nil || have.AccessConfig.AuthenticationMode != types.AuthenticationModeApi {
		if have.AccessConfig != nil && have.AccessConfig.AuthenticationMode == types.AuthenticationModeConfigMap {
			add("authentication mode", &eks.UpdateClusterConfigInput{AccessConfig: &types.UpdateAccessConfigRequest{AuthenticationMode: types.AuthenticationModeApiAndConfigMap}})
		}
		add("authentication mode", &eks.UpdateClusterConfigInput{AccessConfig: &types.UpdateAccessConfigRequest{AuthenticationMode: types.AuthenticationModeApi}})
	}
	public := len(design.PublicCIDRs) > 0
	if !config.EndpointPrivateAccess || config.EndpointPublicAccess != public || public && !slices.Equal(sorted(config.PublicAccessCidrs), sorted(design.PublicCIDRs)) {
		add("endpoint", &eks.UpdateClusterConfigInput{ResourcesVpcConfig: r.endpointConfig()})
	}
	group := aws.ToString(r.view.group.GroupId)
	if !slices.Equal(sorted(config.SubnetIds), sorted(r.subnetIDs())) || !slices.Equal(config.SecurityGroupIds, []string{group}) {
		add("subnets and security group", &eks.UpdateClusterConfigInput{ResourcesVpcConfig: &types.VpcConfigRequest{
			SubnetIds: r.subnetIDs(), SecurityGroupIds: []string{group}}})
	}
	if got := string(config.ControlPlaneEgressMode); design.ControlPlaneEgress != "" && got != design.ControlPlaneEgress &&
		(got != "" || design.ControlPlaneEgress != string(types.ControlPlaneEgressModeTypeAwsManaged)) {
		add("control-plane egress", &eks.UpdateClusterConfigInput{ResourcesVpcConfig: &types.VpcConfigRequest{
			ControlPlaneEgressMode: types.ControlPlaneEgressModeType(design.ControlPlaneEgress)}})
	}
	if on := r.view.logTypes(); !slices.Equal(on, sorted(design.LogTypes)) {
		add("logs", &eks.UpdateClusterConfigInput{Logging: logging(design.LogTypes, on)})
	}
	if have.UpgradePolicy == nil || have.UpgradePolicy.SupportType != supportType(design.Support) {
		add("support", &eks.UpdateClusterConfigInput{UpgradePolicy: &types.UpgradePolicyRequest{SupportType: supportType(design.Support)}})
	}
	compute, storage, balancing := r.view.autoParts()
	if compute != design.AutoMode || storage != design.AutoMode || balancing != design.AutoMode {
		input := &eks.UpdateClusterConfigInput{KubernetesNetworkConfig: &types.KubernetesNetworkConfigRequest{}}
		input.ComputeConfig, input.StorageConfig, input.KubernetesNetworkConfig.ElasticLoadBalancing = r.autoConfig(design.AutoMode)
		add("Auto Mode", input)
	}
	return changes
}

// ensureEncryption adds the key where there was none. It can't be changed or
// taken away.
func (r *clusterRun) ensureEncryption(ctx context.Context) error {
	want, have := r.secretsKey(), r.view.keyARN()
	object := r.object("cluster (encryption)")
	if want == have || want != "" && strings.HasSuffix(have, "/"+want) {
		return nil
	}
	if have != "" {
		return &cloud.Error{
			Kind: cloud.ErrConflict, Operation: "ensure", Object: object,
			Reason: "the cluster encrypts with " + have + ", and EKS can't change or remove a key",
			Todo:   "Set encryption = { mode = \"existing\", key_id = \"" + have + "\" }, or build a second cluster beside this one and move over.",
		}
	}
	r.touched()
	err := r.updateEKS(ctx, object, eksTarget{cluster: r.ref.Cluster}, func(ctx context.Context) (*types.Update, error) {
		got, err := r.eks.AssociateEncryptionConfig(ctx, &eks.AssociateEncryptionConfigInput{ClusterName: aws.String(r.ref.Cluster), EncryptionConfig: encryption(want)})
		if err != nil {
			return nil, err
		}
		return got.Update, nil
	})
	if err != nil {
		return err
	}
	return r.waitActive(ctx)
}

// ensureVersion raises the version, one minor at a time. It never lowers it.
func (r *clusterRun) ensureVersion(ctx context.Context) error {
	for next := minor(aws.ToString(r.view.cluster.Version)) + 1; next <= minor(r.design.KubernetesVersion); next++ {
		version := fmt.Sprintf("1.%d", next)
		r.touched()
		err := r.updateEKS(ctx, r.object("cluster (version "+version+")"), eksTarget{cluster: r.ref.Cluster}, func(ctx context.Context) (*types.Update, error) {
			got, err := r.eks.UpdateClusterVersion(ctx, &eks.UpdateClusterVersionInput{Name: aws.String(r.ref.Cluster), Version: aws.String(version)})
			if err != nil {
				return nil, err
			}
			return got.Update, nil
		})
		if err == nil {
			err = r.waitActive(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *clusterRun) ensureOIDC(ctx context.Context) error {
	if r.design.Identity != "irsa" {
		return nil
	}
	tags := r.wantTags(r.ref, "oidc-provider", "", r.design.Tags)
	arn, changed, err := r.ensureOIDCProvider(ctx, r.ref, r.view.issuer(), tags, r.view.provider)
	if changed && arn != "" {
		r.made("oidc-provider", arn)
	}
	return err
}

// principalOf is the ARN of an entry's principal.
func (r *clusterRun) principalOf(entry blueprint.AccessEntryDesign) string {
	if entry.Principal == "role/node" {
		return r.roleARN("role/node", r.design.NodeRole)
	}
	return entry.Principal
}

func (r *clusterRun) ensureEntries(ctx context.Context) error {
	return each(ctx, r.design.AccessEntries, func(ctx context.Context, key string, want blueprint.AccessEntryDesign) error {
		// An entry of this key for another principal goes in removeRest, after
		// the new one stands.
		component, principal := "access-entry/"+key, r.principalOf(want)
		tags := r.wantTags(r.ref, component, "", r.design.Tags)
		changed, err := r.ensureAccess(ctx, r.ref, component, principal, want, tags, r.view.entries[principal], func() { r.made(component, eksID(r.ref, principal)) })
		if changed {
			r.touched()
		}
		return err
	})
}
