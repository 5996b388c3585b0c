package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Registries and vaults that several clusters share: they exist already, made
// by a platform's blueprint or by hand, and a cluster only gets rights on them.

var (
	ecrHost    = regexp.MustCompile(`^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)
	acrID      = regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.ContainerRegistry/registries/[A-Za-z0-9]{5,50}$`)
	keyVaultID = regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.KeyVault/vaults/[A-Za-z0-9-]{3,24}$`)
)

// validateGivenRegistry judges a registry that exists: what its owner sets has
// no place beside it.
func (r *resolver) validateGivenRegistry(spec *RegistrySpec) {
	form, todo := ecrHost, "Give the registry's address, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com; the repositories in it are registry.repositories."
	if r.spec.Cloud == CloudAzure {
		form, todo = acrID, "Give the id of a container registry: /subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerRegistry/registries/NAME."
	}
	if spec.Existing.ID == "" {
		r.report.fail("registry.existing.id", "registry-id", "no registry is named", "%s", todo)
	}
	r.match("registry.existing.id", spec.Existing.ID, form, "registry-id", todo)
	for _, owners := range []struct {
		used bool
		name string
	}{
		{spec.ImmutableTags != nil, "immutable_tags"}, {spec.ScanOnPush != nil, "scan_on_push"}, {spec.KeepUntagged != 0, "keep_untagged_days"},
		{spec.KeepImages != 0, "keep_images"}, {len(spec.PushPrincipals) > 0, "push_principals"}, {spec.ForceDestroy, "force_destroy"},
	} {
		if owners.used {
			r.report.fail("registry."+owners.name, "registry-owner", "a registry that exists is set up by its owner", "Remove it here, and set it in the blueprint that makes the registry.")
		}
	}
	for i, name := range spec.Repositories {
		if !IsUnknown(name) && !ecrName.MatchString(name) {
			r.report.fail(nth("registry.repositories", i), "repository-name", fmt.Sprintf("%q is no repository name", name), "Write it as the registry has it, such as \"shop/web\".")
		}
	}
}

// validateGivenVaults judges vaults that exist.
func (r *resolver) validateGivenVaults(spec *VaultSpec) {
	if spec.Existing == nil {
		return
	}
	form, todo := keyARN, "Give the ARN of the KMS key of its secrets, such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-…."
	if r.spec.Cloud == CloudAzure {
		form, todo = keyVaultID, "Give the id of a Key Vault: /subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/NAME."
	}
	if len(spec.Existing.IDs) == 0 {
		r.report.fail("vault.existing.ids", "vault-id", "no vault is named", "Give the vaults that exist by name, or remove vault.existing.")
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Existing.IDs)) {
		path := at("vault.existing.ids", name)
		r.match(path, spec.Existing.IDs[name], form, "vault-id", todo)
		if slices.Contains(spec.Names, name) {
			r.report.fail(path, "vault-double", fmt.Sprintf("vault %q is also to be made", name), "Remove it from vault.names, or here.")
		}
		if !vaultName.MatchString(name) {
			r.report.fail(path, "vault-name", fmt.Sprintf("%q is no vault name", name), "Use 1 to 60 lower-case letters, digits and hyphens, starting with a letter.")
		}
	}
}

// makesVaults tells whether vaults are made, beside those that exist.
func (r *resolver) makesVaults() bool {
	spec := r.spec.Vault
	return spec != nil && (spec.Existing == nil || len(spec.Names) > 0)
}

// vaultNames are the vaults that can be read: those that are made, and those
// that exist.
func (r *resolver) vaultNames() []string {
	var names []string
	if r.design.Vault != nil {
		names = slices.Collect(maps.Keys(r.design.Vault.Vaults))
	}
	if existing := r.spec.Vault.Existing; existing != nil {
		names = slices.AppendSeq(names, maps.Keys(existing.IDs))
	}
	return sortedUnique(names)
}

// given is a grant on vaults, with the keys of those that exist.
func (r *resolver) given(names []string) GrantDesign {
	grant := GrantDesign{On: names}
	if existing := r.spec.Vault.Existing; existing != nil {
		for _, name := range names {
			if id, exists := existing.IDs[name]; exists {
				if grant.Given == nil {
					grant.Given = map[string]string{}
				}
				grant.Given[name] = id
			}
		}
	}
	return grant
}

// registryGrant is a grant on the registry's repositories.
func (r *resolver) registryGrant() (GrantDesign, bool) {
	existing := r.spec.Registry.Existing
	if existing == nil {
		if r.design.Registry == nil || len(r.design.Registry.Repositories) == 0 {
			return GrantDesign{}, r.spec.Cloud == CloudAzure // where a grant is on the registry
		}
		var names []string
		for _, repository := range r.design.Registry.Repositories {
			names = append(names, repository.Name)
		}
		return GrantDesign{On: sortedUnique(names)}, true
	}
	if r.spec.Cloud == CloudAzure {
		return GrantDesign{}, true
	}
	names := sortedUnique(r.spec.Registry.Repositories)
	if len(names) == 0 {
		r.report.fail("registry.repositories", "registry-empty", "a grant on a registry that exists needs its repositories", "Name those of them that this cluster uses under registry.repositories.")
		return GrantDesign{}, false
	}
	grant := GrantDesign{On: names, Given: map[string]string{}}
	for _, name := range names {
		grant.Given[name] = repositoryARN(existing.ID, name)
	}
	return grant, true
}

// repositoryARN is the ARN of a repository in the registry of that address.
func repositoryARN(host, name string) string {
	if waits := firstUnknown(host, name); waits != "" {
		return waits
	}
	match := ecrHost.FindStringSubmatch(host)
	if match == nil {
		return ""
	}
	partition := "aws"
	switch {
	case match[3] != "":
		partition = "aws-cn"
	case strings.HasPrefix(match[2], "us-gov-"):
		partition = "aws-us-gov"
	}
	return "arn:" + partition + ":ecr:" + match[2] + ":" + match[1] + ":repository/" + name
}

// registryScope is the registry in a role assignment.
func (r *resolver) registryScope() string {
	if r.spec.Registry != nil && r.spec.Registry.Existing != nil {
		return r.spec.Registry.Existing.ID
	}
	return "registry:registry"
}

// vaultScope is a vault in a role assignment.
func (r *resolver) vaultScope(name string) string {
	if existing := r.spec.Vault.Existing; existing != nil && existing.IDs[name] != "" {
		return existing.IDs[name]
	}
	return "vault:vault/" + name
}
