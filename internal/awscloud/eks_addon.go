package awscloud

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Tags of an add-on that remember what was asked for: its version alone
// doesn't tell whether somebody chose it.
const (
	tagVersionPolicy = "kready-version-policy" // the design's policy
	tagPinned        = "kready-version"        // the exact version asked for; absent where the policy decides
	tagResolvedFor   = "kready-kubernetes-version"
)

// addon is an EKS add-on as found.
type addon struct {
	name, arn     string
	version       string
	configuration string
	status        types.AddonStatus
	issues        []string
	roleARN       string       // with IRSA
	association   *podIdentity // with Pod Identity
	role          *observedRole
	tags          map[string]string
}

// wantedAddon is an EKS add-on as wanted.
type wantedAddon struct {
	name          string
	design        blueprint.AddonDesign
	configuration string // the design's, with what only the adapter knows
	kubernetes    string // minor that the version is resolved for
	identity      string // "pod_identity" or "irsa"
	roleARN       string // "" without a grant
	tags          map[string]string
}

func (w wantedAddon) component() string { return "addon/" + w.name }

// addonTags are the tags of an add-on.
func (a *api) addonTags(ref cloud.Ref, name string, design blueprint.AddonDesign, kubernetes string, tags map[string]string) map[string]string {
	all := a.wantTags(ref, "addon/"+name, "", tags)
	all[tagVersionPolicy] = design.VersionPolicy
	all[tagResolvedFor] = kubernetes
	if design.Version != "" {
		all[tagPinned] = design.Version
	}
	return all
}

// findAddons reads add-ons by name: those given, or all of the cluster's
// where names is nil. Calls: 1 an add-on, 1 to list all, and for each with a
// grant 1 for its association and 3 for its role.
func (a *api) findAddons(ctx context.Context, ref cloud.Ref, names []string) (map[string]*addon, error) {
	wanted := map[string]string{}
	for _, name := range names {
		wanted[name] = name
	}
	if names == nil {
		pages := eks.NewListAddonsPaginator(a.eks, &eks.ListAddonsInput{ClusterName: aws.String(ref.Cluster)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if isNotFound(err) {
				return map[string]*addon{}, nil
			}
			if err != nil {
				return nil, wrap(err, ofCluster("add-ons", ref))
			}
			for _, name := range page.Addons {
				wanted[name] = name
			}
		}
	}
	list := make(chan *addon, len(wanted))
	err := each(ctx, wanted, func(ctx context.Context, name, _ string) error {
		found, err := a.readAddon(ctx, ref, name)
		if found != nil {
			list <- found
		}
		return err
	})
	close(list)
	found := map[string]*addon{}
	for one := range list {
		found[one.name] = one
	}
	return found, err
}

// readAddon returns nil where there is none.
func (a *api) readAddon(ctx context.Context, ref cloud.Ref, name string) (*addon, error) {
	object := ofCluster("addon/"+name, ref)
	got, err := a.eks.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: aws.String(ref.Cluster), AddonName: aws.String(name)})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	found := &addon{
		name: name, arn: aws.ToString(got.Addon.AddonArn), version: aws.ToString(got.Addon.AddonVersion),
		configuration: aws.ToString(got.Addon.ConfigurationValues), status: got.Addon.Status,
		roleARN: aws.ToString(got.Addon.ServiceAccountRoleArn), tags: got.Addon.Tags,
	}
	if got.Addon.Health != nil {
		for _, i := range got.Addon.Health.Issues {
			found.issues = append(found.issues, issue(string(i.Code), aws.ToString(i.Message), i.ResourceIds))
		}
	}
	role := found.roleARN
	if len(got.Addon.PodIdentityAssociations) > 0 {
		if found.association, err = a.readAssociation(ctx, ref, object, got.Addon.PodIdentityAssociations[0]); err != nil {
			return nil, err
		}
		if found.association != nil {
			role = found.association.roles
		}
	}
	if role != "" {
		if found.role, err = a.findGrantRole(ctx, object, roleName(role)); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// readAssociation reads an association by ARN; nil where there is none.
func (a *api) readAssociation(ctx context.Context, ref cloud.Ref, object, arn string) (*podIdentity, error) {
	got, err := a.eks.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{
		ClusterName: aws.String(ref.Cluster), AssociationId: aws.String(arn[strings.LastIndex(arn, "/")+1:])})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	return &podIdentity{
		id: aws.ToString(got.Association.AssociationId), arn: aws.ToString(got.Association.AssociationArn),
		namespace: aws.ToString(got.Association.Namespace), account: aws.ToString(got.Association.ServiceAccount),
		roles: aws.ToString(got.Association.RoleArn), tags: got.Association.Tags,
	}, nil
}

// findGrantRole reads a role with all of its policies.
func (a *api) findGrantRole(ctx context.Context, object, name string) (*observedRole, error) {
	policies, err := a.inlinePolicies(ctx, object, name)
	if err != nil {
		return nil, err
	}
	return a.findRole(ctx, object, name, policies, true)
}

// roleName is the name in a role's ARN.
func roleName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// grantRole is the role of an add-on or controller with a built-in grant.
func (a *api) grantRole(ref cloud.Ref, component, name, path, boundary, grant string, trust document, tags map[string]string) (role, error) {
	policy, ok := a.iamAccount().Grant(grant, awsiam.Scope{Cluster: ref.Cluster})
	if !ok {
		return role{}, &cloud.Error{Kind: cloud.ErrInvalid, Object: ofCluster(component, ref), Reason: "there is no built-in grant " + grant,
			Todo: "This is a defect of kready: please report it."}
	}
	return role{component: component, name: name, path: path, boundary: boundary, trust: trust,
		inline: map[string]document{awsiam.GrantPolicyName(grant): policy}, tags: tags}, nil
}

