package azurecloud

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// A deleted Key Vault keeps its name for its retention, and with purge
// protection nobody can free it before. What this owner deleted is recovered,
// with everything in it, when the same name is made again.

// recoverVaults brings back what was deleted under the names of Key Vaults that
// are to be made. All of them are judged before the first comes back.
func (r *run[D, O]) recoverVaults(ctx context.Context) error {
	deleted := map[string]thing{}
	var problems []error
	for _, t := range r.part.things(r.view, r.design) {
		if k, _ := kindOf(t.id); k.name != vaults.name {
			continue
		}
		if have := r.find(t.component); have != nil && sameID(have.id, t.id) {
			continue
		}
		there, err := r.deletedVault(ctx, t)
		if err != nil {
			problems = append(problems, wrap(err, r.object(t.component)))
		}
		if there {
			deleted[t.component] = t
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	return cloud.Each(ctx, deleted, func(ctx context.Context, _ string, t thing) error {
		return wrap(r.recoverVault(ctx, t), r.object(t.component))
	})
}

// deletedVault tells whether a deleted vault has the name, and refuses one that
// can't be taken back.
func (r *run[D, O]) deletedVault(ctx context.Context, t thing) (bool, error) {
	name := nameOf(t.id)
	body, err := r.get(ctx, deletedVaults, under("/subscriptions/"+r.subscription, deletedVaults, r.region, name))
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	marks := map[string]string{}
	tags, _ := at(body, "properties", "tags").(map[string]any)
	for key, value := range tags {
		marks[key], _ = value.(string)
	}
	purge := text(body, "properties", "scheduledPurgeDate")
	refuse := func(kind error, reason, todo string) (bool, error) {
		return false, &cloud.Error{Kind: kind, Operation: "recover", Object: r.object(t.component), Reason: reason, Todo: todo}
	}
	if marks[cloud.TagCluster] != r.ref.Cluster || marks[cloud.TagOwner] != r.ref.Owner {
		return refuse(cloud.ErrOwned, fmt.Sprintf("the name %s is taken until %s by a deleted vault of owner %q, cluster %q", name, purge, marks[cloud.TagOwner], marks[cloud.TagCluster]),
			fmt.Sprintf("Recover that vault (az keyvault recover --name %s) and move it out of the way, or give this one another name in names.", name))
	}
	if id := text(body, "properties", "vaultId"); !sameID(id, t.id) {
		return refuse(cloud.ErrConflict, fmt.Sprintf("the deleted vault %s can only come back as %s", name, id),
			"Use that resource group, or give the vault another name in names.")
	}
	asked, _ := at(t.birth, "properties", "softDeleteRetentionInDays").(int)
	if kept := retention(text(body, "properties", "deletionDate"), purge); asked != 0 && kept != 0 && kept != asked {
		return refuse(cloud.ErrConflict, fmt.Sprintf("the deleted vault %s has a recovery window of %d days for life, and %d are asked for", name, kept, asked),
			fmt.Sprintf("Set vault.recovery_days = %d in the blueprint.", kept))
	}
	return true, nil
}

// retention is how many days lie between two dates, 0 where they can't be read.
func retention(from, until string) int {
	start, errStart := time.Parse(time.RFC3339, from)
	end, errEnd := time.Parse(time.RFC3339, until)
	if errStart != nil || errEnd != nil {
		return 0
	}
	return int(math.Round(end.Sub(start).Hours() / 24))
}

// recoverVault takes a deleted vault back as it was; making it what it should be
// is the next step.
func (r *run[D, O]) recoverVault(ctx context.Context, t thing) error {
	properties := document{"createMode": "recover"}
	for _, member := range []string{"tenantId", "sku"} {
		properties[member] = at(t.want, "properties", member)
	}
	if _, err := r.put(ctx, vaults, t.id, merged(r.located(), document{"properties": properties}), ""); err != nil {
		return err
	}
	body, err := r.get(ctx, vaults, t.id)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.seen[t.component] = &found{component: t.component, id: t.id, kind: vaults, body: body, marks: marksOf(vaults, body)}
	r.mu.Unlock()
	r.Made(t.component, t.id)
	return nil
}
