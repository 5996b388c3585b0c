package awsapi

import (
	"fmt"
	"net/http"
	"strings"
)

// serviceLinked names the role that each service makes for itself.
var serviceLinked = map[string]string{
	"autoscaling.amazonaws.com":          "AWSServiceRoleForAutoScaling",
	"spot.amazonaws.com":                 "AWSServiceRoleForEC2Spot",
	"eks.amazonaws.com":                  "AWSServiceRoleForAmazonEKS",
	"eks-nodegroup.amazonaws.com":        "AWSServiceRoleForAmazonEKSNodegroup",
	"eks-fargate.amazonaws.com":          "AWSServiceRoleForAmazonEKSForFargate",
	"elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
	"ecr.amazonaws.com":                  "AWSServiceRoleForECRReplication",
	"pullthroughcache.ecr.amazonaws.com": "AWSServiceRoleForECRPullThroughCache",
	"transitgateway.amazonaws.com":       "AWSServiceRoleForVPCTransitGateway",
}

func createServiceLinkedRole(q *request) (any, error) {
	principal := q.form.text("AWSServiceName")
	name, ok := serviceLinked[principal]
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidInput", "Service %s is not known to this sandbox as one that has a service-linked role", principal)
	}
	if suffix := q.form.text("CustomSuffix"); suffix != "" {
		if principal != "autoscaling.amazonaws.com" {
			return nil, fail(http.StatusBadRequest, "InvalidInput", "Custom suffix is not allowed for %s", principal)
		}
		name += "_" + suffix
	}
	if _, taken := roleNamed(q.tx, name); taken {
		return nil, fail(http.StatusBadRequest, "InvalidInput", "Service role name %s has been taken in this account, please try a different suffix.", name)
	}
	role := putServiceLinkedRole(q, principal, name)
	role.Description = q.form.text("Description")
	iamRoles.Put(q.tx, role)
	return []node{group("Role", role.nodes()...)}, nil
}

// ensureServiceLinkedRole makes the role that a service makes on its first
// use.
func ensureServiceLinkedRole(q *request, principal string) {
	name := serviceLinked[principal]
	if _, ok := roleNamed(q.tx, name); !ok {
		putServiceLinkedRole(q, principal, name)
	}
}

func putServiceLinkedRole(q *request, principal, name string) *iamRole {
	role := &iamRole{
		RoleID: iamID(q.tx, "AROA"), Path: "/aws-service-role/" + principal + "/", Created: q.tx.Now(), MaxSession: 3600,
		Trust: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},"Action":"sts:AssumeRole"}]}`, principal),
	}
	role.ID, role.Name, role.Hidden = name, name, true
	role.ARN = iamARN(q.account, "role"+role.Path+name)
	q.object(name)
	iamRoles.Put(q.tx, role)
	return role
}

func deleteServiceLinkedRole(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	if !role.serviceLinked() {
		return nil, noSuchEntity("The role with name %s is not a service-linked role.", role.ID)
	}
	iamRoles.Delete(q.tx, "", role.ID)
	return []node{text("DeletionTaskId", "task"+role.Path+role.ID+"/"+q.tx.UUID())}, nil
}

func getServiceLinkedRoleDeletionStatus(q *request) (any, error) {
	task := q.form.text("DeletionTaskId")
	if !strings.HasPrefix(task, "task/aws-service-role/") {
		return nil, noSuchEntity("Deletion task %s cannot be found.", task)
	}
	return []node{text("Status", "SUCCEEDED")}, nil
}
