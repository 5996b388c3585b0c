package provider

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var _ datasource.DataSourceWithConfigure = (*cidrInventoryDataSource)(nil)

// cidrInventoryDataSource lists the ranges that are in use in accounts and
// regions, whoever made them.
type cidrInventoryDataSource struct {
	session *session
}

func newCIDRInventoryDataSource() datasource.DataSource { return &cidrInventoryDataSource{} }

// inventorySpec is what is asked for.
type inventorySpec struct {
	Places []whereModel `json:"places" doc:"Where to look."`
	Own    bool         `json:"own,omitempty" doc:"Whether reserved has networks of the provider's own owner too. Default: false, so that a pool doesn't find the ranges that it gave itself in its way."`
}

// inventoryResult is what was found.
type inventoryResult struct {
	Ranges   []cloud.NetworkRange `json:"ranges" doc:"Ranges in use: of networks, their subnets, and networks that are peered with them."`
	Overlaps []inventoryOverlap   `json:"overlaps" doc:"Pairs of networks that overlap, so that they can never be connected."`
	Reserved map[string][]string  `json:"reserved" doc:"Ranges of networks by who has them, for reserved of a pool."`
}

type inventoryOverlap struct {
	Outer      string `json:"outer" doc:"Range that holds the other one, or equals it."`
	OuterOwner string `json:"outer_owner" doc:"Who has it."`
	Inner      string `json:"inner" doc:"Range that lies in the other one."`
	InnerOwner string `json:"inner_owner" doc:"Who has it."`
}

// Metadata implements datasource.DataSource.
func (d *cidrInventoryDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cidr_inventory"
}

// Schema implements datasource.DataSource.
func (d *cidrInventoryDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]dschema.Attribute{
		"places": dschema.ListNestedAttribute{
			Required: true, MarkdownDescription: "Where to look.",
			NestedObject: dschema.NestedAttributeObject{Attributes: whereAttributes()},
		},
		"own": dschema.BoolAttribute{Optional: true, MarkdownDescription: fieldsOf(reflect.TypeFor[inventorySpec]())[1].doc},
	}
	for _, f := range fieldsOf(reflect.TypeFor[inventoryResult]()) {
		attributes[f.name] = computedDataAttribute(f.typ, f.doc)
	}
	resp.Schema = dschema.Schema{
		MarkdownDescription: "Address ranges that are in use in accounts and regions, read from the clouds: what a pool must not give.",
		Attributes:          attributes,
	}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *cidrInventoryDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Read implements datasource.DataSource.
func (d *cidrInventoryDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var spec inventorySpec
	if _, err := decode(req.Config.Raw, &spec); err != nil {
		resp.Diagnostics.AddError("Invalid data source", err.Error())
		return
	}
	var ranges []cloud.NetworkRange
	for _, place := range spec.Places {
		found, err := d.ranges(ctx, place)
		if err != nil {
			resp.Diagnostics.AddError(explain(fmt.Sprintf("Listing ranges of %s %s", place.Cloud, place.Region), err))
			continue // all places that fail, at once
		}
		ranges = append(ranges, found...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	attributes, err := object(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid data source", err.Error())
		return
	}
	own := d.session.owner
	if spec.Own {
		own = ""
	}
	found, err := object(encode(takeInventory(ranges, own)))
	if err != nil {
		resp.Diagnostics.AddError("Invalid data source", err.Error())
		return
	}
	for name, value := range found {
		attributes[name] = value
	}
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), attributes)
}

func (d *cidrInventoryDataSource) ranges(ctx context.Context, place whereModel) ([]cloud.NetworkRange, error) {
	opened, err := d.session.cloudOf(ctx, place.scope())
	if err != nil {
		return nil, err
	}
	inventory, ok := opened.(cloud.Inventory)
	if !ok {
		return nil, &cloud.Error{
			Kind: cloud.ErrUnsupported, Object: "ranges in use on " + place.Cloud,
			Reason: "this version of kready can't list them",
			Todo:   "Write them into reserved of the pool by hand.",
		}
	}
	return inventory.Ranges(ctx)
}

// takeInventory sums ranges up. Networks of owner own are not reserved.
func takeInventory(ranges []cloud.NetworkRange, own string) inventoryResult {
	result := inventoryResult{Ranges: ranges, Overlaps: []inventoryOverlap{}, Reserved: map[string][]string{}}
	var networks []cidr.Range
	for _, r := range cloud.Networks(ranges) {
		prefix, err := cidr.Parse(r.CIDR)
		if err != nil {
			continue // unreachable: clouds hand out ranges
		}
		networks = append(networks, cidr.Range{CIDR: prefix, Owner: r.String()})
		if own == "" || r.Owner != own {
			result.Reserved[r.String()] = append(result.Reserved[r.String()], r.CIDR)
		}
	}
	for _, pair := range cidr.Overlaps(networks) {
		if pair.Outer.Owner != pair.Inner.Owner {
			result.Overlaps = append(result.Overlaps, inventoryOverlap{
				pair.Outer.CIDR.String(), pair.Outer.Owner, pair.Inner.CIDR.String(), pair.Inner.Owner,
			})
		}
	}
	return result
}
