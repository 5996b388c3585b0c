package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Words of a design for what a principal may do, and the access policies that
// give it: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
const roleNode = "node"

var accessPolicies = map[string]string{
	"cluster_admin": "AmazonEKSClusterAdminPolicy",
	"admin":         "AmazonEKSAdminPolicy",
	"edit":          "AmazonEKSEditPolicy",
	"view":          "AmazonEKSViewPolicy",
}

// Types of access entries.
const (
	entryStandard = "STANDARD"
	entryNode     = "EC2_LINUX"
)

// accessEntry is an access entry as found.
type accessEntry struct {
	arn, principal, kind string
	groups               []string
	policies             []types.AssociatedAccessPolicy
	tags                 map[string]string
}

func (a *api) accessPolicyARN(word string) string {
	return "arn:" + a.partition + ":eks::aws:cluster-access-policy/" + accessPolicies[word]
}

// listAccess reads every access entry of a cluster, by principal. Calls: 1,
// and 2 an entry.
func (a *api) listAccess(ctx context.Context, ref cloud.Ref) (map[string]*accessEntry, error) {
	object := ofCluster("access entries", ref)
	principals := map[string]string{}
	pages := eks.NewListAccessEntriesPaginator(a.eks, &eks.ListAccessEntriesInput{ClusterName: aws.String(ref.Cluster)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, wrap(err, object)
		}
		for _, principal := range page.AccessEntries {
			principals[principal] = principal
		}
	}
	found := make(chan *accessEntry, len(principals))
	err := each(ctx, principals, func(ctx context.Context, principal, _ string) error {
		entry, err := a.readAccess(ctx, ref, principal)
		if entry != nil {
			found <- entry
		}
		return err
	})
	close(found)
	entries := map[string]*accessEntry{}
	for entry := range found {
		entries[entry.principal] = entry
	}
	return entries, err
}

func (a *api) readAccess(ctx context.Context, ref cloud.Ref, principal string) (*accessEntry, error) {
	object := ofCluster("access entry of "+principal, ref)
	got, err := a.eks.DescribeAccessEntry(ctx, &eks.DescribeAccessEntryInput{ClusterName: aws.String(ref.Cluster), PrincipalArn: aws.String(principal)})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	entry := &accessEntry{
		arn: aws.ToString(got.AccessEntry.AccessEntryArn), principal: principal, kind: aws.ToString(got.AccessEntry.Type),
		groups: got.AccessEntry.KubernetesGroups, tags: got.AccessEntry.Tags,
	}
	if entry.kind != entryStandard {
		return entry, nil // only these take policies
	}
	pages := eks.NewListAssociatedAccessPoliciesPaginator(a.eks, &eks.ListAssociatedAccessPoliciesInput{
		ClusterName: aws.String(ref.Cluster), PrincipalArn: aws.String(principal)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, wrap(err, object)
		}
		entry.policies = append(entry.policies, page.AssociatedAccessPolicies...)
	}
	return entry, nil
}

// design reads an entry back. What the design has no word for is remarked on.
func (e *accessEntry) design() blueprint.AccessEntryDesign {
	design := blueprint.AccessEntryDesign{Principal: e.principal}
	var remarks []string
	if e.kind != entryStandard {
		design.Role = roleNode
		if e.kind != entryNode {
			remarks = append(remarks, "type "+e.kind)
		}
		design.Role = remark(design.Role, remarks...)
		return design
	}
	policies := slices.Clone(e.policies)
	slices.SortFunc(policies, func(a, b types.AssociatedAccessPolicy) int {
		return strings.Compare(aws.ToString(a.PolicyArn), aws.ToString(b.PolicyArn))
	})
	for i, policy := range policies {
		_, name, _ := strings.Cut(aws.ToString(policy.PolicyArn), "cluster-access-policy/")
		word := name
		for role, known := range accessPolicies {
			if known == name {
				word = role
			}
		}
		var namespaces []string
		if policy.AccessScope != nil && policy.AccessScope.Type == types.AccessScopeTypeNamespace {
			namespaces = sorted(policy.AccessScope.Namespaces)
		}
		if i == 0 {
			design.Role, design.Namespaces = word, namespaces
			continue
		}
		remarks = append(remarks, "and "+word+" "+strings.Join(namespaces, ","))
	}
	if len(e.groups) > 0 {
		remarks = append(remarks, "groups "+strings.Join(sorted(e.groups), ","))
	}
	if len(policies) == 0 {
		remarks = append(remarks, "no policy")
	}
	design.Role = remark(design.Role, remarks...)
	return design
}

