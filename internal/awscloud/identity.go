package awscloud

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// WorkloadIdentity implements [cloud.Cloud].
func (c *awsCloud) WorkloadIdentity() cloud.Part[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs] {
	return workloadIdentity{c}
}

// workloadIdentity is one IAM role with exactly its grants, and what binds it
// to a service account: an EKS Pod Identity association, or the role's trust
// in the cluster's OIDC issuer (IRSA).
type workloadIdentity struct{ cloud *awsCloud }

type observedIdentity = cloud.Observed[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs]

// identityView is what is there.
type identityView struct {
	api         *api
	role        *observedRole
	association *podIdentity
}

// podIdentity is an EKS Pod Identity association.
type podIdentity struct {
	id, arn                   string
	namespace, account, roles string
	tags                      map[string]string
}

// Find implements [cloud.Part]. Calls: 3 for the role and 1 a policy, 2 for
// the association.
func (w workloadIdentity) Find(ctx context.Context, ref cloud.Ref, known blueprint.WorkloadIdentityDesign) (observedIdentity, error) {
	view, err := w.look(ctx, ref, known)
	if err != nil {
		return observedIdentity{}, err
	}
	observed := view.observe(ref, known)
	if !observed.Exists {
		return observed, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "iam GetRole", Object: ofCluster(ref.Part, ref), Reason: "neither its role nor its association exists"}
	}
	return observed, nil
}

// roleOfIdentity is the name of the role: as known, else as it is derived.
func roleOfIdentity(ref cloud.Ref, known blueprint.WorkloadIdentityDesign) string {
	if known.RoleName != "" {
		return withoutRemark(known.RoleName)
	}
	_, name, _ := strings.Cut(ref.Part, "/")
	return ref.Cluster + "-" + ref.Region + "-workload-" + name
}

func (w workloadIdentity) look(ctx context.Context, ref cloud.Ref, known blueprint.WorkloadIdentityDesign) (*identityView, error) {
	api, err := w.cloud.at(ctx, ref)
	if err != nil {
		return nil, err
	}
	view := &identityView{api: api}
	object := ofCluster("role", ref)
	name := roleOfIdentity(ref, known)
	policies, err := api.inlinePolicies(ctx, object, name)
	if err != nil {
		return nil, err
	}
	if view.role, err = api.findRole(ctx, object, name, policies, true); err != nil {
		return nil, err
	}
	view.association, err = api.findAssociation(ctx, ref, known.Namespace, known.ServiceAccount)
	return view, err
}

// inlinePolicies lists the names of a role's inline policies.
func (a *api) inlinePolicies(ctx context.Context, object, role string) ([]string, error) {
	var names []string
	pages := iam.NewListRolePoliciesPaginator(a.iam, &iam.ListRolePoliciesInput{RoleName: aws.String(role)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, wrap(err, object)
		}
		names = append(names, page.PolicyNames...)
	}
	return names, nil
}

// findAssociation looks for the association of a part by its tags, or for the
// one that already binds the service account; nil where there is none, or no
// cluster.
func (a *api) findAssociation(ctx context.Context, ref cloud.Ref, namespace, account string) (*podIdentity, error) {
	object := ofCluster("pod-identity", ref)
	input := &eks.ListPodIdentityAssociationsInput{ClusterName: aws.String(ref.Cluster)}
	if namespace != "" && account != "" && !isRemarked(namespace+account) {
		input.Namespace, input.ServiceAccount = aws.String(namespace), aws.String(account)
	}
	pages := eks.NewListPodIdentityAssociationsPaginator(a.eks, input)
	var foreign *podIdentity
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, wrap(err, object)
		}
		for _, summary := range page.Associations {
			got, err := a.eks.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{
				ClusterName: aws.String(ref.Cluster), AssociationId: summary.AssociationId})
			if isNotFound(err) {
				continue
			}
			if err != nil {
				return nil, wrap(err, object)
			}
			found := &podIdentity{
				id: aws.ToString(got.Association.AssociationId), arn: aws.ToString(got.Association.AssociationArn),
				namespace: aws.ToString(got.Association.Namespace), account: aws.ToString(got.Association.ServiceAccount),
				roles: aws.ToString(got.Association.RoleArn), tags: got.Association.Tags,
			}
			if found.tags[cloud.TagPart] == ref.Part && found.tags[cloud.TagComponent] == "pod-identity" {
				return found, nil
			}
			if input.Namespace != nil {
				foreign = found
			}
		}
	}
	return foreign, nil
}

