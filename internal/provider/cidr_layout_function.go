package provider

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var _ function.Function = cidrLayoutFunction{}

// cidrLayoutFunction lays the subnets of one network out.
type cidrLayoutFunction struct{}

func newCIDRLayoutFunction() function.Function { return cidrLayoutFunction{} }

// layoutSpec is what is asked of a layout.
type layoutSpec struct {
	Subnets  map[string]int    `json:"subnets" doc:"Prefix length of each subnet, by key."`
	Hold     map[string]int    `json:"hold,omitempty" doc:"Prefix lengths of ranges to keep free, by key, such as for a zone not used yet. A subnet of that key gets the range later."`
	Reserved []string          `json:"reserved,omitempty" doc:"Ranges in use, never given. They may overlap each other and lie outside."`
	Previous map[string]string `json:"previous,omitempty" doc:"What an earlier layout returned. Its keys keep their ranges; one that is no longer asked for is held."`
}

// Metadata implements function.Function.
func (cidrLayoutFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "cidr_layout"
}

// Definition implements function.Function.
func (cidrLayoutFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Subnets of one network, by key",
		MarkdownDescription: "Lays subnets out in one range: larger ones first, then by key, each as the best fit, so that the order of the map doesn't matter and the largest free ranges stay whole. " +
			"Returns the range of every key, held ones included. A function remembers nothing: adding a subnet may move others, unless what was returned before is passed as `previous`. " +
			"`kready_cidr_pool` remembers by itself.\n\nThe specification is an object:\n" + specMarkdown(reflect.TypeFor[layoutSpec]()),
		Parameters: []function.Parameter{
			function.StringParameter{Name: "cidr", MarkdownDescription: "Range of the network."},
			function.DynamicParameter{Name: "spec", MarkdownDescription: "Specification, as above."},
		},
		Return: function.MapReturn{ElementType: types.StringType},
	}
}

// Run implements function.Function.
func (cidrLayoutFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		network string
		dynamic types.Dynamic
		spec    layoutSpec
	)
	if resp.Error = req.Arguments.Get(ctx, &network, &dynamic); resp.Error != nil {
		return
	}
	from, wrongFrom := prefixOf(0, network)
	if resp.Error = function.ConcatFuncErrors(wrongFrom, argument(ctx, 1, dynamic, &spec)); resp.Error != nil {
		return
	}
	layout, wrong := spec.layout(from)
	if resp.Error = wrong; wrong == nil {
		resp.Error = resp.Result.Set(ctx, layout)
	}
}

// layout is the range of every key, held ones included.
func (s layoutSpec) layout(network netip.Prefix) (map[string]string, *function.FuncError) {
	prior := map[string]netip.Prefix{}
	var problems []cidr.Problem
	for _, key := range sortedKeys(s.Previous) {
		prefix, found := cidr.ParseAt("previous[\""+key+"\"]", s.Previous[key])
		problems = append(problems, found...)
		prior[key] = prefix
	}
	var requests []cidr.SubnetRequest
	for _, key := range sortedKeys(s.Subnets) {
		requests = append(requests, cidr.SubnetRequest{Key: key, Bits: s.Subnets[key]})
	}
	for _, key := range sortedKeys(s.Hold) {
		requests = append(requests, cidr.SubnetRequest{Key: key, Bits: s.Hold[key], Hold: true, Path: "hold[\"" + key + "\"]"})
	}
	reserved, found := cidr.ParseListAt("reserved", s.Reserved)
	if wrong := refusal(1, append(problems, found...)); wrong != nil {
		return nil, wrong
	}
	ranges, err := unreserved(network, reserved)
	if err != nil {
		return nil, argumentError(1, err.Error())
	}
	plan, problems := cidr.PlanSubnets(ranges, requests, prior)
	layout := map[string]string{}
	for key, prefix := range plan.Prior() {
		layout[key] = prefix.String()
	}
	return layout, refusal(1, problems)
}

// unreserved is what is left of a network.
func unreserved(network netip.Prefix, reserved []netip.Prefix) ([]cidr.SubnetRange, error) {
	space, err := cidr.NewSpace(network)
	if err != nil {
		return nil, err
	}
	for _, prefix := range reserved {
		space.Exclude(prefix)
	}
	var ranges []cidr.SubnetRange
	for part := range space.Free() {
		ranges = append(ranges, cidr.SubnetRange{CIDR: part, Path: "cidr"})
	}
	if len(ranges) == 0 {
		return nil, fmt.Errorf("reserved: all of %s is reserved; use another range, or reserve less", network)
	}
	return ranges, nil
}
