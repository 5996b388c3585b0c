package awsapi

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// iamPolicy is a customer-managed policy; its id in the store is its ARN.
type iamPolicy struct {
	sandbox.Meta
	PolicyID    string             `json:"policyId"`
	Path        string             `json:"path"`
	Description string             `json:"description,omitempty"`
	Created     time.Time          `json:"createDate"`
	Updated     time.Time          `json:"updateDate"`
	Versions    []iamPolicyVersion `json:"versions"`
	Default     string             `json:"defaultVersionId"`
	Next        int                `json:"nextVersion"`
}

type iamPolicyVersion struct {
	ID       string    `json:"id"`
	Document string    `json:"document"`
	Created  time.Time `json:"createDate"`
}

var iamPolicies = sandbox.NewTable[iamPolicy](cloud, "iam/policy")

var (
	policyARNPattern = matching(`arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\x21-\x7E]*[\w+=,.@-]+`)
	awsManagedARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::aws:policy/((?:[a-z-]+/)?[A-Z][\w-]+)$`)
)

// eksManaged are the AWS-managed policies around EKS, by path and name. Of
// these families a name that is not here does not exist, so that a misspelt
// one, or one without its path, is found out; of all others every well-formed
// name does. Source: the AWS managed policy reference, 2026-11.
var eksManaged = map[string]bool{
	"AmazonEKSClusterPolicy": true, "AmazonEKSWorkerNodePolicy": true, "AmazonEKSWorkerNodeMinimalPolicy": true,
	"AmazonEKS_CNI_Policy": true, "AmazonEKSServicePolicy": true, "AmazonEKSVPCResourceController": true,
	"AmazonEKSFargatePodExecutionRolePolicy": true, "AmazonEKSLocalOutpostClusterPolicy": true,
	"AmazonEKSComputePolicy": true, "AmazonEKSBlockStoragePolicy": true, "AmazonEKSLoadBalancingPolicy": true,
	"AmazonEKSNetworkingPolicy": true, "AmazonEKSDashboardConsoleReadOnly": true,
	"service-role/AmazonEBSCSIDriverPolicy": true, "service-role/AmazonEBSCSIDriverPolicyV2": true,
	"service-role/AmazonEFSCSIDriverPolicy": true, "AmazonS3FilesCSIDriverPolicy": true,
	"AmazonEC2ContainerRegistryReadOnly": true, "AmazonEC2ContainerRegistryPullOnly": true,
	"AmazonEC2ContainerRegistryPowerUser": true, "AmazonEC2ContainerRegistryFullAccess": true,
}

var eksFamilies = regexp.MustCompile(`^(?:[a-z-]+/)?Amazon(?:EKS|EBSCSI|EFSCSI|EC2ContainerRegistry)`)

// policyExists says whether an ARN names a policy that can be attached.
func policyExists(tx *sandbox.Tx, policyARN string) bool {
	if m := awsManagedARN.FindStringSubmatch(policyARN); m != nil {
		return eksManaged[m[1]] || !eksFamilies.MatchString(m[1])
	}
	_, ok := iamPolicies.Get(tx, "", policyARN)
	return ok
}

// policyName is the last part of an ARN.
func policyName(policyARN string) string { return policyARN[strings.LastIndexByte(policyARN, '/')+1:] }

// policyPath is what stands between "policy" and the name, with its slashes.
func policyPath(policyARN string) string {
	_, resource, _ := strings.Cut(policyARN, ":policy")
	return resource[:strings.LastIndexByte(resource, '/')+1]
}

// askedPolicyARN is the member PolicyArn.
func askedPolicyARN(q *request) (string, error) {
	policyARN := q.form.text("PolicyArn")
	var c constraints
	c.required("policyArn", policyARN)
	if policyARN != "" && len(policyARN) < 20 {
		c.length("policyArn", policyARN, 20, 2048)
	}
	if err := c.err(iamValidation); err != nil {
		return "", err
	}
	if !policyARNPattern.MatchString(policyARN) {
		return "", fail(http.StatusBadRequest, "InvalidInput", "ARN %s is not valid.", policyARN)
	}
	return policyARN, nil
}

// askedPolicy is the customer-managed policy of the member PolicyArn.
func askedPolicy(q *request) (*iamPolicy, error) {
	policyARN, err := askedPolicyARN(q)
	if err != nil {
		return nil, err
	}
	q.object(policyARN)
	policy, ok := iamPolicies.Get(q.tx, "", policyARN)
	if ok {
		return policy, nil
	}
	if policyExists(q.tx, policyARN) {
		return nil, fail(http.StatusForbidden, "AccessDenied", "Cannot perform the operation on the AWS managed policy %s", policyARN)
	}
	return nil, noSuchEntity("Policy %s was not found.", policyARN)
}

// document reads a managed policy's text.
func managedDocument(q *request) (string, error) {
	raw := q.form.text("PolicyDocument")
	if _, problem := parsePolicy(raw, identityPolicy); problem != "" {
		return "", malformedPolicy(problem)
	}
	if policySize(raw) > 6144 {
		return "", iamLimit("Cannot exceed quota for PolicySize: 6144")
	}
	return raw, nil
}

func createPolicy(q *request) (any, error) {
	name, err := iamNamed(q, "PolicyName", 128)
	if err != nil {
		return nil, err
	}
	path, err := iamPathOf(q)
	if err != nil {
		return nil, err
	}
	policy := &iamPolicy{Path: path, Description: q.form.text("Description"), Created: q.tx.Now(), Updated: q.tx.Now(), Default: "v1", Next: 2}
	policy.ID, policy.Name = iamARN(q.account, "policy"+path+name), name
	q.object(policy.ID)
	var c constraints
	c.length("description", policy.Description, 0, 1000)
	if err := c.err(iamValidation); err != nil {
		return nil, err
	}
	if policy.Tags, err = iamTags(q); err != nil {
		return nil, err
	}
	raw, err := managedDocument(q)
	if err != nil {
		return nil, err
	}
	if _, taken := iamPolicies.First(q.tx, "", func(p *iamPolicy) bool { return strings.EqualFold(p.Name, name) }); taken {
		return nil, alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", name)
	}
	if most := quota(q.tx, "", quotaPolicies); len(iamPolicies.List(q.tx, "")) >= most {
		return nil, iamLimit("Cannot exceed quota for PoliciesPerAccount: %d", most)
	}
	policy.Versions = []iamPolicyVersion{{ID: "v1", Document: raw, Created: policy.Created}}
	policy.PolicyID = iamID(q.tx, "ANPA")
	iamPolicies.Put(q.tx, policy)
	return []node{group("Policy", policy.nodes(q, false)...)}, nil
}

// users are the roles that a policy is attached to, and those it bounds.
func policyUsers(tx *sandbox.Tx, policyARN string) (attached, bounded []*iamRole) {
	for _, role := range iamRoles.List(tx, "") {
		if slices.Contains(role.Attached, policyARN) {
			attached = append(attached, role)
		}
		if role.Boundary == policyARN {
			bounded = append(bounded, role)
		}
	}
	return attached, bounded
}

func (p *iamPolicy) nodes(q *request, full bool) []node {
	attached, bounded := policyUsers(q.tx, p.ID)
	out := []node{
		text("PolicyName", p.Name), text("PolicyId", p.PolicyID), text("Arn", p.ID), text("Path", p.Path),
		text("DefaultVersionId", p.Default), num("AttachmentCount", len(attached)),
		num("PermissionsBoundaryUsageCount", len(bounded)), flag("IsAttachable", true),
		iamTime("CreateDate", p.Created), iamTime("UpdateDate", p.Updated),
	}
	if full {
		out = append(out, text("Description", p.Description))
	}
	if len(p.Tags) > 0 {
		out = append(out, iamTagNodes(p.Tags))
	}
	return out
}

func getPolicy(q *request) (any, error) {
	policyARN, err := askedPolicyARN(q)
	if err != nil {
		return nil, err
	}
	q.object(policyARN)
	if policy, ok := iamPolicies.Get(q.tx, "", policyARN); ok {
		return []node{group("Policy", policy.nodes(q, true)...)}, nil
	}
	if !policyExists(q.tx, policyARN) {
		return nil, noSuchEntity("Policy %s was not found.", policyARN)
	}
	attached, bounded := policyUsers(q.tx, policyARN)
	return []node{group("Policy",
		text("PolicyName", policyName(policyARN)), text("PolicyId", "ANPASANDBOX0000000000"), text("Arn", policyARN),
		text("Path", policyPath(policyARN)), text("DefaultVersionId", "v1"), num("AttachmentCount", len(attached)),
		num("PermissionsBoundaryUsageCount", len(bounded)), flag("IsAttachable", true))}, nil
}

func listPolicies(q *request) (any, error) {
	scope, prefix := q.form.text("Scope"), q.form.text("PathPrefix")
	onlyAttached, err := q.form.flag("OnlyAttached", false)
	if err != nil {
		return nil, err
	}
	var c constraints
	c.oneOf("scope", scope, "All", "AWS", "Local")
	if err := c.err(iamValidation); err != nil {
		return nil, err
	}
	if scope == "AWS" {
		return nil, fail(http.StatusBadRequest, "UnsupportedOperation", "This sandbox has no list of the AWS managed policies; ask for one with GetPolicy.")
	}
	policies := iamPolicies.Where(q.tx, "", func(p *iamPolicy) bool {
		attached, _ := policyUsers(q.tx, p.ID)
		return strings.HasPrefix(p.Path, prefix) && (!onlyAttached || len(attached) > 0)
	})
	return iamPage(q, "Policies", policies, func(p *iamPolicy) []node {
		bare := *p
		bare.Tags = nil
		return bare.nodes(q, false)
	})
}

func deletePolicy(q *request) (any, error) {
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	attached, bounded := policyUsers(q.tx, policy.ID)
	if len(attached) > 0 {
		return nil, deleteConflict("Cannot delete a policy attached to entities.")
	}
	if len(bounded) > 0 {
		return nil, deleteConflict("Cannot delete a policy that is used as a permissions boundary.")
	}
	if len(policy.Versions) > 1 {
		return nil, deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	iamPolicies.Delete(q.tx, "", policy.ID)
	return nil, nil
}

func (v iamPolicyVersion) nodes(p *iamPolicy, full bool) []node {
	out := []node{text("VersionId", v.ID), flag("IsDefaultVersion", v.ID == p.Default), iamTime("CreateDate", v.Created)}
	if full {
		out = append(out, text("Document", urlEncoded(v.Document)))
	}
	return out
}

func createPolicyVersion(q *request) (any, error) {
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	raw, err := managedDocument(q)
	if err != nil {
		return nil, err
	}
	byDefault, err := q.form.flag("SetAsDefault", false)
	if err != nil {
		return nil, err
	}
	if len(policy.Versions) >= 5 {
		return nil, iamLimit("A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
	}
	version := iamPolicyVersion{ID: fmt.Sprintf("v%d", policy.Next), Document: raw, Created: q.tx.Now()}
	policy.Next++
	policy.Versions = append(slices.Clone(policy.Versions), version)
	policy.Updated = version.Created
	if byDefault {
		policy.Default = version.ID
	}
	iamPolicies.Put(q.tx, policy)
	return []node{group("PolicyVersion", version.nodes(policy, false)...)}, nil
}

// askedVersion is the position of the member VersionId's version.
func askedVersion(q *request, policy *iamPolicy) (int, error) {
	id := q.form.text("VersionId")
	i := slices.IndexFunc(policy.Versions, func(v iamPolicyVersion) bool { return v.ID == id })
	if i < 0 {
		return 0, noSuchEntity("Policy %s version %s does not exist or is not attachable.", policy.ID, id)
	}
	return i, nil
}

func getPolicyVersion(q *request) (any, error) {
	policyARN, err := askedPolicyARN(q)
	if err != nil {
		return nil, err
	}
	if _, own := iamPolicies.Get(q.tx, "", policyARN); !own && policyExists(q.tx, policyARN) {
		return nil, fail(http.StatusBadRequest, "UnsupportedOperation", "This sandbox does not hold the documents of AWS managed policies.")
	}
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	i, err := askedVersion(q, policy)
	if err != nil {
		return nil, err
	}
	return []node{group("PolicyVersion", policy.Versions[i].nodes(policy, true)...)}, nil
}

func listPolicyVersions(q *request) (any, error) {
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	newest := slices.Clone(policy.Versions)
	slices.Reverse(newest)
	return iamPage(q, "Versions", newest, func(v iamPolicyVersion) []node { return v.nodes(policy, false) })
}

func deletePolicyVersion(q *request) (any, error) {
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	i, err := askedVersion(q, policy)
	if err != nil {
		return nil, err
	}
	if policy.Versions[i].ID == policy.Default {
		return nil, deleteConflict("Cannot delete the default version of a policy.")
	}
	policy.Versions = slices.Delete(slices.Clone(policy.Versions), i, i+1)
	iamPolicies.Put(q.tx, policy)
	return nil, nil
}

func setDefaultPolicyVersion(q *request) (any, error) {
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	i, err := askedVersion(q, policy)
	if err != nil {
		return nil, err
	}
	policy.Default, policy.Updated = policy.Versions[i].ID, q.tx.Now()
	iamPolicies.Put(q.tx, policy)
	return nil, nil
}

func listEntitiesForPolicy(q *request) (any, error) {
	policyARN, err := askedPolicyARN(q)
	if err != nil {
		return nil, err
	}
	q.form.ignore("EntityFilter", "MaxItems", "Marker") // roles are all that this sandbox has
	attached, bounded := policyUsers(q.tx, policyARN)
	roles := attached
	if q.form.text("PolicyUsageFilter") == "PermissionsBoundary" {
		roles = bounded
	}
	return []node{
		group("PolicyGroups"), group("PolicyUsers"),
		members("PolicyRoles", roles, func(r *iamRole) []node {
			return []node{text("RoleName", r.ID), text("RoleId", r.RoleID)}
		}),
		flag("IsTruncated", false),
	}, nil
}

func tagPolicy(q *request) (any, error) {
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	if policy.Tags, err = iamRetag(q, policy.Tags); err != nil {
		return nil, err
	}
	iamPolicies.Put(q.tx, policy)
	return nil, nil
}

func untagPolicy(q *request) (any, error) {
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	policy.Tags = dropTags(policy.Tags, q.form.list("TagKeys"))
	iamPolicies.Put(q.tx, policy)
	return nil, nil
}

func listPolicyTags(q *request) (any, error) {
	policy, err := askedPolicy(q)
	if err != nil {
		return nil, err
	}
	return iamTagPage(q, policy.Tags)
}