// trustFor lets a service account of the cluster take a role.
func (a *api) trustFor(ref cloud.Ref, identity, provider, namespace, account string) document {
	if identity == "irsa" {
		return a.irsaTrust(provider, namespace, account)
	}
	return a.podIdentityTrust(ref.Cluster)
}

// design reads an add-on back. configuration is the observed one without what
// only the adapter knows; kubernetes is what the version should be resolved
// for.
func (f *addon) design(a *api, ref cloud.Ref, configuration, kubernetes, identity, provider string) blueprint.AddonDesign {
	design := blueprint.AddonDesign{Configuration: configuration}
	if _, pinned := f.tags[tagPinned]; pinned {
		design.Version = f.version
	}
	var remarks []string
	if got := f.tags[tagResolvedFor]; kubernetes != "" && got != kubernetes && design.Version == "" {
		remarks = append(remarks, "resolved for "+got)
	}
	switch f.status {
	case types.AddonStatusCreateFailed, types.AddonStatusUpdateFailed, types.AddonStatusDeleteFailed:
		remarks = append(remarks, string(f.status))
	}
	design.VersionPolicy = remark(f.tags[tagVersionPolicy], remarks...)
	if f.association == nil && f.roleARN == "" {
		return design
	}
	f.observeGrant(a, ref, identity, provider, &design)
	return design
}

// observeGrant reads what the add-on's role lets it do, and for whom.
func (f *addon) observeGrant(a *api, ref cloud.Ref, identity, provider string, design *blueprint.AddonDesign) {
	var remarks []string
	if f.association != nil {
		design.Namespace, design.Account = f.association.namespace, f.association.account
		if identity == "irsa" {
			remarks = append(remarks, "by Pod Identity")
		}
	} else if identity != "irsa" {
		remarks = append(remarks, "by IRSA")
	}
	if f.role == nil {
		design.Grant = remark("", append(remarks, "role is missing")...)
		return
	}
	if _, subject, ok := irsaOf(f.role.trust); ok && f.association == nil {
		if words := strings.Split(subject, ":"); len(words) == 4 {
			design.Namespace, design.Account = words[2], words[3]
		}
	}
	grant := ""
	for _, name := range sortedKeys(f.role.inline) {
		word, ok := awsiam.GrantOfPolicy(name)
		switch {
		case ok && grant == "":
			grant = word
		default:
			remarks = append(remarks, "policy "+name)
		}
	}
	if want, err := a.grantRole(ref, "role/"+f.name, f.role.name, f.role.path, f.role.boundary, grant,
		a.trustFor(ref, identity, provider, design.Namespace, design.Account), nil); err == nil {
		remarks = append(remarks, want.differences(f.role)...)
	}
	design.Grant = remark(grant, remarks...)
}

// resolveVersion is the version to install: as asked for, or by policy for a
// minor of Kubernetes.
func (a *api) resolveVersion(ctx context.Context, ref cloud.Ref, want wantedAddon) (string, error) {
	if want.design.Version != "" {
		return want.design.Version, nil
	}
	object := ofCluster(want.component(), ref)
	best := ""
	pages := eks.NewDescribeAddonVersionsPaginator(a.eks, &eks.DescribeAddonVersionsInput{
		AddonName: aws.String(want.name), KubernetesVersion: aws.String(want.kubernetes)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", wrap(err, object)
		}
		for _, info := range page.Addons {
			for _, offer := range info.AddonVersions {
				version := aws.ToString(offer.AddonVersion)
				for _, fits := range offer.Compatibilities {
					if aws.ToString(fits.ClusterVersion) != want.kubernetes {
						continue
					}
					if fits.DefaultVersion && want.design.VersionPolicy != "latest" {
						return version, nil
					}
					if best == "" || compareVersions(version, best) > 0 {
						best = version
					}
				}
			}
		}
	}
	if best == "" {
		return "", &cloud.Error{
			Kind: cloud.ErrInvalid, Operation: "eks DescribeAddonVersions", Object: object,
			Reason: "EKS offers no version of " + want.name + " for Kubernetes " + want.kubernetes,
			Todo:   "Leave the add-on out (addons = { \"" + want.name + "\" = { enabled = false } }), or check its name.",
		}
	}
	return best, nil
}

// compareVersions compares "v1.19.2-eksbuild.5" number by number.
func compareVersions(a, b string) int {
	left, right := numbersOf(a), numbersOf(b)
	return slices.Compare(left, right)
}

func numbersOf(version string) []int {
	var numbers []int
	for _, word := range strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' }) {
		n := 0
		for _, digit := range word {
			n = n*10 + int(digit-'0')
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// canonicalJSON writes a JSON object with sorted keys and no spaces, as the
// design does; "" for an empty one. A text that is no object stays as it is.
func canonicalJSON(text string) string {
	value, ok := decodeObject(text)
	if !ok {
		return text
	}
	return encodeObject(value)
}

func decodeObject(text string) (map[string]any, bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	var value map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return nil, false
	}
	return value, true
}

func encodeObject(value map[string]any) string {
	if len(value) == 0 {
		return ""
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil { // unreachable: decoded from JSON
		return ""
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// sameJSON tells whether two configurations mean the same.
func sameJSON(a, b string) bool { return canonicalJSON(a) == canonicalJSON(b) }
