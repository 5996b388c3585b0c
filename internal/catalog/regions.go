package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Region is a region of one cloud.
type Region struct {
	Name    string // as APIs spell it: "eu-west-1", "westeurope"
	Display string // "Europe (Ireland)", "West Europe"
	// Short is an abbreviation for names with tight limits: "euw1", "we". On AWS
	// it is the beginning of the region's zone ids, on Azure the geo code of
	// Azure Backup or, where that is not known, one after its manner. Names are
	// made from it, so an entry is never changed.
	Short string
	// Zones are the availability zones: names on AWS ("eu-west-1a"), numbers on
	// Azure ("1"). Empty where the region has none, or where ZonesKnown is false.
	// AWS shows an account its own choice of letters in a few old regions.
	Zones []string
	// ZoneIDs are the physical zones behind the names (AWS only, "euw1-az1"),
	// sorted; which name is which id differs between accounts.
	ZoneIDs []string
	// ZonesKnown is false for a region whose zones the source does not list.
	ZonesKnown bool
	// Restricted says that Azure opens the region to chosen customers only.
	Restricted bool
}

// Regions lists a cloud's commercial regions, sorted by name.
func Regions(cloud string) []Region {
	regions := slices.Clone(regionsOf(cloud))
	for i := range regions {
		regions[i].Zones = slices.Clone(regions[i].Zones)
		regions[i].ZoneIDs = slices.Clone(regions[i].ZoneIDs)
	}
	return regions
}

// LookupRegion finds a region by its API name. It answers false for one that is
// newer than the table or in a sovereign cloud.
func LookupRegion(cloud, name string) (Region, bool) {
	for _, region := range Regions(cloud) {
		if region.Name == name {
			return region, true
		}
	}
	return Region{}, false
}

// ZoneCount is how many zones a region offers, false where it is not known.
func ZoneCount(cloud, region string) (int, bool) {
	r, ok := LookupRegion(cloud, region)
	if !ok || !r.ZonesKnown {
		return 0, false
	}
	return len(r.Zones), true
}

// RegionalNAT tells whether a region has NAT gateways that stand in every zone
// of a VPC: every commercial region has, GovCloud and China have none. It is
// false for a region that is newer than the table of regions.
func RegionalNAT(region string) bool {
	_, commercial := LookupRegion(AWS, region)
	return commercial
}

// ValidateZone refuses text that can't be a zone of a region: on AWS the
// region's name and one letter, on Azure 1, 2 or 3. Whether an account has that
// zone is not decided here.
func ValidateZone(cloud, region, zone string) error {
	switch cloud {
	case AWS:
		letter, ok := strings.CutPrefix(zone, region)
		if !ok || len(letter) != 1 || letter[0] < 'a' || letter[0] > 'z' {
			return fmt.Errorf("%q is no availability zone of %s: write the region and a letter, such as %sa", zone, region, region)
		}
	case Azure:
		if n, err := strconv.Atoi(zone); err != nil || n < 1 || n > 3 || strconv.Itoa(n) != zone {
			return fmt.Errorf("%q is no availability zone of Azure: write 1, 2 or 3", zone)
		}
	}
	return nil
}

// eksForbiddenZoneIDs are zones in which EKS can't place control-plane
// interfaces, from the EKS user guide's network requirements.
var eksForbiddenZoneIDs = []string{"cac1-az3", "use1-az3", "usw1-az2"}

// EKSForbiddenZoneIDs lists, sorted, the zone ids whose subnets CreateCluster
// refuses. Nodes can run there.
func EKSForbiddenZoneIDs() []string { return slices.Clone(eksForbiddenZoneIDs) }

// EKSForbiddenZone tells whether EKS refuses a zone id for the control plane.
func EKSForbiddenZone(zoneID string) bool { return slices.Contains(eksForbiddenZoneIDs, zoneID) }

func regionsOf(cloud string) []Region {
	switch cloud {
	case AWS:
		return awsRegions
	case Azure:
		return azureRegions
	}
	return nil
}
