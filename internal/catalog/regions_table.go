package catalog

var (
	awsRegionsTable = Table{
		Name:   "aws-regions",
		Holds:  "commercial AWS regions that offer EKS, with availability zones and zone ids",
		Source: "regions: endpoints.json of botocore 1.44.5 of 2026-11-17; zones: EC2 DescribeInstanceTypeOfferings answers packaged with moto 5.2.4",
		Date:   day(2026, 10, 11),
	}
	regionalNATTable = Table{
		Name:   "aws-regional-nat",
		Holds:  "AWS regions with regional NAT gateways: all of the commercial ones, neither GovCloud nor China",
		Source: "AWS announcement of 2025-11-19; field report from ap-northeast-1 of 2026-06-28",
		Date:   day(2026, 6, 28),
	}
	azureRegionsTable = Table{
		Name:   "azure-regions",
		Holds:  "Azure public regions with availability zones",
		Source: "MicrosoftDocs/reliability-docs articles/reliability/regions-list.md (e92155a)",
		Date:   day(2026, 8, 20),
	}
)

func regionTables() []Table {
	aws, nat, azure := awsRegionsTable, regionalNATTable, azureRegionsTable
	aws.Rows, nat.Rows, azure.Rows = len(awsRegions), len(awsRegions), len(azureRegions)
	return []Table{aws, nat, azure}
}

// awsRegion makes a region whose zones are letters, in the order of names, and
// whose zone ids are numbers.
func awsRegion(name, display, short, letters, ids string) Region {
	r := Region{Name: name, Display: display, Short: short, ZonesKnown: letters != ""}
	for _, letter := range letters {
		r.Zones = append(r.Zones, name+string(letter))
	}
	for _, id := range ids {
		r.ZoneIDs = append(r.ZoneIDs, short+"-az"+string(id))
	}
	return r
}

// Zone letters are those of the account that asked; the ids are the region's.
var awsRegions = []Region{
	awsRegion("af-south-1", "Africa (Cape Town)", "afs1", "abc", "123"),
	awsRegion("ap-east-1", "Asia Pacific (Hong Kong)", "ape1", "abc", "123"),
	awsRegion("ap-east-2", "Asia Pacific (Taipei)", "ape2", "", ""),
	awsRegion("ap-northeast-1", "Asia Pacific (Tokyo)", "apne1", "acd", "124"),
	awsRegion("ap-northeast-2", "Asia Pacific (Seoul)", "apne2", "abcd", "1234"),
	awsRegion("ap-northeast-3", "Asia Pacific (Osaka)", "apne3", "abc", "123"),
	awsRegion("ap-south-1", "Asia Pacific (Mumbai)", "aps1", "abc", "123"),
	awsRegion("ap-south-2", "Asia Pacific (Hyderabad)", "aps2", "abc", "123"),
	awsRegion("ap-southeast-1", "Asia Pacific (Singapore)", "apse1", "abc", "123"),
	awsRegion("ap-southeast-2", "Asia Pacific (Sydney)", "apse2", "abc", "123"),
	awsRegion("ap-southeast-3", "Asia Pacific (Jakarta)", "apse3", "abc", "123"),
	awsRegion("ap-southeast-4", "Asia Pacific (Melbourne)", "apse4", "abc", "123"),
	awsRegion("ap-southeast-5", "Asia Pacific (Malaysia)", "apse5", "abc", "123"),
	awsRegion("ap-southeast-6", "Asia Pacific (New Zealand)", "apse6", "", ""),
	awsRegion("ap-southeast-7", "Asia Pacific (Thailand)", "apse7", "", ""),
	awsRegion("ca-central-1", "Canada (Central)", "cac1", "abd", "124"),
	awsRegion("ca-west-1", "Canada West (Calgary)", "caw1", "abc", "123"),
	awsRegion("eu-central-1", "Europe (Frankfurt)", "euc1", "abc", "123"),
	awsRegion("eu-central-2", "Europe (Zurich)", "euc2", "abc", "123"),
	awsRegion("eu-north-1", "Europe (Stockholm)", "eun1", "abc", "123"),
	awsRegion("eu-south-1", "Europe (Milan)", "eus1", "abc", "123"),
	awsRegion("eu-south-2", "Europe (Spain)", "eus2", "abc", "123"),
	awsRegion("eu-west-1", "Europe (Ireland)", "euw1", "abc", "123"),
	awsRegion("eu-west-2", "Europe (London)", "euw2", "abcd", "1234"),
	awsRegion("eu-west-3", "Europe (Paris)", "euw3", "abc", "123"),
	awsRegion("il-central-1", "Israel (Tel Aviv)", "ilc1", "abc", "123"),
	awsRegion("me-central-1", "Middle East (UAE)", "mec1", "abc", "123"),
	awsRegion("me-south-1", "Middle East (Bahrain)", "mes1", "abc", "123"),
	awsRegion("mx-central-1", "Mexico (Central)", "mxc1", "", ""),
	awsRegion("sa-east-1", "South America (Sao Paulo)", "sae1", "abc", "123"),
	awsRegion("us-east-1", "US East (N. Virginia)", "use1", "abcdef", "123456"),
	awsRegion("us-east-2", "US East (Ohio)", "use2", "abc", "123"),
	awsRegion("us-west-1", "US West (N. California)", "usw1", "ab", "13"),
	awsRegion("us-west-2", "US West (Oregon)", "usw2", "abcd", "1234"),
}