func isRemarked(word string) bool { return strings.Contains(word, " (") }

func (v *identityView) observe(ref cloud.Ref, known blueprint.WorkloadIdentityDesign) observedIdentity {
	_, name, _ := strings.Cut(ref.Part, "/")
	observed := observedIdentity{
		Objects: map[string]string{},
		Design: blueprint.WorkloadIdentityDesign{
			Scope: blueprint.Scope{Cloud: blueprint.CloudAWS, Region: v.api.region, Cluster: ref.Cluster, Target: known.Target},
			Name:  name, Identity: "pod_identity",
		},
	}
	design := &observed.Design
	var main tagged
	var others []tagged
	if role := v.role; role != nil && role.tags[cloud.TagPart] == ref.Part {
		observed.Exists = true
		observed.Objects["role"] = role.arn
		observed.Outputs.PrincipalID = role.arn
		main = tagged{component: "role", tags: role.tags}
		design.RoleName, design.RolePath, design.Boundary = role.name, role.path, role.boundary
		v.observeTrust(ref, design)
		v.observePolicies(known, design)
	}
	if found := v.association; found != nil && found.tags[cloud.TagPart] == ref.Part {
		observed.Exists = true
		observed.Objects["pod-identity"] = found.id
		design.Namespace, design.ServiceAccount = found.namespace, found.account
		if v.role != nil && found.roles != v.role.arn {
			design.ServiceAccount = remark(found.account, "bound to "+found.roles)
		}
		entry := tagged{component: "pod-identity", tags: found.tags}
		if main.tags == nil {
			main = entry
		} else {
			others = append(others, entry)
		}
	}
	if main.tags != nil {
		design.Tags = v.api.observeTags(main, others)
	}
	design.OnDestroy = cloud.ParseLifecycle(main.tags[cloud.TagLifecycle])
	observed.Owner, observed.Incarnation, observed.Token = main.tags[cloud.TagOwner], main.tags[cloud.TagIncarnation], main.tags[cloud.TagToken]
	return observed
}

// observeTrust tells pod identity from IRSA, and reads the service account
// out of an IRSA trust.
func (v *identityView) observeTrust(ref cloud.Ref, design *blueprint.WorkloadIdentityDesign) {
	if issuer, subject, ok := irsaOf(v.role.trust); ok {
		design.Identity = "irsa"
		words := strings.Split(subject, ":")
		if len(words) == 4 {
			design.Namespace, design.ServiceAccount = words[2], words[3]
		}
		if !samePolicy(v.role.trust, encode(v.api.irsaTrust(issuer, design.Namespace, design.ServiceAccount))) {
			design.Identity = remark("irsa", "trust policy differs")
		}
		return
	}
	if !samePolicy(v.role.trust, encode(v.api.podIdentityTrust(ref.Cluster))) {
		design.Identity = remark("pod_identity", "trust policy differs")
	}
}

// observePolicies reads grants and policies back. What a grant applies to is
// in its own text; it is told by comparing with what the known design would
// write.
func (v *identityView) observePolicies(known blueprint.WorkloadIdentityDesign, design *blueprint.WorkloadIdentityDesign) {
	for _, name := range slices.Sorted(maps.Keys(v.role.inline)) {
		text := v.role.inline[name]
		if grant, ok := awsiam.GrantOfPolicy(name); ok {
			if design.Grants == nil {
				design.Grants = map[string]blueprint.GrantDesign{}
			}
			design.Grants[grant] = v.observeGrant(grant, text, known.Cluster, known.Grants[grant])
			continue
		}
		if design.Policies == nil {
			design.Policies = map[string]string{}
		}
		own, ok := strings.CutPrefix(name, awsiam.PolicyPrefix)
		if !ok {
			own = remark(name, "not made by kready")
		}
		if wanted, has := known.Policies[own]; has && samePolicy(wanted, text) {
			design.Policies[own] = wanted
		} else {
			design.Policies[own] = plainPolicy(text)
		}
	}
	for _, arn := range v.role.managed {
		if design.Policies == nil {
			design.Policies = map[string]string{}
		}
		design.Policies[remark(arn, "attached, not made by kready")] = arn
	}
}

