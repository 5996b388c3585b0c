package catalog

import (
	"slices"
	"strings"
	"testing"
)

// The table holds together: sorted and without doubles (the lookup is a binary
// search), every number possible, and both faces of a GPU present.
func TestInstanceTypesHoldTogether(t *testing.T) {
	types := InstanceTypes()
	if len(types) < 1000 {
		t.Fatalf("only %d instance types", len(types))
	}
	for i, instance := range types {
		if i > 0 && types[i-1].Name >= instance.Name {
			t.Errorf("%s follows %s: not sorted, or twice", instance.Name, types[i-1].Name)
		}
		if instance.VCPUs < 1 || instance.MemoryMiB < 256 || instance.ENIs < 1 || instance.IPv4PerENI < 2 || instance.LocalDiskGB < 0 {
			t.Errorf("impossible numbers: %+v", instance)
		}
		if instance.Architecture != AMD64 && instance.Architecture != ARM64 {
			t.Errorf("%s: architecture %q", instance.Name, instance.Architecture)
		}
		if !slices.Contains([]string{HypervisorNitro, HypervisorXen, HypervisorNone}, instance.Hypervisor) {
			t.Errorf("%s: hypervisor %q", instance.Name, instance.Hypervisor)
		}
		if (instance.GPUs > 0) != (instance.GPU != "") {
			t.Errorf("%s: %d GPUs of %q", instance.Name, instance.GPUs, instance.GPU)
		}
		if strings.Contains(instance.Name, ".metal") != instance.BareMetal() {
			t.Errorf("%s: bare metal is %t", instance.Name, instance.BareMetal())
		}
		if found, ok := LookupInstanceType(instance.Name); !ok || found != instance {
			t.Errorf("lookup of %s finds %+v, %t", instance.Name, found, ok)
		}
	}
}

// Rows agree with what AWS publishes: the instance pages for size, the list of
// addresses per interface in the EC2 user guide for the rest.
func TestInstanceTypesAgreeWithAWS(t *testing.T) {
	for _, want := range []InstanceType{
		{Name: "t3.medium", VCPUs: 2, MemoryMiB: 4096, Architecture: AMD64, ENIs: 3, IPv4PerENI: 6, Hypervisor: HypervisorNitro, Burstable: true},
		{Name: "m5.large", VCPUs: 2, MemoryMiB: 8192, Architecture: AMD64, ENIs: 3, IPv4PerENI: 10, Hypervisor: HypervisorNitro},
		{Name: "m7g.2xlarge", VCPUs: 8, MemoryMiB: 32768, Architecture: ARM64, ENIs: 4, IPv4PerENI: 15, Hypervisor: HypervisorNitro},
		{Name: "c5d.4xlarge", VCPUs: 16, MemoryMiB: 32768, Architecture: AMD64, ENIs: 8, IPv4PerENI: 30, Hypervisor: HypervisorNitro, LocalDiskGB: 400},
		{Name: "g5.xlarge", VCPUs: 4, MemoryMiB: 16384, Architecture: AMD64, ENIs: 4, IPv4PerENI: 15, Hypervisor: HypervisorNitro, LocalDiskGB: 250, GPUs: 1, GPU: "NVIDIA A10G"},
		{Name: "p4d.24xlarge", VCPUs: 96, MemoryMiB: 1179648, Architecture: AMD64, ENIs: 15, IPv4PerENI: 50, Hypervisor: HypervisorNitro, LocalDiskGB: 8000, GPUs: 8, GPU: "NVIDIA A100"},
		{Name: "inf2.xlarge", VCPUs: 4, MemoryMiB: 16384, Architecture: AMD64, ENIs: 4, IPv4PerENI: 15, Hypervisor: HypervisorNitro, NeuronDevices: 1},
		{Name: "m6i.metal", VCPUs: 128, MemoryMiB: 524288, Architecture: AMD64, ENIs: 15, IPv4PerENI: 50, Hypervisor: HypervisorNone},
	} {
		got, ok := LookupInstanceType(want.Name)
		if !ok || got != want {
			t.Errorf("%s\n got %+v, %t\nwant %+v", want.Name, got, ok, want)
		}
	}
}

// A type that is not in the table is unknown, also where its neighbours are
// known, and families tell a slip from a new type.
func TestUnknownInstanceType(t *testing.T) {
	for _, name := range []string{"", "m7g", "m7g.", "m7g.large ", "M7G.LARGE", "m99z.large", "mac2.metal"} {
		if got, ok := LookupInstanceType(name); ok {
			t.Errorf("%q is known as %+v", name, got)
		}
	}
	families := InstanceFamilies()
	for _, family := range []string{"m5", "m7g", "c7i-flex", "trn2", "inf1", "x2gd", "i3en"} {
		if !slices.Contains(families, family) {
			t.Errorf("family %s is missing", family)
		}
	}
	if slices.Contains(families, "m99z") || !slices.IsSorted(families) {
		t.Error("families are wrong or not sorted")
	}
}

// The parser refuses what a slip of the editor makes of the file, naming the
// row.
func TestParseEC2TypesRefuses(t *testing.T) {
	const head = "# source: test\n# date: 2026-01-02\ntype,vcpus,memory_mib,architecture,enis,ipv4_per_eni,hypervisor,local_disk_gb,gpus,gpu,neuron_devices,burstable\n"
	const good = "a.b,1,1024,amd64,2,4,nitro,0,0,,0,false\n"
	types, source, date, err := parseEC2Types(head + good)
	if err != nil || len(types) != 1 || source != "test" || date != "2026-01-02" {
		t.Fatalf("good file: %v, %q, %q, %v", types, source, date, err)
	}
	for name, text := range map[string]string{
		"empty":          "",
		"header only":    head,
		"short row":      head + "a.b,1\n",
		"not a number":   head + "a.b,one,1024,amd64,2,4,nitro,0,0,,0,false\n",
		"not a boolean":  head + "a.b,1,1024,amd64,2,4,nitro,0,0,,0,maybe\n",
		"truncated tail": head + good + "a.c,1,10",
	} {
		if _, _, _, err := parseEC2Types(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
