// Package awsiam holds the IAM documents of a cluster on AWS: who may assume
// its roles and what they may do, who may use its endpoints, keys, queue and
// repositories. It is the one source for whoever realizes a design through the
// SDK and whoever writes it as Terraform, so that both give the same rights.
//
// Everything is a pure function of an [Account] and names. An account's id,
// partition and region are only ever put into strings: a caller that doesn't
// know them yet may hand in placeholders.
package awsiam

import (
	"encoding/json"
	"strings"
)

// Document is an IAM policy as JSON values. Maps encode with sorted keys, so
// the same document is always the same text.
type Document = map[string]any

// Account is where ARNs point to.
type Account struct {
	Partition string // "aws", "aws-cn", "aws-us-gov"
	ID        string // 12 digits
	Region    string
}

// ARN makes an ARN in the account and region; service "iam" has no region.
func (a Account) ARN(service, resource string) string {
	region := a.Region
	if service == "iam" {
		region = ""
	}
	return strings.Join([]string{"arn", a.Partition, service, region, a.ID, resource}, ":")
}

// Policy puts statements into a document.
func Policy(statements ...Document) Document {
	list := make([]any, len(statements))
	for i, s := range statements {
		list[i] = s
	}
	return Document{"Version": "2012-10-17", "Statement": list}
}

// Encode renders a document. The values are ours, so it can't fail.
func Encode(document Document) string {
	text, err := json.Marshal(document)
	if err != nil {
		panic("awsiam: document can't be encoded: " + err.Error())
	}
	return string(text)
}

// allow is a statement of a role's policy. condition may be nil.
func allow(sid string, actions []string, resource any, condition Document) Document {
	statement := Document{"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
	if condition != nil {
		statement["Condition"] = condition
	}
	return statement
}
