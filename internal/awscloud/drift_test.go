package awscloud_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
)

// stored is the id under which the sandbox keeps a component's object; "" where
// there is none.
func (s *stack) stored(part, component string) string {
	s.t.Helper()
	objects, err := s.box.Objects(true)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range objects {
		if o.Tags[cloud.TagComponent] == component && o.Tags[cloud.TagPart] == part {
			return o.ID
		}
	}
	return ""
}

// drifts changes one stored field after the other, and demands that Find
// shows each and that Ensure repairs it; then it removes and retags every
// object, and demands the same. Ids survive whatever is repaired in place.
func drifts[D blueprint.Section, O any](t *testing.T, s *stack, open func(cloud.Cloud) cloud.Part[D, O], ref cloud.Ref, design D, fields []drift, gone func(component string) []string) {
	t.Helper()
	ctx := context.Background()
	made, err := open(s.cloud).Find(ctx, ref, design)
	if err != nil {
		t.Fatal(err)
	}
	fixed, tried := design.Fixed(), 0
	points := 0
	defer func() { proof.Record(proof.Drift, "aws", proof.Adapter, points, t.Failed()) }()
	repair := func(t *testing.T, but []string) {
		t.Helper()
		points++
		at := &stack{world: &world{t: t, box: s.box, cloud: s.cloud}, inputs: s.inputs}
		seen, err := open(s.cloud).Find(ctx, ref, design)
		if err != nil && !errors.Is(err, cloud.ErrNotFound) {
			t.Fatalf("find: %v", err)
		}
		if err == nil && blueprint.ReplacedBy("x", "", seen.Design, design) != nil {
			t.Errorf("shows as a replacement: %v, want %v", seen.Design.Fixed(), fixed)
		}
		if err == nil && len(differ(design, seen.Design)) == 0 && len(seen.Objects) == len(made.Objects) {
			t.Error("does not show")
		}
		again := ensured(at, open(s.cloud), ref, design, design)
		sameIDs(t, made.Objects, again.Objects, but)
		made = again
	}
	for _, d := range fields {
		t.Run(d.object+" "+d.field+" "+d.value, func(t *testing.T) {
			id := s.stored(ref.Part, d.object)
			if id == "" {
				t.Fatalf("there is no %s", d.object)
			}
			if _, err := s.box.Mutate(id, d.field, d.value); err != nil {
				t.Fatal(err)
			}
			repair(t, nil)
		})
	}
	for _, component := range design.Components() {
		id := s.stored(ref.Part, component)
		if id == "" {
			continue // has no tags of its own
		}
		for _, tag := range []string{"team", "managed-by", cloud.TagComponent, cloud.TagPart, cloud.TagOwner, cloud.TagToken, cloud.TagLifecycle} {
			for _, value := range []string{"null", `"other"`} {
				if tag == cloud.TagLifecycle && component != design.Main() && design.Main() != "" {
					continue
				}
				if value != "null" && (tag == cloud.TagOwner || tag == cloud.TagToken || tag == cloud.TagPart || tag == cloud.TagComponent) {
					continue // then it is somebody else's, and refused
				}
				if tried++; tried%stride() != 0 {
					continue
				}
				t.Run(component+" tag "+tag+" "+value, func(t *testing.T) {
					s.t = t
					if _, err := s.box.Mutate(id, "tags."+tag, value); err != nil {
						t.Fatal(err)
					}
					repair(t, nil)
				})
			}
		}
		if component == "key" {
			continue // see TestClusterKeyGone
		}
		t.Run(component+" removed", func(t *testing.T) {
			if _, err := s.box.Remove(id); err != nil {
				t.Fatal(err)
			}
			repair(t, append(gone(component), component))
		})
	}
}

const anyPolicy = `"{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}]}"`

func roleDrifts(component, policy string) []drift {
	return []drift{
		{object: component, field: "assumeRolePolicyDocument", value: `"{\"Statement\":[]}"`},
		{object: component, field: "permissionsBoundary", value: "null"},
		{object: component, field: "inlinePolicies", value: `{"` + policy + `":` + anyPolicy + `}`},
		{object: component, field: "inlinePolicies", value: `{}`},
		{object: component, field: "inlinePolicies.extra", value: anyPolicy},
	}
}

