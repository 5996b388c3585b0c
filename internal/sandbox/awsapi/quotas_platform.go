package awsapi

// The quotas of the services above EC2 that the sandbox enforces. Documented
// values of 2026.
var (
	quotaRoles          = quotaKind{service: "iam", code: "L-FE177D64", name: "Roles per account", value: 1000, adjustable: true, global: true}
	quotaTrustLength    = quotaKind{service: "iam", code: "L-C07B4B0D", name: "Role trust policy length", value: 2048, adjustable: true, global: true}
	quotaAttached       = quotaKind{service: "iam", code: "L-0DA4ABF3", name: "Managed policies per role", value: 10, adjustable: true, global: true}
	quotaOIDCProviders  = quotaKind{service: "iam", code: "L-858F3967", name: "OpenId connect providers per account", value: 100, adjustable: true, global: true}
	quotaPolicies       = quotaKind{service: "iam", code: "L-E95E4862", name: "Customer managed policies per account", value: 1500, adjustable: true, global: true}
	quotaClusters       = quotaKind{service: "eks", code: "L-1194D53C", name: "Clusters", value: 100, adjustable: true}
	quotaNodeGroups     = quotaKind{service: "eks", code: "L-6D54EA21", name: "Managed node groups per cluster", value: 30, adjustable: true}
	quotaNodes          = quotaKind{service: "eks", code: "L-BD136A63", name: "Nodes per managed node group", value: 450, adjustable: true}
	quotaControlPlaneSG = quotaKind{service: "eks", code: "L-11427A54", name: "Control plane security groups per cluster", value: 4}
	quotaPublicRanges   = quotaKind{service: "eks", code: "L-93A74D60", name: "Public endpoint access CIDR ranges per cluster", value: 40}
	quotaRepositories   = quotaKind{service: "ecr", code: "L-CFEB8E8D", name: "Registered repositories", value: 100000, adjustable: true}
	quotaKeys           = quotaKind{service: "kms", code: "L-C2F1777E", name: "Customer Master Keys (CMKs)", value: 100000, adjustable: true}
	quotaLogGroups      = quotaKind{service: "logs", code: "L-D2832119", name: "Log groups", value: 1000000, adjustable: true}
)

// platformQuotas are the quotas of IAM, EKS, ECR, KMS and CloudWatch Logs, for
// Service Quotas.
func platformQuotas() []quotaKind {
	return []quotaKind{
		quotaRoles, quotaTrustLength, quotaAttached, quotaOIDCProviders, quotaPolicies,
		quotaClusters, quotaNodeGroups, quotaNodes, quotaControlPlaneSG, quotaPublicRanges,
		quotaRepositories, quotaKeys, quotaLogGroups,
	}
}
