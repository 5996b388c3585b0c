package awsapi

import (
	"net/http"
	"slices"
	"strconv"
)

func describeRegions(q *request) (any, error) {
	q.form.ignore("AllRegions") // this account has no region that it has not opted into
	filters, err := q.filters([]string{"endpoint", "opt-in-status", "region-name"})
	if err != nil {
		return nil, err
	}
	names := q.form.list("RegionName")
	for _, name := range names {
		if !knownRegion(name) {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid region provided: [%s]", name)
		}
	}
	found := slices.DeleteFunc(regionNames(), func(name string) bool {
		if len(names) > 0 && !slices.Contains(names, name) {
			return true
		}
		return slices.ContainsFunc(filters, func(f filter) bool {
			return !f.any([]string{map[string]string{
				"endpoint": "ec2." + name + ".amazonaws.com", "opt-in-status": optIn, "region-name": name,
			}[f.name]})
		})
	})
	return []node{items("regionInfo", found, func(name string) []node {
		return []node{text("regionName", name), text("regionEndpoint", "ec2."+name+".amazonaws.com"), text("optInStatus", optIn)}
	})}, nil
}

const optIn = "opt-in-not-required"

func describeZones(q *request) (any, error) {
	q.form.ignore("AllAvailabilityZones")
	filters, err := q.filters([]string{"group-name", "opt-in-status", "region-name", "state", "zone-id", "zone-name", "zone-type"})
	if err != nil {
		return nil, err
	}
	wanted := append(q.form.list("ZoneName"), q.form.list("ZoneId")...)
	for _, name := range wanted {
		if _, ok := zoneNamed(q.region, name); !ok {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid availability zone: [%s]", name)
		}
	}
	found := slices.DeleteFunc(slices.Clone(regions[q.region]), func(z zone) bool {
		if len(wanted) > 0 && !slices.Contains(wanted, z.name) && !slices.Contains(wanted, z.id) {
			return true
		}
		return slices.ContainsFunc(filters, func(f filter) bool {
			return !f.any([]string{map[string]string{
				"group-name": q.region + "-zg-1", "opt-in-status": optIn, "region-name": q.region, "state": "available",
				"zone-id": z.id, "zone-name": z.name, "zone-type": "availability-zone",
			}[f.name]})
		})
	})
	return []node{items("availabilityZoneInfo", found, func(z zone) []node {
		return []node{
			text("zoneName", z.name), text("zoneId", z.id), text("zoneState", "available"), text("zoneType", "availability-zone"),
			text("regionName", q.region), text("groupName", q.region+"-zg-1"), text("networkBorderGroup", q.region),
			text("optInStatus", optIn), items("messageSet", []string(nil), plain),
		}
	})}, nil
}

// describeAccountAttributes shows the few limits that EC2 itself reports.
func describeAccountAttributes(q *request) (any, error) {
	values := map[string]string{
		"supported-platforms":                   "VPC",
		"default-vpc":                           "none",
		"max-instances":                         "20",
		"vpc-max-security-groups-per-interface": strconv.Itoa(quota(q.tx, q.region, quotaGroupsPerENI)),
		"max-elastic-ips":                       strconv.Itoa(quota(q.tx, q.region, quotaAddresses)),
		"vpc-max-elastic-ips":                   strconv.Itoa(quota(q.tx, q.region, quotaAddresses)),
	}
	names := q.form.list("AttributeName")
	if len(names) == 0 {
		names = sortedKeys(values)
	}
	for _, name := range names {
		if values[name] == "" {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter attributeName is invalid.", name)
		}
	}
	return []node{items("accountAttributeSet", names, func(name string) []node {
		return []node{text("attributeName", name), items("attributeValueSet", []string{values[name]}, func(v string) []node {
			return []node{text("attributeValue", v)}
		})}
	})}, nil
}
