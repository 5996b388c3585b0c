package awsapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// instanceType is what EC2 says of a type of instance.
type instanceType struct {
	name       string
	arch       string // x86_64, arm64
	vcpus      int
	memory     int // MiB
	interfaces int // network interfaces
	addresses  int // IPv4 addresses an interface
	burstable  bool
	disk       int // GB of instance storage, 0: none
	current    bool
}

// size is one size of a family, with the network limits that all families of
// its kind share. Source: the EC2 user guide's table of addresses per
// interface per instance type.
type size struct {
	name              string
	vcpus, interfaces int
	addresses         int
}

var (
	commonSizes = []size{
		{"large", 2, 3, 10}, {"xlarge", 4, 4, 15}, {"2xlarge", 8, 4, 15}, {"4xlarge", 16, 8, 30}, {"8xlarge", 32, 8, 30},
		{"12xlarge", 48, 8, 30}, {"16xlarge", 64, 15, 50}, {"24xlarge", 96, 15, 50},
	}
	gravitonSizes = append([]size{{"medium", 1, 2, 4}}, commonSizes[:7]...)
	intelSizes    = append(slices.Clone(commonSizes), size{"32xlarge", 128, 15, 50})
	newestSizes   = append(slices.Clone(commonSizes), size{"48xlarge", 192, 15, 50})
	newestArm     = append([]size{{"medium", 1, 2, 4}}, newestSizes...)
	oldCompute    = []size{
		{"large", 2, 3, 10}, {"xlarge", 4, 4, 15}, {"2xlarge", 8, 4, 15}, {"4xlarge", 16, 8, 30}, {"9xlarge", 36, 8, 30},
		{"12xlarge", 48, 8, 30}, {"18xlarge", 72, 15, 50}, {"24xlarge", 96, 15, 50},
	}
)

// family is a row of instance types with the same memory for each vCPU.
type family struct {
	name   string
	arch   string
	perCPU int // GiB
	sizes  []size
	disk   int // GB for each vCPU
}

const (
	intel = "x86_64"
	arm   = "arm64"
)

var families = []family{
	{"m5", intel, 4, commonSizes, 0}, {"m5a", intel, 4, commonSizes, 0}, {"m5d", intel, 4, commonSizes, 37}, {"m5n", intel, 4, commonSizes, 0},
	{"m6i", intel, 4, intelSizes, 0}, {"m6a", intel, 4, newestSizes, 0}, {"m6id", intel, 4, intelSizes, 59}, {"m6in", intel, 4, intelSizes, 0},
	{"m6g", arm, 4, gravitonSizes, 0}, {"m6gd", arm, 4, gravitonSizes, 59},
	{"m7i", intel, 4, newestSizes, 0}, {"m7i-flex", intel, 4, commonSizes[:5], 0}, {"m7a", intel, 4, newestSizes, 0},
	{"m7g", arm, 4, gravitonSizes, 0}, {"m7gd", arm, 4, gravitonSizes, 59}, {"m8g", arm, 4, newestArm, 0},
	{"c5", intel, 2, oldCompute, 0}, {"c5a", intel, 2, commonSizes, 0}, {"c5d", intel, 2, oldCompute, 25},
	{"c6i", intel, 2, intelSizes, 0}, {"c6a", intel, 2, newestSizes, 0}, {"c6in", intel, 2, intelSizes, 0},
	{"c6g", arm, 2, gravitonSizes, 0}, {"c6gn", arm, 2, gravitonSizes, 0},
	{"c7i", intel, 2, newestSizes, 0}, {"c7i-flex", intel, 2, commonSizes[:5], 0}, {"c7a", intel, 2, newestSizes, 0},
	{"c7g", arm, 2, gravitonSizes, 0}, {"c7gn", arm, 2, gravitonSizes, 0}, {"c8g", arm, 2, newestArm, 0},
	{"r5", intel, 8, commonSizes, 0}, {"r5a", intel, 8, commonSizes, 0}, {"r5d", intel, 8, commonSizes, 37},
	{"r6i", intel, 8, intelSizes, 0}, {"r6a", intel, 8, newestSizes, 0}, {"r6g", arm, 8, gravitonSizes, 0}, {"r6gd", arm, 8, gravitonSizes, 59},
	{"r7i", intel, 8, newestSizes, 0}, {"r7a", intel, 8, newestSizes, 0}, {"r7g", arm, 8, gravitonSizes, 0}, {"r8g", arm, 8, newestArm, 0},
}