// observeGrant reads a grant's objects out of its policy and holds the text
// against what they would give.
func (v *identityView) observeGrant(grant, text, cluster string, known blueprint.GrantDesign) blueprint.GrantDesign {
	scope := awsiam.Scope{Cluster: cluster, Vaults: map[string]string{}, Given: known.Given}
	var keys []string
	for _, resource := range resourcesOf(text) {
		switch {
		case strings.Contains(resource, ":secret:"):
			_, secret, _ := strings.Cut(resource, ":secret:")
			scope.On = append(scope.On, strings.TrimSuffix(secret, "/*"))
		case strings.Contains(resource, ":repository/"):
			_, repository, _ := strings.Cut(resource, ":repository/")
			scope.On = append(scope.On, repository)
		case strings.Contains(resource, ":kms:"):
			if !slices.Contains(slices.Collect(maps.Values(known.Given)), resource) {
				keys = append(keys, resource)
			}
		}
	}
	scope.On = slices.Compact(sorted(scope.On))
	made := slices.DeleteFunc(slices.Clone(scope.On), func(name string) bool { return known.Given[name] != "" })
	for i, name := range made {
		if i < len(keys) {
			scope.Vaults[name] = keys[i]
		}
	}
	design := blueprint.GrantDesign{On: scope.On, Given: known.Given}
	if policy, ok := v.api.iamAccount().Grant(grant, scope); !ok || !samePolicy(encode(policy), text) {
		design.On = append(design.On, remark("", "policy differs"))
	}
	return design
}

// resourcesOf lists the resources of a policy text.
func resourcesOf(text string) []string {
	value, err := decodePolicy(text)
	if err != nil {
		return nil
	}
	var list []string
	var visit func(any, bool)
	visit = func(value any, inside bool) {
		switch value := value.(type) {
		case string:
			if inside {
				list = append(list, value)
			}
		case map[string]bool:
			if inside {
				list = append(list, slices.Collect(maps.Keys(value))...)
			}
		case []any:
			for _, inner := range value {
				visit(inner, inside)
			}
		case map[string]any:
			for key, inner := range value {
				visit(inner, inside || key == "Resource")
			}
		}
	}
	visit(value, false)
	slices.Sort(list)
	return slices.Compact(list)
}

