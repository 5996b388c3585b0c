package awscloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Vault implements [cloud.Cloud].
func (c *awsCloud) Vault() cloud.Part[blueprint.VaultDesign, blueprint.VaultOutputs] {
	return vault{c}
}

// vault is a set of secret vaults. Secrets Manager has no vaults: a vault is a
// prefix of secret names, with a key that opens nothing but secrets. Who holds
// the key holds the vault. The values of secrets are never read.
type vault struct{ cloud *awsCloud }

// tagRecovery remembers the recovery window, which is no property of a key
// until its deletion is scheduled.
const tagRecovery = "kready-recovery-days"

type observedVault = cloud.Observed[blueprint.VaultDesign, blueprint.VaultOutputs]

// vaultView is the keys that there are, by vault name.
type vaultView struct {
	api  *api
	keys map[string]*observedKey
}

// vaultKey is the key of one vault as wanted. Its policy lets this account's
// own policies decide, and nobody use the key but through Secrets Manager: a
// role with a too wide kms:Decrypt still opens nothing directly.
func vaultKey(api *api, ref cloud.Ref, name string, design blueprint.VaultDesign) key {
	tags := api.lifecycleTags(ref, "key/"+name, design.Tags, design.OnDestroy)
	tags[tagRecovery] = strconv.Itoa(design.RecoveryDays)
	return key{
		component: "key/" + name, alias: design.Vaults[name].Name, tags: tags,
		policy: api.iamAccount().VaultKeyPolicy(),
	}
}

// Find implements [cloud.Part]. Calls: 4 a vault; one more on import.
func (v vault) Find(ctx context.Context, ref cloud.Ref, known blueprint.VaultDesign) (observedVault, error) {
	view, err := v.look(ctx, ref, known, known)
	if err != nil {
		return observedVault{}, err
	}
	observed := view.observe(ref, known)
	if !observed.Exists {
		return observed, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "kms DescribeKey", Object: ofCluster("vault", ref), Reason: "none of its keys exists"}
	}
	return observed, nil
}

// look reads the keys of the design's vaults and of the ones known before.
func (v vault) look(ctx context.Context, ref cloud.Ref, design, known blueprint.VaultDesign) (*vaultView, error) {
	api, err := v.cloud.at(ctx, ref)
	if err != nil {
		return nil, err
	}
	aliases := map[string]string{}
	for _, section := range []blueprint.VaultDesign{known, design} {
		for name, entry := range section.Vaults {
			aliases[name] = withoutRemark(entry.Name)
		}
	}
	if len(aliases) == 0 {
		if aliases, err = api.vaultAliases(ctx, ref); err != nil {
			return nil, err
		}
	}
	view := &vaultView{api: api, keys: map[string]*observedKey{}}
	run := &ledger{}
	err = each(ctx, aliases, func(ctx context.Context, name, alias string) error {
		object := ofCluster("key/"+name, ref)
		have, err := api.findKey(ctx, object, alias)
		if err == nil && have == nil {
			// An interrupted create, or somebody removed the alias.
			have, err = api.findStrayKey(ctx, object, ref, key{component: "key/" + name})
		}
		if err == nil && have != nil && !have.pending && have.tags[cloud.TagKept] == "" {
			run.mu.Lock()
			defer run.mu.Unlock()
			view.keys[name] = have
		}
		return err
	})
	return view, err
}

// vaultAliases finds the vaults of a cluster by the aliases that kready gives
// them, for an import.
func (a *api) vaultAliases(ctx context.Context, ref cloud.Ref) (map[string]string, error) {
	prefix := "alias/kready-" + ref.Cluster + "-vault-"
	aliases := map[string]string{}
	pages := kms.NewListAliasesPaginator(a.kms, &kms.ListAliasesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, ofCluster("vault", ref))
		}
		for _, alias := range page.Aliases {
			if name, ok := strings.CutPrefix(aws.ToString(alias.AliasName), prefix); ok {
				aliases[name] = aws.ToString(alias.AliasName)
			}
		}
	}
	return aliases, nil
}

func (v *vaultView) observe(ref cloud.Ref, known blueprint.VaultDesign) observedVault {
	observed := observedVault{
		Objects: map[string]string{},
		Outputs: blueprint.VaultOutputs{IDs: map[string]string{}},
		Design: blueprint.VaultDesign{
			Scope:  blueprint.Scope{Cloud: blueprint.CloudAWS, Region: v.api.region, Cluster: ref.Cluster, Target: known.Target},
			Vaults: map[string]blueprint.VaultEntryDesign{},
		},
	}
	var main tagged
	var others []tagged
	for _, name := range slices.Sorted(maps.Keys(v.keys)) {
		have := v.keys[name]
		observed.Exists = true
		observed.Objects["key/"+name] = have.arn
		if have.alias != "" {
			observed.Objects["key-alias/"+name] = have.alias
		}
		observed.Outputs.IDs[name] = have.arn
		remarks := vaultKey(v.api, ref, name, known).differences(have)
		entry := tagged{component: "key/" + name, tags: have.tags}
		if main.tags == nil {
			main = entry
		} else {
			others = append(others, entry)
			for _, tag := range []string{cloud.TagLifecycle, tagRecovery} {
				if have.tags[tag] != main.tags[tag] {
					remarks = append(remarks, tag+" differs")
				}
			}
		}
		observed.Design.Vaults[name] = blueprint.VaultEntryDesign{Prefix: name + "/", Name: remark(have.alias, remarks...)}
	}
	if main.tags != nil {
		observed.Design.Tags = v.api.observeTags(main, others)
	}
	observed.Design.OnDestroy = cloud.ParseLifecycle(main.tags[cloud.TagLifecycle])
	if days, err := strconv.Atoi(main.tags[tagRecovery]); err == nil {
		observed.Design.RecoveryDays = days
	}
	observed.Owner, observed.Incarnation, observed.Token = main.tags[cloud.TagOwner], main.tags[cloud.TagIncarnation], main.tags[cloud.TagToken]
	return observed
}