// burstableTypes have limits of their own, size by size.
func burstableTypes() []instanceType {
	type limits struct{ vcpus, memory, interfaces, addresses int }
	sizes := map[string]limits{
		"nano": {2, 512, 2, 2}, "micro": {2, 1024, 2, 2}, "small": {2, 2048, 3, 4}, "medium": {2, 4096, 3, 6},
		"large": {2, 8192, 3, 12}, "xlarge": {4, 16384, 4, 15}, "2xlarge": {8, 32768, 4, 15},
	}
	var out []instanceType
	for name, arch := range map[string]string{"t3": intel, "t3a": intel, "t4g": arm} {
		for size, l := range sizes {
			if name == "t3a" && size == "small" {
				l.interfaces = 2 // the one exception
			}
			out = append(out, instanceType{
				name: name + "." + size, arch: arch, vcpus: l.vcpus, memory: l.memory,
				interfaces: l.interfaces, addresses: l.addresses, burstable: true, current: true,
			})
		}
	}
	return out
}

// instanceTypes are all types, sorted by name.
var instanceTypes = func() []instanceType {
	out := burstableTypes()
	for _, f := range families {
		for _, s := range f.sizes {
			memory := f.perCPU * s.vcpus * 1024
			out = append(out, instanceType{
				name: f.name + "." + s.name, arch: f.arch, vcpus: s.vcpus, memory: memory,
				interfaces: s.interfaces, addresses: s.addresses, disk: f.disk * s.vcpus, current: true,
			})
		}
	}
	slices.SortFunc(out, func(a, b instanceType) int { return strings.Compare(a.name, b.name) })
	return out
}()

func instanceTypeNamed(name string) (instanceType, bool) {
	i, ok := slices.BinarySearchFunc(instanceTypes, name, func(t instanceType, n string) int { return strings.Compare(t.name, n) })
	if !ok {
		return instanceType{}, false
	}
	return instanceTypes[i], true
}

func (t instanceType) field(name string) []string {
	switch name {
	case "instance-type":
		return []string{t.name}
	case "processor-info.supported-architecture":
		return []string{t.arch}
	case "current-generation":
		return []string{strconv.FormatBool(t.current)}
	case "vcpu-info.default-vcpus":
		return []string{strconv.Itoa(t.vcpus)}
	case "memory-info.size-in-mib":
		return []string{strconv.Itoa(t.memory)}
	case "burstable-performance-supported":
		return []string{strconv.FormatBool(t.burstable)}
	case "bare-metal":
		return []string{"false"}
	case "hypervisor":
		return []string{"nitro"}
	case "instance-storage-supported":
		return []string{strconv.FormatBool(t.disk > 0)}
	case "network-info.maximum-network-interfaces":
		return []string{strconv.Itoa(t.interfaces)}
	case "network-info.ipv4-addresses-per-interface":
		return []string{strconv.Itoa(t.addresses)}
	default: // supported-usage-class
		return []string{"on-demand", "spot"}
	}
}

var instanceTypeFilters = []string{
	"instance-type", "processor-info.supported-architecture", "current-generation", "vcpu-info.default-vcpus", "memory-info.size-in-mib",
	"burstable-performance-supported", "bare-metal", "hypervisor", "instance-storage-supported", "network-info.maximum-network-interfaces",
	"network-info.ipv4-addresses-per-interface", "supported-usage-class",
}

