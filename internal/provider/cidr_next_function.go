package provider

import (
	"context"

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
			function.Int64Parameter{Name: "prefix", MarkdownDescription: "Prefix length asked for."},
		},
		Return: function.StringReturn{},
	}
}

// Run implements function.Function.
func (cidrNextFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		supernet string
		taken    []string
		bits     int64
	)
	if resp.Error = req.Arguments.Get(ctx, &supernet, &taken, &bits); resp.Error != nil {
		return
	}
	from, wrongFrom := prefixOf(0, supernet)
	prefixes, wrongTaken := prefixesOf(1, taken)
	if resp.Error = function.ConcatFuncErrors(wrongFrom, wrongTaken); resp.Error != nil {
		return
	}
	next, err := cidr.Next(from, prefixes, int(bits))
	if err != nil {
		resp.Error = function.NewArgumentFuncError(2, err.Error()+".")
		return
	}
	resp.Error = resp.Result.Set(ctx, next.String())
}
