package provider

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var _ function.Function = cidrOverlapsFunction{}

// cidrOverlapsFunction reports every pair of ranges that share addresses.
type cidrOverlapsFunction struct{}

func newCIDROverlapsFunction() function.Function { return cidrOverlapsFunction{} }

// overlapModel is one pair.
type overlapModel struct {
	Outer string `json:"outer"`
	Inner string `json:"inner"`
}

// mostOverlaps bounds the answer: a list of n equal ranges has n²/2 pairs.
const mostOverlaps = 10_000

// Metadata implements function.Function.
func (cidrOverlapsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "cidr_overlaps"
}

// Definition implements function.Function.
func (cidrOverlapsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Every pair of ranges that overlap",
		MarkdownDescription: "Every pair of ranges of a list that share addresses, ordered by address; an empty list if all are apart. " +
			"Two ranges can't overlap partly: `outer` holds `inner`, or they are equal. IPv4 and IPv6 may be mixed.",
		Parameters: []function.Parameter{function.ListParameter{
			Name: "list", ElementType: types.StringType, MarkdownDescription: "Ranges in CIDR notation, without host bits.",
		}},
		Return: function.ListReturn{ElementType: attrType(reflect.TypeFor[overlapModel]())},
	}
}

// Run implements function.Function.
func (cidrOverlapsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var list []*string
	if resp.Error = req.Arguments.Get(ctx, &list); resp.Error != nil {
		return
	}
	prefixes, wrong := prefixesOf(0, list)
	if resp.Error = wrong; wrong != nil {
		return
	}
	ranges := make([]cidr.Range, len(prefixes))
	for i, prefix := range prefixes {
		ranges[i].CIDR = prefix
	}
	pairs := []overlapModel{}
	for outer, inner := range cidr.EachOverlap(ranges) {
		if len(pairs) == mostOverlaps {
			resp.Error = argumentError(0, fmt.Sprintf("more than %d pairs overlap; look at %s and %s first.", mostOverlaps, outer.CIDR, inner.CIDR))
			return
		}
		pairs = append(pairs, overlapModel{outer.CIDR.String(), inner.CIDR.String()})
	}
	value, wrong := result(ctx, pairs)
	if resp.Error = wrong; wrong == nil {
		resp.Error = resp.Result.Set(ctx, value)
	}
}
