package blueprint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// addonGrants are the built-in grants of add-ons that call the cloud.
var addonGrants = map[string]string{
	"vpc-cni":            "vpc-cni",
	"aws-ebs-csi-driver": "ebs-csi",
	"aws-efs-csi-driver": "efs-csi",
}

// derivedAddons are the add-ons that the blueprint asks for by itself. Auto
// Mode has most of them built in.
func (r *resolver) derivedAddons() []string {
	if r.derived != nil {
		return r.derived
	}
	names := append(catalog.DefaultAddons(), "snapshot-controller")
	r.derived = slices.DeleteFunc(names, func(name string) bool {
		facts, _ := catalog.LookupAddon(name)
		switch {
		case r.autoscaling() == AutoscalingAutoMode && (facts.BuiltIntoAutoMode || name == "snapshot-controller"):
			return true
		case name == "eks-pod-identity-agent":
			return r.identity() != "pod_identity"
		case name == "eks-node-monitoring-agent": // it is what node repair acts on
			return !slices.ContainsFunc(slices.Collect(maps.Values(r.spec.NodePools)), func(p NodePoolSpec) bool { return orBool(p.Repair, true) })
		}
		return false
	})
	return r.derived
}

// addonEnabled tells whether an add-on is part of the cluster.
func (r *resolver) addonEnabled(name string) bool {
	if asked, ok := r.spec.Addons[name]; ok && asked.Enabled != nil {
		return *asked.Enabled
	} else if ok {
		return true
	}
	return slices.Contains(r.derivedAddons(), name)
}

// addonDesigns settles the add-ons that stand before, or after, the nodes.
func (r *resolver) addonDesigns(bootstrap bool) map[string]AddonDesign {
	names := append(slices.Clone(r.derivedAddons()), slices.Collect(maps.Keys(r.spec.Addons))...)
	addons := map[string]AddonDesign{}
	for _, name := range names {
		facts, _ := catalog.LookupAddon(name)
		if facts.BeforeNodes != bootstrap || !r.addonEnabled(name) {
			continue
		}
		asked := r.spec.Addons[name]
		addon := AddonDesign{
			Version: asked.Version, VersionPolicy: or(asked.VersionPolicy, "default"),
			Configuration: r.addonConfiguration(name, asked.Configuration),
		}
		if grant := addonGrants[name]; grant != "" {
			addon.Grant, addon.Namespace, addon.Account = grant, facts.Namespace, facts.ServiceAccount
		}
		addons[name] = addon
	}
	return addons
}

func (r *resolver) bootstrapAddons() map[string]AddonDesign { return r.addonDesigns(true) }

// resolveAWSAddons settles what is added once nodes run.
func (r *resolver) resolveAWSAddons() {
	design := AddonsDesign{
		Scope:             r.scope(false),
		Addons:            r.addonDesigns(false),
		KubernetesVersion: r.spec.KubernetesVersion,
		Identity:          r.identity(),
		Boundary:          r.aws().PermissionsBoundary,
		RolePath:          r.rolePath(),
		Names:             map[string]string{},
		Tags:              cloned(r.spec.Tags),
	}
	switch r.autoscaling() {
	case AutoscalingCluster, AutoscalingKarpenter:
		design.Autoscaling = r.autoscaling()
	}
	prior := r.priorAddons().Names
	for _, key := range design.Components() {
		kind, name, _ := strings.Cut(key, "/")
		switch kind {
		case "role":
			design.Names[key] = r.names.name(key, prior[key], r.roleName(name), catalog.NameIAMRole)
		case "queue":
			design.Names[key] = r.names.name(key, prior[key], r.spec.Name+"-"+name, catalog.NameSQSQueue)
		case "rule":
			design.Names[key] = r.names.name(key, prior[key], r.spec.Name+"-"+name, catalog.NameEventRule)
		}
	}
	r.design.Addons = &design
}

// addonConfiguration is the add-on's configuration in canonical JSON: kready's
// own with the user's merged over it.
func (r *resolver) addonConfiguration(name, user string) string {
	own := r.ownConfiguration(name)
	if user == "" {
		return canonicalJSON(own)
	}
	path := at("addons", name) + ".configuration"
	if IsUnknown(user) {
		r.report.wait(user)
		return user
	}
	var theirs map[string]any
	decoder := json.NewDecoder(strings.NewReader(user))
	decoder.UseNumber()
	if err := decoder.Decode(&theirs); err != nil || decoder.More() {
		r.report.fail(path, "addon-configuration", "the configuration is not a JSON object",
			"Write it with jsonencode({…}). The add-on's schema: aws eks describe-addon-configuration --addon-name %s.", name)
		return canonicalJSON(own)
	}
	if conflict := overwritten("", own, theirs); conflict != "" && name == "vpc-cni" {
		r.report.fail(path, "addon-configuration", fmt.Sprintf("%s is decided by the network", conflict),
			"Change network.pods or network.cni instead, and leave it out here.")
	}
	return canonicalJSON(merged(own, theirs))
}

// ownConfiguration is what kready asks of an add-on. The pod subnet of each
// zone is added by the adapter, which knows its id.
// Source: amazon-vpc-cni-k8s README, 2026-08.
func (r *resolver) ownConfiguration(name string) map[string]any {
	if name != "vpc-cni" {
		return nil
	}
	env := map[string]any{"AWS_VPC_K8S_CNI_EXTERNALSNAT": "false"}
	configuration := map[string]any{"env": env}
	if r.customNetworking() {
		env["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "true"
		env["ENI_CONFIG_LABEL_DEF"] = "topology.kubernetes.io/zone"
		configuration["eniConfig"] = map[string]any{"create": true, "region": r.spec.Region}
	}
	if r.prefixDelegation() {
		env["ENABLE_PREFIX_DELEGATION"] = "true"
		env["WARM_PREFIX_TARGET"] = "1"
	}
	if r.networkPolicy() == "vpc_cni" {
		configuration["enableNetworkPolicy"] = "true"
	}
	return configuration
}

// merged returns base with over laid on it, object by object.
func merged(base, over map[string]any) map[string]any {
	result := maps.Clone(base)
	if result == nil {
		result = map[string]any{}
	}
	for key, value := range over {
		below, isObject := value.(map[string]any)
		if under, ok := result[key].(map[string]any); ok && isObject {
			result[key] = merged(under, below)
			continue
		}
		result[key] = value
	}
	return result
}

// overwritten names a leaf of own that theirs would change, or "".
func overwritten(path string, own, theirs map[string]any) string {
	for _, key := range slices.Sorted(maps.Keys(own)) {
		value, given := theirs[key]
		if !given {
			continue
		}
		mine, isObject := own[key].(map[string]any)
		yours, both := value.(map[string]any)
		if isObject && both {
			if found := overwritten(path+key+".", mine, yours); found != "" {
				return found
			}
		} else if fmt.Sprint(own[key]) != fmt.Sprint(value) {
			return path + key
		}
	}
	return ""
}

// canonicalJSON writes an object with sorted keys and no spaces; "" for an
// empty one.
func canonicalJSON(value map[string]any) string {
	if len(value) == 0 {
		return ""
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil { // unreachable: decoded from JSON
		return ""
	}
	return strings.TrimSuffix(text.String(), "\n")
}
