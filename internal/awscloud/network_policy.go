package awscloud

import (
	"encoding/json"
	"strings"
)

// Words of a design for who may use an endpoint.
const (
	policyOpen         = "open"
	policyAccount      = "account"
	policyOrganization = "organization:"
	policyCustom       = "custom" // what can't be recognised; never in a design
)

// endpointPolicy is the policy document for a word of the design, for one
// service; "" for the open one, which is AWS's own default.
//
// Callers must be of the account or organisation everywhere: stolen or
// foreign credentials can't carry data out through the endpoint. What they
// reach must be too, for services that hold data. What AWS itself serves to
// nodes is let through: image layers, packages, EKS's images.
func (a *api) endpointPolicy(word, service string) string {
	callerKey, resourceKey, id := "aws:PrincipalAccount", "aws:ResourceAccount", a.account
	switch {
	case word == policyOpen:
		return ""
	case strings.HasPrefix(word, policyOrganization):
		callerKey, resourceKey, id = "aws:PrincipalOrgID", "aws:ResourceOrgID", strings.TrimPrefix(word, policyOrganization)
	}
	caller := document{callerKey: id}
	both := document{callerKey: id, resourceKey: id}
	switch service {
	case "s3":
		return encode(policyDocument(
			endpointAllow("Callers", "*", "*", both),
			// Layers of images in ECR, by presigned URLs; packages of Amazon Linux, unsigned.
			endpointAllow("Layers", "s3:GetObject", a.bucket("prod-"+a.region+"-starport-layer-bucket"), nil),
			endpointAllow("Packages", "s3:GetObject", a.bucket("al2023-repos-"+a.region+"-de612dc2"), nil),
		))
	case "ecr.api", "ecr.dkr":
		return encode(policyDocument(
			endpointAllow("Callers", "*", "*", both),
			// EKS's own images stand in accounts of AWS.
			endpointAllow("Pull", []string{"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, "*", caller),
		))
	case "sts":
		return encode(policyDocument(
			endpointAllow("Callers", "*", "*", caller),
			// A service account's token is no AWS caller yet.
			endpointAllow("WebIdentity", "sts:AssumeRoleWithWebIdentity", "*", document{resourceKey: id}),
		))
	case "secretsmanager", "kms", "sqs", "logs":
		return encode(policyDocument(endpointAllow("Callers", "*", "*", both)))
	}
	return encode(policyDocument(endpointAllow("Callers", "*", "*", caller)))
}

// endpointAllow is one statement for any principal that meets the condition.
func endpointAllow(sid string, action, resource any, condition document) document {
	statement := document{"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
	if condition != nil {
		statement["Condition"] = document{"StringEquals": condition}
	}
	return statement
}

func (a *api) bucket(name string) string { return "arn:" + a.partition + ":s3:::" + name + "/*" }

// policyWord recognises a policy document; [policyCustom] where it is none of
// kready's.
func (a *api) policyWord(text, service string) string {
	if opensAll(text) {
		return policyOpen
	}
	words := []string{policyAccount}
	if id := organizationIn(text); id != "" {
		words = append(words, policyOrganization+id)
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
