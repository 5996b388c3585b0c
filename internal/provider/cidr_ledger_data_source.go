package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

var _ datasource.DataSourceWithConfigure = (*cidrLedgerDataSource)(nil)

// cidrLedgerDataSource reads the ledger, for people and for the first plan of
// a pool: what a data source read in the plan, Terraform carries to apply.
type cidrLedgerDataSource struct {
	session *session
}

func newCIDRLedgerDataSource() datasource.DataSource { return &cidrLedgerDataSource{} }

// ledgerRecordModel is one record.
type ledgerRecordModel struct {
	CIDR       string `json:"cidr" doc:"Range that is given."`
	Held       string `json:"held" doc:"Range that nobody else may take: the range itself and the room to grow around it."`
	Owner      string `json:"owner" doc:"Who holds it."`
	Key        string `json:"key" doc:"What it is called there."`
	Kind       string `json:"kind" doc:"\"allocation\", \"group\", \"delegation\", or \"tombstone\" for one in quarantine."`
	Cluster    string `json:"cluster,omitempty" doc:"What it is for."`
	Generation int64  `json:"generation" doc:"Generation of the pool that gave it, or gave it up."`
	Time       string `json:"time" doc:"When it was recorded, in UTC."`
}

// Metadata implements datasource.DataSource.
func (d *cidrLedgerDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cidr_ledger"
}

// Schema implements datasource.DataSource.
func (d *cidrLedgerDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dschema.Schema{
		MarkdownDescription: "What the provider's ledger holds: who has which range of a shared address space.",
		Attributes: map[string]dschema.Attribute{
			"snapshot": dschema.StringAttribute{Computed: true, MarkdownDescription: "All of it, for `ledger` of a pool."},
			"serial":   dschema.Int64Attribute{Computed: true, MarkdownDescription: "Counts the commits that changed the ledger; 0 if nobody wrote to it yet."},
			"lineage":  dschema.StringAttribute{Computed: true, MarkdownDescription: "Random id of the ledger; empty if nobody wrote to it yet."},
			"records":  computedDataAttribute(reflect.TypeFor[[]ledgerRecordModel](), "Records, ordered by range."),
		},
	}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *cidrLedgerDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Read implements datasource.DataSource.
func (d *cidrLedgerDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	snapshot, err := d.session.readLedger(ctx)
	if err != nil {
		addLedgerError(&resp.Diagnostics, "Reading the ledger", err)
		return
	}
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), map[string]tftypes.Value{
		"snapshot": wireText(snapshotText(snapshot)),
		"serial":   tftypes.NewValue(tftypes.Number, snapshot.Serial),
		"lineage":  wireText(snapshot.Lineage),
		"records":  encode(recordModels(snapshot.Records)),
	})
}

func recordModels(records []ledger.Record) []ledgerRecordModel {
	models := make([]ledgerRecordModel, 0, len(records))
	for _, r := range records {
		models = append(models, ledgerRecordModel{
			CIDR: r.CIDR.String(), Held: r.Held.String(), Owner: r.Owner, Key: r.Key, Kind: string(r.Kind),
			Cluster: r.Cluster, Generation: r.Generation, Time: r.Time.Format("2006-01-02T15:04:05Z"),
		})
	}
	return models
}
