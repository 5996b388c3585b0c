package azurecloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerregistry/armcontainerregistry"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type registryPart = part[blueprint.RegistryDesign, blueprint.RegistryOutputs]
type registryRun = run[blueprint.RegistryDesign, blueprint.RegistryOutputs]

const (
	// pushRole lets a principal push images, and pull them.
	pushRole = "AcrPush"
	pushWord = "role-assignment/push-"
)

// Registry implements [cloud.Cloud]: one container registry with a private
// endpoint. Its repositories are born when something is pushed.
func (c *azureCloud) Registry() cloud.Part[blueprint.RegistryDesign, blueprint.RegistryOutputs] {
	return &registryPart{
		cloud: c, main: "registry",
		group: registryGroup,
		tags:  func(d *blueprint.RegistryDesign) *map[string]string { return &d.Tags },
		roles: func(d blueprint.RegistryDesign) []string {
			if len(d.PushPrincipals) == 0 {
				return nil
			}
			return []string{pushRole}
		},
		things: registryThings,
		look:   lookRegistry,
		validate: func(ref cloud.Ref, d blueprint.RegistryDesign, inputs cloud.Inputs) error {
			return needsNetwork(ref, inputs, endpointNeeds("registry", d.Azure != nil && d.Azure.EndpointSubnet != "", d.Azure != nil && d.Azure.ZonesByPolicy)...)
		},
		steps: func(r *registryRun) cloud.Step {
			return cloud.InOrder(
				r.make("registry"),
				r.displaceEndpoints, displaceCacheRules(r),
				cloud.Together(r.make("cache-rule"), r.make("role-assignment"), cloud.InOrder(r.make(endpointWord), r.make(zoneGroupWord))),
			)
		},
		observe: observeRegistry,
		removal: []string{"role-assignment", "cache-rule", endpointWord, "registry"},
		prepare: func(ctx context.Context, r *registryRun, options cloud.DeleteOptions) error {
			if options.Force {
				return nil
			}
			return keepsImages(ctx, r)
		},
	}
}

func registryGroup(d blueprint.RegistryDesign) string {
	if d.Azure == nil {
		return ""
	}
	return d.Azure.ResourceGroup
}

func registryThings(v *view, d blueprint.RegistryDesign) []thing {
	group := registryGroup(d)
	registry := v.id(group, registries, d.Name)
	azure := blueprint.RegistryAzureDesign{}
	if d.Azure != nil {
		azure = *d.Azure
	}
	retention := armcontainerregistry.RetentionPolicy{Status: to.Ptr(armcontainerregistry.PolicyStatusEnabled), Days: to.Ptr(int32(azure.KeepUntaggedDays))}
	want := body(armcontainerregistry.Registry{
		SKU: &armcontainerregistry.SKU{Name: to.Ptr(armcontainerregistry.SKUNamePremium)},
		Properties: &armcontainerregistry.RegistryProperties{
			AdminUserEnabled: to.Ptr(false), PublicNetworkAccess: to.Ptr(armcontainerregistry.PublicNetworkAccessDisabled),
			Policies: &armcontainerregistry.Policies{RetentionPolicy: &retention},
		},
	})
	// Newer than the model of the pinned module.
	with(want, "anonymousPullEnabled", false)
	things := []thing{{component: "registry", id: registry, birth: v.located(), tags: remember(d.Scope), want: want}}
	for key, rule := range azure.CacheRules {
		things = append(things, thing{
			component: "cache-rule/" + key, id: child(registry, cacheRules, key),
			want: body(armcontainerregistry.CacheRule{Properties: &armcontainerregistry.CacheRuleProperties{
				SourceRepository: to.Ptr(rule.Source), TargetRepository: to.Ptr(rule.Target),
			}}),
		})
	}
	for _, principal := range d.PushPrincipals {
		things = append(things, v.assignment(grant{
			component: pushWord + principal, principal: principal, role: pushRole, scope: registry,
			words: roleWords(blueprint.RoleAssignmentDesign{Role: pushRole, Scope: "registry:registry"}),
		}))
	}
	return append(things, v.endpointThings(private{
		id: v.id(group, endpoints, cloud.WithoutRemark(d.Names[endpointWord])), target: registry, member: "registry", zone: "registry",
		subnet: azure.EndpointSubnet, policy: azure.ZonesByPolicy,
	})...)
}

