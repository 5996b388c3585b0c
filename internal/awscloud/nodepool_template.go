package awscloud

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Root devices: Bottlerocket has its system on one disk, and images and
// containers, which the design sizes, on another.
const (
	systemDevice = "/dev/xvda"
	dataDevice   = "/dev/xvdb"
)

// hopLimit keeps pods from the node's credentials: a request from a pod's own
// network namespace needs two hops.
const hopLimit = 1

// disk is one disk of the template.
type disk struct {
	device               string
	size                 int // GiB; 0: as the image has it
	kind                 string
	iops, throughput     int
	encrypted            bool
	key                  string // ARN; "" the account's default
	deletedWithInstances bool
}

// nodeTemplate is what a launch template says, as wanted and as found.
type nodeTemplate struct {
	groups   []string
	disks    []disk
	tokens   string
	hops     int
	endpoint string
	userData string
	tags     map[string]map[string]string // by kind of resource
}

// taggedKinds are what an instance is launched with.
var taggedKinds = []types.ResourceType{types.ResourceTypeInstance, types.ResourceTypeNetworkInterface, types.ResourceTypeVolume}

// wantTemplate is the template of a design. Token and incarnation are not on
// the nodes: adopting a pool must not roll it.
func (a *api) wantTemplate(ref cloud.Ref, design blueprint.NodePoolDesign, group, key string) nodeTemplate {
	root := disk{device: systemDevice, size: design.DiskGiB, kind: design.DiskType, iops: design.DiskIOPS, throughput: design.DiskThroughput,
		encrypted: true, key: key, deletedWithInstances: true}
	disks := []disk{root}
	if design.OS == "bottlerocket" {
		root.device = dataDevice
		disks = []disk{{device: systemDevice, kind: "gp3", encrypted: true, key: key, deletedWithInstances: true}, root}
	}
	tags := a.wantTags(ref, "node", ref.Cluster+"-"+poolName(ref), design.Tags)
	delete(tags, cloud.TagToken)
	delete(tags, cloud.TagIncarnation)
	want := nodeTemplate{
		groups: []string{group}, disks: disks, tokens: "required", hops: hopLimit, endpoint: "enabled",
		userData: nodeUserData(design.OS, design.MaxPods), tags: map[string]map[string]string{},
	}
	for _, kind := range taggedKinds {
		want.tags[string(kind)] = tags
	}
	return want
}

// nodeUserData tells the kubelet how many pods it may run; "" leaves it to the
// image.
// https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/ and
// https://bottlerocket.dev/en/os/latest/api/settings/kubernetes/
func nodeUserData(os string, maxPods int) string {
	switch {
	case maxPods == 0:
		return ""
	case os == "bottlerocket":
		return fmt.Sprintf("[settings.kubernetes]\nmax-pods = %d\n", maxPods)
	}
	return fmt.Sprintf(`MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="KREADY"

--KREADY
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      maxPods: %d

--KREADY--
`, maxPods)
}

var maxPodsOf = regexp.MustCompile(`(?m)^\s*max(?:Pods:|-pods =) (\d+)$`)

// maxPods reads the number back; 0 where there is none.
func (t nodeTemplate) maxPods() int {
	found := maxPodsOf.FindStringSubmatch(t.userData)
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return n
}

// data is the template as EC2 takes it.
func (t nodeTemplate) data() *types.RequestLaunchTemplateData {
	data := &types.RequestLaunchTemplateData{
		SecurityGroupIds: t.groups,
		MetadataOptions: &types.LaunchTemplateInstanceMetadataOptionsRequest{
			HttpEndpoint: types.LaunchTemplateInstanceMetadataEndpointState(t.endpoint),
			HttpTokens:   types.LaunchTemplateHttpTokensState(t.tokens), HttpPutResponseHopLimit: aws.Int32(int32(t.hops)),
		},
	}
	for _, d := range t.disks {
		ebs := &types.LaunchTemplateEbsBlockDeviceRequest{
			VolumeType: types.VolumeType(d.kind), Encrypted: aws.Bool(d.encrypted), DeleteOnTermination: aws.Bool(d.deletedWithInstances)}
		if d.size > 0 {
			ebs.VolumeSize = aws.Int32(int32(d.size))
		}
		if d.iops > 0 {
			ebs.Iops = aws.Int32(int32(d.iops))
		}
		if d.throughput > 0 {
			ebs.Throughput = aws.Int32(int32(d.throughput))
		}
		if d.key != "" {
			ebs.KmsKeyId = aws.String(d.key)
		}
		data.BlockDeviceMappings = append(data.BlockDeviceMappings, types.LaunchTemplateBlockDeviceMappingRequest{DeviceName: aws.String(d.device), Ebs: ebs})
	}
	if t.userData != "" {
		data.UserData = aws.String(base64.StdEncoding.EncodeToString([]byte(t.userData)))
	}
	for _, kind := range taggedKinds {
		data.TagSpecifications = append(data.TagSpecifications, types.LaunchTemplateTagSpecificationRequest{ResourceType: kind, Tags: ec2Tags(t.tags[string(kind)])})
	}
	return data
}

