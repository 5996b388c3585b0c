package azurecloud

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type vaultPart = part[blueprint.VaultDesign, blueprint.VaultOutputs]
type vaultRun = run[blueprint.VaultDesign, blueprint.VaultOutputs]

// Vault implements [cloud.Cloud]: one Key Vault with a private endpoint for each
// name. The values of secrets are never read.
func (c *azureCloud) Vault() cloud.Part[blueprint.VaultDesign, blueprint.VaultOutputs] {
	return &vaultPart{
		cloud: c,
		group: func(d blueprint.VaultDesign) string {
			if d.Azure == nil {
				return ""
			}
			return d.Azure.ResourceGroup
		},
		tags:   func(d *blueprint.VaultDesign) *map[string]string { return &d.Tags },
		things: vaultThings,
		look:   func(ctx context.Context, v *view, _ blueprint.VaultDesign) error { return v.lookZoneGroups(ctx) },
		validate: func(ref cloud.Ref, d blueprint.VaultDesign, inputs cloud.Inputs) error {
			return needsNetwork(ref, inputs, endpointNeeds("vault", d.Azure != nil && d.Azure.EndpointSubnet != "", d.Azure != nil && d.Azure.ZonesByPolicy)...)
		},
		steps: func(r *vaultRun) cloud.Step {
			return cloud.InOrder(
				func(ctx context.Context) error { return keepsSecrets(ctx, r, unwantedVaults(r)) },
				r.recoverVaults, r.make("vault"),
				r.displaceEndpoints, r.make(endpointWord), r.make(zoneGroupWord),
			)
		},
		observe: observeVault,
		removal: []string{endpointWord, "vault"},
		prepare: func(ctx context.Context, r *vaultRun, options cloud.DeleteOptions) error {
			if options.Force {
				return nil
			}
			return keepsSecrets(ctx, r, r.all("vault"))
		},
	}
}

func vaultThings(v *view, d blueprint.VaultDesign) []thing {
	azure := blueprint.VaultAzureDesign{}
	if d.Azure != nil {
		azure = *d.Azure
	}
	group := azure.ResourceGroup
	tags := remember(d.Scope) // there is no main object: each remembers
	var things []thing
	for name, entry := range d.Vaults {
		t := v.keyVault("vault/"+name, v.id(group, vaults, entry.Name), d.RecoveryDays)
		t.tags = tags
		endpoint := endpointWord + "/" + name
		things = append(things, t)
		things = append(things, v.endpointThings(private{
			key: name, id: v.id(group, endpoints, cloud.WithoutRemark(d.Names[endpoint])), target: t.id, member: "vault", zone: "vault", tags: tags,
			subnet: azure.EndpointSubnet, policy: azure.ZonesByPolicy,
		})...)
	}
	return things
}

// keyVault is a Key Vault: rights by roles, purge protected, no way in from the
// internet. How long it can be recovered is said once, when it is made.
func (v *view) keyVault(component, id string, recoveryDays int) thing {
	born := v.located()
	born["properties"] = document{"enableSoftDelete": true, "softDeleteRetentionInDays": recoveryDays}
	return thing{
		component: component, id: id, birth: born,
		want: body(armkeyvault.Vault{Properties: &armkeyvault.VaultProperties{
			TenantID: to.Ptr(v.tenant), SKU: &armkeyvault.SKU{Family: to.Ptr(armkeyvault.SKUFamilyA), Name: to.Ptr(armkeyvault.SKUNameStandard)},
			EnableRbacAuthorization: to.Ptr(true), EnablePurgeProtection: to.Ptr(true), PublicNetworkAccess: to.Ptr("Disabled"),
			NetworkACLs: &armkeyvault.NetworkRuleSet{
				Bypass: to.Ptr(armkeyvault.NetworkRuleBypassOptionsNone), DefaultAction: to.Ptr(armkeyvault.NetworkRuleActionDeny),
			},
		}}),
	}
}

func observeVault(v *view, known blueprint.VaultDesign) (blueprint.VaultDesign, blueprint.VaultOutputs, []string) {
	main := v.main("")
	azure := &blueprint.VaultAzureDesign{ResourceGroup: groupOf(main.id)}
	if known.Azure != nil {
		azure.EndpointSubnet, azure.ZonesByPolicy = known.Azure.EndpointSubnet, known.Azure.ZonesByPolicy
	}
	design := blueprint.VaultDesign{
		Scope: v.scopeOf(main), Vaults: map[string]blueprint.VaultEntryDesign{}, Names: v.endpointNames("vault", azure.EndpointSubnet), Azure: azure,
	}
	outputs := blueprint.VaultOutputs{IDs: map[string]string{}}
	for name, have := range v.all("vault") {
		design.Vaults[name] = blueprint.VaultEntryDesign{Name: nameOf(have.id)}
		if days := number(have.body, "properties", "softDeleteRetentionInDays"); design.RecoveryDays < days {
			design.RecoveryDays = days
		}
		outputs.IDs[name] = text(have.body, "properties", "vaultUri")
	}
	return design, outputs, nil
}

// unwantedVaults are the vaults that the design no longer holds.
func unwantedVaults(r *vaultRun) map[string]*found {
	gone := map[string]*found{}
	for name, have := range r.all("vault") {
		if _, wanted := r.design.Vaults[name]; !wanted && !r.design.OnDestroy.Force {
			gone[name] = have
		}
	}
	return gone
}

// keepsSecrets refuses to delete vaults that hold secrets. ARM lists them by
// name, and never with their values.
func keepsSecrets(ctx context.Context, r *vaultRun, doomed map[string]*found) error {
	return cloud.Each(ctx, doomed, func(ctx context.Context, name string, have *found) error {
		if !r.mine(have) {
			return nil
		}
		secrets, err := r.list(ctx, vaultSecrets, have.id+"/secrets", "")
		if err != nil {
			return wrap(unlessNotFound(err), r.object("vault/"+name))
		}
		if len(secrets) == 0 {
			return nil
		}
		return &cloud.Error{
			Kind: cloud.ErrNotEmpty, Operation: "delete", Object: r.object("vault/" + name),
			Reason: fmt.Sprintf("vault %s holds %d secrets", nameOf(have.id), len(secrets)),
			Todo:   "Move or delete the secrets, or set vault.force_destroy = true in the blueprint, apply, and try again.",
		}
	})
}
