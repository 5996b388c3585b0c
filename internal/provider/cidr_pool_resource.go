package provider

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var (
	_ resource.ResourceWithImportState = (*cidrPoolResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*cidrPoolResource)(nil)
	_ resource.ResourceWithConfigure   = (*cidrPoolResource)(nil)

	_ resource.ResourceWithValidateConfig = (*cidrPoolResource)(nil)
)

// cidrPoolResource lays many named ranges out together. Like a blueprint it
// decides in the plan, and Create and Update write down what was planned: into
// the state, and with an owner into the ledger, first and in one commit.
type cidrPoolResource struct {
	session *session
}

func newCIDRPoolResource() resource.Resource { return &cidrPoolResource{} }

// cidrPoolSpec is what a person asks of a pool.
type cidrPoolSpec struct {
	CIDRs       []string                       `json:"cidrs" doc:"Ranges to allocate from, IPv4 and IPv6. They must not overlap."`
	Reserved    map[string][]string            `json:"reserved,omitempty" doc:"Ranges in use elsewhere, by owner. They may lie outside the pool and are never given."`
	Peers       map[string][]string            `json:"peers,omitempty" doc:"Ranges of other pools and networks, by owner, such as another pool's blocks. Nothing given overlaps them."`
	Allocations map[string]cidrAllocationModel `json:"allocations" wire:"dynamic" doc:"Ranges asked for, by key. A key keeps its range for life; rename it with moved_from."`
	Groups      map[string]cidrGroupModel      `json:"contiguous,omitempty" doc:"Settings of contiguous groups, by name. Naming a group in an allocation is enough to make it."`
	Quarantine  int                            `json:"quarantine,omitempty" doc:"For how many generations of the pool (applies that changed it) a removed range is given to nobody else. Default: 0, free at once."`
	Release     []string                       `json:"release,omitempty" doc:"Keys whose removed ranges are free at once, quarantine or not."`
	Owner       string                         `json:"owner,omitempty" doc:"Keeps the ranges in the provider's ledger, which several states share, under this name. It is for life, and no two pools may share one unless their keys differ: equal owner and key mean the same range, which is how a lost state gets its ranges back."`
	Clouds      []string                       `json:"clouds,omitempty" doc:"Clouds that the ranges are for, \"aws\" and \"azure\": what they refuse is never given. Default: both."`
}

type cidrAllocationModel struct {
	PrefixLength int    `json:"prefix_length,omitempty" doc:"Prefix length. Required, unless cidr is set. Making it shorter grows the range in place, where its neighbour is held for it or free."`
	CIDR         string `json:"cidr,omitempty" doc:"Pins the range."`
	Supernet     string `json:"supernet,omitempty" doc:"Which of cidrs to take it from."`
	Headroom     int    `json:"headroom,omitempty" doc:"Bits of room to grow in place: a /16 with headroom 1 may become a /15, its neighbour is kept free."`
	Group        string `json:"contiguous,omitempty" doc:"Group to lie in: one route summarises it."`
	MovedFrom    string `json:"moved_from,omitempty" doc:"Former key: the range goes with the new one."`
	Cluster      string `json:"cluster,omitempty" doc:"What the range is for, kept in the ledger for people to read."`
	Renumber     bool   `json:"allow_renumber,omitempty" doc:"Give this key another range where what is asked for can't be had in place. What stands in the old one has to be replaced."`
}

type cidrGroupModel struct {
	PrefixLength int    `json:"prefix_length,omitempty" doc:"Prefix length of the group. Default: as small as its members need."`
	Supernet     string `json:"supernet,omitempty" doc:"Which of cidrs to take it from."`
	Headroom     int    `json:"headroom,omitempty" doc:"Bits of room to grow in place."`
}

