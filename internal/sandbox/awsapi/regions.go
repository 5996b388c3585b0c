package awsapi

import (
	"maps"
	"slices"
)

// zone is an availability zone: its name is the account's, its id the world's.
type zone struct{ name, id string }

// regions are the regions of this cloud and their zones, as an account of 2026
// sees them. Which letter means which id differs between accounts; this
// account's order is fixed, so that us-east-1e is use1-az3, one of the zones
// in which EKS has no control plane.
var regions = map[string][]zone{
	"us-east-1":      {{"us-east-1a", "use1-az1"}, {"us-east-1b", "use1-az2"}, {"us-east-1c", "use1-az4"}, {"us-east-1d", "use1-az6"}, {"us-east-1e", "use1-az3"}, {"us-east-1f", "use1-az5"}},
	"us-east-2":      lettered("us-east-2", "use2", 3),
	"us-west-1":      {{"us-west-1a", "usw1-az1"}, {"us-west-1b", "usw1-az3"}, {"us-west-1c", "usw1-az2"}},
	"us-west-2":      lettered("us-west-2", "usw2", 4),
	"ca-central-1":   {{"ca-central-1a", "cac1-az1"}, {"ca-central-1b", "cac1-az2"}, {"ca-central-1c", "cac1-az3"}, {"ca-central-1d", "cac1-az4"}},
	"sa-east-1":      lettered("sa-east-1", "sae1", 3),
	"eu-west-1":      lettered("eu-west-1", "euw1", 3),
	"eu-west-2":      lettered("eu-west-2", "euw2", 3),
	"eu-west-3":      lettered("eu-west-3", "euw3", 3),
	"eu-central-1":   lettered("eu-central-1", "euc1", 3),
	"eu-north-1":     lettered("eu-north-1", "eun1", 3),
	"eu-south-1":     lettered("eu-south-1", "eus1", 3),
	"ap-south-1":     lettered("ap-south-1", "aps1", 3),
	"ap-southeast-1": lettered("ap-southeast-1", "apse1", 3),
	"ap-southeast-2": lettered("ap-southeast-2", "apse2", 3),
	"ap-northeast-1": {{"ap-northeast-1a", "apne1-az4"}, {"ap-northeast-1c", "apne1-az1"}, {"ap-northeast-1d", "apne1-az2"}},
}

func lettered(region, id string, n int) []zone {
	var out []zone
	for i := range n {
		out = append(out, zone{region + string(rune('a'+i)), id + "-az" + string(rune('1'+i))})
	}
	return out
}

func knownRegion(region string) bool { return regions[region] != nil }

func regionNames() []string { return slices.Sorted(maps.Keys(regions)) }

// zoneNamed finds a zone of a region by name or by id.
func zoneNamed(region, name string) (zone, bool) {
	for _, z := range regions[region] {
		if z.name == name || z.id == name {
			return z, true
		}
	}
	return zone{}, false
}
