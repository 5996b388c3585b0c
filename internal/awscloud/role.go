package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// role is an IAM role as wanted. Names are unique in an account.
type role struct {
	component string // "role/flow-logs"
	name      string
	path      string // "" is "/"
	boundary  string // ARN; "" for none
	trust     document
	inline    map[string]document // by policy name
	managed   []string            // ARNs of managed policies
	tags      map[string]string   // all of them, as wantTags makes them
}

// observedRole is an IAM role as found. inline holds only the policies that
// were asked for; managed is sorted, and nil where it was not asked for.
type observedRole struct {
	arn, id, name  string
	path, boundary string
	trust          string
	inline         map[string]string
	managed        []string
	tags           map[string]string
}

// findRole reads a role, the inline policies of the given names, and the
// attached managed policies where attached. It returns nil where there is no
// such role. Calls: 1 + len(inline) + 1 where attached.
func (a *api) findRole(ctx context.Context, object, name string, inline []string, attached bool) (*observedRole, error) {
	got, err := a.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(name)})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	found := &observedRole{
		arn: aws.ToString(got.Role.Arn), id: aws.ToString(got.Role.RoleId), name: name,
		path: aws.ToString(got.Role.Path), trust: aws.ToString(got.Role.AssumeRolePolicyDocument),
		inline: map[string]string{}, tags: fromIAM(got.Role.Tags),
	}
	if got.Role.PermissionsBoundary != nil {
		found.boundary = aws.ToString(got.Role.PermissionsBoundary.PermissionsBoundaryArn)
	}
	for _, policy := range inline {
		got, err := a.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String(name), PolicyName: aws.String(policy)})
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return nil, wrap(err, object)
		}
		found.inline[policy] = aws.ToString(got.PolicyDocument)
	}
	if attached {
		if found.managed, err = a.attachedPolicies(ctx, object, name); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (a *api) attachedPolicies(ctx context.Context, object, name string) ([]string, error) {
	managed := []string{}
	pages := iam.NewListAttachedRolePoliciesPaginator(a.iam, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, object)
		}
		for _, policy := range page.AttachedPolicies {
			managed = append(managed, aws.ToString(policy.PolicyArn))
		}
	}
	slices.Sort(managed)
	return managed, nil
}

// differences says where a role is not what is wanted, in a person's words;
// empty where it is. Tags are judged apart.
func (want role) differences(have *observedRole) []string {
	var found []string
	if have.boundary != want.boundary {
		found = append(found, "permissions boundary differs")
	}
	if !samePolicy(encode(want.trust), have.trust) {
		found = append(found, "trust policy differs")
	}
	for _, name := range slices.Sorted(maps.Keys(want.inline)) {
		switch have, ok := have.inline[name]; {
		case !ok:
			found = append(found, "policy "+name+" is missing")
		case !samePolicy(encode(want.inline[name]), have):
			found = append(found, "policy "+name+" differs")
		}
	}
	if have.managed != nil && !slices.Equal(sorted(want.managed), have.managed) {
		found = append(found, "attached policies differ")
	}
	return found
}

// ensureRole makes the role what is wanted, and returns it and whether
// anything changed. A role of the same name that somebody else made is
// refused before anything changes.
func (a *api) ensureRole(ctx context.Context, ref cloud.Ref, want role) (*observedRole, bool, error) {
	object := ofCluster(want.component, ref)
	inline := slices.Sorted(maps.Keys(want.inline))
	have, err := a.findRole(ctx, object, want.name, inline, true)
	if err != nil {
		return nil, false, err
	}
	changed := false
	if have == nil {
		if have, err = a.createRole(ctx, object, want); err != nil {
			return have, true, err
		}
		changed = true
	}
	if err := ref.MayTouch(object+" (IAM role "+want.name+")", have.tags); err != nil {
		return nil, changed, err
	}
	if path := pathOf(want.path); have.path != path {
		return have, changed, &cloud.Error{
			Kind: cloud.ErrInvalid, Operation: "iam CreateRole", Object: object,
			Reason: "the role exists with path " + have.path + ", and the design has " + path + "; a role's path is for life",
			Todo:   "Set aws.role_path back, or give the role another name under names.",
		}
	}
	repaired, err := a.repairRole(ctx, object, want, have)
	if err != nil {
		return have, true, err
	}
	if repaired {
		have.boundary, have.trust, have.managed = want.boundary, encode(want.trust), sorted(want.managed)
		for name, policy := range want.inline {
			have.inline[name] = encode(policy)
		}
		have.tags = want.tags
	}
	return have, changed || repaired, nil
}

func (a *api) createRole(ctx context.Context, object string, want role) (*observedRole, error) {
	input := &iam.CreateRoleInput{
		RoleName: aws.String(want.name), Path: aws.String(pathOf(want.path)),
		AssumeRolePolicyDocument: aws.String(encode(want.trust)), Tags: toIAM(want.tags),
		Description: aws.String("Made by kready: " + object),
	}
	if want.boundary != "" {
		input.PermissionsBoundary = aws.String(want.boundary)
	}
	made, err := commit(ctx, func(ctx context.Context) (*iam.CreateRoleOutput, error) { return a.iam.CreateRole(ctx, input) })
	// A lost answer makes the SDK's next attempt meet its own role.
	if err != nil && !isCode(err, "EntityAlreadyExists") {
		return nil, wrap(err, object)
	}
	seen, err := persist(ctx, brief(a.poll), freshLooks, isNotFound, func(ctx context.Context) (*observedRole, error) {
		have, err := a.findRole(ctx, object, want.name, nil, true)
		if err == nil && have == nil {
			err = &cloud.Error{Kind: cloud.ErrNotFound, Operation: "iam GetRole", Object: object, Reason: "the role that was just made can't be seen yet"}
		}
		return have, err
	})
	if err != nil && made != nil && made.Role != nil {
		// It exists, whatever can't be read of it.
		seen = &observedRole{name: want.name, arn: aws.ToString(made.Role.Arn), path: pathOf(want.path), tags: want.tags}
	}
	return seen, err
}