// templateOf reads a version back.
func templateOf(version *types.LaunchTemplateVersion) nodeTemplate {
	found := nodeTemplate{tags: map[string]map[string]string{}}
	if version == nil || version.LaunchTemplateData == nil {
		return found
	}
	data := version.LaunchTemplateData
	found.groups = sorted(data.SecurityGroupIds)
	if m := data.MetadataOptions; m != nil {
		found.tokens, found.endpoint, found.hops = string(m.HttpTokens), string(m.HttpEndpoint), int(aws.ToInt32(m.HttpPutResponseHopLimit))
	}
	for _, mapping := range data.BlockDeviceMappings {
		if mapping.Ebs == nil {
			continue
		}
		ebs := mapping.Ebs
		found.disks = append(found.disks, disk{
			device: aws.ToString(mapping.DeviceName), size: int(aws.ToInt32(ebs.VolumeSize)), kind: string(ebs.VolumeType),
			iops: int(aws.ToInt32(ebs.Iops)), throughput: int(aws.ToInt32(ebs.Throughput)), encrypted: aws.ToBool(ebs.Encrypted),
			key: aws.ToString(ebs.KmsKeyId), deletedWithInstances: aws.ToBool(ebs.DeleteOnTermination),
		})
	}
	if text, err := base64.StdEncoding.DecodeString(aws.ToString(data.UserData)); err == nil {
		found.userData = string(text)
	}
	for _, spec := range data.TagSpecifications {
		found.tags[string(spec.ResourceType)] = fromEC2(spec.Tags)
	}
	return found
}

// root is the disk that the design has words for.
func (t nodeTemplate) root() disk {
	var root disk
	for _, d := range t.disks {
		if d.device == dataDevice || root.device == "" {
			root = d
		}
	}
	return root
}

// differences says where a template is not what is wanted, in a person's
// words.
func (t nodeTemplate) differences(have nodeTemplate) []string {
	var found []string
	note := func(what string, want, have any) {
		if fmt.Sprint(want) != fmt.Sprint(have) {
			found = append(found, what)
		}
	}
	note("security groups are "+strings.Join(have.groups, ", "), sorted(t.groups), have.groups)
	note("disks differ", t.disks, have.disks)
	note(fmt.Sprintf("metadata tokens %s, hop limit %d, endpoint %s", have.tokens, have.hops, have.endpoint),
		[]any{t.tokens, t.hops, t.endpoint}, []any{have.tokens, have.hops, have.endpoint})
	note("user data differs", t.userData, have.userData)
	for _, kind := range sortedKeys(t.tags) {
		note("tags of each "+kind+" differ", t.tags[kind], have.tags[kind])
	}
	return found
}

// templateTags are the tags of the template: kready's, and what it remembers.
func (r *poolRun) templateTags() map[string]string {
	tags := r.wantTags(r.ref, templateComponent, nameTag(r.ref, r.ref.Part), r.design.Tags)
	tags[cloud.TagLifecycle] = cloud.LifecycleTag(r.design.OnDestroy)
	memory := map[string]string{
		tagTarget: r.design.Target, tagMode: r.design.Mode, tagRelease: r.design.Release, tagRollout: r.design.RolloutID,
		tagAutoscaled: strconv.FormatBool(r.design.Autoscaled),
	}
	for key, value := range memory {
		if value != "" {
			tags[key] = value
		}
	}
	return tags
}

