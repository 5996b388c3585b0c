package catalog

import (
	"strings"
	"testing"
)

// The table holds together: sorted, without doubles also where capitals don't
// count, every number possible, every size with a quota family.
func TestVMSizesHoldTogether(t *testing.T) {
	sizes := VMSizes()
	if len(sizes) < 1000 {
		t.Fatalf("only %d sizes", len(sizes))
	}
	seen := map[string]bool{}
	for i, size := range sizes {
		if i > 0 && sizes[i-1].Name >= size.Name {
			t.Errorf("%s follows %s: not sorted, or twice", size.Name, sizes[i-1].Name)
		}
		if seen[strings.ToLower(size.Name)] {
			t.Errorf("%s is there in other capitals too", size.Name)
		}
		seen[strings.ToLower(size.Name)] = true
		if size.VCPUs < 1 || size.MemoryMiB < 512 || size.GPUs < 0 || size.MaxNICs < 0 || size.EphemeralOSGiB < 0 || size.Family == "" {
			t.Errorf("impossible: %+v", size)
		}
		if size.Architecture != AMD64 && size.Architecture != ARM64 {
			t.Errorf("%s: architecture %q", size.Name, size.Architecture)
		}
		if size.EphemeralOSGiB > 0 && !size.EphemeralKnown {
			t.Errorf("%s has an ephemeral disk that is not known", size.Name)
		}
	}
}

// Rows agree with Microsoft's pages of the series.
func TestVMSizesAgreeWithMicrosoft(t *testing.T) {
	for _, want := range []VMSize{
		{Name: "Standard_D4s_v5", Family: "standardDSv5Family", VCPUs: 4, MemoryMiB: 16384, Architecture: AMD64, PremiumDisks: true, MaxNICs: 2, EphemeralKnown: true},
		{Name: "Standard_D8ds_v5", Family: "standardDDSv5Family", VCPUs: 8, MemoryMiB: 32768, Architecture: AMD64, PremiumDisks: true, MaxNICs: 4, EphemeralOSGiB: 300, EphemeralKnown: true},
		{Name: "Standard_E20ads_v5", Family: "standardEADSv5Family", VCPUs: 20, MemoryMiB: 163840, Architecture: AMD64, PremiumDisks: true, MaxNICs: 8, EphemeralOSGiB: 750, EphemeralKnown: true},
		{Name: "Standard_L8s_v3", Family: "standardLSv3Family", VCPUs: 8, MemoryMiB: 65536, Architecture: AMD64, PremiumDisks: true, MaxNICs: 4, EphemeralOSGiB: 80, EphemeralKnown: true},
	} {
		got, ok := LookupVMSize(want.Name)
		if !ok || got != want {
			t.Errorf("%s\n got %+v, %t\nwant %+v", want.Name, got, ok, want)
		}
	}
	arm, ok := LookupVMSize("standard_d4PDS_v6")
	if !ok || arm.Name != "Standard_D4pds_v6" || arm.Architecture != ARM64 || arm.EphemeralOSGiB != 220 {
		t.Errorf("lookup without regard to capitals finds %+v, %t", arm, ok)
	}
	for _, name := range []string{"", "Standard_D4s_v9", "D4s_v5", "Standard_D4s_v5 ", "Standard_B1ls_Promo"} {
		if got, ok := LookupVMSize(name); ok {
			t.Errorf("%q is known as %+v", name, got)
		}
	}
}

// An ephemeral disk fits up to the host's storage, and a size that the source
// does not tell of answers "not known" instead of no.
func TestEphemeralOS(t *testing.T) {
	for _, c := range []struct {
		name        string
		gib         int
		fits, known bool
	}{
		{"Standard_D4ds_v5", 128, true, true},
		{"Standard_D4ds_v5", 150, true, true},
		{"Standard_D4ds_v5", 151, false, true},
		{"Standard_D4s_v5", 30, false, true},
		{"Standard_DS2_v2", 30, false, false},
	} {
		size, ok := LookupVMSize(c.name)
		if !ok {
			t.Fatalf("%s is unknown", c.name)
		}
		if fits, known := size.EphemeralOS(c.gib); fits != c.fits || known != c.known {
			t.Errorf("%s, %d GiB: %t, %t", c.name, c.gib, fits, known)
		}
	}
}

// Sizes that AKS documents as unfit are refused, all reasons at once, and
// others are not.
func TestAKSPoolSizes(t *testing.T) {
	for name, ok := range map[string][2]bool{ // system pool, user pool
		"Standard_D4s_v5": {true, true},
		"Standard_D2s_v5": {false, true},
		"Standard_B4ms":   {false, true},
		"Standard_B2ms":   {false, true},
		"Standard_B1s":    {false, false},
	} {
		size, found := LookupVMSize(name)
		if !found {
			t.Fatalf("%s is unknown", name)
		}
		if err := size.ValidateSystemPool(); (err == nil) != ok[0] {
			t.Errorf("%s in a system pool: %v", name, err)
		}
		if err := size.ValidateUserPool(); (err == nil) != ok[1] {
			t.Errorf("%s in a user pool: %v", name, err)
		}
	}
	small, _ := LookupVMSize("Standard_B2ms")
	if err := small.ValidateSystemPool(); strings.Count(err.Error(), "Standard_B2ms") != 2 {
		t.Errorf("not all reasons at once: %v", err)
	}
}

// The parser refuses what a slip of the editor makes of the file.
func TestParseAzureSizesRefuses(t *testing.T) {
	const head = "# source: test\n# date: 2026-01-02\nname,family,vcpus,memory_mib,architecture,gpus,premium_disks,max_nics,ephemeral_os_gib\n"
	const good = "Standard_A,fam,1,1024,amd64,0,true,,\n"
	if sizes, _, _, err := parseAzureSizes(head + good); err != nil || len(sizes) != 1 || sizes[0].EphemeralKnown {
		t.Fatalf("good file: %+v, %v", sizes, err)
	}
	for name, text := range map[string]string{
		"no source":    "name,family,vcpus,memory_mib,architecture,gpus,premium_disks,max_nics,ephemeral_os_gib\n" + good,
		"header only":  head,
		"short row":    head + "Standard_A,fam\n",
		"no vCPUs":     head + "Standard_A,fam,,1024,amd64,0,true,,\n",
		"NICs in text": head + "Standard_A,fam,1,1024,amd64,0,true,two,\n",
		"no boolean":   head + "Standard_A,fam,1,1024,amd64,0,,,\n",
	} {
		if _, _, _, err := parseAzureSizes(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
