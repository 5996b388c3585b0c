package permissions

import "strings"

// awsImplied are what AWS asks of whoever makes a call, beside the call itself.
// Only a real account can prove them: see the guide "What is proved".
// Sources: the service authorization reference's "dependent actions", and the
// EKS user guide on launch templates and on keys of one's own.
var awsImplied = []implied{
	{"ec2:CreateTags", "ec2:CreateVpc", "everything is tagged as it is made"},
	{"ec2:RunInstances", "eks:CreateNodegroup", "a group with a launch template is tried out with the caller's rights"},
	{"ecr:TagResource", "ecr:CreateRepository", "tags at creation"},
	{"eks:TagResource", "eks:CreateCluster", "tags at creation"},
	{"events:TagResource", "events:PutRule", "tags at creation"},
	{"iam:PassRole", "eks:CreateCluster", "roles are handed to EKS, its nodes, its pods and flow logs"},
	{"iam:TagOpenIDConnectProvider", "iam:CreateOpenIDConnectProvider", "tags at creation"},
	{"iam:TagRole", "iam:CreateRole", "tags at creation"},
	{"kms:CreateGrant", "eks:CreateCluster", "EKS and ECR use the key with a grant of the caller's"},
	{"kms:TagResource", "kms:CreateKey", "tags at creation"},
	{"logs:CreateLogDelivery", "ec2:CreateFlowLogs", "flow logs go to a log group"},
	{"logs:DeleteLogDelivery", "ec2:DeleteFlowLogs", "flow logs go to a log group"},
	{"logs:TagResource", "logs:CreateLogGroup", "tags at creation"},
	{"sqs:TagQueue", "sqs:CreateQueue", "tags at creation"},
}

// awsPassed are the services that a role of kready's may be handed to.
var awsPassed = []string{"ec2.amazonaws.com", "eks.amazonaws.com", "pods.eks.amazonaws.com", "vpc-flow-logs.amazonaws.com"}

type document = map[string]any

// awsPolicy is an IAM policy. Actions on roles are kept to the roles' path,
// handing them over to the services that need them, and all of EC2 and EKS to
// the region.
func awsPolicy(purpose string, scope Scope) document {
	actions := Demanded("aws", purpose)
	var roles, passing, global, regional []string
	for _, action := range actions {
		service, name, _ := strings.Cut(action, ":")
		switch {
		case action == "iam:PassRole":
			passing = append(passing, action)
		case service == "iam" && strings.Contains(name, "Role") && name != "CreateServiceLinkedRole":
			roles = append(roles, action)
		case service == "iam" || service == "sts":
			global = append(global, action)
		default:
			regional = append(regional, action)
		}
	}
	role := scope.arn("iam", "", "role"+or(scope.RolePath, "/")+"*")
	statement := func(sid string, actions []string, resource string, condition document) document {
		s := document{"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
		if condition != nil {
			s["Condition"] = condition
		}
		return s
	}
	var inRegion document
	if scope.Region != "" {
		inRegion = document{"StringEquals": document{"aws:RequestedRegion": scope.Region}}
	}
	statements := []document{
		statement("Region", regional, "*", inRegion),
		statement("Account", global, "*", nil),
		statement("Roles", roles, role, nil),
	}
	if len(passing) > 0 {
		statements = append(statements, statement("HandRolesOver", passing, role, document{"StringEquals": document{"iam:PassedToService": awsPassed}}))
	}
	return document{"Version": "2012-10-17", "Statement": statements}
}

func (s Scope) arn(service, region, resource string) string {
	return strings.Join([]string{"arn", or(s.Partition, "aws"), service, region, or(s.Account, "*"), resource}, ":")
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
