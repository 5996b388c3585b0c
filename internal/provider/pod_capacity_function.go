package provider

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var _ function.Function = podCapacityFunction{}

// podCapacityFunction says how many pods fit on nodes, and which addresses
// they take.
type podCapacityFunction struct{}

func newPodCapacityFunction() function.Function { return podCapacityFunction{} }

// capacitySpec is what is asked of pod_capacity.
type capacitySpec struct {
	Cloud            string `json:"cloud" doc:"\"aws\" or \"azure\"."`
	Nodes            int    `json:"nodes,omitempty" doc:"Number of nodes. Default: 1."`
	InstanceType     string `json:"instance_type,omitempty" doc:"EC2 instance type. Required on AWS, of no meaning on Azure, where addresses don't depend on the size."`
	PrefixDelegation *bool  `json:"prefix_delegation,omitempty" doc:"AWS: pods take addresses out of /28 prefixes. Default: true, where the instance type can."`
	CustomNetworking bool   `json:"custom_networking,omitempty" doc:"AWS: pods have subnets of their own. Default: false."`
	Mode             string `json:"mode,omitempty" doc:"Azure: \"overlay\" (default), \"pod_subnet\" or \"node_subnet\"."`
	MaxPods          int    `json:"max_pods,omitempty" doc:"Limit of pods a node. Default: the cloud's own."`
	SurgePercent     int    `json:"surge_percent,omitempty" doc:"Azure: nodes that an upgrade adds, in percent. Default: 33."`
}

// capacityResult is what pod_capacity returns.
type capacityResult struct {
	PodsPerNode      int `json:"pods_per_node"`
	Pods             int `json:"pods"`
	NodeAddresses    int `json:"node_addresses"`
	PodAddresses     int `json:"pod_addresses"`
	NodePrefixLength int `json:"node_prefix_length,omitempty"`
	PodPrefixLength  int `json:"pod_prefix_length,omitempty"`
}

// Metadata implements function.Function.
func (podCapacityFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "pod_capacity"
}

// Definition implements function.Function.
func (podCapacityFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Pods that fit on nodes, and the addresses they take",
		MarkdownDescription: "How many pods run on a number of nodes, how many addresses these take when they are full, and the smallest ranges that hold them. " +
			"Addresses count all zones together: give each zone its share.\n\nThe specification is an object:\n" + specMarkdown(reflect.TypeFor[capacitySpec]()) +
			"\n\nIt returns an object:\n\n- `pods_per_node`, `pods`: pods that may run on one node, on all\n" +
			"- `node_addresses`, `pod_addresses`: addresses that full nodes take out of the subnets of nodes and of pods (surge included)\n" +
			"- `node_prefix_length`, `pod_prefix_length`: the smallest ranges that hold them; null where pods take their addresses out of the subnets of nodes, or where no subnet is large enough",
		Parameters: []function.Parameter{function.DynamicParameter{Name: "spec", MarkdownDescription: "Specification, as above."}},
		Return:     objectReturn(reflect.TypeFor[capacityResult]()),
	}
}

// Run implements function.Function.
func (podCapacityFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		dynamic types.Dynamic
		spec    capacitySpec
	)
	if resp.Error = req.Arguments.Get(ctx, &dynamic); resp.Error != nil {
		return
	}
	if resp.Error = argument(ctx, 0, dynamic, &spec); resp.Error != nil {
		return
	}
	capacity, wrong := spec.capacity()
	if len(wrong) > 0 {
		resp.Error = argumentError(0, wrong...)
		return
	}
	value, err := result(ctx, capacity)
	if resp.Error = err; err == nil {
		resp.Error = resp.Result.Set(ctx, value)
	}
}

// mostNodes is beyond what either cloud runs in one cluster; it keeps the
// arithmetic inside an int.
const mostNodes = 100_000

// capacity evaluates a specification; everything that is wrong at once.
func (s capacitySpec) capacity() (capacityResult, []string) {
	var wrong []string
	if s.Nodes == 0 {
		s.Nodes = 1
	}
	if s.Nodes < 0 || s.Nodes > mostNodes {
		wrong = append(wrong, fmt.Sprintf("nodes is %d; use 1 to %d.", s.Nodes, mostNodes))
	}
	if s.MaxPods < 0 {
		wrong = append(wrong, fmt.Sprintf("max_pods is %d; use a positive number, or leave it out.", s.MaxPods))
	}
	switch cidr.Cloud(s.Cloud) {
	case cidr.AWS:
		return s.eks(wrong)
	case cidr.Azure:
		return s.aks(wrong)
	}
	return capacityResult{}, append(wrong, fmt.Sprintf("cloud is %q; use \"aws\" or \"azure\".", s.Cloud))
}

