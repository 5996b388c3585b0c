package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var _ function.Function = cidrSummarizeFunction{}

// cidrSummarizeFunction merges ranges into as few as cover the same addresses.
type cidrSummarizeFunction struct{}

func newCIDRSummarizeFunction() function.Function { return cidrSummarizeFunction{} }

// Metadata implements function.Function.
func (cidrSummarizeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "cidr_summarize"
}

// Definition implements function.Function.
func (cidrSummarizeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "The fewest ranges that cover the same addresses",
		MarkdownDescription: "The fewest ranges that cover exactly the same addresses, ordered by address: nested ranges vanish, neighbours merge. For route tables and firewall rules.",
		Parameters: []function.Parameter{function.ListParameter{
			Name: "list", ElementType: types.StringType, MarkdownDescription: "Ranges in CIDR notation, without host bits.",
		}},
		Return: function.ListReturn{ElementType: types.StringType},
	}
}

// Run implements function.Function.
func (cidrSummarizeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var list []*string
	if resp.Error = req.Arguments.Get(ctx, &list); resp.Error != nil {
		return
	}
	prefixes, wrong := prefixesOf(0, list)
	if resp.Error = wrong; wrong != nil {
		return
	}
	merged := []string{}
	for _, prefix := range cidr.Summarize(prefixes) {
		merged = append(merged, prefix.String())
	}
	resp.Error = resp.Result.Set(ctx, merged)
}