// ensureAccess makes one entry what is wanted, and tells whether anything
// changed. principal is an ARN; made is called once a new entry exists.
func (a *api) ensureAccess(ctx context.Context, ref cloud.Ref, component, principal string, want blueprint.AccessEntryDesign, tags map[string]string, have *accessEntry, made func()) (bool, error) {
	object := ofCluster(component, ref)
	kind := entryStandard
	if want.Role == roleNode {
		kind = entryNode
	}
	if have != nil && have.kind != kind {
		if err := a.deleteAccess(ctx, ref, component, principal); err != nil {
			return true, err
		}
		have = nil
	}
	changed := false
	if have == nil {
		var err error
		if have, err = a.createAccess(ctx, ref, object, principal, kind, tags, made); err != nil {
			return true, err
		}
		changed = true
	}
	if len(have.groups) > 0 && kind == entryStandard {
		changed = true
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*eks.UpdateAccessEntryOutput, error) {
			return a.eks.UpdateAccessEntry(ctx, &eks.UpdateAccessEntryInput{
				ClusterName: aws.String(ref.Cluster), PrincipalArn: aws.String(principal), KubernetesGroups: []string{}})
		})
		if err != nil {
			return true, wrap(err, object)
		}
	}
	if kind == entryStandard {
		bound, err := a.ensureAccessPolicy(ctx, ref, object, principal, want, have)
		changed = changed || bound
		if err != nil {
			return true, err
		}
	}
	retagged, err := a.repairEKSTags(ctx, object, have.arn, tags, have.tags)
	return changed || retagged, err
}

func (a *api) createAccess(ctx context.Context, ref cloud.Ref, object, principal, kind string, tags map[string]string, made func()) (*accessEntry, error) {
	_, err := persist(ctx, brief(a.poll), freshLooks,
		func(err error) bool { return notAssumableYet(err) || isNotFound(err) || invalidPrincipal(err) },
		func(ctx context.Context) (*eks.CreateAccessEntryOutput, error) {
			return commit(ctx, func(ctx context.Context) (*eks.CreateAccessEntryOutput, error) {
				return a.eks.CreateAccessEntry(ctx, &eks.CreateAccessEntryInput{
					ClusterName: aws.String(ref.Cluster), PrincipalArn: aws.String(principal), Type: aws.String(kind), Tags: tags})
			})
		})
	// A lost answer makes the next attempt meet its own entry.
	if err != nil && !isCode(err, "ResourceInUseException") {
		return nil, wrap(err, object)
	}
	made()
	return persist(ctx, brief(a.poll), freshLooks, isNotFound, func(ctx context.Context) (*accessEntry, error) {
		entry, err := a.readAccess(ctx, ref, principal)
		if err == nil && entry == nil {
			err = &cloud.Error{Kind: cloud.ErrNotFound, Operation: "eks DescribeAccessEntry", Object: object, Reason: "the access entry that was just made can't be seen yet"}
		}
		return entry, err
	})
}

// invalidPrincipal is what EKS says of a role that IAM has not spread yet, and
// of one that does not exist.
func invalidPrincipal(err error) bool {
	return isCode(err, "InvalidParameterException") && hasAny(err, "principalarn is invalid", "invalid principal")
}

// ensureAccessPolicy gives the principal exactly the one policy, in the one
// scope. The new one comes before the old ones go.
func (a *api) ensureAccessPolicy(ctx context.Context, ref cloud.Ref, object, principal string, want blueprint.AccessEntryDesign, have *accessEntry) (bool, error) {
	arn := a.accessPolicyARN(want.Role)
	scope := &types.AccessScope{Type: types.AccessScopeTypeCluster}
	if len(want.Namespaces) > 0 {
		scope = &types.AccessScope{Type: types.AccessScopeTypeNamespace, Namespaces: want.Namespaces}
	}
	bound, changed := false, false
	var rest []string
	for _, policy := range have.policies {
		switch {
		case aws.ToString(policy.PolicyArn) != arn:
			rest = append(rest, aws.ToString(policy.PolicyArn))
		case policy.AccessScope != nil && policy.AccessScope.Type == scope.Type && slices.Equal(sorted(policy.AccessScope.Namespaces), sorted(scope.Namespaces)):
			bound = true
		}
	}
	if !bound {
		changed = true
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*eks.AssociateAccessPolicyOutput, error) {
			return a.eks.AssociateAccessPolicy(ctx, &eks.AssociateAccessPolicyInput{
				ClusterName: aws.String(ref.Cluster), PrincipalArn: aws.String(principal), PolicyArn: aws.String(arn), AccessScope: scope})
		})
		if err != nil {
			return true, wrap(err, object)
		}
	}
	for _, policy := range rest {
		changed = true
		_, err := commit(ctx, func(ctx context.Context) (*eks.DisassociateAccessPolicyOutput, error) {
			return a.eks.DisassociateAccessPolicy(ctx, &eks.DisassociateAccessPolicyInput{
				ClusterName: aws.String(ref.Cluster), PrincipalArn: aws.String(principal), PolicyArn: aws.String(policy)})
		})
		if unlessNotFound(err) != nil {
			return true, wrap(err, object)
		}
	}
	return changed, nil
}

func (a *api) deleteAccess(ctx context.Context, ref cloud.Ref, component, principal string) error {
	_, err := commit(ctx, func(ctx context.Context) (*eks.DeleteAccessEntryOutput, error) {
		return a.eks.DeleteAccessEntry(ctx, &eks.DeleteAccessEntryInput{ClusterName: aws.String(ref.Cluster), PrincipalArn: aws.String(principal)})
	})
	return wrap(unlessNotFound(err), ofCluster(component, ref))
}

// sortedEntries are the entries in the order of their principals.
func sortedEntries(entries map[string]*accessEntry) []*accessEntry {
	var list []*accessEntry
	for _, principal := range slices.Sorted(maps.Keys(entries)) {
		list = append(list, entries[principal])
	}
	return list
}
