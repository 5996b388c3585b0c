package awscloud

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/sync/errgroup"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// key is a KMS key with its alias, as wanted. A key has no name: the alias is
// how it is found, also while its deletion is pending.
type key struct {
	component string // "key", "key/shop"; the alias is "key-alias", "key-alias/shop"
	alias     string // with its "alias/"
	policy    document
	tags      map[string]string // all of them, as wantTags makes them
}

// observedKey is a KMS key as found.
type observedKey struct {
	id, arn  string
	alias    string // with its "alias/"; "" where the key has lost it
	policy   string
	rotation bool
	enabled  bool
	pending  bool // its deletion is scheduled
	tags     map[string]string
}

// differences says where a key is not what is wanted, in a person's words.
func (want key) differences(have *observedKey) []string {
	var found []string
	if !have.enabled {
		found = append(found, "disabled")
	}
	if !have.rotation {
		found = append(found, "rotation off")
	}
	if !samePolicy(encode(want.policy), have.policy) {
		found = append(found, "key policy differs")
	}
	return found
}

// findKey reads the key behind an alias; nil where there is none. Four calls.
func (a *api) findKey(ctx context.Context, object, alias string) (*observedKey, error) {
	if alias == "" {
		return nil, nil
	}
	have, err := a.readKey(ctx, object, alias)
	if have != nil {
		have.alias = alias
	}
	return have, err
}

// readKey reads a key by id, ARN or "alias/…"; nil where there is none.
func (a *api) readKey(ctx context.Context, object, id string) (*observedKey, error) {
	got, err := a.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(id)})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	have := &observedKey{
		id: aws.ToString(got.KeyMetadata.KeyId), arn: aws.ToString(got.KeyMetadata.Arn),
		enabled: got.KeyMetadata.KeyState == types.KeyStateEnabled,
		pending: got.KeyMetadata.KeyState == types.KeyStatePendingDeletion,
	}
	policy, err := a.kms.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: aws.String(have.id), PolicyName: aws.String("default")})
	if err != nil {
		return nil, wrap(err, object)
	}
	have.policy = aws.ToString(policy.Policy)
	rotation, err := a.kms.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: aws.String(have.id)})
	if err != nil {
		return nil, wrap(err, object)
	}
	have.rotation = rotation.KeyRotationEnabled
	have.tags, err = a.keyTags(ctx, have.id)
	return have, wrap(err, object)
}

