package blueprint

import (
	"fmt"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// resolveAzureVault settles the secret vaults: one Key Vault a name, whose own
// name is unique in the world.
func (r *resolver) resolveAzureVault() {
	spec := r.spec.Vault
	if spec == nil {
		return
	}
	r.validateGivenVaults(spec)
	if spec.Existing != nil && len(spec.Names) == 0 {
		return // all of them exist
	}
	prior := r.priorVault()
	recovery := 30
	if !r.report.production {
		recovery = 7
	}
	design := VaultDesign{
		Scope:        r.scope(spec.ForceDestroy),
		Vaults:       map[string]VaultEntryDesign{},
		RecoveryDays: or(spec.RecoveryDays, or(prior.RecoveryDays, recovery)),
		Names:        map[string]string{},
		Tags:         cloned(r.spec.Tags),
		Azure:        &VaultAzureDesign{ResourceGroup: r.resourceGroup(), EndpointSubnet: r.givenSubnet(TierEndpoints), ZonesByPolicy: r.existing().ZoneGroupsByPolicy},
	}
	for i, name := range spec.Names {
		path := nth("vault.names", i)
		_, double := design.Vaults[name]
		switch {
		case IsUnknown(name):
			r.decides(path, name)
		case !vaultName.MatchString(name):
			r.report.fail(path, "vault-name", fmt.Sprintf("%q is no vault name", name),
				"Use 1 to 60 lower-case letters, digits and hyphens, starting with a letter.")
		case double:
			r.report.fail(path, "vault-double", fmt.Sprintf("%q is named twice", name), "Remove one of the two.")
		default:
			called := r.names.name("vault/"+name, prior.Vaults[name].Name, r.keyVaultName(name), catalog.NameKeyVault)
			design.Vaults[name] = VaultEntryDesign{Name: called}
			endpoint := "private-endpoint/" + name
			design.Names[endpoint] = r.names.name("vault/"+endpoint, prior.Names[endpoint], r.spec.Name+"-vault-"+name, catalog.NamePrivateEndpoint)
		}
	}
	r.design.Vault = &design
	if len(spec.Names) == 0 && spec.Existing == nil {
		r.report.fail("vault.names", "vault-empty", "no vault is asked for", "Name the vaults, or remove vault.")
	}
	if days := spec.RecoveryDays; days != 0 && (days < 7 || days > 90) {
		r.report.fail("vault.recovery_days", "vault-recovery", fmt.Sprintf("%d days are no recovery window on Azure", days), "Key Vault takes 7 to 90 days.")
	}
	if prior.RecoveryDays != 0 && design.RecoveryDays != prior.RecoveryDays {
		r.report.fail("vault.recovery_days", "vault-recovery-kept", fmt.Sprintf("the recovery window is %d days, for life", prior.RecoveryDays),
			"Key Vault takes the window only when a vault is made. Put %d back, or leave it out.", prior.RecoveryDays)
	}
	r.validateForce("vault.force_destroy", "secrets can be destroyed with the vault in production", "vault", spec.ForceDestroy)
}