// lookRegistry files what stands in the registry or on it.
func lookRegistry(ctx context.Context, v *view, _ blueprint.RegistryDesign) error {
	looks := []cloud.Step{v.lookZoneGroups}
	if registry := v.find("registry"); registry != nil {
		looks = append(looks,
			func(ctx context.Context) error {
				return v.listed(ctx, cacheRules, registry.id+"/cacheRules", "", func(entry document) string { return "cache-rule/" + text(entry, "name") })
			},
			func(ctx context.Context) error { return v.lookRoles(ctx, registry.id, "atScope()") },
		)
	}
	return cloud.Together(looks...)(ctx)
}

// displaceCacheRules removes rules that cache something else, or to elsewhere:
// a rule keeps both for its life, and no two rules have one target.
func displaceCacheRules(r *registryRun) cloud.Step {
	return func(ctx context.Context) error {
		var stale []*found
		for _, t := range registryThings(r.view, r.design) {
			have := r.find(t.component)
			if have != nil && wordOf(t.component) == "cache-rule" && len(differences("", t.want, have.body)) > 0 {
				stale = append(stale, have)
			}
		}
		for key, have := range r.all("cache-rule") {
			if _, wanted := r.design.Azure.CacheRules[key]; !wanted {
				stale = append(stale, have)
			}
		}
		return r.removeAll(ctx, stale)
	}
}

func observeRegistry(v *view, known blueprint.RegistryDesign) (blueprint.RegistryDesign, blueprint.RegistryOutputs, []string) {
	registry := v.find("registry")
	azure := &blueprint.RegistryAzureDesign{ResourceGroup: groupOf(registry.id)}
	if known.Azure != nil {
		azure.EndpointSubnet, azure.ZonesByPolicy = known.Azure.EndpointSubnet, known.Azure.ZonesByPolicy
	}
	if retention := at(registry.body, "properties", "policies", "retentionPolicy"); strings.EqualFold(text(retention, "status"), "enabled") {
		azure.KeepUntaggedDays = number(retention, "days")
	}
	for key, have := range v.all("cache-rule") {
		if azure.CacheRules == nil {
			azure.CacheRules = map[string]blueprint.CacheRuleDesign{}
		}
		azure.CacheRules[key] = blueprint.CacheRuleDesign{
			Source: text(have.body, "properties", "sourceRepository"), Target: text(have.body, "properties", "targetRepository"),
		}
	}
	design := blueprint.RegistryDesign{
		Scope: v.scopeOf(registry), Name: nameOf(registry.id), Names: v.endpointNames("registry", azure.EndpointSubnet), Azure: azure,
	}
	for key, have := range v.all("role-assignment") {
		if strings.HasPrefix("role-assignment/"+key, pushWord) {
			design.PushPrincipals = append(design.PushPrincipals, strings.ToLower(text(have.body, "properties", "principalId")))
		}
	}
	slices.Sort(design.PushPrincipals)
	outputs := blueprint.RegistryOutputs{URLs: map[string]string{"registry": text(registry.body, "properties", "loginServer")}}
	return design, outputs, nil
}

// keepsImages refuses to delete a registry that holds something. ARM knows the
// size of what it holds; the images themselves can be seen from inside the
// network only.
func keepsImages(ctx context.Context, r *registryRun) error {
	registry := r.find("registry")
	if registry == nil || !r.mine(registry) {
		return nil
	}
	usages, err := r.list(ctx, registries, registry.id+"/listUsages", "")
	if err != nil {
		return unlessNotFound(err)
	}
	for _, usage := range usages {
		if held := number(usage, "currentValue"); text(usage, "name") == "Size" && held > 0 {
			return &cloud.Error{
				Kind: cloud.ErrNotEmpty, Operation: "delete", Object: r.object("registry"),
				Reason: fmt.Sprintf("registry %s holds %d bytes of images, those that nodes pulled through its caches included", nameOf(registry.id), held),
				Todo:   "Move or delete the images, or set registry.force_destroy = true in the blueprint, apply, and try again.",
			}
		}
	}
	return nil
}