// diskKey is the ARN of the key of the disks; "" for the account's default.
func (r *poolRun) diskKey() (string, error) {
	switch r.design.DiskKey {
	case "cloud", "":
		return "", nil
	case "cluster":
		key := (&clusterView{cluster: r.view.cluster}).keyARN()
		if key == "" {
			return "", &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: r.object(templateComponent),
				Reason: "the disks shall be encrypted with the cluster's key, and the cluster has none",
				Todo:   "Set disk = { key_id = … } of the pool, or encryption = { mode = \"own\" } and apply the cluster first."}
		}
		return key, nil
	}
	return r.design.DiskKey, nil
}

// ensureTemplate makes the template and its default version what is wanted. A
// version is for ever: a change is a new one.
func (r *poolRun) ensureTemplate(ctx context.Context) error {
	key, err := r.diskKey()
	if err != nil {
		return err
	}
	want := r.wantTemplate(r.ref, r.design, aws.ToString(r.view.cluster.ResourcesVpcConfig.ClusterSecurityGroupId), key)
	object := r.object(templateComponent)
	if r.view.template == nil {
		return r.createTemplate(ctx, want)
	}
	id := r.view.template.LaunchTemplateId
	tagged, err := r.repairEC2Tags(ctx, aws.ToString(id), object, r.templateTags(), r.view.templateTags())
	if tagged {
		r.touched()
	}
	if err != nil {
		return err
	}
	if r.view.version != nil && len(want.differences(templateOf(r.view.version))) == 0 {
		return nil
	}
	r.touched()
	version := r.view.latest
	if version == nil || len(want.differences(templateOf(version))) > 0 {
		last := ""
		if version != nil {
			last = strconv.FormatInt(aws.ToInt64(version.VersionNumber), 10)
		}
		got, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.CreateLaunchTemplateVersionOutput, error) {
			return r.ec2.CreateLaunchTemplateVersion(ctx, &ec2.CreateLaunchTemplateVersionInput{
				LaunchTemplateId: id, LaunchTemplateData: want.data(),
				// The same content may come back after another one.
				ClientToken: aws.String(idempotencyToken(r.ref, templateComponent, aws.ToString(id), last, fmt.Sprint(want))),
			})
		})
		if err != nil {
			return wrap(err, object)
		}
		version = got.LaunchTemplateVersion
	}
	number := strconv.FormatInt(aws.ToInt64(version.VersionNumber), 10)
	_, err = settle(ctx, r.poll, func(ctx context.Context) (*ec2.ModifyLaunchTemplateOutput, error) {
		return r.ec2.ModifyLaunchTemplate(ctx, &ec2.ModifyLaunchTemplateInput{LaunchTemplateId: id, DefaultVersion: aws.String(number)})
	})
	if err != nil {
		return wrap(err, object)
	}
	r.view.version = version
	return nil
}

func (r *poolRun) createTemplate(ctx context.Context, want nodeTemplate) error {
	object := r.object(templateComponent)
	find := func(ctx context.Context) (string, error) {
		look := &poolView{api: r.api, ref: r.ref}
		if err := look.viewTemplate(ctx); err != nil || look.template == nil {
			return "", err
		}
		id := aws.ToString(look.template.LaunchTemplateId)
		return id, r.ref.MayTouch(object+" ("+id+")", fromEC2(look.template.Tags))
	}
	id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
		got, err := r.ec2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
			LaunchTemplateName: aws.String(templateName(r.ref)), LaunchTemplateData: want.data(),
			TagSpecifications: tagSpec(types.ResourceTypeLaunchTemplate, r.templateTags()),
		}, once)
		if err != nil {
			return "", err
		}
		return aws.ToString(got.LaunchTemplate.LaunchTemplateId), nil
	})
	if err != nil {
		return wrap(err, object)
	}
	r.made(templateComponent, id)
	return wrap(brief(r.poll).Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		look := &poolView{api: r.api, ref: r.ref}
		if err := look.viewTemplate(ctx); err != nil {
			return false, "", err
		}
		if look.template == nil || look.version == nil {
			return false, "not visible", nil
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.view.template, r.view.version, r.view.latest = look.template, look.version, look.latest
		return true, "", nil
	}), object)
}

func (r *poolRun) deleteTemplate(ctx context.Context) error {
	found := r.view.template
	if found == nil || r.view.templateTags()[cloud.TagToken] != r.ref.Token {
		return nil
	}
	_, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteLaunchTemplateOutput, error) {
		return r.ec2.DeleteLaunchTemplate(ctx, &ec2.DeleteLaunchTemplateInput{LaunchTemplateId: found.LaunchTemplateId})
	})
	return wrap(unlessNotFound(err), r.object(templateComponent))
}
