package awsapi

import (
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// quotaKind is one limit of an account: where Service Quotas lists it, and
// what an account begins with. Documented values of 2026.
type quotaKind struct {
	service    string // Service Quotas' service code
	code       string
	name       string
	value      int
	adjustable bool
	global     bool // one for all regions
}

// The quotas that the sandbox enforces.
var (
	quotaVPCs           = quotaKind{service: "vpc", code: "L-F678F1CE", name: "VPCs per Region", value: 5, adjustable: true}
	quotaSubnets        = quotaKind{service: "vpc", code: "L-407747CB", name: "Subnets per VPC", value: 200, adjustable: true}
	quotaRanges         = quotaKind{service: "vpc", code: "L-83CA0A9D", name: "IPv4 CIDR blocks per VPC", value: 5, adjustable: true}
	quotaGateways       = quotaKind{service: "vpc", code: "L-A4707A72", name: "Internet gateways per Region", value: 5, adjustable: true}
	quotaNATGateways    = quotaKind{service: "vpc", code: "L-FE5A380F", name: "NAT gateways per Availability Zone", value: 5, adjustable: true}
	quotaRouteTables    = quotaKind{service: "vpc", code: "L-589F43AA", name: "Route tables per VPC", value: 200, adjustable: true}
	quotaRoutes         = quotaKind{service: "vpc", code: "L-93826ACB", name: "Routes per route table", value: 500, adjustable: true}
	quotaGroups         = quotaKind{service: "vpc", code: "L-E79EC296", name: "VPC security groups per Region", value: 2500, adjustable: true}
	quotaRules          = quotaKind{service: "vpc", code: "L-0EA8095F", name: "Inbound or outbound rules per security group", value: 60, adjustable: true}
	quotaGroupsPerENI   = quotaKind{service: "vpc", code: "L-2AFB9258", name: "Security groups per network interface", value: 5, adjustable: true}
	quotaInterfaces     = quotaKind{service: "vpc", code: "L-DF5E4CA3", name: "Network interfaces per Region", value: 5000, adjustable: true}
	quotaGatewayVPCEs   = quotaKind{service: "vpc", code: "L-1B52E74A", name: "Gateway VPC endpoints per Region", value: 20, adjustable: true}
	quotaInterfaceVPCEs = quotaKind{service: "vpc", code: "L-29B6F2EB", name: "Interface VPC endpoints per VPC", value: 50, adjustable: true}
	quotaPeerings       = quotaKind{service: "vpc", code: "L-7E9ECCDB", name: "Active VPC peering connections per VPC", value: 50, adjustable: true}
	quotaAddresses      = quotaKind{service: "ec2", code: "L-0263D0A3", name: "EC2-VPC Elastic IPs", value: 5, adjustable: true}
	quotaStandardVCPUs  = quotaKind{service: "ec2", code: "L-1216C47A", name: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", value: 256, adjustable: true}
	quotaTemplates      = quotaKind{service: "ec2", code: "L-FB451C26", name: "Launch templates per Region", value: 5000}
	quotaTransit        = quotaKind{service: "ec2", code: "L-A2478D36", name: "Transit gateways per account", value: 5, adjustable: true}
	quotaLoadBalancers  = quotaKind{service: "elasticloadbalancing", code: "L-53DA6B97", name: "Application Load Balancers per Region", value: 50, adjustable: true}
	quotaNetworkLBs     = quotaKind{service: "elasticloadbalancing", code: "L-69A177A2", name: "Network Load Balancers per Region", value: 50, adjustable: true}
	quotaTargetGroups   = quotaKind{service: "elasticloadbalancing", code: "L-B22855CB", name: "Target Groups per Region", value: 3000, adjustable: true}
)

// ec2Quotas are the quotas of EC2, VPC and load balancing, for Service Quotas.
func ec2Quotas() []quotaKind {
	return []quotaKind{
		quotaVPCs, quotaSubnets, quotaRanges, quotaGateways, quotaNATGateways, quotaRouteTables, quotaRoutes,
		quotaGroups, quotaRules, quotaGroupsPerENI, quotaInterfaces, quotaGatewayVPCEs, quotaInterfaceVPCEs,
		quotaPeerings, quotaAddresses, quotaStandardVCPUs, quotaTemplates, quotaTransit, quotaLoadBalancers,
		quotaNetworkLBs, quotaTargetGroups,
	}
}

// quota is the limit in force: the setting quota/aws/REGION/SERVICE/CODE, or
// quota/aws/SERVICE/CODE for all regions, or what an account begins with.
func quota(tx *sandbox.Tx, region string, k quotaKind) int {
	everywhere := tx.SettingInt("quota/aws/"+k.service+"/"+k.code, k.value)
	if k.global {
		return everywhere
	}
	return tx.SettingInt("quota/aws/"+region+"/"+k.service+"/"+k.code, everywhere)
}
