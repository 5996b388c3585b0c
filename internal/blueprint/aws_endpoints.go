package blueprint

import (
	"maps"
	"slices"
)

// awsEndpoints derives the private endpoints. The S3 gateway is free and keeps
// image layers off the NAT gateways, so it is always there; interface
// endpoints exist where there is no other way out.
// Source: Amazon EKS user guide, private clusters; Amazon EKS best practices,
// 2026-05.
func (r *resolver) awsEndpoints() map[string]EndpointDesign {
	policy := "account"
	if id := r.aws().OrganizationID; id != "" {
		policy = "organization:" + id
	}
	endpoints := map[string]EndpointDesign{"s3": {Type: "gateway", Policy: policy}}
	if r.egress() != EgressIsolated {
		return endpoints
	}
	for _, service := range r.isolatedServices() {
		endpoints[service] = EndpointDesign{Type: "interface", Policy: policy}
	}
	if existing := r.spec.Network.Existing; existing != nil {
		for _, service := range existing.InterfaceEndpoints {
			delete(endpoints, service)
		}
	}
	return endpoints
}

// isolatedServices are the services that a cluster without a way out reaches
// through interface endpoints.
func (r *resolver) isolatedServices() []string {
	services := set{}
	for _, service := range []string{"ec2", "ecr.api", "ecr.dkr", "eks", "logs", "sts"} {
		services.add(service)
	}
	if r.identity() == "pod_identity" {
		services.add("eks-auth")
	}
	if r.encryption().Mode != "cloud" || r.spec.Registry != nil || r.spec.Vault != nil {
		services.add("kms")
	}
	switch r.autoscaling() {
	case AutoscalingCluster:
		services.add("autoscaling")
	case AutoscalingKarpenter:
		services.add("sqs")
		services.add("ssm")
	case AutoscalingAutoMode:
		services.add("elasticloadbalancing")
	}
	if r.spec.Vault != nil {
		services.add("secretsmanager")
	}
	for _, name := range slices.Sorted(maps.Keys(r.spec.WorkloadIdentities)) {
		for _, grant := range r.spec.WorkloadIdentities[name].Grants {
			for _, service := range grantServices[grant] {
				services.add(service)
			}
		}
	}
	if r.addonEnabled("aws-efs-csi-driver") {
		services.add("elasticfilesystem")
	}
	return services.sorted()
}

// grantServices are the services that a built-in grant is used with.
var grantServices = map[string][]string{
	"vault:read":               {"secretsmanager", "kms"},
	"load-balancer-controller": {"elasticloadbalancing"},
	"cluster-autoscaler":       {"autoscaling"},
	"efs-csi":                  {"elasticfilesystem"},
}

func hasInterfaceEndpoints(endpoints map[string]EndpointDesign) bool {
	for _, endpoint := range endpoints {
		if endpoint.Type == "interface" {
			return true
		}
	}
	return false
}
