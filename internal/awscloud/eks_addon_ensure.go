package awscloud

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// ensureAddon makes an add-on what is wanted, waits for it, and tells whether
// anything changed. made is called once a new one exists.
func (a *api) ensureAddon(ctx context.Context, ref cloud.Ref, want wantedAddon, have *addon, made func()) (bool, error) {
	object := ofCluster(want.component(), ref)
	if have != nil && (have.status == types.AddonStatusCreateFailed || have.status == types.AddonStatusDeleting) {
		if err := a.deleteAddon(ctx, ref, want.name, false); err != nil {
			return true, err
		}
		have = nil
	}
	if have != nil && have.roleARN != "" && want.serviceAccountRole() == nil {
		// UpdateAddon can set the role of IRSA and not take it away; SDKs in
		// pods would go on to prefer it. What runs stays while EKS forgets it.
		if err := a.deleteAddon(ctx, ref, want.name, true); err != nil {
			return true, err
		}
		have = nil
	}
	if have == nil {
		if err := a.createAddon(ctx, ref, object, want); err != nil {
			return true, err
		}
		made()
		return true, a.waitAddon(ctx, ref, want.name)
	}
	changed := false
	if have.status != types.AddonStatusActive {
		// An earlier run's change may still be under way, or stuck.
		if err := a.waitAddon(ctx, ref, want.name); err != nil && !want.differs(have) {
			return true, err
		}
		changed = true
	}
	if want.differs(have) {
		changed = true
		if err := a.updateAddon(ctx, ref, object, want, have); err != nil {
			return true, err
		}
	}
	// The tags come last: they say for what the version was resolved.
	retagged, err := a.repairEKSTags(ctx, object, have.arn, want.tags, have.tags)
	return changed || retagged, err
}

// differs tells whether the add-on itself must be updated.
func (w wantedAddon) differs(have *addon) bool {
	return w.newVersion(have) || !sameJSON(w.configuration, have.configuration) || w.rebind(have) ||
		have.status == types.AddonStatusUpdateFailed
}

// newVersion tells whether the version must be resolved again: another one is
// asked for, or the policy or the cluster's version changed.
func (w wantedAddon) newVersion(have *addon) bool {
	if w.design.Version != "" {
		return w.design.Version != have.version
	}
	_, pinned := have.tags[tagPinned]
	return pinned || have.tags[tagVersionPolicy] != w.design.VersionPolicy || have.tags[tagResolvedFor] != w.kubernetes
}

// rebind tells whether the add-on's identity differs.
func (w wantedAddon) rebind(have *addon) bool {
	if w.identity == "irsa" {
		return have.roleARN != w.roleARN || have.association != nil
	}
	if w.roleARN == "" {
		return have.association != nil || have.roleARN != ""
	}
	return have.roleARN != "" || have.association == nil || have.association.roles != w.roleARN || have.association.account != w.design.Account
}

// associations are what EKS is asked to bind: an empty list unbinds.
func (w wantedAddon) associations() []types.AddonPodIdentityAssociations {
	if w.roleARN == "" || w.identity == "irsa" {
		return []types.AddonPodIdentityAssociations{}
	}
	return []types.AddonPodIdentityAssociations{{RoleArn: aws.String(w.roleARN), ServiceAccount: aws.String(w.design.Account)}}
}

func (w wantedAddon) serviceAccountRole() *string {
	if w.roleARN == "" || w.identity != "irsa" {
		return nil
	}
	return aws.String(w.roleARN)
}

func (a *api) createAddon(ctx context.Context, ref cloud.Ref, object string, want wantedAddon) error {
	version, err := a.resolveVersion(ctx, ref, want)
	if err != nil {
		return err
	}
	input := &eks.CreateAddonInput{
		ClusterName: aws.String(ref.Cluster), AddonName: aws.String(want.name), AddonVersion: aws.String(version),
		ServiceAccountRoleArn: want.serviceAccountRole(), ResolveConflicts: types.ResolveConflictsOverwrite, Tags: want.tags,
	}
	if want.configuration != "" {
		input.ConfigurationValues = aws.String(want.configuration)
	}
	if bound := want.associations(); len(bound) > 0 {
		input.PodIdentityAssociations = bound
	}
	refused := 0
	_, err = persist(ctx, a.poll, eksTurns,
		func(err error) bool {
			if notAssumableYet(err) || isNotFound(err) {
				refused++
				return refused < freshLooks
			}
			return isCode(err, "ResourceInUseException") && !hasAny(err, "already exists") && busyEKS(err)
		},
		func(ctx context.Context) (*eks.CreateAddonOutput, error) {
			return commit(ctx, func(ctx context.Context) (*eks.CreateAddonOutput, error) { return a.eks.CreateAddon(ctx, input) })
		})
	if err != nil && (!isCode(err, "ResourceInUseException") || !hasAny(err, "already exists")) {
		return wrap(err, object)
	}
	return nil
}

