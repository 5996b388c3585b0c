package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

const cniAddon = "vpc-cni"

// cniConfiguration is the design's configuration of the VPC CNI with the pod
// subnet and security group of each zone filled in.
// https://github.com/aws/amazon-vpc-cni-k8s, charts/aws-vpc-cni, eniConfig.
func (r *clusterRun) cniConfiguration(configuration string) string {
	if len(r.design.PodSubnets) == 0 {
		return configuration
	}
	value, ok := decodeObject(configuration)
	if !ok {
		return configuration
	}
	if value == nil {
		value = map[string]any{}
	}
	eni, _ := value["eniConfig"].(map[string]any)
	if eni == nil {
		eni = map[string]any{}
	}
	group := aws.ToString(r.view.cluster.ResourcesVpcConfig.ClusterSecurityGroupId)
	subnets := map[string]any{}
	for zone, key := range r.design.PodSubnets {
		subnets[zone] = map[string]any{"id": r.inputs.Network["subnet/"+key], "securityGroups": []any{group}}
	}
	eni["subnets"] = subnets
	value["eniConfig"] = eni
	return encodeObject(value)
}

// splitCNI takes what cniConfiguration filled in out again: the design's
// configuration, and the key of each zone's pod subnet.
func (v *clusterView) splitCNI(configuration string) (string, map[string]string) {
	value, ok := decodeObject(configuration)
	eni, _ := value["eniConfig"].(map[string]any)
	subnets, _ := eni["subnets"].(map[string]any)
	if !ok || subnets == nil {
		return canonicalJSON(configuration), nil
	}
	pods := map[string]string{}
	group := aws.ToString(v.cluster.ResourcesVpcConfig.ClusterSecurityGroupId)
	for zone, entry := range subnets {
		fields, _ := entry.(map[string]any)
		id, _ := fields["id"].(string)
		groups, _ := fields["securityGroups"].([]any)
		note := ""
		if len(groups) != 1 || groups[0] != group {
			note = "other security groups"
		}
		pods[zone] = remark(v.subnetKey(id), note)
	}
	delete(eni, "subnets")
	return encodeObject(value), pods
}

// ensureAddons makes the add-ons that stand before the first node, each with
// its role.
func (r *clusterRun) ensureAddons(ctx context.Context) error {
	return each(ctx, r.design.Addons, func(ctx context.Context, name string, design blueprint.AddonDesign) error {
		want := wantedAddon{
			name: name, design: design, configuration: design.Configuration, kubernetes: r.addonVersion(),
			identity: r.design.Identity, tags: r.addonTags(r.ref, name, design, r.addonVersion(), r.design.Tags),
		}
		if name == cniAddon {
			want.configuration = r.cniConfiguration(design.Configuration)
		}
		if design.Grant != "" {
			if err := r.ensureGrantRole(ctx, name, design); err != nil {
				return err
			}
			want.roleARN = r.roleARN("role/"+name, "")
		}
		changed, err := r.ensureAddon(ctx, r.ref, want, r.view.addons[name], func() { r.made("addon/"+name, eksID(r.ref, name)) })
		if changed {
			r.touched()
		}
		return err
	})
}

// addonVersion is the minor that add-on versions are resolved for: the
// cluster's own, also where it is ahead of the design.
func (r *clusterRun) addonVersion() string {
	if have := aws.ToString(r.view.cluster.Version); ahead(have, r.design.KubernetesVersion) {
		return have
	}
	return r.design.KubernetesVersion
}

func (r *clusterRun) ensureGrantRole(ctx context.Context, name string, design blueprint.AddonDesign) error {
	component := "role/" + name
	trust := r.trustFor(r.ref, r.design.Identity, r.oidcProviderARN(r.view.issuer()), design.Namespace, design.Account)
	want, err := r.grantRole(r.ref, component, r.design.Names[component], r.design.RolePath, r.design.Boundary, design.Grant, trust, nil)
	if err != nil {
		return err
	}
	return r.ensureOwnRole(ctx, want)
}
