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
	short   string // part of some names
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
	"australiaeast":      {"Australia East", "Asia Pacific", "aue", true},
	"brazilsouth":        {"Brazil South", "South America", "brs", true},
	"canadacentral":      {"Canada Central", "Canada", "cac", true},
	"centralindia":       {"Central India", "Asia Pacific", "inc", true},
	"centralus":          {"Central US", "US", "usc", true},
	"eastasia":           {"East Asia", "Asia Pacific", "ea", true},
	"eastus":             {"East US", "US", "use", true},
	"eastus2":            {"East US 2", "US", "use2", true},
	"francecentral":      {"France Central", "Europe", "frc", true},
	"germanywestcentral": {"Germany West Central", "Europe", "gwc", true},
	"italynorth":         {"Italy North", "Europe", "itn", true},
	"japaneast":          {"Japan East", "Asia Pacific", "jpe", true},
	"northcentralus":     {"North Central US", "US", "usnc", false},
	"northeurope":        {"North Europe", "Europe", "eun", true},
	"norwayeast":         {"Norway East", "Europe", "noe", true},
	"polandcentral":      {"Poland Central", "Europe", "plc", true},
	"southcentralus":     {"South Central US", "US", "ussc", true},
	"southeastasia":      {"Southeast Asia", "Asia Pacific", "sea", true},
	"spaincentral":       {"Spain Central", "Europe", "spc", true},
	"swedencentral":      {"Sweden Central", "Europe", "sec", true},
	"switzerlandnorth":   {"Switzerland North", "Europe", "szn", true},
	"uaenorth":           {"UAE North", "Middle East", "aen", true},
	"uksouth":            {"UK South", "Europe", "uks", true},
	"ukwest":             {"UK West", "Europe", "ukw", false},
	"westeurope":         {"West Europe", "Europe", "euw", true},
	"westus":             {"West US", "US", "usw", false},
	"westus2":            {"West US 2", "US", "usw2", true},
	"westus3":            {"West US 3", "US", "usw3", true},
}

// locationName is a location as ids and answers have it: "West Europe" is
// westeurope.
func locationName(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

func locationNames() []string { return slices.Sorted(maps.Keys(locations)) }
