package catalog

var (
	awsLimitsTable = Table{
		Name:   "aws-limits",
		Holds:  "default AWS quotas that a cluster meets first, with their quota codes",
		Source: "Service Quotas' ListAWSDefaultServiceQuotas as recorded in gruntwork-io/terraform-aws-utilities docs/quotas.md (3dd9fcb); compared with docs.aws.amazon.com/general/latest/gr/{vpc-service,eks}.html",
		Date:   day(2024, 2, 19),
	}
	azureLimitsTable = Table{
		Name:   "azure-limits",
		Holds:  "Azure and AKS limits that a cluster meets first",
		Source: "MicrosoftDocs/azure-docs includes/{container-service,azure-virtual-network}-limits.md (03adcc3, 04cb4ea)",
		Date:   day(2024, 1, 12),
	}
)

func limitTables() []Table {
	aws, azure := awsLimitsTable, azureLimitsTable
	aws.Rows, azure.Rows = len(Limits(AWS)), len(Limits(Azure))
	return []Table{aws, azure}
}

const (
	perRegion       = "account and region"
	perSubscription = "subscription and region"
)

// Sorted by cloud and key. The vCPU quotas of new accounts are lower or higher
// than these in practice; AWS raises them with use.
var limits = []Limit{
	{"ecr-repositories", AWS, "ecr", "L-CFEB8E8D", "Registered repositories", 10000, perRegion, true},
	{"eks-clusters", AWS, "eks", "L-1194D53C", "Clusters", 100, perRegion, true},
	{"eks-node-groups", AWS, "eks", "L-6D54EA21", "Managed node groups per cluster", 30, "cluster", true},
	{"eks-nodes-per-group", AWS, "eks", "L-BD136A63", "Nodes per managed node group", 450, "node group", true},
	{"eks-pod-identity-associations", AWS, "eks", "", "Pod Identity associations per cluster", 1000, "cluster", false},
	{"elastic-ips", AWS, "ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5, perRegion, true},
	{"gateway-endpoints", AWS, "vpc", "L-1B52E74A", "Gateway VPC endpoints per Region", 20, perRegion, true},
	{"hosted-zones", AWS, "route53", "L-4EA4796A", "Hosted zones", 500, "account", true},
	{"iam-policies-per-role", AWS, "iam", "L-0DA4ABF3", "Managed policies per role", 10, "role", true},
	{"iam-roles", AWS, "iam", "L-FE177D64", "Roles per account", 1000, "account", true},
	{"iam-trust-policy-characters", AWS, "iam", "L-C07B4B0D", "Role trust policy length", 2048, "role", true},
	{"instance-profiles", AWS, "iam", "L-6E65F664", "Instance profiles per account", 1000, "account", true},
	{"interface-endpoints", AWS, "vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", 50, "VPC", true},
	{"internet-gateways", AWS, "vpc", "L-A4707A72", "Internet gateways per Region", 5, perRegion, true},
	{"ips-per-nat-gateway", AWS, "vpc", "L-5F53652F", "Elastic IP address quota per NAT gateway", 2, "NAT gateway", true},
	{"nat-gateways", AWS, "vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5, "zone", true},
	{"network-interfaces", AWS, "vpc", "L-DF5E4CA3", "Network interfaces per Region", 5000, perRegion, true},
	{"network-load-balancers", AWS, "elasticloadbalancing", "L-69A177A2", "Network Load Balancers per Region", 50, perRegion, true},
	{"route-tables", AWS, "vpc", "L-589F43AA", "Route tables per VPC", 200, "VPC", true},
	{"routes-per-table", AWS, "vpc", "L-93826ACB", "Routes per route table", 50, "route table", true},
	{"rules-per-security-group", AWS, "vpc", "L-0EA8095F", "Inbound or outbound rules per security group", 60, "security group and direction", true},
	{"security-groups", AWS, "vpc", "L-E79EC296", "VPC security groups per Region", 2500, perRegion, true},
	{"security-groups-per-interface", AWS, "vpc", "L-2AFB9258", "Security groups per network interface", 5, "network interface", true},
	{"subnets", AWS, "vpc", "L-407747CB", "Subnets per VPC", 200, "VPC", true},
	{"vcpus-on-demand-dl", AWS, "ec2", "L-6E869C2A", "Running On-Demand DL instances", 0, perRegion, true},
	{"vcpus-on-demand-f", AWS, "ec2", "L-74FC7D96", "Running On-Demand F instances", 0, perRegion, true},
	{"vcpus-on-demand-g-and-vt", AWS, "ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", 0, perRegion, true},
	{"vcpus-on-demand-high-memory", AWS, "ec2", "L-43DA4232", "Running On-Demand High Memory instances", 0, perRegion, true},
	{"vcpus-on-demand-hpc", AWS, "ec2", "L-F7808C92", "Running On-Demand HPC instances", 0, perRegion, true},
	{"vcpus-on-demand-inf", AWS, "ec2", "L-1945791B", "Running On-Demand Inf instances", 0, perRegion, true},
	{"vcpus-on-demand-p", AWS, "ec2", "L-417A185B", "Running On-Demand P instances", 0, perRegion, true},
	{"vcpus-on-demand-standard", AWS, "ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5, perRegion, true},
	{"vcpus-on-demand-trn", AWS, "ec2", "L-2C3B7624", "Running On-Demand Trn instances", 0, perRegion, true},
	{"vcpus-on-demand-x", AWS, "ec2", "L-7295265B", "Running On-Demand X instances", 0, perRegion, true},
	{"vcpus-spot-dl", AWS, "ec2", "L-85EED4F7", "All DL Spot Instance Requests", 0, perRegion, true},
	{"vcpus-spot-f", AWS, "ec2", "L-88CF9481", "All F Spot Instance Requests", 0, perRegion, true},
	{"vcpus-spot-g-and-vt", AWS, "ec2", "L-3819A6DF", "All G and VT Spot Instance Requests", 0, perRegion, true},
	{"vcpus-spot-inf", AWS, "ec2", "L-B5D1601B", "All Inf Spot Instance Requests", 0, perRegion, true},
	{"vcpus-spot-p4-and-p3", AWS, "ec2", "L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests", 0, perRegion, true},
	{"vcpus-spot-p5", AWS, "ec2", "L-C4BD4855", "All P5 Spot Instance Requests", 0, perRegion, true},
	{"vcpus-spot-standard", AWS, "ec2", "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 5, perRegion, true},
	{"vcpus-spot-trn", AWS, "ec2", "L-6B0D517C", "All Trn Spot Instance Requests", 0, perRegion, true},
	{"vcpus-spot-x", AWS, "ec2", "L-E3A00192", "All X Spot Instance Requests", 0, perRegion, true},
	{"vpc-cidrs", AWS, "vpc", "L-83CA0A9D", "IPv4 CIDR blocks per VPC", 5, "VPC", true},
	{"vpcs", AWS, "vpc", "L-F678F1CE", "VPCs per Region", 5, perRegion, true},

	{"aks-clusters", Azure, "Microsoft.ContainerService", "", "Clusters per subscription", 5000, "subscription", true},
	{"aks-node-pools", Azure, "Microsoft.ContainerService", "", "Node pools per cluster", 100, "cluster", false},
	{"aks-nodes", Azure, "Microsoft.ContainerService", "", "Nodes per cluster", 5000, "cluster", false},
	{"aks-nodes-per-pool", Azure, "Microsoft.ContainerService", "", "Nodes per node pool", 1000, "node pool", false},
	{"aks-pods-per-node", Azure, "Microsoft.ContainerService", "", "Pods per node", 250, "node", false},
	{"aks-services", Azure, "Microsoft.ContainerService", "", "Load-balanced services per cluster", 300, "cluster", false},
	{"network-security-groups", Azure, "Microsoft.Network", "NetworkSecurityGroups", "Network Security Groups", 5000, perSubscription, false},
	{"peerings", Azure, "Microsoft.Network", "", "Virtual network peerings per virtual network", 500, "virtual network", false},
	{"private-addresses", Azure, "Microsoft.Network", "", "Private IP addresses per virtual network", 65536, "virtual network", false},
	{"public-ips", Azure, "Microsoft.Network", "PublicIPAddresses", "Standard Public IP addresses", 10, perSubscription, true},
	{"route-tables", Azure, "Microsoft.Network", "RouteTables", "User-defined route tables", 200, perSubscription, false},
	{"routes-per-table", Azure, "Microsoft.Network", "", "User-defined routes per route table", 400, "route table", false},
	{"rules-per-security-group", Azure, "Microsoft.Network", "", "NSG rules per NSG", 1000, "network security group", false},
	{"subnets", Azure, "Microsoft.Network", "", "Subnets per virtual network", 3000, "virtual network", false},
	{"virtual-networks", Azure, "Microsoft.Network", "VirtualNetworks", "Virtual networks", 1000, perSubscription, false},
}
