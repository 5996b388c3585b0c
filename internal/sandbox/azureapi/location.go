package azureapi

import (
	"maps"
	"slices"
	"strings"
)

// location is a region of Azure.
type location struct {
	display string // "West Europe"
	area    string // geography group
	zoned   bool
}

func (l location) zones() []string {
	if !l.zoned {
		return nil
	}
	return []string{"1", "2", "3"}
}

// locations are the regions of this sandbox. Source: learn.microsoft.com,
// "Azure regions list", 2026-08.
var locations = map[string]location{
	"australiacentral":   {"Australia Central", "Asia Pacific", false},
	"australiaeast":      {"Australia East", "Asia Pacific", true},
	"australiasoutheast": {"Australia Southeast", "Asia Pacific", false},
	"austriaeast":        {"Austria East", "Europe", true},
	"belgiumcentral":     {"Belgium Central", "Europe", true},
	"brazilsouth":        {"Brazil South", "South America", true},
	"canadacentral":      {"Canada Central", "Canada", true},
	"canadaeast":         {"Canada East", "Canada", false},
	"centralindia":       {"Central India", "Asia Pacific", true},
	"centralus":          {"Central US", "US", true},
	"chilecentral":       {"Chile Central", "South America", true},
	"denmarkeast":        {"Denmark East", "Europe", true},
	"eastasia":           {"East Asia", "Asia Pacific", true},
	"eastus":             {"East US", "US", true},
	"eastus2":            {"East US 2", "US", true},
	"francecentral":      {"France Central", "Europe", true},
	"germanywestcentral": {"Germany West Central", "Europe", true},
	"indiasouthcentral":  {"India South Central", "Asia Pacific", true},
	"indonesiacentral":   {"Indonesia Central", "Asia Pacific", true},
	"israelcentral":      {"Israel Central", "Middle East", true},
	"italynorth":         {"Italy North", "Europe", true},
	"japaneast":          {"Japan East", "Asia Pacific", true},
	"japanwest":          {"Japan West", "Asia Pacific", true},
	"koreacentral":       {"Korea Central", "Asia Pacific", true},
	"koreasouth":         {"Korea South", "Asia Pacific", false},
	"malaysiawest":       {"Malaysia West", "Asia Pacific", true},
	"mexicocentral":      {"Mexico Central", "Mexico", true},
	"newzealandnorth":    {"New Zealand North", "Asia Pacific", true},
	"northcentralus":     {"North Central US", "US", false},
	"northeurope":        {"North Europe", "Europe", true},
	"norwayeast":         {"Norway East", "Europe", true},
	"polandcentral":      {"Poland Central", "Europe", true},
	"qatarcentral":       {"Qatar Central", "Middle East", true},
	"southafricanorth":   {"South Africa North", "Africa", true},
	"southcentralus":     {"South Central US", "US", true},
	"southeastasia":      {"Southeast Asia", "Asia Pacific", true},
	"southindia":         {"South India", "Asia Pacific", false},
	"spaincentral":       {"Spain Central", "Europe", true},
	"swedencentral":      {"Sweden Central", "Europe", true},
	"switzerlandnorth":   {"Switzerland North", "Europe", true},
	"uaenorth":           {"UAE North", "Middle East", true},
	"uksouth":            {"UK South", "Europe", true},
	"ukwest":             {"UK West", "Europe", false},
	"westcentralus":      {"West Central US", "US", false},
	"westeurope":         {"West Europe", "Europe", true},
	"westindia":          {"West India", "Asia Pacific", false},
	"westus":             {"West US", "US", false},
	"westus2":            {"West US 2", "US", true},
	"westus3":            {"West US 3", "US", true},
}

// locationName is a location as ids and answers have it: "West Europe" is
// westeurope.
func locationName(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

func locationNames() []string { return slices.Sorted(maps.Keys(locations)) }
