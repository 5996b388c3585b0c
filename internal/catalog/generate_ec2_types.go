//go:build ignore

// This program writes ec2_types.csv from answers of EC2's
// DescribeInstanceTypes, so that the table can be renewed by anyone with an
// AWS account, and reviewed as a diff:
//
//	aws ec2 describe-instance-types --region us-east-1 --output json |
//	    go run generate_ec2_types.go -date 2026-10-11 -source "EC2 DescribeInstanceTypes, us-east-1" > ec2_types.csv
//
// Several documents may follow each other on standard input, one per region;
// the first that knows a type wins. It keeps what an EKS node can be: no Macs,
// and of the Xen families only those that EC2 still calls current.
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
	"strings"
)

type answer struct {
	InstanceTypes []instanceType
}

type instanceType struct {
	InstanceType                  string
	CurrentGeneration             bool
	BareMetal                     bool
	Hypervisor                    string
	BurstablePerformanceSupported bool
	VCpuInfo                      struct{ DefaultVCpus int }
	MemoryInfo                    struct{ SizeInMiB int }
	ProcessorInfo                 struct{ SupportedArchitectures []string }
	InstanceStorageInfo           struct{ TotalSizeInGB int }
	NetworkInfo                   struct {
		DefaultNetworkCardIndex   int
		Ipv4AddressesPerInterface int
		NetworkCards              []struct{ NetworkCardIndex, MaximumNetworkInterfaces int }
	}
	GpuInfo struct {
		Gpus []struct {
			Count, LogicalGpuCount int
			Manufacturer, Name     string
		}
	}
	NeuronInfo struct{ NeuronDevices []struct{ Count int } }
}

func main() {
	log.SetFlags(0)
	source := flag.String("source", "", "where the answers come from")
	date := flag.String("date", "", "when they were given, YYYY-MM-DD")
	flag.Parse()
	if *source == "" || *date == "" {
		log.Fatal("generate_ec2_types: -source and -date are required: every table says where it comes from")
	}
	rows := map[string]string{}
	for decoder := json.NewDecoder(os.Stdin); ; {
		var page answer
		if err := decoder.Decode(&page); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatalf("generate_ec2_types: read an answer of DescribeInstanceTypes: %v", err)
		}
		for _, t := range page.InstanceTypes {
			if _, done := rows[t.InstanceType]; !done && isNode(t) {
				rows[t.InstanceType] = row(t)
			}
		}
	}
	lines := make([]string, 0, len(rows))
	for _, line := range rows {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	fmt.Printf("# source: %s\n# date: %s\n", *source, *date)
	fmt.Println("type,vcpus,memory_mib,architecture,enis,ipv4_per_eni,hypervisor,local_disk_gb,gpus,gpu,neuron_devices,burstable")
	fmt.Println(strings.Join(lines, "\n"))
}

func isNode(t instanceType) bool {
	if strings.HasPrefix(t.InstanceType, "mac") {
		return false
	}
	return t.CurrentGeneration || t.Hypervisor == "nitro" || t.BareMetal
}

// row counts the interfaces of the default network card only: the VPC CNI
// attaches pod interfaces to that one.
func row(t instanceType) string {
	hypervisor := t.Hypervisor
	if t.BareMetal {
		hypervisor = "none"
	}
	architecture := "amd64"
	if slices.Contains(t.ProcessorInfo.SupportedArchitectures, "arm64") {
		architecture = "arm64"
	}
	enis := 0
	for _, card := range t.NetworkInfo.NetworkCards {
		if card.NetworkCardIndex == t.NetworkInfo.DefaultNetworkCardIndex {
			enis = card.MaximumNetworkInterfaces
		}
	}
	gpus, gpu := 0, ""
	for _, g := range t.GpuInfo.Gpus {
		gpus += max(g.Count, g.LogicalGpuCount)
		gpu = g.Manufacturer + " " + g.Name
	}
	neuron := 0
	for _, device := range t.NeuronInfo.NeuronDevices {
		neuron += device.Count
	}
	return fmt.Sprintf("%s,%d,%d,%s,%d,%d,%s,%d,%d,%s,%d,%t", t.InstanceType, t.VCpuInfo.DefaultVCpus, t.MemoryInfo.SizeInMiB,
		architecture, enis, t.NetworkInfo.Ipv4AddressesPerInterface, hypervisor, t.InstanceStorageInfo.TotalSizeInGB,
		gpus, gpu, neuron, t.BurstablePerformanceSupported)
}
