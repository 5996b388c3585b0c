package awsapi

import (
	"net/http"
	"slices"
)

func putSecretPolicy(q *request) (any, error) {
	var in struct {
		secretID
		ResourcePolicy    string
		BlockPublicPolicy bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	document, problem := parsePolicy(in.ResourcePolicy, resourcePolicy)
	if problem != "" {
		return nil, fail(http.StatusBadRequest, "MalformedPolicyDocumentException", "This resource policy contains a syntax error. %s", problem)
	}
	if unknown := unknownPrincipal(q, document); unknown != "" {
		return nil, fail(http.StatusBadRequest, "MalformedPolicyDocumentException", "This resource policy contains an unsupported principal: %s.", unknown)
	}
	public := slices.ContainsFunc(document.Statement, func(p policyStatement) bool {
		return p.Effect == "Allow" && p.Principal != nil && (p.Principal.Everyone || slices.Contains(p.Principal.Kinds["AWS"], "*")) && len(p.Condition) == 0
	})
	if public && in.BlockPublicPolicy {
		return nil, fail(http.StatusBadRequest, "PublicPolicyException", "This resource policy grants broad access to your secret.")
	}
	s.Policy = in.ResourcePolicy
	secrets.Put(q.tx, s)
	return s.answer(""), nil
}

func getSecretPolicy(q *request) (any, error) {
	var in secretID
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	out := s.answer("")
	if s.Policy != "" {
		out["ResourcePolicy"] = s.Policy
	}
	return out, nil
}

func deleteSecretPolicy(q *request) (any, error) {
	var in secretID
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	s.Policy = ""
	secrets.Put(q.tx, s)
	return s.answer(""), nil
}