func zoned(name, display, short string) Region {
	return Region{Name: name, Display: display, Short: short, Zones: []string{"1", "2", "3"}, ZonesKnown: true}
}

func unzoned(name, display, short string) Region {
	return Region{Name: name, Display: display, Short: short, ZonesKnown: true}
}

func restricted(r Region) Region {
	r.Restricted = true
	return r
}

var azureRegions = []Region{
	unzoned("australiacentral", "Australia Central", "acl"),
	restricted(unzoned("australiacentral2", "Australia Central 2", "acl2")),
	zoned("australiaeast", "Australia East", "ae"),
	unzoned("australiasoutheast", "Australia Southeast", "ase"),
	zoned("austriaeast", "Austria East", "ate"),
	zoned("belgiumcentral", "Belgium Central", "bec"),
	zoned("brazilsouth", "Brazil South", "brs"),
	restricted(unzoned("brazilsoutheast", "Brazil Southeast", "bse")),
	zoned("canadacentral", "Canada Central", "cnc"),
	unzoned("canadaeast", "Canada East", "cne"),
	zoned("centralindia", "Central India", "inc"),
	zoned("centralus", "Central US", "cus"),
	zoned("chilecentral", "Chile Central", "clc"),
	zoned("denmarkeast", "Denmark East", "dke"),
	zoned("eastasia", "East Asia", "ea"),
	zoned("eastus", "East US", "eus"),
	zoned("eastus2", "East US 2", "eus2"),
	zoned("francecentral", "France Central", "frc"),
	restricted(unzoned("francesouth", "France South", "frs")),
	restricted(unzoned("germanynorth", "Germany North", "gn")),
	zoned("germanywestcentral", "Germany West Central", "gwc"),
	zoned("indiasouthcentral", "India South Central", "insc"),
	zoned("indonesiacentral", "Indonesia Central", "idc"),
	zoned("israelcentral", "Israel Central", "ilc"),
	zoned("italynorth", "Italy North", "itn"),
	zoned("japaneast", "Japan East", "jpe"),
	zoned("japanwest", "Japan West", "jpw"),
	zoned("koreacentral", "Korea Central", "krc"),
	unzoned("koreasouth", "Korea South", "krs"),
	zoned("malaysiawest", "Malaysia West", "myw"),
	zoned("mexicocentral", "Mexico Central", "mxc"),
	zoned("newzealandnorth", "New Zealand North", "nzn"),
	unzoned("northcentralus", "North Central US", "ncus"),
	zoned("northeurope", "North Europe", "ne"),
	zoned("norwayeast", "Norway East", "nwe"),
	restricted(unzoned("norwaywest", "Norway West", "nww")),
	zoned("polandcentral", "Poland Central", "plc"),
	zoned("qatarcentral", "Qatar Central", "qac"),
	zoned("southafricanorth", "South Africa North", "san"),
	restricted(unzoned("southafricawest", "South Africa West", "saw")),
	zoned("southcentralus", "South Central US", "scus"),
	zoned("southeastasia", "Southeast Asia", "sea"),
	unzoned("southindia", "South India", "ins"),
	zoned("spaincentral", "Spain Central", "spc"),
	zoned("swedencentral", "Sweden Central", "sdc"),
	zoned("switzerlandnorth", "Switzerland North", "szn"),
	restricted(unzoned("switzerlandwest", "Switzerland West", "szw")),
	restricted(unzoned("uaecentral", "UAE Central", "uac")),
	zoned("uaenorth", "UAE North", "uan"),
	zoned("uksouth", "UK South", "uks"),
	unzoned("ukwest", "UK West", "ukw"),
	unzoned("westcentralus", "West Central US", "wcus"),
	zoned("westeurope", "West Europe", "we"),
	unzoned("westindia", "West India", "inw"),
	unzoned("westus", "West US", "wus"),
	zoned("westus2", "West US 2", "wus2"),
	zoned("westus3", "West US 3", "wus3"),
}
