package catalog

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Hypervisors of EC2 instance types.
const (
	HypervisorNitro = "nitro"
	HypervisorXen   = "xen"
	HypervisorNone  = "none" // bare metal
)

// InstanceType is an EC2 instance type.
type InstanceType struct {
	Name         string // such as "m7g.large"
	VCPUs        int
	MemoryMiB    int
	Architecture string // AMD64 or ARM64, the only one the type has
	// ENIs counts the network interfaces of the default network card, the one
	// on which the VPC CNI places pods.
	ENIs          int
	IPv4PerENI    int    // addresses of one interface, its primary included
	Hypervisor    string // HypervisorNitro, HypervisorXen or HypervisorNone
	LocalDiskGB   int    // all instance-store disks together, in units of 10^9 bytes
	GPUs          int    // GPUs, or shares of one, that the system sees
	GPU           string // maker and model, "" without
	NeuronDevices int    // AWS Inferentia and Trainium devices
	Burstable     bool   // CPU credits: t2, t3, t3a, t4g, t8i
}

// Family is the part before the dot, such as "m7g".
func (t InstanceType) Family() string {
	family, _, _ := strings.Cut(t.Name, ".")
	return family
}

// BareMetal tells whether the type has no hypervisor.
func (t InstanceType) BareMetal() bool { return t.Hypervisor == HypervisorNone }

// PrefixDelegation tells whether the VPC CNI can give the type's interfaces /28
// prefixes: on Nitro and bare metal it can.
func (t InstanceType) PrefixDelegation() bool { return t.Hypervisor != HypervisorXen }

// Accelerated tells whether the type has GPUs or Neuron devices, and so needs
// drivers that the standard node images don't have.
func (t InstanceType) Accelerated() bool { return t.GPUs > 0 || t.NeuronDevices > 0 }

// LookupInstanceType finds an EC2 instance type by name. It answers false for
// one that the table does not hold, which may be newer than the table.
func LookupInstanceType(name string) (InstanceType, bool) {
	types := ec2Types().types
	i, found := slices.BinarySearchFunc(types, name, func(t InstanceType, name string) int { return strings.Compare(t.Name, name) })
	if !found {
		return InstanceType{}, false
	}
	return types[i], true
}

// InstanceTypes lists all known EC2 instance types, sorted by name.
func InstanceTypes() []InstanceType { return slices.Clone(ec2Types().types) }

// InstanceFamilies lists the families that the table knows, sorted. An unknown
// size of a known family is more likely a slip than a new type.
func InstanceFamilies() []string {
	var families []string
	for _, t := range ec2Types().types {
		families = append(families, t.Family())
	}
	slices.Sort(families)
	return slices.Compact(families)
}

func instanceTables() []Table {
	return []Table{ec2Types().table, azureSizes().table}
}

//go:embed ec2_types.csv
var ec2TypesCSV string

type ec2TypeTable struct {
	table Table
	types []InstanceType
}

// ec2Types parses the embedded table once, and only when it is asked for.
var ec2Types = sync.OnceValue(func() ec2TypeTable {
	types, source, date, err := parseEC2Types(ec2TypesCSV)
	if err != nil {
		panic("catalog: ec2_types.csv is malformed, renew it with generate_ec2_types.go: " + err.Error())
	}
	return ec2TypeTable{
		table: Table{Name: "ec2-types", Holds: "EC2 instance types with size, architecture and network interface limits", Source: source, Date: mustDay(date), Rows: len(types)},
		types: types,
	}
})

func parseEC2Types(text string) (types []InstanceType, source, date string, err error) {
	records, source, date, err := readRecords(text, 12)
	if err != nil {
		return nil, "", "", err
	}
	for _, record := range records {
		t, err := parseEC2Type(record)
		if err != nil {
			return nil, "", "", fmt.Errorf("%s: %w", record[0], err)
		}
		types = append(types, t)
	}
	return types, source, date, nil
}

func parseEC2Type(record []string) (InstanceType, error) {
	t := InstanceType{Name: record[0], Architecture: record[3], Hypervisor: record[6], GPU: record[9]}
	err := numbers(record, map[int]*int{1: &t.VCPUs, 2: &t.MemoryMiB, 4: &t.ENIs, 5: &t.IPv4PerENI, 7: &t.LocalDiskGB, 8: &t.GPUs, 10: &t.NeuronDevices})
	if err != nil {
		return InstanceType{}, err
	}
	burstable, err := strconv.ParseBool(record[11])
	if err != nil {
		return InstanceType{}, fmt.Errorf("column 12: %w", err)
	}
	t.Burstable = burstable
	return t, nil
}