// repairRole changes what differs.
func (a *api) repairRole(ctx context.Context, object string, want role, have *observedRole) (bool, error) {
	name := aws.String(want.name)
	var changes []func(context.Context) error
	if !samePolicy(encode(want.trust), have.trust) {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: aws.String(encode(want.trust))})
			return err
		})
	}
	if want.boundary != have.boundary {
		changes = append(changes, func(ctx context.Context) error {
			if want.boundary == "" {
				_, err := a.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name})
				return err
			}
			_, err := a.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: aws.String(want.boundary)})
			return err
		})
	}
	for _, policy := range slices.Sorted(maps.Keys(want.inline)) {
		text := encode(want.inline[policy])
		if have, ok := have.inline[policy]; ok && samePolicy(text, have) {
			continue
		}
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String(policy), PolicyDocument: aws.String(text)})
			return err
		})
	}
	for _, arn := range without(want.managed, have.managed) {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(arn)})
			return err
		})
	}
	for _, arn := range without(have.managed, want.managed) {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: aws.String(arn)})
			return unlessNotFound(err)
		})
	}
	set, drop := a.changedTags(want.tags, have.tags)
	if len(set) > 0 {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: toIAM(set)})
			return err
		})
	}
	if len(drop) > 0 {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.UntagRole(ctx, &iam.UntagRoleInput{RoleName: name, TagKeys: drop})
			return err
		})
	}
	for _, change := range changes {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (struct{}, error) { return struct{}{}, change(ctx) })
		if err != nil {
			return true, wrap(err, object)
		}
	}
	return len(changes) > 0, nil
}

// deleteRole removes a role that carries ref's token, with what hangs on it.
// A role that is gone or another's is left alone.
func (a *api) deleteRole(ctx context.Context, ref cloud.Ref, component, name string) error {
	object := ofCluster(component, ref)
	if name == "" {
		return nil
	}
	have, err := a.findRole(ctx, object, name, nil, true)
	if err != nil || have == nil || have.tags[cloud.TagToken] != ref.Token {
		return err
	}
	if err := a.stripRole(ctx, object, have); err != nil {
		return err
	}
	_, err = persist(ctx, brief(a.poll), freshLooks,
		func(err error) bool { return isCode(err, "DeleteConflict", "ConcurrentModification") },
		func(ctx context.Context) (*iam.DeleteRoleOutput, error) {
			return commit(ctx, func(ctx context.Context) (*iam.DeleteRoleOutput, error) {
				return a.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String(name)})
			})
		})
	return wrap(unlessNotFound(err), object)
}

// stripRole detaches what IAM wants gone before the role.
func (a *api) stripRole(ctx context.Context, object string, have *observedRole) error {
	name := aws.String(have.name)
	var removals []func(context.Context) error
	policies, err := a.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: name})
	if unlessNotFound(err) != nil {
		return wrap(err, object)
	}
	if policies != nil {
		for _, policy := range policies.PolicyNames {
			removals = append(removals, func(ctx context.Context) error {
				_, err := a.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String(policy)})
				return err
			})
		}
	}
	for _, arn := range have.managed {
		removals = append(removals, func(ctx context.Context) error {
			_, err := a.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: aws.String(arn)})
			return err
		})
	}
	profiles, err := a.iam.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: name})
	if unlessNotFound(err) != nil {
		return wrap(err, object)
	}
	if profiles != nil {
		for _, profile := range profiles.InstanceProfiles {
			removals = append(removals, func(ctx context.Context) error {
				_, err := a.iam.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{
					RoleName: name, InstanceProfileName: profile.InstanceProfileName})
				return err
			})
		}
	}
	for _, remove := range removals {
		_, err := commit(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, remove(ctx) })
		if unlessNotFound(err) != nil {
			return wrap(err, object)
		}
	}
	return nil
}

// notAssumableYet tells whether a service refuses a role that was made a
// moment ago: IAM takes seconds to spread it.
func notAssumableYet(err error) bool {
	if err == nil || !isCode(err, "InvalidParameterException", "InvalidParameter", "InvalidParameterValue", "AccessDenied", "AccessDeniedException", "InvalidRequestException") {
		return false
	}
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "assume") || strings.Contains(text, "role") && hasAny(err, "not exist", "trust", "access denied", "can't be used", "cannot be used")
}

func pathOf(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

func toIAM(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}

func fromIAM(list []types.Tag) map[string]string {
	tags := make(map[string]string, len(list))
	for _, tag := range list {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

// sorted is a sorted copy.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// without is list less the elements of other, sorted.
func without(list, other []string) []string {
	var rest []string
	for _, item := range sorted(list) {
		if !slices.Contains(other, item) {
			rest = append(rest, item)
		}
	}
	return rest
}
