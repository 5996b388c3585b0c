package catalog

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// VMSize is an Azure virtual machine size.
type VMSize struct {
	Name string // such as "Standard_D4ds_v5"
	// Family is the quota family that its vCPUs count against, such as
	// "standardDDSv5Family". Azure is not strict about its capitals.
	Family       string
	VCPUs        int
	MemoryMiB    int
	Architecture string // AMD64 or ARM64
	GPUs         int    // whole GPUs; sizes with a share of one may say 0
	PremiumDisks bool   // takes Premium SSDs, which OS disks of production nodes are
	MaxNICs      int    // 0: not known
	// EphemeralOSGiB is the largest OS disk that fits on the host's own storage;
	// 0: none does. It is meaningful with EphemeralKnown only.
	EphemeralOSGiB int
	EphemeralKnown bool
}

// Burstable tells whether the size is of the B series, which lives on CPU
// credits.
func (s VMSize) Burstable() bool { return strings.HasPrefix(s.Name, "Standard_B") }

// EphemeralOS tells whether an OS disk of the given size fits on the host's own
// storage, and whether that is known.
func (s VMSize) EphemeralOS(gib int) (fits, known bool) {
	return s.EphemeralKnown && gib <= s.EphemeralOSGiB, s.EphemeralKnown
}

// Smallest nodes that AKS documents.
const (
	AKSSystemPoolVCPUs     = 4
	AKSSystemPoolMemoryMiB = 4096
	AKSUserPoolVCPUs       = 2
	AKSUserPoolMemoryMiB   = 2048
)

// ValidateSystemPool refuses a size that AKS documents as unfit for a system
// pool: fewer than 4 vCPUs, less than 4 GiB, or the B series.
func (s VMSize) ValidateSystemPool() error {
	var wrong []error
	if s.Burstable() {
		wrong = append(wrong, fmt.Errorf("%s is of the B series, which AKS doesn't take for system pools", s.Name))
	}
	if s.VCPUs < AKSSystemPoolVCPUs {
		wrong = append(wrong, fmt.Errorf("%s has %d vCPUs, an AKS system pool needs %d", s.Name, s.VCPUs, AKSSystemPoolVCPUs))
	}
	if s.MemoryMiB < AKSSystemPoolMemoryMiB {
		wrong = append(wrong, fmt.Errorf("%s has %d MiB of memory, an AKS system pool needs %d", s.Name, s.MemoryMiB, AKSSystemPoolMemoryMiB))
	}
	return errors.Join(wrong...)
}

// ValidateUserPool refuses a size that AKS documents as too small for any pool:
// fewer than 2 vCPUs or less than 2 GiB.
func (s VMSize) ValidateUserPool() error {
	if s.VCPUs < AKSUserPoolVCPUs || s.MemoryMiB < AKSUserPoolMemoryMiB {
		return fmt.Errorf("%s has %d vCPUs and %d MiB of memory, an AKS pool needs %d and %d",
			s.Name, s.VCPUs, s.MemoryMiB, AKSUserPoolVCPUs, AKSUserPoolMemoryMiB)
	}
	return nil
}

// LookupVMSize finds an Azure size by name. Azure doesn't mind capitals, so
// neither does this. It answers false for a size that the table does not hold,
// which may be newer than the table.
func LookupVMSize(name string) (VMSize, bool) {
	table := azureSizes()
	i, found := table.byName[strings.ToLower(name)]
	if !found {
		return VMSize{}, false
	}
	return table.sizes[i], true
}

// VMSizes lists all known Azure sizes, sorted by name.
func VMSizes() []VMSize { return slices.Clone(azureSizes().sizes) }

//go:embed azure_sizes.csv
var azureSizesCSV string

type azureSizeTable struct {
	table  Table
	sizes  []VMSize
	byName map[string]int // by lower-case name
}

// azureSizes parses the embedded table once, and only when it is asked for.
var azureSizes = sync.OnceValue(func() azureSizeTable {
	sizes, source, date, err := parseAzureSizes(azureSizesCSV)
	if err != nil {
		panic("catalog: azure_sizes.csv is malformed, renew it with generate_azure_sizes.go: " + err.Error())
	}
	byName := make(map[string]int, len(sizes))
	for i, size := range sizes {
		byName[strings.ToLower(size.Name)] = i
	}
	return azureSizeTable{
		table:  Table{Name: "azure-sizes", Holds: "Azure virtual machine sizes with quota family, size, architecture and local disk", Source: source, Date: mustDay(date), Rows: len(sizes)},
		sizes:  sizes,
		byName: byName,
	}
})

func parseAzureSizes(text string) (sizes []VMSize, source, date string, err error) {
	records, source, date, err := readRecords(text, 9)
	if err != nil {
		return nil, "", "", err
	}
	for _, record := range records {
		size, err := parseAzureSize(record)
		if err != nil {
			return nil, "", "", fmt.Errorf("%s: %w", record[0], err)
		}
		sizes = append(sizes, size)
	}
	return sizes, source, date, nil
}

func parseAzureSize(record []string) (VMSize, error) {
	size := VMSize{Name: record[0], Family: record[1], Architecture: record[4], EphemeralKnown: record[8] != ""}
	if err := numbers(record, map[int]*int{2: &size.VCPUs, 3: &size.MemoryMiB, 5: &size.GPUs}); err != nil {
		return VMSize{}, err
	}
	for column, into := range map[int]*int{7: &size.MaxNICs, 8: &size.EphemeralOSGiB} {
		if record[column] == "" {
			continue
		}
		if err := numbers(record, map[int]*int{column: into}); err != nil {
			return VMSize{}, err
		}
	}
	premium, err := strconv.ParseBool(record[6])
	if err != nil {
		return VMSize{}, fmt.Errorf("column 7: %w", err)
	}
	size.PremiumDisks = premium
	return size, nil
}
