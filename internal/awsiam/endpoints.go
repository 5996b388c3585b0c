package awsiam

import "strings"

// Words of a design for who may use an endpoint.
const (
	EndpointOpen         = "open"
	EndpointAccount      = "account"
	EndpointOrganization = "organization:"
)

// EndpointServices are the services whose endpoints have a policy of their own;
// all others have the same.
var EndpointServices = []string{"ecr.api", "ecr.dkr", "kms", "logs", "s3", "secretsmanager", "sqs", "sts"}

// EndpointPolicy is the policy document for a word of the design, for one
// service; nil for the open one, which is AWS's own default.
//
// Callers must be of the account or organisation everywhere: stolen or
// foreign credentials can't carry data out through the endpoint. What they
// reach must be too, for services that hold data. What AWS itself serves to
// nodes is let through: image layers, packages, EKS's images.
func (a Account) EndpointPolicy(word, service string) Document {
	callerKey, resourceKey, id := "aws:PrincipalAccount", "aws:ResourceAccount", a.ID
	switch {
	case word == EndpointOpen:
		return nil
	case strings.HasPrefix(word, EndpointOrganization):
		callerKey, resourceKey, id = "aws:PrincipalOrgID", "aws:ResourceOrgID", strings.TrimPrefix(word, EndpointOrganization)
	}
	caller := Document{callerKey: id}
	both := Document{callerKey: id, resourceKey: id}
	switch service {
	case "s3":
		return Policy(
			endpointAllow("Callers", "*", "*", both),
			// Layers of images in ECR, by presigned URLs; packages of Amazon Linux, unsigned.
			endpointAllow("Layers", "s3:GetObject", a.bucket("prod-"+a.Region+"-starport-layer-bucket"), nil),
			endpointAllow("Packages", "s3:GetObject", a.bucket("al2023-repos-"+a.Region+"-de612dc2"), nil),
		)
	case "ecr.api", "ecr.dkr":
		return Policy(
			endpointAllow("Callers", "*", "*", both),
			// EKS's own images stand in accounts of AWS.
			endpointAllow("Pull", []string{"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, "*", caller),
		)
	case "sts":
		return Policy(
			endpointAllow("Callers", "*", "*", caller),
			// A service account's token is no AWS caller yet.
			endpointAllow("WebIdentity", "sts:AssumeRoleWithWebIdentity", "*", Document{resourceKey: id}),
		)
	case "secretsmanager", "kms", "sqs", "logs":
		return Policy(endpointAllow("Callers", "*", "*", both))
	}
	return Policy(endpointAllow("Callers", "*", "*", caller))
}

// endpointAllow is one statement for any principal that meets the condition.
func endpointAllow(sid string, action, resource any, condition Document) Document {
	statement := Document{"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
	if condition != nil {
		statement["Condition"] = Document{"StringEquals": condition}
	}
	return statement
}

func (a Account) bucket(name string) string { return "arn:" + a.Partition + ":s3:::" + name + "/*" }