// plainPolicy is a policy text as JSON with sorted keys.
func plainPolicy(text string) string {
	value, err := decodePolicyRaw(text)
	if err != nil {
		return text
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return string(plain)
}

// wantRole is the role as wanted.
func (v *identityView) wantRole(ref cloud.Ref, design blueprint.WorkloadIdentityDesign, inputs cloud.Inputs) (role, error) {
	trust := v.api.podIdentityTrust(ref.Cluster)
	if design.Identity == "irsa" {
		provider := inputs.Cluster["oidc-provider"]
		if provider == "" {
			return role{}, &cloud.Error{
				Kind: cloud.ErrInvalid, Object: ofCluster(ref.Part, ref), Reason: "the cluster has no OIDC provider, which IRSA needs",
				Todo: "Hand over cluster = kready_cluster.….objects, or use aws = { identity = \"pod_identity\" }.",
			}
		}
		trust = v.api.irsaTrust(provider, design.Namespace, design.ServiceAccount)
	}
	want := role{
		component: "role", name: design.RoleName, path: design.RolePath, boundary: design.Boundary, trust: trust,
		inline: map[string]document{}, tags: v.api.lifecycleTags(ref, "role", design.Tags, design.OnDestroy),
	}
	for grant, on := range design.Grants {
		policy, ok := v.api.iamAccount().Grant(grant, scopeOf(ref, on, inputs))
		if !ok {
			return role{}, &cloud.Error{Kind: cloud.ErrInvalid, Object: ofCluster(ref.Part, ref), Reason: "there is no built-in grant " + grant}
		}
		want.inline[awsiam.GrantPolicyName(grant)] = policy
	}
	for name, text := range design.Policies {
		var policy document
		if err := json.Unmarshal([]byte(text), &policy); err != nil {
			return role{}, &cloud.Error{Kind: cloud.ErrInvalid, Object: ofCluster(ref.Part, ref), Reason: "policy " + name + " is no JSON: " + err.Error()}
		}
		want.inline[awsiam.PolicyPrefix+name] = policy
	}
	return want, nil
}

// Ensure implements [cloud.Part].
func (w workloadIdentity) Ensure(ctx context.Context, ref cloud.Ref, design, known blueprint.WorkloadIdentityDesign, inputs cloud.Inputs) (observedIdentity, error) {
	view, err := w.look(ctx, ref, design)
	if err != nil {
		return observedIdentity{}, err
	}
	if err := view.refuse(ref); err != nil {
		return observedIdentity{}, err
	}
	want, err := view.wantRole(ref, design, inputs)
	if err != nil {
		return observedIdentity{}, err
	}
	changed, err := view.ensure(ctx, ref, design, known, want)
	if err == nil && !changed {
		return view.observe(ref, design), nil
	}
	again, cancel := readBack(ctx)
	defer cancel()
	after, lookErr := w.look(again, ref, design)
	if lookErr != nil {
		return view.observe(ref, design), errors.Join(err, lookErr)
	}
	return after.observe(ref, design), err
}

func (v *identityView) refuse(ref cloud.Ref) error {
	var problems []error
	if v.role != nil {
		problems = append(problems, ref.MayTouch(ofCluster("role", ref)+" (IAM role "+v.role.name+")", v.role.tags))
	}
	if v.association != nil {
		problems = append(problems, ref.MayTouch(ofCluster("pod-identity", ref)+" (association "+v.association.id+")", v.association.tags))
	}
	return errors.Join(problems...)
}

func (v *identityView) ensure(ctx context.Context, ref cloud.Ref, design, known blueprint.WorkloadIdentityDesign, want role) (bool, error) {
	made, changed, err := v.api.ensureRole(ctx, ref, want)
	if made != nil {
		v.role = made
	}
	if err != nil {
		return changed, err
	}
	dropped, err := v.dropPolicies(ctx, ref, want)
	changed = changed || dropped
	if err != nil {
		return changed, err
	}
	bound, err := v.bind(ctx, ref, design, known)
	changed = changed || bound
	if err != nil {
		return changed, err
	}
	if old := withoutRemark(known.RoleName); old != "" && old != design.RoleName {
		changed = true
		err = v.api.deleteRole(ctx, ref, "role", old)
	}
	return changed, err
}

// dropPolicies removes inline policies that the design does not hold: nothing
// but its grants is what the identity may do.
func (v *identityView) dropPolicies(ctx context.Context, ref cloud.Ref, want role) (bool, error) {
	changed := false
	object := ofCluster("role", ref)
	names, err := v.api.inlinePolicies(ctx, object, want.name)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		if _, wanted := want.inline[name]; wanted {
			continue
		}
		changed = true
		_, err := commit(ctx, func(ctx context.Context) (*iam.DeleteRolePolicyOutput, error) {
			return v.api.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String(want.name), PolicyName: aws.String(name)})
		})
		if unlessNotFound(err) != nil {
			return true, wrap(err, object)
		}
	}
	return changed, nil
}

// bind makes the association what is wanted, or removes it.
func (v *identityView) bind(ctx context.Context, ref cloud.Ref, design, known blueprint.WorkloadIdentityDesign) (bool, error) {
	have := v.association
	if have == nil && known.Namespace != "" && (known.Namespace != design.Namespace || known.ServiceAccount != design.ServiceAccount) {
		old, err := v.api.findAssociation(ctx, ref, known.Namespace, withoutRemark(known.ServiceAccount))
		if err != nil {
			return false, err
		}
		if old != nil && old.tags[cloud.TagPart] == ref.Part {
			have = old
		}
	}
	if have != nil && (design.Identity != "pod_identity" || have.namespace != design.Namespace || have.account != design.ServiceAccount) {
		if err := v.api.deleteAssociation(ctx, ref, have); err != nil {
			return true, err
		}
		v.association, have = nil, nil
		if design.Identity != "pod_identity" {
			return true, nil
		}
	}
	if design.Identity != "pod_identity" {
		return false, nil
	}
	bound, changed, err := v.api.ensureAssociation(ctx, ref, "pod-identity", design.Namespace, design.ServiceAccount, v.role.arn,
		v.api.wantTags(ref, "pod-identity", "", design.Tags), have)
	if bound != nil {
		v.association = bound
	}
	return changed, err
}

// Delete implements [cloud.Part].
func (w workloadIdentity) Delete(ctx context.Context, ref cloud.Ref, design blueprint.WorkloadIdentityDesign, _ cloud.DeleteOptions) error {
	view, err := w.look(ctx, ref, design)
	if err != nil {
		return err
	}
	if found := view.association; found != nil && found.tags[cloud.TagToken] == ref.Token {
		if err := view.api.deleteAssociation(ctx, ref, found); err != nil {
			return err
		}
	}
	return view.api.deleteRole(ctx, ref, "role", roleOfIdentity(ref, design))
}
