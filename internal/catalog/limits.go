package catalog

import (
	"slices"
	"strings"
)

// Limit is a default quota or a fixed limit of a cloud. The quota of an account
// may have been raised, so a plan compares with a default only to warn; whoever
// can ask the cloud asks it, by Service and Code.
type Limit struct {
	// Key is kready's stable name of the limit, such as "elastic-ips".
	Key   string
	Cloud string // AWS or Azure
	// Service and Code name the quota to the cloud: Service Quotas' service and
	// quota code on AWS ("vpc", "L-F678F1CE"); resource provider and usage name on
	// Azure. Code is "" for a limit that the quota API does not list.
	Service, Code string
	Name          string // the cloud's own name of it
	Default       int
	// Per is what the limit holds for: "account and region", "VPC", "zone", …
	Per        string
	Adjustable bool // the cloud raises it on request
}

// LookupLimit finds a limit of a cloud by kready's key.
func LookupLimit(cloud, key string) (Limit, bool) {
	i := slices.IndexFunc(limits, func(l Limit) bool { return l.Cloud == cloud && l.Key == key })
	if i < 0 {
		return Limit{}, false
	}
	return limits[i], true
}

// Limits lists a cloud's limits, sorted by key.
func Limits(cloud string) []Limit {
	return slices.DeleteFunc(slices.Clone(limits), func(l Limit) bool { return l.Cloud != cloud })
}

// VCPULimit finds the EC2 quota that instances of a family ("m7g", "p5") count
// against, in vCPUs: on demand or spot. It answers false for a family whose
// quota is not known.
func VCPULimit(family string, spot bool) (Limit, bool) {
	class := vcpuClass(family)
	if class == "" {
		return Limit{}, false
	}
	if spot && class == "p" {
		// Spot divides the P families further than on-demand does.
		switch {
		case strings.HasPrefix(family, "p5"):
			class = "p5"
		case strings.HasPrefix(family, "p3"), strings.HasPrefix(family, "p4"):
			class = "p4-and-p3"
		}
	}
	if spot {
		return LookupLimit(AWS, "vcpus-spot-"+class)
	}
	return LookupLimit(AWS, "vcpus-on-demand-"+class)
}

// vcpuClass sorts a family by its leading letters, as the names of the quotas
// do: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances".
func vcpuClass(family string) string {
	letters := family
	for i, r := range family {
		if r < 'a' || r > 'z' {
			letters = family[:i]
			break
		}
	}
	switch letters {
	case "a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z":
		return "standard"
	case "g", "gr", "vt":
		return "g-and-vt"
	case "p":
		return "p"
	case "inf":
		return "inf"
	case "trn":
		return "trn"
	case "dl":
		return "dl"
	case "f":
		return "f"
	case "x":
		return "x"
	case "hpc":
		return "hpc"
	case "u":
		return "high-memory"
	}
	return ""
}
