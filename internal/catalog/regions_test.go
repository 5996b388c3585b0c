package catalog

import (
	"slices"
	"strings"
	"testing"
)

// Regions are sorted, their short names unique (names of objects are made from
// them), and each zone is one of its region.
func TestRegionsHoldTogether(t *testing.T) {
	for _, cloud := range []string{AWS, Azure} {
		regions, shorts := Regions(cloud), map[string]string{}
		for i, region := range regions {
			if i > 0 && regions[i-1].Name >= region.Name {
				t.Errorf("%s follows %s", region.Name, regions[i-1].Name)
			}
			if other, taken := shorts[region.Short]; taken || region.Short == "" || len(region.Short) > 6 {
				t.Errorf("%s is short %q, as is %q", region.Name, region.Short, other)
			}
			shorts[region.Short] = region.Name
			if region.Display == "" || (!region.ZonesKnown && len(region.Zones) > 0) {
				t.Errorf("not whole: %+v", region)
			}
			for _, zone := range region.Zones {
				if err := ValidateZone(cloud, region.Name, zone); err != nil {
					t.Error(err)
				}
			}
			if !slices.IsSorted(region.Zones) || !slices.IsSorted(region.ZoneIDs) {
				t.Errorf("zones of %s are not sorted", region.Name)
			}
			if cloud == AWS && len(region.Zones) != len(region.ZoneIDs) {
				t.Errorf("%s has %d zones and %d ids", region.Name, len(region.Zones), len(region.ZoneIDs))
			}
			for _, id := range region.ZoneIDs {
				if !strings.HasPrefix(id, region.Short+"-az") {
					t.Errorf("%s has the zone id %s", region.Name, id)
				}
			}
		}
	}
}

// Zone counts are what the clouds publish, and unknown is told from none.
func TestZoneCount(t *testing.T) {
	for _, c := range []struct {
		cloud, region string
		count         int
		known         bool
	}{
		{AWS, "eu-west-1", 3, true},
		{AWS, "us-east-1", 6, true},
		{AWS, "us-west-1", 2, true},
		{AWS, "mx-central-1", 0, false},
		{AWS, "eu-nowhere-1", 0, false},
		{Azure, "westeurope", 3, true},
		{Azure, "westus", 0, true},
		{Azure, "eu-west-1", 0, false},
	} {
		if count, known := ZoneCount(c.cloud, c.region); count != c.count || known != c.known {
			t.Errorf("%s %s: %d, %t", c.cloud, c.region, count, known)
		}
	}
	if r, ok := LookupRegion(Azure, "norwaywest"); !ok || !r.Restricted {
		t.Errorf("norwaywest is %+v, %t", r, ok)
	}
}

// Zones that EKS refuses are zones of their regions: a typing error here would
// let a cluster fail later.
func TestForbiddenZones(t *testing.T) {
	for _, id := range EKSForbiddenZoneIDs() {
		short, _, _ := strings.Cut(id, "-")
		if !slices.ContainsFunc(Regions(AWS), func(r Region) bool { return r.Short == short }) || !EKSForbiddenZone(id) {
			t.Errorf("%s is in no region, or not found", id)
		}
	}
	if EKSForbiddenZone("use1-az1") || EKSForbiddenZone("") {
		t.Error("a zone that EKS takes is forbidden")
	}
}

// Only text of the right form is a zone.
func TestValidateZone(t *testing.T) {
	for _, c := range []struct {
		cloud, zone string
		ok          bool
	}{
		{AWS, "eu-west-1a", true}, {AWS, "eu-west-1z", true}, {AWS, "eu-west-1", false}, {AWS, "eu-west-2a", false},
		{AWS, "eu-west-1A", false}, {AWS, "eu-west-1aa", false}, {AWS, "euw1-az1", false}, {AWS, "1", false},
		{Azure, "1", true}, {Azure, "3", true}, {Azure, "0", false}, {Azure, "4", false}, {Azure, "01", false}, {Azure, "", false}, {Azure, "eu-west-1a", false},
	} {
		if err := ValidateZone(c.cloud, "eu-west-1", c.zone); (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.cloud, c.zone, err)
		}
	}
}

// What a caller does to a result does not reach the table.
func TestResultsAreTheCallersOwn(t *testing.T) {
	Regions(AWS)[0].Zones[0] = "changed"
	if Regions(AWS)[0].Zones[0] == "changed" {
		t.Error("the table of regions was changed")
	}
	Versions(AWS)[0].Minor = Minor{9, 9}
	if Versions(AWS)[0].Minor == (Minor{9, 9}) {
		t.Error("the table of versions was changed")
	}
	EgressRequirements(Azure, "westeurope")[0].Destinations[0] = "changed"
	Endpoints()[0].Hosts[0] = "changed"
	if EgressRequirements(Azure, "westeurope")[0].Destinations[0] == "changed" || Endpoints()[0].Hosts[0] == "changed" {
		t.Error("the tables of the network were changed")
	}
}
