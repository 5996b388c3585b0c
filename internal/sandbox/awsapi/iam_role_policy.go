package awsapi

import (
	"maps"
	"slices"
	"strings"
)

func putRolePolicy(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	name, err := iamNamed(q, "PolicyName", 128)
	if err != nil {
		return nil, err
	}
	raw := q.form.text("PolicyDocument")
	if _, problem := parsePolicy(raw, identityPolicy); problem != "" {
		return nil, malformedPolicy(problem)
	}
	inline := addTags(role.Inline, map[string]string{name: raw})
	size := 0
	for _, document := range inline {
		size += policySize(document)
	}
	if size > 10240 {
		return nil, iamLimit("Maximum policy size of 10240 bytes exceeded for role %s", role.ID)
	}
	role.Inline = inline
	iamRoles.Put(q.tx, role)
	return nil, nil
}

// inlinePolicy is the inline policy of the member PolicyName.
func inlinePolicy(q *request, role *iamRole) (name, document string, err error) {
	if name, err = iamNamed(q, "PolicyName", 128); err != nil {
		return "", "", err
	}
	document, ok := role.Inline[name]
	if !ok {
		return "", "", noSuchEntity("The role policy with name %s cannot be found.", name)
	}
	return name, document, nil
}

func getRolePolicy(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	name, document, err := inlinePolicy(q, role)
	if err != nil {
		return nil, err
	}
	return []node{text("RoleName", role.ID), text("PolicyName", name), text("PolicyDocument", urlEncoded(document))}, nil
}

func deleteRolePolicy(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	name, _, err := inlinePolicy(q, role)
	if err != nil {
		return nil, err
	}
	role.Inline = dropTags(role.Inline, []string{name})
	iamRoles.Put(q.tx, role)
	return nil, nil
}

func listRolePolicies(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	return iamPage(q, "PolicyNames", slices.Sorted(maps.Keys(role.Inline)), plain)
}

func attachRolePolicy(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	policyARN, err := askedPolicyARN(q)
	if err != nil {
		return nil, err
	}
	if !policyExists(q.tx, policyARN) {
		return nil, noSuchEntity("Policy %s does not exist or is not attachable.", policyARN)
	}
	if slices.Contains(role.Attached, policyARN) {
		return nil, nil
	}
	if most := quota(q.tx, "", quotaAttached); len(role.Attached) >= most {
		return nil, iamLimit("Cannot exceed quota for PoliciesPerRole: %d", most)
	}
	role.Attached = append(slices.Clone(role.Attached), policyARN)
	iamRoles.Put(q.tx, role)
	return nil, nil
}

func detachRolePolicy(q *request) (any, error) {
	role, err := changeableRole(q)
	if err != nil {
		return nil, err
	}
	policyARN, err := askedPolicyARN(q)
	if err != nil {
		return nil, err
	}
	i := slices.Index(role.Attached, policyARN)
	if i < 0 {
		return nil, noSuchEntity("Policy %s was not found.", policyARN)
	}
	role.Attached = slices.Delete(slices.Clone(role.Attached), i, i+1)
	iamRoles.Put(q.tx, role)
	return nil, nil
}

func listAttachedRolePolicies(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	prefix := q.form.text("PathPrefix")
	var attached []string
	for _, policyARN := range role.Attached {
		if strings.HasPrefix(policyPath(policyARN), prefix) {
			attached = append(attached, policyARN)
		}
	}
	return iamPage(q, "AttachedPolicies", attached, func(policyARN string) []node {
		return []node{text("PolicyName", policyName(policyARN)), text("PolicyArn", policyARN)}
	})
}
