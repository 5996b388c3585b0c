package awsapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// iamRole is a role; its id in the store is its name.
type iamRole struct {
	sandbox.Meta
	RoleID      string            `json:"roleId"`
	ARN         string            `json:"arn"`
	Path        string            `json:"path"`
	Trust       string            `json:"assumeRolePolicyDocument"`
	Description string            `json:"description,omitempty"`
	MaxSession  int               `json:"maxSessionDuration"`
	Boundary    string            `json:"permissionsBoundary,omitempty"`
	Created     time.Time         `json:"createDate"`
	Inline      map[string]string `json:"inlinePolicies,omitempty"`
	Attached    []string          `json:"attachedPolicies,omitempty"`

	// Propagation counts the uses that still fail because the role is new:
	// IAM is eventually consistent, and a service that is given a role made a
	// moment ago answers that it cannot assume it.
	Propagation sandbox.Progress `json:"propagation,omitzero"`
}

var iamRoles = sandbox.NewTable[iamRole](cloud, "iam/role")

// roleNamed finds a role. Names are unique without regard to case and path.
func roleNamed(tx *sandbox.Tx, name string) (*iamRole, bool) {
	if role, ok := iamRoles.Get(tx, "", name); ok {
		return role, true
	}
	return iamRoles.First(tx, "", func(r *iamRole) bool { return strings.EqualFold(r.ID, name) })
}

// roleByARN finds the role that an ARN names, path included.
func roleByARN(tx *sandbox.Tx, roleARN string) (*iamRole, bool) {
	role, ok := roleNamed(tx, roleARN[strings.LastIndexByte(roleARN, '/')+1:])
	return role, ok && role.ARN == roleARN
}

// assumable says whether a service may assume a role yet: it exists, trusts
// the service, and has had its time to propagate. Each use of a new role
// counts, so a refusal must be kept: the caller's answer is marked so, and it
// must not have written anything else before it asks.
func assumable(q *request, roleARN, service string, actions ...string) (reason string, ok bool) {
	role, found := roleByARN(q.tx, roleARN)
	if !found {
		return "it does not exist", false
	}
	trust, problem := parsePolicy(role.Trust, trustPolicy)
	if problem != "" || !trust.allows("Service", service, actions...) {
		return "its trust policy does not allow " + service, false
	}
	if role.Propagation.Left > 0 {
		role.Propagation.Poll()
		iamRoles.Put(q.tx, role)
		q.keep()
		return "it was made a moment ago", false
	}
	return "", true
}

func roleNotFound(name string) error {
	return noSuchEntity("The role with name %s cannot be found.", name)
}

// askedRole is the role of the member RoleName.
func askedRole(q *request) (*iamRole, error) {
	name, err := iamNamed(q, "RoleName", 64)
	if err != nil {
		return nil, err
	}
	q.object(name)
	role, ok := roleNamed(q.tx, name)
	if !ok {
		return nil, roleNotFound(name)
	}
	return role, nil
}

// changeableRole is the same, for operations that service-linked roles refuse.
func changeableRole(q *request) (*iamRole, error) {
	role, err := askedRole(q)
	if err == nil && role.serviceLinked() {
		return nil, fail(http.StatusBadRequest, "UnmodifiableEntity",
			"Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", role.ID)
	}
	return role, err
}

func (r *iamRole) serviceLinked() bool { return strings.HasPrefix(r.Path, "/aws-service-role/") }

func createRole(q *request) (any, error) {
	name, err := iamNamed(q, "RoleName", 64)
	if err != nil {
		return nil, err
	}
	q.object(name)
	path, err := iamPathOf(q)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, "/aws-service-role/") {
		return nil, fail(http.StatusForbidden, "AccessDenied", "The path /aws-service-role/ is reserved for service-linked roles")
	}
	role := &iamRole{Path: path, Description: q.form.text("Description"), Created: q.tx.Now(), Propagation: q.tx.Steps("iam/role", 1)}
	role.ID, role.Name = name, name
	if role.MaxSession, err = sessionDuration(q, 3600); err != nil {
		return nil, err
	}
	var c constraints
	c.length("description", role.Description, 0, 1000)
	c.pattern("description", role.Description, iamPlain)
	if err := c.err(iamValidation); err != nil {
		return nil, err
	}
	if role.Tags, err = iamTags(q); err != nil {
		return nil, err
	}
	if role.Trust, err = trustDocument(q, "AssumeRolePolicyDocument"); err != nil {
		return nil, err
	}
	if role.Boundary, err = boundary(q, false); err != nil {
		return nil, err
	}
	if old, ok := roleNamed(q.tx, name); ok {
		return nil, alreadyExists("Role with name %s already exists.", old.ID)
	}
	if most := quota(q.tx, "", quotaRoles); len(iamRoles.List(q.tx, "")) >= most {
		return nil, iamLimit("Cannot exceed quota for RolesPerAccount: %d", most)
	}
	role.RoleID = iamID(q.tx, "AROA")
	role.ARN = iamARN(q.account, "role"+path+name)
	iamRoles.Put(q.tx, role)
	return []node{group("Role", role.nodes()...)}, nil
}

func sessionDuration(q *request, def int) (int, error) {
	seconds, err := q.form.number("MaxSessionDuration", def)
	if err != nil {
		return 0, err
	}
	var c constraints
	c.number("maxSessionDuration", seconds, 3600, 43200)
	return seconds, c.err(iamValidation)
}

