package provider

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var _ function.Function = cidrNextFunction{}

// cidrNextFunction names the range that a pool would give next.
type cidrNextFunction struct{}

func newCIDRNextFunction() function.Function { return cidrNextFunction{} }

// Metadata implements function.Function.
func (cidrNextFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "cidr_next"
}

// Definition implements function.Function.
func (cidrNextFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The next free range of a size",
		MarkdownDescription: "The range that a pool would give next: the best fit, the lowest of several. " +
			"It reserves nothing: two callers with the same arguments get the same range. To keep what was given, use `kready_cidr_pool`.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "cidr", MarkdownDescription: "Range to take it from."},
			function.ListParameter{Name: "taken", ElementType: types.StringType, MarkdownDescription: "Ranges that are taken. They may overlap each other and lie outside."},
			function.NumberParameter{Name: "prefix", MarkdownDescription: "Prefix length asked for."},
		},
		Return: function.StringReturn{},
	}
}

// Run implements function.Function.
func (cidrNextFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		supernet string
		taken    []*string
		length   *big.Float
	)
	if resp.Error = req.Arguments.Get(ctx, &supernet, &taken, &length); resp.Error != nil {
		return
	}
	from, wrongFrom := prefixOf(0, supernet)
	prefixes, wrongTaken := prefixesOf(1, taken)
	if resp.Error = function.ConcatFuncErrors(wrongFrom, wrongTaken); resp.Error != nil {
		return
	}
	bits, accuracy := length.Int64()
	if accuracy != big.Exact || bits < 0 || bits > 128 {
		resp.Error = argumentError(2, fmt.Sprintf("%s is no prefix length; use a whole number from %d to %d", length.Text('g', -1), from.Bits(), from.Addr().BitLen()))
		return
	}
	next, err := cidr.Next(from, prefixes, int(bits))
	if err != nil {
		resp.Error = argumentError(2, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, next.String())
}