func (s capacitySpec) eks(wrong []string) (capacityResult, []string) {
	if s.Mode != "" {
		wrong = append(wrong, "mode is for azure only; on aws, set custom_networking or prefix_delegation.")
	}
	instance, known := catalog.LookupInstanceType(s.InstanceType)
	switch {
	case s.InstanceType == "":
		wrong = append(wrong, "instance_type must be set on aws: it decides how many addresses a node can carry.")
	case !known:
		wrong = append(wrong, fmt.Sprintf("instance_type %q is not in kready's table of instance types. Check its spelling; a type newer than the table needs a newer kready.", s.InstanceType))
	case s.PrefixDelegation != nil && *s.PrefixDelegation && !instance.PrefixDelegation():
		wrong = append(wrong, fmt.Sprintf("instance_type %q can't carry prefixes. Set prefix_delegation = false, or use a Nitro type.", s.InstanceType))
	}
	if len(wrong) > 0 {
		return capacityResult{}, wrong
	}
	node := cidr.EKSNode{
		ENIs: instance.ENIs, IPv4PerENI: instance.IPv4PerENI, VCPUs: instance.VCPUs, MaxPods: s.MaxPods,
		CustomNetworking: s.CustomNetworking, PrefixDelegation: instance.PrefixDelegation(),
	}
	if s.PrefixDelegation != nil {
		node.PrefixDelegation = *s.PrefixDelegation
	}
	nodeAddresses, podAddresses := node.Addresses()
	result := capacityResult{
		PodsPerNode: node.Pods(), Pods: node.Pods() * s.Nodes,
		NodeAddresses: nodeAddresses * s.Nodes, PodAddresses: podAddresses * s.Nodes,
	}
	result.NodePrefixLength = smallest(cidr.AWS, result.NodeAddresses)
	result.PodPrefixLength = smallest(cidr.AWS, result.PodAddresses)
	return result, nil
}

// Defaults of AKS by mode. Source: AKS concepts-network-ip-address-planning,
// 2026-08-21.
var defaultMaxPods = map[string]int{"overlay": 250, "pod_subnet": 110, "node_subnet": 30}

// defaultSurge is what AKS recommends for production, in percent.
const defaultSurge = 33

func (s capacitySpec) aks(wrong []string) (capacityResult, []string) {
	if s.CustomNetworking || s.PrefixDelegation != nil {
		wrong = append(wrong, "custom_networking and prefix_delegation are for aws only; on azure, choose a mode.")
	}
	if s.Mode == "" {
		s.Mode = "overlay"
	}
	if s.MaxPods == 0 {
		s.MaxPods = defaultMaxPods[s.Mode]
	}
	if s.SurgePercent == 0 {
		s.SurgePercent = defaultSurge
	}
	if _, known := defaultMaxPods[s.Mode]; !known {
		wrong = append(wrong, fmt.Sprintf("mode is %q; use \"overlay\", \"pod_subnet\" or \"node_subnet\".", s.Mode))
	} else {
		for _, p := range cidr.JudgeAKSMaxPods("max_pods", s.MaxPods) {
			if p.Severity == cidr.Error {
				wrong = append(wrong, p.Path+": "+p.Summary+". "+p.Detail)
			}
		}
	}
	if s.SurgePercent < 0 {
		wrong = append(wrong, fmt.Sprintf("surge_percent is %d; use a positive number.", s.SurgePercent))
	}
	if len(wrong) > 0 {
		return capacityResult{}, wrong
	}
	nodes := cidr.AKSNodes{Nodes: s.Nodes, Surge: cidr.Surge(s.Nodes, s.SurgePercent), MaxPods: s.MaxPods}
	result := capacityResult{PodsPerNode: s.MaxPods, Pods: s.MaxPods * s.Nodes, NodeAddresses: int(nodes.OverlayNodeAddresses(0))}
	switch s.Mode {
	case "overlay":
		if bits, fits := nodes.OverlayPodBits(); fits {
			result.PodPrefixLength = bits
		}
		result.PodAddresses = (nodes.Nodes + nodes.Surge) * 256 // a /24 a node
	case "pod_subnet":
		result.PodAddresses = int(nodes.DynamicPodAddresses())
		result.PodPrefixLength = smallest(cidr.Azure, result.PodAddresses)
	default:
		result.NodeAddresses = int(nodes.NodeSubnetAddresses())
	}
	result.NodePrefixLength = smallest(cidr.Azure, result.NodeAddresses)
	return result, nil
}

// smallest is the prefix length of the smallest subnet that leaves so many
// addresses; 0, which is null to Terraform, for none.
func smallest(cloud cidr.Cloud, addresses int) int {
	if addresses == 0 {
		return 0
	}
	bits, _ := cidr.BitsFor(cloud, int64(addresses))
	return bits
}