func describeInstanceTypes(q *request) (any, error) {
	filters, err := q.filters(instanceTypeFilters)
	if err != nil {
		return nil, err
	}
	q.form.ignore("IncludeUnsupportedInRegion")
	names := q.form.list("InstanceType")
	if len(names) > 100 {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "At most 100 instance types can be asked for in one call")
	}
	size, token, err := q.page(len(names) > 0)
	if err != nil {
		return nil, err
	}
	var unknown []string
	for _, name := range names {
		if _, ok := instanceTypeNamed(name); !ok {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, fail(http.StatusBadRequest, "InvalidInstanceType", "The following supplied instance types do not exist: [%s]", strings.Join(unknown, ", "))
	}
	var found []int
	for i, t := range instanceTypes {
		keep := len(names) == 0 || slices.Contains(names, t.name)
		for _, f := range filters {
			keep = keep && f.any(t.field(f.name))
		}
		if keep {
			found = append(found, i)
		}
	}
	if size == 0 {
		size = 100 // what AWS gives when nobody asks
	}
	page, next := paginate(found, size, token, func(i int) uint64 { return uint64(i) + 1 })
	return []node{
		items("instanceTypeSet", page, func(i int) []node { return instanceTypes[i].render() }),
		text("nextToken", next),
	}, nil
}

func (t instanceType) render() []node {
	threads := 2
	if t.arch == arm {
		threads = 1
	}
	storage := node{}
	if t.disk > 0 {
		storage = group("instanceStorageInfo", num("totalSizeInGB", t.disk), text("nvmeSupport", "required"), text("encryptionSupport", "required"))
	}
	return []node{
		text("instanceType", t.name), flag("currentGeneration", t.current), flag("freeTierEligible", false),
		items("supportedUsageClasses", []string{"on-demand", "spot"}, plain),
		items("supportedRootDeviceTypes", []string{"ebs"}, plain), items("supportedVirtualizationTypes", []string{"hvm"}, plain),
		flag("bareMetal", false), text("hypervisor", "nitro"),
		group("processorInfo", items("supportedArchitectures", []string{t.arch}, plain)),
		group("vCpuInfo", num("defaultVCpus", t.vcpus), num("defaultCores", max(1, t.vcpus/threads)), num("defaultThreadsPerCore", threads)),
		group("memoryInfo", num("sizeInMiB", t.memory)), flag("instanceStorageSupported", t.disk > 0), storage,
		group("ebsInfo", text("ebsOptimizedSupport", "default"), text("encryptionSupport", "supported"), text("nvmeSupport", "required")),
		group("networkInfo", num("maximumNetworkInterfaces", t.interfaces), num("maximumNetworkCards", 1),
			num("ipv4AddressesPerInterface", t.addresses), num("ipv6AddressesPerInterface", t.addresses), flag("ipv6Supported", true),
			text("enaSupport", "required"), flag("efaSupported", false)),
		flag("burstablePerformanceSupported", t.burstable), flag("hibernationSupported", false), flag("dedicatedHostsSupported", false),
		flag("autoRecoverySupported", true),
	}
}

// describeInstanceTypeOfferings says where a type can be had: everywhere, but
// not in every zone of the regions with more than four.
func describeInstanceTypeOfferings(q *request) (any, error) {
	filters, err := q.filters([]string{"instance-type", "location"})
	if err != nil {
		return nil, err
	}
	size, token, err := q.page(false)
	if err != nil {
		return nil, err
	}
	kind := q.form.text("LocationType")
	var locations []string
	switch kind {
	case "", "region":
		kind, locations = "region", []string{q.region}
	case "availability-zone":
		locations = each(regions[q.region], func(z zone) string { return z.name })
	case "availability-zone-id":
		locations = each(regions[q.region], func(z zone) string { return z.id })
	default:
		return nil, unmodelled(nil, "the location type "+kind)
	}
	type one struct {
		name, location string
		place          uint64
	}
	var found []one
	for i, t := range instanceTypes {
		for j, location := range locations {
			// The fifth zone and beyond have older generations only.
			if j >= 4 && !strings.HasPrefix(t.name[1:], "5") && !t.burstable {
				continue
			}
			o := one{t.name, location, uint64(i*len(locations)+j) + 1}
			keep := true
			for _, f := range filters {
				keep = keep && f.any([]string{map[string]string{"instance-type": t.name, "location": location}[f.name]})
			}
			if keep {
				found = append(found, o)
			}
		}
	}
	page, next := paginate(found, size, token, func(o one) uint64 { return o.place })
	return []node{
		items("instanceTypeOfferingSet", page, func(o one) []node {
			return []node{text("instanceType", o.name), text("location", o.location), text("locationType", kind)}
		}),
		text("nextToken", next),
	}, nil
}