func (a *api) updateAddon(ctx context.Context, ref cloud.Ref, object string, want wantedAddon, have *addon) error {
	input := &eks.UpdateAddonInput{
		ClusterName: aws.String(ref.Cluster), AddonName: aws.String(want.name),
		ConfigurationValues: aws.String(want.configuration), ResolveConflicts: types.ResolveConflictsOverwrite,
	}
	if want.configuration == "" {
		input.ConfigurationValues = aws.String("{}")
	}
	if want.newVersion(have) || have.status == types.AddonStatusUpdateFailed {
		version, err := a.resolveVersion(ctx, ref, want)
		if err != nil {
			return err
		}
		input.AddonVersion = aws.String(version)
	}
	if want.rebind(have) {
		input.PodIdentityAssociations = want.associations()
		input.ServiceAccountRoleArn = want.serviceAccountRole()
	} else if want.identity == "irsa" {
		input.ServiceAccountRoleArn = want.serviceAccountRole()
	}
	err := a.updateEKS(ctx, object, eksTarget{cluster: ref.Cluster, addon: want.name}, func(ctx context.Context) (*types.Update, error) {
		got, err := a.eks.UpdateAddon(ctx, input)
		if err != nil {
			return nil, err
		}
		return got.Update, nil
	})
	if err != nil {
		return err
	}
	return a.waitAddon(ctx, ref, want.name)
}

// degradedLooks is how often an add-on may be seen DEGRADED before that is an
// answer: its pods may only be starting.
const degradedLooks = 20

// waitAddon waits until the add-on works.
func (a *api) waitAddon(ctx context.Context, ref cloud.Ref, name string) error {
	object := ofCluster("addon/"+name, ref)
	degraded, unseen := 0, 0
	return a.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		found, err := a.readAddon(ctx, ref, name)
		if err != nil {
			return false, "", err
		}
		if found == nil {
			unseen++
			if unseen < freshLooks {
				return false, "not visible", nil
			}
			return false, "", &cloud.Error{Kind: cloud.ErrNotFound, Operation: "eks DescribeAddon", Object: object, Reason: "the add-on is gone",
				Todo: "Somebody else may be deleting it. Apply again."}
		}
		switch found.status {
		case types.AddonStatusActive:
			return true, "", nil
		case types.AddonStatusDegraded:
			if degraded++; degraded < degradedLooks {
				return false, "DEGRADED", nil
			}
			return false, "", unhealthyAddon(object, found)
		case types.AddonStatusCreateFailed, types.AddonStatusUpdateFailed, types.AddonStatusDeleteFailed:
			return false, "", unhealthyAddon(object, found)
		}
		return false, string(found.status), nil
	})
}

func unhealthyAddon(object string, found *addon) error {
	reason := fmt.Sprintf("the add-on %s %s is %s", found.name, found.version, found.status)
	if len(found.issues) > 0 {
		reason += ": " + strings.Join(found.issues, "; ")
	}
	return &cloud.Error{Kind: cloud.ErrConflict, Operation: "eks DescribeAddon", Object: object, Reason: reason,
		Todo: "Mend what it names (enough ready nodes, its configuration), then apply again."}
}

// deleteAddon removes an add-on, with its objects in the cluster unless they
// shall stay, and waits.
func (a *api) deleteAddon(ctx context.Context, ref cloud.Ref, name string, stay bool) error {
	object := ofCluster("addon/"+name, ref)
	_, err := persist(ctx, a.poll, eksTurns, func(err error) bool { return busyEKS(err) && !goingEKS(err) }, func(ctx context.Context) (*eks.DeleteAddonOutput, error) {
		return commit(ctx, func(ctx context.Context) (*eks.DeleteAddonOutput, error) {
			return a.eks.DeleteAddon(ctx, &eks.DeleteAddonInput{ClusterName: aws.String(ref.Cluster), AddonName: aws.String(name), Preserve: stay})
		})
	})
	if isNotFound(err) {
		return nil
	}
	if err != nil && !goingEKS(err) {
		return wrap(err, object)
	}
	return a.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		got, err := a.eks.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: aws.String(ref.Cluster), AddonName: aws.String(name)})
		if isNotFound(err) {
			return true, "", nil
		}
		if err != nil {
			return false, "", wrap(err, object)
		}
		if got.Addon.Status == types.AddonStatusDeleteFailed {
			return false, "", unhealthyAddon(object, &addon{name: name, status: got.Addon.Status})
		}
		return false, string(got.Addon.Status), nil
	})
}