// TestClusterDrift proves that every managed field of a control plane's
// objects, their tags and their existence are seen when they drift, and
// repaired in place.
func TestClusterDrift(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	fields := []drift{
		{object: "cluster", field: "resourcesVpcConfig.endpointPublicAccess", value: "true"},
		{object: "cluster", field: "resourcesVpcConfig.endpointPrivateAccess", value: "false"},
		{object: "cluster", field: "resourcesVpcConfig.securityGroupIds", value: "[]"},
		{object: "cluster", field: "logging.clusterLogging", value: "[]"},
		{object: "cluster", field: "logging.clusterLogging", value: `[{"types":["api"],"enabled":true}]`},
		{object: "cluster", field: "accessConfig.authenticationMode", value: "API_AND_CONFIG_MAP"},
		{object: "cluster", field: "upgradePolicy.supportType", value: "STANDARD"},
		{object: "cluster", field: "deletionProtection", value: "true"},
		{object: "cluster", field: "tags.kready-autoscaling", value: "none"},
		{object: "cluster", field: "tags.kready-identity", value: "null"},
		{object: "cluster", field: "tags.kready-network-policy", value: "null"},
		{object: "cluster", field: "tags.kready-target", value: "null"},
		{object: "security-group/control-plane", field: "rules", value: `[]`},
		{object: "security-group/control-plane", field: "rules", value: `[{"id":"sgr-1","egress":false,"protocol":"-1","from":-1,"to":-1,"peer":{"cidr":"0.0.0.0/0"}}]`},
		{object: "security-group/control-plane", field: "rules.0.egress", value: "true"},
		{object: "log-group", field: "retentionInDays", value: "7"},
		{object: "log-group", field: "retentionInDays", value: "null"},
		{object: "key", field: "rotation", value: "false"},
		{object: "access-entry/binding-shop", field: "policies", value: "[]"},
		{object: "access-entry/binding-shop", field: "policies.0.policyArn", value: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"},
		{object: "access-entry/binding-shop", field: "policies.0.accessScope", value: `{"type":"cluster","namespaces":[]}`},
		{object: "access-entry/binding-shop", field: "kubernetesGroups", value: `["admins"]`},
		{object: "addon/vpc-cni", field: "configurationValues", value: `"{\"env\":{\"ENABLE_PREFIX_DELEGATION\":\"false\"}}"`},
		{object: "addon/vpc-cni", field: "configurationValues", value: "null"},
		{object: "addon/kube-proxy", field: "configurationValues", value: `"{\"replicas\":1}"`},
		{object: "addon/kube-proxy", field: "tags.kready-version-policy", value: "null"},
		{object: "addon/kube-proxy", field: "tags.kready-kubernetes-version", value: `"1.33"`},
		{object: "addon/kube-proxy", field: "tags.kready-version", value: "v1"},
	}
	fields = append(fields, roleDrifts("role/cluster", "encryption")...)
	fields = append(fields, roleDrifts("role/node", "x")[:2]...)
	fields = append(fields, drift{object: "role/node", field: "attachedPolicies", value: "[]"}, drift{object: "role/cluster", field: "attachedPolicies", value: "[]"})
	fields = append(fields, roleDrifts("role/vpc-cni", "grant.vpc-cni")...)
	drifts(t, s, clusterPart, shopRef("cluster"), controlPlaneDesign(), fields, func(component string) []string {
		if component == "cluster" {
			return controlPlaneDesign().Components()
		}
		return []string{"key-alias"}
	})
}

// TestNodePoolDrift proves the same of a pool.
func TestNodePoolDrift(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ref, design := shopRef("node-pool/apps"), appsDesign()
	ensured(s, s.cloud.NodePool(), ref, design, blueprint.NodePoolDesign{})
	group := "group/" + zoneB
	drifts(t, s, poolPart, ref, design, []drift{
		{object: group, field: "scalingConfig.minSize", value: "0"},
		{object: group, field: "scalingConfig.maxSize", value: "9"},
		{object: group, field: "labels.tier", value: "other"},
		{object: group, field: "labels", value: "null"},
		{object: group, field: "labels.extra", value: `"1"`},
		{object: group, field: "taints", value: "[]"},
		{object: group, field: "taints.0.effect", value: "NO_EXECUTE"},
		{object: group, field: "updateConfig", value: `{"maxUnavailable":1}`},
		{object: group, field: "nodeRepairConfig.enabled", value: "false"},
		{object: "launch-template", field: "versions.0.data.UserData", value: `""`},
		{object: "launch-template", field: "default", value: "1"}, // the first version is the one without user data
		{object: "launch-template", field: "tags.kready-mode", value: "null"},
		{object: "launch-template", field: "tags.kready-rollout-id", value: "null"},
		{object: "launch-template", field: "tags.kready-autoscaled", value: `"false"`},
	}, func(component string) []string {
		if component == "launch-template" {
			return nil // groups keep their names, and so their ids
		}
		return nil
	})
}

// TestTemplateDrift proves that another default version of a launch template
// shows, whatever it says, and is put right.
func TestTemplateDrift(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ctx, ref, design := context.Background(), shopRef("node-pool/apps"), appsDesign()
	made := ensured(s, s.cloud.NodePool(), ref, design, blueprint.NodePoolDesign{})
	id := aws.String(made.Objects["launch-template"])
	for name, data := range map[string]*types.RequestLaunchTemplateData{
		"tokens": {MetadataOptions: &types.LaunchTemplateInstanceMetadataOptionsRequest{HttpTokens: types.LaunchTemplateHttpTokensStateOptional}},
		"hops":   {MetadataOptions: &types.LaunchTemplateInstanceMetadataOptionsRequest{HttpTokens: types.LaunchTemplateHttpTokensStateRequired, HttpPutResponseHopLimit: aws.Int32(2)}},
		"groups": {SecurityGroupIds: []string{s.inputs.Network["security-group/endpoints"]}},
		"disk": {BlockDeviceMappings: []types.LaunchTemplateBlockDeviceMappingRequest{{DeviceName: aws.String("/dev/xvda"),
			Ebs: &types.LaunchTemplateEbsBlockDeviceRequest{VolumeSize: aws.Int32(50), VolumeType: types.VolumeTypeGp3, Encrypted: aws.Bool(false)}}}},
		"tags": {TagSpecifications: []types.LaunchTemplateTagSpecificationRequest{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.ec2().CreateLaunchTemplateVersion(ctx, &ec2.CreateLaunchTemplateVersionInput{LaunchTemplateId: id, SourceVersion: aws.String("1"), LaunchTemplateData: data})
			if err != nil {
				t.Fatal(err)
			}
			number := strconv.FormatInt(*got.LaunchTemplateVersion.VersionNumber, 10)
			if _, err := s.ec2().ModifyLaunchTemplate(ctx, &ec2.ModifyLaunchTemplateInput{LaunchTemplateId: id, DefaultVersion: aws.String(number)}); err != nil {
				t.Fatal(err)
			}
			seen, err := s.cloud.NodePool().Find(ctx, ref, design)
			if err != nil || len(differ(design, seen.Design)) == 0 {
				t.Errorf("does not show (%v)", err)
			}
			at := &stack{world: &world{t: t, box: s.box, cloud: s.cloud}, inputs: s.inputs}
			sameIDs(t, made.Objects, ensured(at, s.cloud.NodePool(), ref, design, design).Objects, nil)
		})
	}
}

// TestAddonsDrift proves the same of the add-ons.
func TestAddonsDrift(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ensured(s, s.cloud.NodePool(), shopRef("node-pool/apps"), appsDesign(), blueprint.NodePoolDesign{})
	ref, design := shopRef("addons"), addonsDesign(blueprint.AutoscalingKarpenter)
	ensured(s, s.cloud.Addons(), ref, design, blueprint.AddonsDesign{})
	fields := []drift{
		{object: "addon/coredns", field: "configurationValues", value: `"{\"replicaCount\":1}"`},
		{object: "addon/aws-ebs-csi-driver", field: "tags.kready-kubernetes-version", value: `"1.33"`},
		{object: "queue/karpenter", field: "attributes.MessageRetentionPeriod", value: `"60"`},
		{object: "queue/karpenter", field: "attributes.Policy", value: "null"},
		{object: "rule/karpenter-health", field: "state", value: "DISABLED"},
		{object: "rule/karpenter-health", field: "targets", value: "[]"},
		{object: "rule/karpenter-health", field: "eventPattern", value: `"{\"source\":[\"aws.s3\"]}"`},
		{object: "pod-identity/karpenter", field: "roleArn", value: "arn:aws:iam::111122223333:role/other"},
	}
	fields = append(fields, roleDrifts("role/karpenter", "karpenter.nodes")...)
	drifts(t, s, addonsPart, ref, design, fields, func(string) []string { return nil })
}

// TestClusterKeyGone proves what becomes of a cluster whose key somebody
// wants to delete: while KMS waits, the deletion is taken back; once the key is
// gone, that is said before anything changes.
func TestClusterKeyGone(t *testing.T) {
	s := newStack(t)
	made := s.shopCluster()
	ctx, design := context.Background(), controlPlaneDesign()
	if _, err := s.kms().ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: aws.String(made.Objects["key"])}); err != nil {
		t.Fatal(err)
	}
	seen, err := s.cloud.Cluster().Find(ctx, shopRef("cluster"), design)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Design.Encryption != "own" || len(differ(design, seen.Design)) == 0 {
		t.Errorf("a key about to be deleted does not show, or as %q", seen.Design.Encryption)
	}
	again := s.shopCluster()
	sameIDs(t, made.Objects, again.Objects, nil)

	s.remove(s.stored("cluster", "key"))
	if _, err := s.cloud.Cluster().Find(ctx, shopRef("cluster"), design); err != nil {
		t.Fatal(err)
	}
	mark := s.mark()
	if _, err := s.cloud.Cluster().Ensure(ctx, shopRef("cluster"), design, design, s.inputs); !errors.Is(err, cloud.ErrConflict) {
		t.Errorf("ensure without the key: %v, want conflict", err)
	}
	if _, writes := s.calls(mark); len(writes) > 0 {
		t.Errorf("it changed something: %q", writes)
	}
}