func (a *api) keyTags(ctx context.Context, id string) (map[string]string, error) {
	tags := map[string]string{}
	pages := kms.NewListResourceTagsPaginator(a.kms, &kms.ListResourceTagsInput{KeyId: aws.String(id)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, tag := range page.Tags {
			tags[aws.ToString(tag.TagKey)] = aws.ToString(tag.TagValue)
		}
	}
	return tags, nil
}

// ensureKey makes the key and its alias what is wanted, and returns the key
// and whether anything changed. A key of ours whose deletion is pending is
// taken back; a key behind the alias that somebody else made is refused.
func (a *api) ensureKey(ctx context.Context, ref cloud.Ref, want key) (*observedKey, bool, error) {
	object := ofCluster(want.component, ref)
	have, err := a.findKey(ctx, object, want.alias)
	if err == nil && have == nil {
		have, err = a.findStrayKey(ctx, object, ref, want)
	}
	if err != nil {
		return nil, false, err
	}
	changed := false
	if have == nil {
		if have, err = a.createKey(ctx, object, ref, want); err != nil {
			return have, true, err
		}
		changed = true
	}
	if err := mayTakeKey(ref, object, have); err != nil {
		return nil, changed, err
	}
	repaired, err := a.repairKey(ctx, object, want, have)
	return have, changed || repaired, err
}

// mayTakeKey is ref.MayTouch, and admits a key that the same owner's cluster
// of the same name left behind: pending, or kept on purpose.
func mayTakeKey(ref cloud.Ref, object string, have *observedKey) error {
	left := have.pending || have.tags[cloud.TagKept] != ""
	if left && have.tags[cloud.TagCluster] == ref.Cluster && have.tags[cloud.TagOwner] == ref.Owner {
		return nil
	}
	return ref.MayTouch(object+" (KMS key "+have.id+")", have.tags)
}

// keyDescription is what a stray key is recognised by before its tags are
// read.
func keyDescription(ref cloud.Ref, component string) string {
	return "Made by kready: " + ofCluster(component, ref)
}

// findStrayKey looks through the account's keys for one of this component
// that has no alias: an interrupted create, or somebody removed the alias.
// CreateKey takes no idempotency token and a key can't be looked up by tag,
// so this reads every key once; it runs only before a key would be made.
func (a *api) findStrayKey(ctx context.Context, object string, ref cloud.Ref, want key) (*observedKey, error) {
	var (
		group  errgroup.Group
		mu     sync.Mutex
		strays []string
	)
	group.SetLimit(cloud.Parallel)
	description := keyDescription(ref, want.component)
	pages := kms.NewListKeysPaginator(a.kms, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, errors.Join(wrap(err, object), group.Wait())
		}
		for _, entry := range page.Keys {
			group.Go(func() error {
				got, err := a.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: entry.KeyId})
				switch {
				case isNotFound(err) || code(err) == "AccessDeniedException":
					return nil // gone, or closed to us: then it is not ours
				case err != nil:
					return err
				case aws.ToString(got.KeyMetadata.Description) == description:
					mu.Lock()
					defer mu.Unlock()
					strays = append(strays, aws.ToString(entry.KeyId))
				}
				return nil
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, wrap(err, object)
	}
	slices.Sort(strays)
	for _, id := range strays {
		have, err := a.readKey(ctx, object, id)
		if err != nil {
			return nil, err
		}
		if have == nil || have.tags[cloud.TagPart] != ref.Part || have.tags[cloud.TagCluster] != ref.Cluster {
			continue
		}
		// An import does not know yet whose it is: that is read from the tags.
		importing := ref.Incarnation == "" && ref.Token == ""
		if !importing && mayTakeKey(ref, object, have) != nil {
			continue
		}
		have.alias, err = a.aliasOf(ctx, object, id)
		return have, err
	}
	return nil, nil
}

// aliasOf is the first alias of a key; "" where it has none.
func (a *api) aliasOf(ctx context.Context, object, id string) (string, error) {
	got, err := a.kms.ListAliases(ctx, &kms.ListAliasesInput{KeyId: aws.String(id)})
	if err != nil {
		return "", wrap(err, object)
	}
	if len(got.Aliases) == 0 {
		return "", nil
	}
	return aws.ToString(got.Aliases[0].AliasName), nil
}

func (a *api) createKey(ctx context.Context, object string, ref cloud.Ref, want key) (*observedKey, error) {
	id, err := create(ctx, a.poll,
		func(ctx context.Context) (string, error) {
			stray, err := a.findStrayKey(ctx, object, ref, want)
			if stray == nil {
				return "", err
			}
			return stray.id, err
		},
		func(ctx context.Context) (string, error) {
			made, err := a.kms.CreateKey(ctx, &kms.CreateKeyInput{
				Description: aws.String(keyDescription(ref, want.component)),
				Policy:      aws.String(encode(want.policy)), Tags: toKMS(want.tags),
			}, func(o *kms.Options) { o.Retryer = unprocessedOnly{o.Retryer} })
			if err != nil {
				return "", err
			}
			return aws.ToString(made.KeyMetadata.KeyId), nil
		})
	if err != nil {
		return nil, wrap(err, object)
	}
	have, err := persist(ctx, brief(a.poll), freshLooks, isNotFound, func(ctx context.Context) (*observedKey, error) {
		have, err := a.readKey(ctx, object, id)
		if err == nil && have == nil {
			err = &cloud.Error{Kind: cloud.ErrNotFound, Operation: "kms DescribeKey", Object: object, Reason: "the key that was just made can't be seen yet"}
		}
		return have, err
	})
	if err != nil {
		// It exists, whatever can't be read of it.
		return &observedKey{id: id, arn: a.arn("kms", "key/"+id), tags: want.tags, enabled: true}, err
	}
	return have, nil
}

// repairKey changes what differs, and writes it into have.
func (a *api) repairKey(ctx context.Context, object string, want key, have *observedKey) (bool, error) {
	id := aws.String(have.id)
	var changes []func(context.Context) error
	if have.pending {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.kms.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: id})
			return err
		})
	}
	if !have.enabled {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.kms.EnableKey(ctx, &kms.EnableKeyInput{KeyId: id})
			return err
		})
	}
	if !samePolicy(encode(want.policy), have.policy) {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.kms.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: id, PolicyName: aws.String("default"), Policy: aws.String(encode(want.policy))})
			return err
		})
	}
	if !have.rotation {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.kms.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: id})
			return err
		})
	}
	set, drop := a.changedTags(want.tags, have.tags)
	if len(set) > 0 {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.kms.TagResource(ctx, &kms.TagResourceInput{KeyId: id, Tags: toKMS(set)})
			return err
		})
	}
	if len(drop) > 0 {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.kms.UntagResource(ctx, &kms.UntagResourceInput{KeyId: id, TagKeys: drop})
			return err
		})
	}
	if have.alias != want.alias {
		changes = append(changes, func(ctx context.Context) error { return a.setAlias(ctx, have.id, want.alias) })
	}
	for _, change := range changes {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (struct{}, error) { return struct{}{}, change(ctx) })
		if err != nil {
			return true, wrap(err, object)
		}
	}
	if len(changes) > 0 {
		have.alias, have.policy, have.tags = want.alias, encode(want.policy), want.tags
		have.enabled, have.rotation, have.pending = true, true, false
	}
	return len(changes) > 0, nil
}

