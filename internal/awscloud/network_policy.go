package awscloud

import (
	"encoding/json"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
)

// policyCustom is the word for a policy that can't be recognised; it is never
// in a design.
const policyCustom = "custom"

// endpointPolicy is the text of an endpoint's policy; "" for the open one,
// which is AWS's own default.
func (a *api) endpointPolicy(word, service string) string {
	policy := a.iamAccount().EndpointPolicy(word, service)
	if policy == nil {
		return ""
	}
	return encode(policy)
}

// policyWord recognises a policy document; [policyCustom] where it is none of
// kready's.
func (a *api) policyWord(text, service string) string {
	if opensAll(text) {
		return awsiam.EndpointOpen
	}
	words := []string{awsiam.EndpointAccount}
	if id := organizationIn(text); id != "" {
		words = append(words, awsiam.EndpointOrganization+id)
	}
	for _, word := range words {
		if samePolicy(text, a.endpointPolicy(word, service)) {
			return word
		}
	}
	return policyCustom
}

// opensAll tells whether a document is AWS's default, which lets everything
// through: one statement, whatever its version and name.
func opensAll(text string) bool {
	if text == "" {
		return true
	}
	value, err := decodePolicy(text)
	if err != nil {
		return false
	}
	policy, ok := value.(map[string]any)
	if !ok {
		return false
	}
	statement, ok := policy["Statement"].(map[string]any)
	if !ok {
		return false
	}
	principal := statement["Principal"]
	if aws, ok := principal.(map[string]any); ok && len(aws) == 1 {
		principal = aws["AWS"]
	}
	_, conditional := statement["Condition"]
	return !conditional && statement["Effect"] == "Allow" && statement["Action"] == "*" && statement["Resource"] == "*" && principal == "*"
}

// organizationIn finds the organisation that a document names.
func organizationIn(text string) string {
	var policy struct {
		Statement []struct {
			Condition struct {
				StringEquals map[string]any
			}
		}
	}
	if json.Unmarshal([]byte(text), &policy) != nil {
		return ""
	}
	for _, statement := range policy.Statement {
		if id, ok := statement.Condition.StringEquals["aws:PrincipalOrgID"].(string); ok {
			return id
		}
	}
	return ""
}
