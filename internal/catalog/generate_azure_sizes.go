//go:build ignore

// This program writes azure_sizes.csv from Azure's list of compute SKUs, so
// that the table can be renewed by anyone with a subscription, and reviewed as
// a diff:
//
//	az vm list-skus --location westeurope --resource-type virtualMachines --all --output json |
//	    go run generate_azure_sizes.go -date 2026-11-20 -source "Resource SKUs, westeurope" > azure_sizes.csv
//
// Several lists may follow each other on standard input, one per region; the
// first that knows a size wins. A capability that a list lacks is left empty:
// unknown.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
)

type sku struct {
	Name         string `json:"name"`
	Family       string `json:"family"`
	Capabilities []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"capabilities"`
}

func main() {
	log.SetFlags(0)
	source := flag.String("source", "", "where the lists come from")
	date := flag.String("date", "", "when they were given, YYYY-MM-DD")
	flag.Parse()
	if *source == "" || *date == "" {
		log.Fatal("generate_azure_sizes: -source and -date are required: every table says where it comes from")
	}
	rows := map[string]string{}
	for decoder := json.NewDecoder(os.Stdin); ; {
		var list []sku
		if err := decoder.Decode(&list); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatalf("generate_azure_sizes: read a list of SKUs: %v", err)
		}
		for _, s := range list {
			// Promo sizes are price offers of others, Basic ones can't be nodes.
			if _, done := rows[s.Name]; !done && strings.HasPrefix(s.Name, "Standard_") && !strings.HasSuffix(s.Name, "_Promo") {
				rows[s.Name] = row(s)
			}
		}
	}
	lines := make([]string, 0, len(rows))
	for _, line := range rows {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	fmt.Printf("# source: %s\n# date: %s\n", *source, *date)
	fmt.Println("name,family,vcpus,memory_mib,architecture,gpus,premium_disks,max_nics,ephemeral_os_gib")
	fmt.Println(strings.Join(lines, "\n"))
}

func row(s sku) string {
	has := map[string]string{}
	for _, c := range s.Capabilities {
		has[c.Name] = c.Value
	}
	architecture := "amd64"
	if has["CpuArchitectureType"] == "Arm64" {
		architecture = "arm64"
	}
	gpus := has["GPUs"]
	if gpus == "" {
		gpus = "0"
	}
	return fmt.Sprintf("%s,%s,%s,%.0f,%s,%s,%t,%s,%s", s.Name, s.Family, has["vCPUs"], number(has["MemoryGB"])*1024,
		architecture, gpus, has["PremiumIO"] == "True", has["MaxNetworkInterfaces"], ephemeral(has))
}

// ephemeral is the largest OS disk that a host's own storage takes: in its
// cache, else on its temporary disk, else on one of its NVMe disks.
func ephemeral(has map[string]string) string {
	switch has["EphemeralOSDiskSupported"] {
	case "":
		return ""
	case "False":
		return "0"
	}
	const gib = 1 << 30
	largest := max(number(has["CachedDiskBytes"])/gib, number(has["MaxResourceVolumeMB"])/1024, number(has["NvmeSizePerDiskInMiB"])/1024)
	return strconv.Itoa(int(largest))
}

func number(text string) float64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		log.Fatalf("generate_azure_sizes: %q is no number: %v", text, err)
	}
	return n
}