// setAlias points the alias at the key. A lost answer makes the next attempt
// meet its own alias.
func (a *api) setAlias(ctx context.Context, id, alias string) error {
	name := aws.String(alias)
	_, err := a.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: name, TargetKeyId: aws.String(id)})
	if !isCode(err, "AlreadyExistsException") {
		return err
	}
	got, err := a.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: name})
	if err != nil {
		return err
	}
	if aws.ToString(got.KeyMetadata.KeyId) == id {
		return nil
	}
	return &cloud.Error{
		Kind: cloud.ErrOwned, Operation: "kms CreateAlias", Object: alias,
		Reason: "the alias belongs to another key, " + aws.ToString(got.KeyMetadata.KeyId),
		Todo:   "Give the key another name under names in the blueprint, or remove that alias.",
	}
}

// deleteKey schedules the deletion of a key that carries ref's token, or, with
// keep, takes the token off it and marks it as kept. The alias stays with it:
// by it the same cluster finds the key and takes it back when it is made
// again.
func (a *api) deleteKey(ctx context.Context, ref cloud.Ref, component, alias string, options cloud.DeleteOptions) error {
	object := ofCluster(component, ref)
	have, err := a.findKey(ctx, object, alias)
	if err == nil && have == nil {
		have, err = a.findStrayKey(ctx, object, ref, key{component: component}) // its create was cut short
	}
	if err != nil || have == nil || have.pending || have.tags[cloud.TagToken] != ref.Token {
		return err
	}
	if options.KeepKeys {
		_, err := commit(ctx, func(ctx context.Context) (*kms.TagResourceOutput, error) {
			return a.kms.TagResource(ctx, &kms.TagResourceInput{KeyId: aws.String(have.id), Tags: toKMS(map[string]string{cloud.TagKept: "true"})})
		})
		if err == nil {
			_, err = commit(ctx, func(ctx context.Context) (*kms.UntagResourceOutput, error) {
				return a.kms.UntagResource(ctx, &kms.UntagResourceInput{KeyId: aws.String(have.id), TagKeys: []string{cloud.TagToken, cloud.TagIncarnation}})
			})
		}
		return wrap(unlessNotFound(err), object)
	}
	_, err = commit(ctx, func(ctx context.Context) (*kms.ScheduleKeyDeletionOutput, error) {
		return a.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{
			KeyId: aws.String(have.id), PendingWindowInDays: aws.Int32(pendingDays(options.RecoveryDays))})
	})
	if isCode(err, "KMSInvalidStateException") && hasAny(err, "pending deletion") {
		return nil // an attempt whose answer was lost did that
	}
	return wrap(unlessNotFound(err), object)
}

// pendingDays is a recovery window that KMS and Secrets Manager accept: 7 to
// 30 days, 30 where none is asked for.
func pendingDays(days int) int32 {
	if days == 0 {
		return 30
	}
	return int32(min(max(days, 7), 30))
}

func toKMS(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{TagKey: aws.String(name), TagValue: aws.String(tags[name])})
	}
	return list
}