// trustDocument reads and checks a trust policy. Its quota counts characters
// without white space.
func trustDocument(q *request, member string) (string, error) {
	raw := q.form.text(member)
	if raw == "" {
		var c constraints
		c.required(strings.ToLower(member[:1])+member[1:], raw)
		return "", c.err(iamValidation)
	}
	document, problem := parsePolicy(raw, trustPolicy)
	if problem != "" {
		return "", malformedPolicy(problem)
	}
	for _, s := range document.Statement {
		for _, action := range s.Action {
			if !strings.HasPrefix(strings.ToLower(action), "sts:") && action != "*" {
				return "", malformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.")
			}
		}
	}
	if unknown := unknownPrincipal(q, document); unknown != "" {
		return "", malformedPolicy("Invalid principal in policy: " + unknown)
	}
	if most := quota(q.tx, "", quotaTrustLength); policySize(raw) > most {
		return "", iamLimit("Cannot exceed quota for ACLSizePerRole: %d", most)
	}
	return raw, nil
}

// boundary reads the member PermissionsBoundary, which must be a policy that
// exists.
func boundary(q *request, required bool) (string, error) {
	policyARN := q.form.text("PermissionsBoundary")
	var c constraints
	if required {
		c.required("permissionsBoundary", policyARN)
	}
	if policyARN != "" {
		c.length("permissionsBoundary", policyARN, 20, 2048)
	}
	if err := c.err(iamValidation); err != nil {
		return "", err
	}
	if policyARN != "" && !policyExists(q.tx, policyARN) {
		return "", noSuchEntity("Scope ARN: %s does not exist or is not attachable.", policyARN)
	}
	return policyARN, nil
}

func (r *iamRole) nodes() []node {
	out := []node{
		text("Path", r.Path), text("RoleName", r.ID), text("RoleId", r.RoleID), text("Arn", r.ARN),
		iamTime("CreateDate", r.Created), text("AssumeRolePolicyDocument", urlEncoded(r.Trust)),
		text("Description", r.Description), num("MaxSessionDuration", r.MaxSession),
	}
	if r.Boundary != "" {
		out = append(out, group("PermissionsBoundary",
			text("PermissionsBoundaryType", "Policy"), text("PermissionsBoundaryArn", r.Boundary)))
	}
	if len(r.Tags) > 0 {
		out = append(out, iamTagNodes(r.Tags))
	}
	return out
}

func getRole(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	return []node{group("Role", append(role.nodes(), group("RoleLastUsed"))...)}, nil
}

func listRoles(q *request) (any, error) {
	prefix := q.form.text("PathPrefix")
	roles := iamRoles.Where(q.tx, "", func(r *iamRole) bool { return strings.HasPrefix(r.Path, prefix) })
	slices.SortFunc(roles, func(a, b *iamRole) int { return strings.Compare(a.ID, b.ID) })
	return iamPage(q, "Roles", roles, func(r *iamRole) []node {
		// A list leaves out tags, boundary and last use, as IAM documents.
		bare := *r
		bare.Tags, bare.Boundary = nil, ""
		return bare.nodes()
	})
}

func deleteRole(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	if len(profilesOf(q.tx, role.ID)) > 0 {
		return nil, deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
	}
	if len(role.Attached) > 0 {
		return nil, deleteConflict("Cannot delete entity, must detach all policies first.")
	}
	if len(role.Inline) > 0 {
		return nil, deleteConflict("Cannot delete entity, must delete policies first.")
	}
	iamRoles.Delete(q.tx, "", role.ID)
	return nil, nil
}

func updateRole(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	if role.MaxSession, err = sessionDuration(q, role.MaxSession); err != nil {
		return nil, err
	}
	if q.form.has("Description") {
		if err := role.describe(q.form.text("Description")); err != nil {
			return nil, err
		}
	}
	iamRoles.Put(q.tx, role)
	return nil, nil
}

func updateRoleDescription(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	if err := role.describe(q.form.text("Description")); err != nil {
		return nil, err
	}
	iamRoles.Put(q.tx, role)
	return []node{group("Role", role.nodes()...)}, nil
}

func (r *iamRole) describe(description string) error {
	var c constraints
	c.length("description", description, 0, 1000)
	c.pattern("description", description, iamPlain)
	r.Description = description
	return c.err(iamValidation)
}

func updateAssumeRolePolicy(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	if role.Trust, err = trustDocument(q, "PolicyDocument"); err != nil {
		return nil, err
	}
	iamRoles.Put(q.tx, role)
	return nil, nil
}

func tagRole(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	if role.Tags, err = iamRetag(q, role.Tags); err != nil {
		return nil, err
	}
	iamRoles.Put(q.tx, role)
	return nil, nil
}

func untagRole(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	role.Tags = dropTags(role.Tags, q.form.list("TagKeys"))
	iamRoles.Put(q.tx, role)
	return nil, nil
}

func listRoleTags(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	return iamTagPage(q, role.Tags)
}

func putRolePermissionsBoundary(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	if role.Boundary, err = boundary(q, true); err != nil {
		return nil, err
	}
	iamRoles.Put(q.tx, role)
	return nil, nil
}

func deleteRolePermissionsBoundary(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	if role.Boundary == "" {
		return nil, noSuchEntity("The role with name %s does not have a permissions boundary.", role.ID)
	}
	role.Boundary = ""
	iamRoles.Put(q.tx, role)
	return nil, nil
}