// cidrPoolResult is what a plan settles.
type cidrPoolResult struct {
	Blocks  map[string]string         `json:"blocks" doc:"Range of each key."`
	Groups  map[string]string         `json:"group_blocks" doc:"Range of each contiguous group."`
	Usage   map[string]cidrUsageModel `json:"usage" doc:"How full each of cidrs is."`
	Largest string                    `json:"largest_free,omitempty" doc:"Largest free IPv4 range, else the largest IPv6 one."`
	Digest  string                    `json:"digest" doc:"SHA-256 of everything that is given and held."`
	Layout  string                    `json:"layout" doc:"What the pool remembers beside blocks, as JSON: room held, groups, quarantine, generations."`
}

type cidrUsageModel struct {
	Utilization float64        `json:"utilization" doc:"Share that is taken, 0 to 1."`
	Largest     string         `json:"largest_free,omitempty" doc:"Largest free range."`
	FreeBySize  map[string]int `json:"free_by_size" doc:"Number of free ranges by prefix length."`
}

// Metadata implements resource.Resource.
func (r *cidrPoolResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cidr_pool"
}

// Schema implements resource.Resource.
func (r *cidrPoolResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := inputAttributes(reflect.TypeFor[cidrPoolSpec](), byTag)
	for _, f := range fieldsOf(reflect.TypeFor[cidrPoolResult]()) {
		attributes[f.name] = computedAttribute(f.typ, f.doc)
	}
	attributes["ledger"] = schema.StringAttribute{
		Optional: true, WriteOnly: true,
		MarkdownDescription: "Snapshot of the ledger that a pool with an owner is first planned against: `data.kready_cidr_ledger.….snapshot`. Later plans use the snapshot that refresh reads.",
	}
	attributes["registered"] = schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the ledger holds all of the pool's ranges. False after a ledger was lost or restored from a backup: the next apply writes them again. Null without owner."}
	attributes["id"] = schema.StringAttribute{Computed: true, MarkdownDescription: "Always \"pool\"; Terraform's tests want one."}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Many named address ranges, laid out together. They are known in the first plan, never overlap, and never move once given.",
		Attributes:          attributes,
	}
}

// ValidateConfig implements resource.ResourceWithValidateConfig: of a dynamic
// attribute Terraform itself judges nothing.
func (r *cidrPoolResource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	attributes, err := object(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid pool", err.Error())
		return
	}
	for _, wrong := range misfits(attributes["allocations"], reflect.TypeFor[map[string]cidrAllocationModel](), "allocations") {
		resp.Diagnostics.AddAttributeError(attributePath(wrong.at), "Invalid allocation", wrong.text)
	}
}

// poolState reads what the pool remembers.
func poolState(state tftypes.Value) (cidr.PoolState, error) {
	attributes, err := object(state)
	if err != nil {
		return cidr.PoolState{}, err
	}
	return cidr.Recall(text(attributes["layout"]), textMap(attributes["blocks"]))
}

