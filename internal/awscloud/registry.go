package awscloud

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Registry implements [cloud.Cloud].
func (c *awsCloud) Registry() cloud.Part[blueprint.RegistryDesign, blueprint.RegistryOutputs] {
	return registry{c}
}

// registry is a set of ECR repositories and the KMS key that encrypts them.
// ECR can't look a repository up by tag; the key is what the repositories of
// one cluster have in common, and it is for their life.
type registry struct{ cloud *awsCloud }

// registryView is what is there: the key, and the repositories that it
// encrypts, by component key.
type registryView struct {
	api          *api
	key          *observedKey
	repositories map[string]*repository
}

// registryKey is the key as wanted.
func registryKey(api *api, ref cloud.Ref, design blueprint.RegistryDesign) key {
	return key{
		component: "key", alias: design.Names["key-alias"],
		policy: api.iamAccount().KeyPolicy(),
		tags:   api.lifecycleTags(ref, "key", design.Tags, design.OnDestroy),
	}
}

// Find implements [cloud.Part]. Calls: 4 for the key, 1 to list, 3 a
// repository.
func (r registry) Find(ctx context.Context, ref cloud.Ref, known blueprint.RegistryDesign) (cloud.Observed[blueprint.RegistryDesign, blueprint.RegistryOutputs], error) {
	view, err := r.look(ctx, ref, known)
	if err != nil {
		return cloud.Observed[blueprint.RegistryDesign, blueprint.RegistryOutputs]{}, err
	}
	observed := view.observe(ref, known)
	if !observed.Exists {
		return observed, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "kms DescribeKey", Object: ofCluster("registry", ref), Reason: "neither its key nor a repository exists"}
	}
	return observed, nil
}

func (r registry) look(ctx context.Context, ref cloud.Ref, design blueprint.RegistryDesign) (*registryView, error) {
	api, err := r.cloud.at(ctx, ref)
	if err != nil {
		return nil, err
	}
	view := &registryView{api: api, repositories: map[string]*repository{}}
	object := ofCluster("key", ref)
	if view.key, err = api.findKey(ctx, object, design.Names["key-alias"]); err != nil {
		return nil, err
	}
	if view.key == nil {
		if view.key, err = api.findStrayKey(ctx, object, ref, key{component: "key"}); err != nil {
			return nil, err
		}
	}
	if view.key != nil && (view.key.pending || view.key.tags[cloud.TagKept] != "") {
		view.key = nil // left behind by an earlier cluster: it comes back when it is made again
	}
	names := map[string]bool{}
	for _, wanted := range design.Repositories {
		names[wanted.Name] = true
	}
	all, err := api.listRepositories(ctx, object)
	if err != nil {
		return nil, err
	}
	for _, found := range all {
		encryptedByUs := view.key != nil && found.keyARN == view.key.arn
		if !encryptedByUs && !names[found.name] {
			continue
		}
		if err := api.readRepository(ctx, ofCluster("repository "+found.name, ref), found); err != nil {
			return nil, err
		}
		if found.tags[cloud.TagPart] == ref.Part && found.tags[cloud.TagCluster] == ref.Cluster {
			view.repositories[componentOf(ref, found.tags)] = found
		} else if names[found.name] {
			view.repositories["foreign/"+found.name] = found
		}
	}
	return view, nil
}

// observe turns the view into what the contract wants.
func (v *registryView) observe(ref cloud.Ref, known blueprint.RegistryDesign) cloud.Observed[blueprint.RegistryDesign, blueprint.RegistryOutputs] {
	observed := cloud.Observed[blueprint.RegistryDesign, blueprint.RegistryOutputs]{
		Objects: map[string]string{},
		Outputs: blueprint.RegistryOutputs{URLs: map[string]string{}},
		Design: blueprint.RegistryDesign{
			Scope:        blueprint.Scope{Cloud: blueprint.CloudAWS, Region: v.api.region, Cluster: ref.Cluster, Target: known.Target},
			Repositories: map[string]blueprint.RepositoryDesign{}, Names: map[string]string{},
		},
	}
	var main tagged
	var others []tagged
	if v.key != nil {
		observed.Exists = true
		observed.Objects["key"] = v.key.arn
		if v.key.alias != "" {
			observed.Objects["key-alias"] = v.key.alias
			want := registryKey(v.api, ref, known)
			observed.Design.Names["key-alias"] = remark(v.key.alias, want.differences(v.key)...)
		}
		main = tagged{component: "key", tags: v.key.tags}
	}
	var push []string
	for i, component := range slices.Sorted(maps.Keys(v.repositories)) {
		found := v.repositories[component]
		name, ours := cutComponent("repository", component)
		if !ours {
			continue
		}
		observed.Exists = true
		observed.Objects[component] = found.arn
		observed.Outputs.URLs[name] = found.uri
		observed.Design.Repositories[name] = found.design(v.key)
		if i == 0 {
			push = found.pushers
		} else if !slices.Equal(push, found.pushers) {
			push = append(slices.Clone(push), remark("", "differs on "+component))
		}
		entry := tagged{component: component, tags: found.tags}
		if main.tags == nil {
			main = entry
			continue
		}
		others = append(others, entry)
	}
	observed.Design.PushPrincipals = push
	if len(observed.Design.Repositories) == 0 {
		observed.Design.PushPrincipals = known.PushPrincipals
	}
	if main.tags != nil {
		observed.Design.Tags = v.api.observeTags(main, others)
	}
	observed.Design.OnDestroy = cloud.ParseLifecycle(main.tags[cloud.TagLifecycle])
	observed.Owner, observed.Incarnation, observed.Token = main.tags[cloud.TagOwner], main.tags[cloud.TagIncarnation], main.tags[cloud.TagToken]
	return observed
}

