package awscloud

import "fmt"

// limit is one service quota, as Service Quotas names it.
type limit struct {
	service, code, name string
}

// limits are the quotas that a cluster meets, by the error code that reports
// them; where several operations share a code, by "code operation".
// Codes: what list-aws-default-service-quotas answers, as published lists have it;
// looked up again on 2026-11-27.
var limits = map[string]limit{
	"VpcLimitExceeded":                               {"vpc", "L-F678F1CE", "VPCs per Region"},
	"SubnetLimitExceeded":                            {"vpc", "L-407747CB", "Subnets per VPC"},
	"RouteTableLimitExceeded":                        {"vpc", "L-589F43AA", "Route tables per VPC"},
	"RouteLimitExceeded":                             {"vpc", "L-93826ACB", "Routes per route table"},
	"InternetGatewayLimitExceeded":                   {"vpc", "L-A4707A72", "Internet gateways per Region"},
	"NatGatewayLimitExceeded":                        {"vpc", "L-FE5A380F", "NAT gateways per Availability Zone"},
	"VpcEndpointLimitExceeded":                       {"vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC"},
	"SecurityGroupLimitExceeded":                     {"vpc", "L-E79EC296", "VPC security groups per Region"},
	"RulesPerSecurityGroupLimitExceeded":             {"vpc", "L-0EA8095F", "Inbound or outbound rules per security group"},
	"VpcCidrBlockLimitExceeded":                      {"vpc", "L-83CA0A9D", "IPv4 CIDR blocks per VPC"},
	"CidrLimitExceeded":                              {"vpc", "L-83CA0A9D", "IPv4 CIDR blocks per VPC"},
	"AddressLimitExceeded":                           {"ec2", "L-0263D0A3", "EC2-VPC Elastic IPs"},
	"ResourceLimitExceededException CreateCluster":   {"eks", "L-1194D53C", "Clusters"},
	"ResourceLimitExceededException CreateNodegroup": {"eks", "L-6D54EA21", "Managed node groups per cluster"},
	"LimitExceeded CreateRole":                       {"iam", "L-FE177D64", "Roles per account"},
	"LimitExceeded AttachRolePolicy":                 {"iam", "L-0DA4ABF3", "Managed policies per role"},
	"LimitExceededException CreateKey":               {"kms", "L-C2F1777E", "Customer Master Keys (CMKs)"},
	"LimitExceededException CreateRepository":        {"ecr", "L-CFEB8E8D", "Registered repositories"},
	"ResourceLimitExceededException CreateAddon":     {"eks", "", "Add-ons per cluster"},
}

// quotaTodo says which quota to raise, and how.
func quotaTodo(service, operation, code string) string {
	found, ok := limits[code+" "+operation]
	if !ok {
		found, ok = limits[code]
	}
	switch {
	case !ok:
		return fmt.Sprintf("Ask for a higher quota of %s in Service Quotas, or remove what is no longer used; then apply again.", service)
	case found.code == "":
		return fmt.Sprintf("Ask AWS support to raise %q of %s, or remove what is no longer used; then apply again.", found.name, found.service)
	}
	return fmt.Sprintf("Ask for a higher quota %q (aws service-quotas request-service-quota-increase --service-code %s --quota-code %s --desired-value N), or remove what is no longer used; then apply again.",
		found.name, found.service, found.code)
}
