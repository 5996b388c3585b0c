package azureapi

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// vmSize is a size of virtual machine.
type vmSize struct {
	name, family string
	vcpus        int
	memoryGB     int
	arm          bool
	premium      bool
	ephemeralGB  int // of host storage that can hold the OS disk
}

// burstable sizes live on CPU credits.
func (s vmSize) burstable() bool { return strings.HasPrefix(s.name, "Standard_B") }

// sizeFamily writes down the regular part of Azure's sizes: within a family,
// memory and host storage grow with the vCPUs.
type sizeFamily struct {
	pattern   string // of the sizes' names
	family    string // that quotas count
	vcpus     []int
	memory    float64 // GB for each vCPU
	ephemeral float64 // GB for each vCPU
	arm       bool
}

// sizeFamilies are the families that clusters are usually built of. Source:
// learn.microsoft.com, "Sizes for virtual machines in Azure", 2026-08.
var sizeFamilies = []sizeFamily{
	{"Standard_B%dms", "standardBSFamily", []int{2, 4, 8, 12, 16, 20}, 4, 0, false},
	{"Standard_B%ds_v2", "standardBsv2Family", []int{2, 4, 8, 16, 32}, 4, 0, false},
	{"Standard_D%ds_v3", "standardDSv3Family", []int{2, 4, 8, 16, 32, 48, 64}, 4, 25, false},
	{"Standard_D%ds_v4", "standardDSv4Family", []int{2, 4, 8, 16, 32, 48, 64}, 4, 0, false},
	{"Standard_D%dds_v4", "standardDDSv4Family", []int{2, 4, 8, 16, 32, 48, 64}, 4, 37.5, false},
	{"Standard_D%ds_v5", "standardDSv5Family", []int{2, 4, 8, 16, 32, 48, 64, 96}, 4, 0, false},
	{"Standard_D%dds_v5", "standardDDSv5Family", []int{2, 4, 8, 16, 32, 48, 64, 96}, 4, 37.5, false},
	{"Standard_D%das_v5", "standardDASv5Family", []int{2, 4, 8, 16, 32, 48, 64, 96}, 4, 0, false},
	{"Standard_D%dads_v5", "standardDADSv5Family", []int{2, 4, 8, 16, 32, 48, 64, 96}, 4, 37.5, false},
	{"Standard_D%dlds_v5", "standardDLDSv5Family", []int{2, 4, 8, 16, 32, 48, 64, 96}, 2, 37.5, false},
	{"Standard_D%dls_v5", "standardDLSv5Family", []int{2, 4, 8, 16, 32, 48, 64, 96}, 2, 0, false},
	{"Standard_D%dps_v5", "standardDPSv5Family", []int{2, 4, 8, 16, 32, 48, 64}, 4, 0, true},
	{"Standard_D%dpds_v5", "standardDPDSv5Family", []int{2, 4, 8, 16, 32, 48, 64}, 4, 37.5, true},
	{"Standard_D%ds_v6", "StandardDsv6Family", []int{2, 4, 8, 16, 32, 48, 64, 96, 128}, 4, 0, false},
	{"Standard_D%dds_v6", "StandardDdsv6Family", []int{2, 4, 8, 16, 32, 48, 64, 96, 128}, 4, 27.5, false},
	{"Standard_D%das_v6", "standardDav6Family", []int{2, 4, 8, 16, 32, 48, 64, 96}, 4, 0, false},
	{"Standard_D%dads_v6", "standardDadv6Family", []int{2, 4, 8, 16, 32, 48, 64, 96}, 4, 27.5, false},
	{"Standard_E%ds_v5", "standardESv5Family", []int{2, 4, 8, 16, 20, 32, 48, 64, 96}, 8, 0, false},
	{"Standard_E%dds_v5", "standardEDSv5Family", []int{2, 4, 8, 16, 20, 32, 48, 64, 96}, 8, 37.5, false},
	{"Standard_E%das_v5", "standardEASv5Family", []int{2, 4, 8, 16, 20, 32, 48, 64, 96}, 8, 0, false},
	{"Standard_E%dads_v5", "standardEADSv5Family", []int{2, 4, 8, 16, 20, 32, 48, 64, 96}, 8, 37.5, false},
	{"Standard_E%ds_v6", "StandardEsv6Family", []int{2, 4, 8, 16, 20, 32, 48, 64, 96, 128}, 8, 0, false},
	{"Standard_E%dds_v6", "StandardEdsv6Family", []int{2, 4, 8, 16, 20, 32, 48, 64, 96, 128}, 8, 27.5, false},
	{"Standard_F%ds_v2", "standardFSv2Family", []int{2, 4, 8, 16, 32, 48, 64, 72}, 2, 16, false},
	{"Standard_L%ds_v3", "standardLSv3Family", []int{8, 16, 32, 48, 64, 80}, 8, 0, false},
	{"Standard_NC%dads_A100_v4", "StandardNCADSA100v4Family", []int{24, 48, 96}, 9.166, 2.6, false},
	{"Standard_NC%das_T4_v3", "Standard NCASv3_T4 Family", []int{4, 8, 16, 64}, 7, 44, false},
}

var sizes = sync.OnceValue(func() map[string]vmSize {
	out := map[string]vmSize{}
	for _, f := range sizeFamilies {
		for _, n := range f.vcpus {
			name := fmt.Sprintf(f.pattern, n)
			out[strings.ToLower(name)] = vmSize{
				name: name, family: f.family, vcpus: n, memoryGB: int(float64(n) * f.memory),
				arm: f.arm, premium: true, ephemeralGB: int(float64(n) * f.ephemeral),
			}
		}
	}
	return out
})

// sizeOf finds a size by name, whatever its case.
func sizeOf(name string) (vmSize, bool) {
	s, ok := sizes()[strings.ToLower(name)]
	return s, ok
}

// capabilities are a size's as the list of SKUs has them.
func (s vmSize) capabilities() []any {
	architecture := "x64"
	if s.arm {
		architecture = "Arm64"
	}
	yes := func(b bool) string {
		if b {
			return "True"
		}
		return "False"
	}
	var out []any
	for _, c := range [][2]string{
		{"vCPUs", strconv.Itoa(s.vcpus)},
		{"vCPUsAvailable", strconv.Itoa(s.vcpus)},
		{"MemoryGB", strconv.Itoa(s.memoryGB)},
		{"MaxResourceVolumeMB", strconv.Itoa(s.ephemeralGB * 1024)},
		{"CachedDiskBytes", strconv.Itoa(s.ephemeralGB << 30)},
		{"MaxDataDiskCount", strconv.Itoa(min(64, s.vcpus*2))},
		{"MaxNetworkInterfaces", strconv.Itoa(min(8, max(2, s.vcpus/2)))},
		{"CpuArchitectureType", architecture},
		{"HyperVGenerations", "V1,V2"},
		{"PremiumIO", yes(s.premium)},
		{"EphemeralOSDiskSupported", yes(s.ephemeralGB > 0)},
		{"EncryptionAtHostSupported", "True"},
		{"AcceleratedNetworkingEnabled", yes(!s.burstable())},
		{"LowPriorityCapable", yes(!s.burstable())},
	} {
		out = append(out, map[string]any{"name": c[0], "value": c[1]})
	}
	return out
}