// Ensure implements [cloud.Part].
func (v vault) Ensure(ctx context.Context, ref cloud.Ref, design, known blueprint.VaultDesign, _ cloud.Inputs) (observedVault, error) {
	view, err := v.look(ctx, ref, design, known)
	if err != nil {
		return observedVault{}, err
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(view.keys)) {
		problems = append(problems, mayTakeKey(ref, ofCluster("key/"+name, ref), view.keys[name]))
	}
	if err := errors.Join(problems...); err != nil {
		return observedVault{}, err
	}
	run := &ledger{}
	err = inOrder(
		func(ctx context.Context) error {
			return each(ctx, design.Vaults, func(ctx context.Context, name string, _ blueprint.VaultEntryDesign) error {
				have, changed, err := view.api.ensureKey(ctx, ref, vaultKey(view.api, ref, name, design))
				if changed {
					run.touched()
				}
				if have != nil {
					run.mu.Lock()
					defer run.mu.Unlock()
					view.keys[name] = have
				}
				return err
			})
		},
		func(ctx context.Context) error {
			rest := map[string]*observedKey{}
			for name, have := range view.keys {
				if _, wanted := design.Vaults[name]; !wanted {
					rest[name] = have
				}
			}
			options := cloud.DeleteOptions{Force: design.OnDestroy.Force, RecoveryDays: design.RecoveryDays, KeepKeys: design.OnDestroy.Keys == "retain"}
			return each(ctx, rest, func(ctx context.Context, name string, have *observedKey) error {
				if err := view.api.emptyVault(ctx, ref, name, options); err != nil {
					return err
				}
				if err := view.api.deleteKey(ctx, ref, "key/"+name, have.alias, options); err != nil {
					return err
				}
				run.mu.Lock()
				defer run.mu.Unlock()
				delete(view.keys, name)
				return nil
			})
		},
	)(ctx)
	return view.observe(ref, design), err
}

// Delete implements [cloud.Part]. Vaults that hold secrets are named before
// anything is deleted.
func (v vault) Delete(ctx context.Context, ref cloud.Ref, design blueprint.VaultDesign, options cloud.DeleteOptions) error {
	view, err := v.look(ctx, ref, design, design)
	if err != nil {
		return err
	}
	ours := map[string]*observedKey{}
	for name, have := range view.keys {
		if have.tags[cloud.TagToken] == ref.Token {
			ours[name] = have
		}
	}
	if !options.Force {
		check := options
		if err := each(ctx, ours, func(ctx context.Context, name string, _ *observedKey) error {
			return view.api.emptyVault(ctx, ref, name, check)
		}); err != nil {
			return err
		}
	}
	return each(ctx, ours, func(ctx context.Context, name string, have *observedKey) error {
		if err := view.api.emptyVault(ctx, ref, name, options); err != nil {
			return err
		}
		return view.api.deleteKey(ctx, ref, "key/"+name, have.alias, options)
	})
}

// emptyVault refuses a vault that holds secrets, or, with force, schedules the
// deletion of all of them within the recovery window.
func (a *api) emptyVault(ctx context.Context, ref cloud.Ref, name string, options cloud.DeleteOptions) error {
	object := ofCluster("key/"+name, ref)
	var secrets []string
	pages := secretsmanager.NewListSecretsPaginator(a.secrets, &secretsmanager.ListSecretsInput{
		Filters: []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{name + "/"}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return wrap(err, object)
		}
		for _, secret := range page.SecretList {
			// The filter matches words, not prefixes alone.
			if strings.HasPrefix(aws.ToString(secret.Name), name+"/") && secret.DeletedDate == nil {
				secrets = append(secrets, aws.ToString(secret.ARN))
			}
		}
	}
	if len(secrets) == 0 {
		return nil
	}
	if !options.Force {
		return &cloud.Error{
			Kind: cloud.ErrNotEmpty, Operation: "secretsmanager ListSecrets", Object: object,
			Reason: fmt.Sprintf("vault %s holds %d secrets", name, len(secrets)),
			Todo:   "Move or delete the secrets, or set vault.force_destroy = true in the blueprint, apply, and try again.",
		}
	}
	for _, arn := range secrets {
		_, err := commit(ctx, func(ctx context.Context) (*secretsmanager.DeleteSecretOutput, error) {
			return a.secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{
				SecretId: aws.String(arn), RecoveryWindowInDays: aws.Int64(int64(pendingDays(options.RecoveryDays)))})
		})
		if unlessNotFound(err) != nil {
			return wrap(err, object)
		}
	}
	return nil
}
