package blueprint

import (
	"fmt"
	"regexp"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

var vaultName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,58}[a-z0-9])?$`)

// resolveAWSVault settles the secret vaults: a prefix of Secrets Manager and a
// key for each.
func (r *resolver) resolveAWSVault() {
	spec := r.spec.Vault
	if spec == nil {
		return
	}
	r.validateGivenVaults(spec)
	if spec.Existing != nil && len(spec.Names) == 0 {
		return // all of them exist
	}
	recovery := 30
	if !r.report.production {
		recovery = 7
	}
	design := VaultDesign{
		Scope:        r.scope(spec.ForceDestroy),
		Vaults:       map[string]VaultEntryDesign{},
		RecoveryDays: or(spec.RecoveryDays, recovery),
		Tags:         cloned(r.spec.Tags),
	}
	standing := r.priorVault().Vaults
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
			alias := r.names.name("vault/key-alias/"+name, standing[name].Name, "alias/kready-"+r.spec.Name+"-vault-"+name, catalog.NameKMSAlias)
			design.Vaults[name] = VaultEntryDesign{Prefix: name + "/", Name: alias}
		}
	}
	r.design.Vault = &design
	if len(spec.Names) == 0 && spec.Existing == nil {
		r.report.fail("vault.names", "vault-empty", "no vault is asked for", "Name the vaults, or remove vault.")
	}
	if days := spec.RecoveryDays; days != 0 && (days < 7 || days > 30) {
		r.report.fail("vault.recovery_days", "vault-recovery", fmt.Sprintf("%d days are no recovery window on AWS", days),
			"Secrets Manager and KMS take 7 to 30 days.")
	}
	if spec.ForceDestroy && r.report.production {
		r.report.warn("vault.force_destroy", "force-destroy", "secrets can be destroyed with the vault in production",
			"Leave force_destroy out until the vault is really to go.")
	}
}