// Ensure implements [cloud.Part].
func (r registry) Ensure(ctx context.Context, ref cloud.Ref, design, _ blueprint.RegistryDesign, _ cloud.Inputs) (cloud.Observed[blueprint.RegistryDesign, blueprint.RegistryOutputs], error) {
	view, err := r.look(ctx, ref, design)
	if err != nil {
		return cloud.Observed[blueprint.RegistryDesign, blueprint.RegistryOutputs]{}, err
	}
	if err := view.refuse(ref); err != nil {
		return cloud.Observed[blueprint.RegistryDesign, blueprint.RegistryOutputs]{}, err
	}
	changed, err := view.ensure(ctx, ref, design)
	if err == nil && !changed {
		return view.observe(ref, design), nil
	}
	again, cancel := readBack(ctx)
	defer cancel()
	after, lookErr := r.look(again, ref, design)
	if lookErr != nil {
		return view.observe(ref, design), errors.Join(err, lookErr)
	}
	return after.observe(ref, design), err
}

// refuse names everything of ours that somebody else made, before anything
// changes.
func (v *registryView) refuse(ref cloud.Ref) error {
	var problems []error
	if v.key != nil {
		problems = append(problems, mayTakeKey(ref, ofCluster("key", ref), v.key))
	}
	for _, component := range slices.Sorted(maps.Keys(v.repositories)) {
		found := v.repositories[component]
		problems = append(problems, ref.MayTouch("repository "+found.name, found.tags))
	}
	return errors.Join(problems...)
}

func (v *registryView) ensure(ctx context.Context, ref cloud.Ref, design blueprint.RegistryDesign) (bool, error) {
	made, changed, err := v.api.ensureKey(ctx, ref, registryKey(v.api, ref, design))
	if made != nil {
		v.key = made
	}
	if err != nil {
		return changed, err
	}
	run := &ledger{}
	var mu sync.Mutex // guards exist
	exist := map[string]*repository{}
	makeAll := func(ctx context.Context) error {
		return each(ctx, design.Repositories, func(ctx context.Context, name string, wanted blueprint.RepositoryDesign) error {
			component := "repository/" + name
			have, touched, err := v.api.ensureRepository(ctx, ref, wantedRepository{
				component: component, design: wanted, keyARN: v.key.arn, pushers: design.PushPrincipals,
				tags: v.api.wantTags(ref, component, "", design.Tags),
			}, v.repositories[component])
			if touched {
				run.touched()
			}
			if have != nil {
				// Should nothing be readable any more, this much is known.
				mu.Lock()
				defer mu.Unlock()
				exist[component] = have
			}
			return err
		})
	}
	dropRest := func(ctx context.Context) error {
		rest := map[string]*repository{}
		for component, found := range v.repositories {
			name, ours := cutComponent("repository", component)
			if _, wanted := design.Repositories[name]; ours && !wanted {
				rest[component] = found
			}
		}
		return each(ctx, rest, func(ctx context.Context, component string, found *repository) error {
			run.touched()
			return v.api.deleteRepository(ctx, ref, component, found, design.OnDestroy.Force)
		})
	}
	err = inOrder(makeAll, dropRest)(ctx)
	maps.Copy(v.repositories, exist)
	_, touched := run.snapshot()
	return changed || touched, err
}

// Delete implements [cloud.Part]. What holds images is named before anything
// is deleted.
func (r registry) Delete(ctx context.Context, ref cloud.Ref, design blueprint.RegistryDesign, options cloud.DeleteOptions) error {
	view, err := r.look(ctx, ref, design)
	if err != nil {
		return err
	}
	ours := map[string]*repository{}
	for component, found := range view.repositories {
		if found.tags[cloud.TagToken] == ref.Token {
			ours[component] = found
		}
	}
	if !options.Force {
		if err := each(ctx, ours, func(ctx context.Context, component string, found *repository) error {
			return view.api.refuseImages(ctx, ref, component, found)
		}); err != nil {
			return err
		}
	}
	if err := each(ctx, ours, func(ctx context.Context, component string, found *repository) error {
		return view.api.deleteRepository(ctx, ref, component, found, options.Force)
	}); err != nil {
		return err
	}
	if view.key == nil {
		return nil
	}
	return view.api.deleteKey(ctx, ref, "key", view.key.alias, options)
}

// listRepositories lists the account's repositories, 1,000 a call.
func (a *api) listRepositories(ctx context.Context, object string) ([]*repository, error) {
	var list []*repository
	pages := ecr.NewDescribeRepositoriesPaginator(a.ecr, &ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, object)
		}
		for _, found := range page.Repositories {
			one := &repository{
				name: aws.ToString(found.RepositoryName), arn: aws.ToString(found.RepositoryArn), uri: aws.ToString(found.RepositoryUri),
				immutable: found.ImageTagMutability == types.ImageTagMutabilityImmutable,
			}
			if found.ImageScanningConfiguration != nil {
				one.scan = found.ImageScanningConfiguration.ScanOnPush
			}
			if found.EncryptionConfiguration != nil {
				one.keyARN = aws.ToString(found.EncryptionConfiguration.KmsKey)
			}
			list = append(list, one)
		}
	}
	return list, nil
}
