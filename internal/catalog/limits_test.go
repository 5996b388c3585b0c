package catalog

import (
	"regexp"
	"testing"
)

// Limits are whole, sorted by key, and quota codes have their form and are used
// once: two limits with one code would hide one of them.
func TestLimitsHoldTogether(t *testing.T) {
	code := regexp.MustCompile(`^L-[0-9A-F]{8}$`)
	codes := map[string]string{}
	for _, cloud := range []string{AWS, Azure} {
		limits := Limits(cloud)
		for i, limit := range limits {
			if i > 0 && limits[i-1].Key >= limit.Key {
				t.Errorf("%s %s follows %s", cloud, limit.Key, limits[i-1].Key)
			}
			if limit.Service == "" || limit.Name == "" || limit.Per == "" || limit.Default < 0 {
				t.Errorf("not whole: %+v", limit)
			}
			if found, ok := LookupLimit(cloud, limit.Key); !ok || found != limit {
				t.Errorf("lookup of %s finds %+v", limit.Key, found)
			}
			if cloud != AWS || limit.Code == "" {
				continue
			}
			if !code.MatchString(limit.Code) || codes[limit.Code] != "" {
				t.Errorf("%s has the code %q, as has %q", limit.Key, limit.Code, codes[limit.Code])
			}
			codes[limit.Code] = limit.Key
		}
	}
}

// The quotas that a three-zone cluster meets first are the published ones.
func TestLimitsAgreeWithAWS(t *testing.T) {
	for key, want := range map[string]struct {
		service, code string
		value         int
	}{
		"elastic-ips":              {"ec2", "L-0263D0A3", 5},
		"vpcs":                     {"vpc", "L-F678F1CE", 5},
		"nat-gateways":             {"vpc", "L-FE5A380F", 5},
		"rules-per-security-group": {"vpc", "L-0EA8095F", 60},
		"iam-policies-per-role":    {"iam", "L-0DA4ABF3", 10},
		"vpc-cidrs":                {"vpc", "L-83CA0A9D", 5},
		"eks-nodes-per-group":      {"eks", "L-BD136A63", 450},
	} {
		got, ok := LookupLimit(AWS, key)
		if !ok || got.Service != want.service || got.Code != want.code || got.Default != want.value {
			t.Errorf("%s: %+v, %t", key, got, ok)
		}
	}
	if _, ok := LookupLimit(Azure, "elastic-ips"); ok {
		t.Error("Azure has elastic addresses")
	}
}

// Every instance family that the table of types knows is sorted into a vCPU
// quota, so that no node pool escapes the check; spot has its own quotas.
func TestVCPULimit(t *testing.T) {
	for _, family := range InstanceFamilies() {
		if _, ok := VCPULimit(family, false); !ok {
			t.Errorf("family %s counts against no quota", family)
		}
	}
	for _, c := range []struct {
		family string
		spot   bool
		code   string
	}{
		{"m7g", false, "L-1216C47A"}, {"m7g", true, "L-34B43A08"}, {"t3a", false, "L-1216C47A"}, {"im4gn", false, "L-1216C47A"},
		{"inf2", false, "L-1945791B"}, {"p5en", false, "L-417A185B"}, {"p5en", true, "L-C4BD4855"}, {"p4d", true, "L-7212CCBC"},
		{"g6", true, "L-3819A6DF"}, {"trn1", false, "L-2C3B7624"}, {"x2idn", false, "L-7295265B"}, {"hpc7g", false, "L-F7808C92"},
	} {
		if got, ok := VCPULimit(c.family, c.spot); !ok || got.Code != c.code {
			t.Errorf("%s, spot %t: %+v, %t", c.family, c.spot, got, ok)
		}
	}
	for _, family := range []string{"", "q1", "mac2"} {
		if got, ok := VCPULimit(family, false); ok {
			t.Errorf("family %q counts against %+v", family, got)
		}
	}
	if got, ok := VCPULimit("p6-b200", true); ok {
		t.Errorf("p6 on spot counts against %+v, which no source says", got)
	}
}