// request parses the spec; every problem at once.
func (s cidrPoolSpec) request() (cidr.PoolRequest, []cidr.Problem) {
	request := cidr.PoolRequest{
		Supernets:   map[string]netip.Prefix{},
		Reserved:    map[string][]netip.Prefix{},
		Peers:       map[string][]netip.Prefix{},
		Allocations: map[string]cidr.Allocation{},
		Groups:      map[string]cidr.Group{},
		Quarantine:  s.Quarantine,
		Release:     s.Release,
	}
	var problems []cidr.Problem
	for i, text := range s.CIDRs {
		prefix, found := cidr.ParseAt(fmt.Sprintf("cidrs[%d]", i), text)
		problems = append(problems, found...)
		if len(found) == 0 {
			request.Supernets[text] = prefix
		}
	}
	for _, list := range []struct {
		name string
		from map[string][]string
		into map[string][]netip.Prefix
	}{{"reserved", s.Reserved, request.Reserved}, {"peers", s.Peers, request.Peers}} {
		for _, owner := range sortedKeys(list.from) {
			prefixes, found := cidr.ParseListAt(fmt.Sprintf("%s[%q]", list.name, owner), list.from[owner])
			problems = append(problems, found...)
			list.into[owner] = prefixes
		}
	}
	for _, key := range sortedKeys(s.Allocations) {
		model := s.Allocations[key]
		allocation := cidr.Allocation{
			Bits: model.PrefixLength, Supernet: model.Supernet, Headroom: model.Headroom,
			Group: model.Group, MovedFrom: model.MovedFrom, Renumber: model.Renumber,
		}
		if model.CIDR != "" {
			prefix, found := cidr.ParseAt(fmt.Sprintf("allocations[%q].cidr", key), model.CIDR)
			problems = append(problems, found...)
			allocation.CIDR = prefix
		}
		request.Allocations[key] = allocation
	}
	for name, model := range s.Groups {
		request.Groups[name] = cidr.Group{Bits: model.PrefixLength, Supernet: model.Supernet, Headroom: model.Headroom}
	}
	for i, word := range s.Clouds {
		if word != string(cidr.AWS) && word != string(cidr.Azure) {
			problems = append(problems, cidr.Problem{
				Path: fmt.Sprintf("clouds[%d]", i), Summary: fmt.Sprintf("%q is no cloud", word), Detail: "Use \"aws\" or \"azure\".",
			})
		}
		request.Clouds = append(request.Clouds, cidr.Cloud(word))
	}
	return request, problems
}

// resultOf is a layout in the words of the schema.
func resultOf(spec cidrPoolSpec, layout cidr.Layout) cidrPoolResult {
	result := cidrPoolResult{
		Blocks: map[string]string{}, Groups: map[string]string{}, Usage: map[string]cidrUsageModel{}, Digest: layout.Digest,
	}
	for key, block := range layout.Blocks {
		result.Blocks[key] = block.CIDR.String()
	}
	for name, block := range layout.Groups {
		result.Groups[name] = block.CIDR.String()
	}
	var largest netip.Prefix
	for _, name := range spec.CIDRs {
		usage, ok := layout.Usage[name]
		if !ok {
			continue
		}
		model := cidrUsageModel{Utilization: usage.Utilization, FreeBySize: map[string]int{}}
		for bits, count := range usage.FreeBySize {
			model.FreeBySize[fmt.Sprintf("/%d", bits)] = count
		}
		if usage.Largest.IsValid() {
			model.Largest = usage.Largest.String()
			if larger(usage.Largest, largest) {
				largest = usage.Largest
			}
		}
		result.Usage[name] = model
	}
	if largest.IsValid() {
		result.Largest = largest.String()
	}
	if memory, err := layout.Memory(); err == nil { // it has nothing that JSON can't say
		result.Layout = memory
	}
	return result
}

// larger prefers IPv4, then fewer bits.
func larger(a, b netip.Prefix) bool {
	switch {
	case !b.IsValid():
		return true
	case a.Addr().Is4() != b.Addr().Is4():
		return a.Addr().Is4()
	}
	return a.Bits() < b.Bits()
}

// ImportState implements resource.ResourceWithImportState: key=range, with
// commas between, gives each key back the range that it had.
func (r *cidrPoolResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	state := cidr.PoolState{Version: cidr.LayoutVersion, Generation: 1, Blocks: map[string]cidr.Block{}}
	blocks := map[string]string{}
	for _, pair := range strings.Split(req.ID, ",") {
		key, text, found := strings.Cut(pair, "=")
		prefix, err := cidr.Parse(text)
		if !found || key == "" || err != nil {
			resp.Diagnostics.AddError("Invalid import id", fmt.Sprintf("%q is not of the form key=range,key=range, such as shop-eu=10.68.0.0/16,shop-we=10.69.0.0/16.", req.ID))
			return
		}
		state.Blocks[key] = cidr.Block{CIDR: prefix, Held: prefix, Since: 1}
		blocks[key] = text
	}
	memory, err := state.Memory()
	if err != nil {
		resp.Diagnostics.AddError("Invalid import id", err.Error())
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), "pool")...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("layout"), memory)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("blocks"), blocks)...)
}
