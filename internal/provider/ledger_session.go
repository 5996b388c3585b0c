package provider

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"

	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// ledgerModel is the ledger attribute of the provider block.
type ledgerModel struct {
	Path      string           `json:"path,omitempty"`
	Postgres  string           `json:"postgres,omitempty"`
	S3        *ledgerS3Model   `json:"s3,omitempty"`
	AzureBlob *ledgerBlobModel `json:"azure_blob,omitempty"`
}

type ledgerS3Model struct {
	Bucket      string `json:"bucket"`
	Key         string `json:"key"`
	Region      string `json:"region,omitempty"`
	Profile     string `json:"profile,omitempty"`
	EndpointURL string `json:"endpoint_url,omitempty"`
}

type ledgerBlobModel struct {
	ContainerURL string `json:"container_url"`
	Blob         string `json:"blob"`
}

// ledgerAttribute is the schema of ledgerModel.
func ledgerAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "Ledger of an address space that several states share: who holds which range. Exactly one of path, postgres, s3 and azure_blob. One state alone needs none.",
		Attributes: map[string]schema.Attribute{
			"path":     schema.StringAttribute{Optional: true, MarkdownDescription: "File on a local disk, which may live in git. Its lock guards one machine."},
			"postgres": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "PostgreSQL 12 or newer, as a URL or key=value. The database itself forbids overlaps. Leave the password to PGPASSWORD or a pgpass file."},
			"s3": schema.SingleNestedAttribute{
				Optional: true, MarkdownDescription: "Object of S3. A store that ignores conditional writes is refused. Turn on versioning: it is the ledger's history.",
				Attributes: map[string]schema.Attribute{
					"bucket":       schema.StringAttribute{Required: true, MarkdownDescription: "Bucket."},
					"key":          schema.StringAttribute{Required: true, MarkdownDescription: "Key of the object. A second object beside it, with .probe at its end, proves that the store honours conditions."},
					"region":       schema.StringAttribute{Optional: true, MarkdownDescription: "Region of the bucket. Default: the AWS SDK's."},
					"profile":      schema.StringAttribute{Optional: true, MarkdownDescription: "Named profile of the shared configuration."},
					"endpoint_url": schema.StringAttribute{Optional: true, MarkdownDescription: "Endpoint of another store that speaks S3."},
				},
			},
			"azure_blob": schema.SingleNestedAttribute{
				Optional: true, MarkdownDescription: "Azure blob. Turn on versioning: it is the ledger's history.",
				Attributes: map[string]schema.Attribute{
					"container_url": schema.StringAttribute{Required: true, Sensitive: true, MarkdownDescription: "URL of the container. With a shared access signature it needs no other identity; without one the Azure SDK finds one."},
					"blob":          schema.StringAttribute{Required: true, MarkdownDescription: "Name of the blob."},
				},
			},
		},
	}
}

func (m ledgerModel) config() ledger.Config {
	config := ledger.Config{Path: m.Path, Postgres: m.Postgres}
	if m.S3 != nil {
		config.S3 = &ledger.S3Config{Bucket: m.S3.Bucket, Key: m.S3.Key, Region: m.S3.Region, Profile: m.S3.Profile, EndpointURL: m.S3.EndpointURL}
	}
	if m.AzureBlob != nil {
		config.AzureBlob = &ledger.BlobConfig{ContainerURL: m.AzureBlob.ContainerURL, Blob: m.AzureBlob.Blob}
	}
	return config
}

// errNoLedger is what everything says that needs a ledger.
var errNoLedger = errors.New("the provider has no ledger. Set ledger in the provider block, such as ledger = { path = \"addresses.json\" }")

// ledgerOf opens the provider's ledger. It reads nothing yet.
func (s *session) ledgerOf() (ledger.Ledger, error) {
	if s == nil || s.config.Ledger == nil {
		return nil, errNoLedger
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ledger != nil {
		return s.ledger, nil
	}
	opened, err := ledger.Open(s.config.Ledger.config(), ledger.Options{Now: s.options.Now, Random: s.options.Random})
	if err == nil {
		s.ledger = opened
	}
	return opened, err
}

// readLedger reads the provider's ledger.
func (s *session) readLedger(ctx context.Context) (ledger.Snapshot, error) {
	opened, err := s.ledgerOf()
	if err != nil {
		return ledger.Snapshot{}, err
	}
	return opened.Read(ctx)
}

// addLedgerError reports what a ledger answered. A race that was lost is a
// stale plan, and nothing but that.
func addLedgerError(diags *diag.Diagnostics, what string, err error) {
	if errors.Is(err, ledger.ErrStale) {
		diags.AddError("Stale plan, nothing written", what+": "+err.Error()+".\n\nPlan again: the new plan sees what the others took and finds free ranges.")
		return
	}
	diags.AddError(what+" failed", err.Error())
}

// snapshotText is a snapshot as Terraform carries it from plan to apply, in
// private state or in a write-only attribute.
func snapshotText(snapshot ledger.Snapshot) string {
	text, err := json.Marshal(snapshot)
	if err != nil {
		return "" // unreachable: it holds nothing that JSON can't say
	}
	return string(text)
}

func parseSnapshot(text string) (ledger.Snapshot, error) {
	var snapshot ledger.Snapshot
	err := json.Unmarshal([]byte(text), &snapshot)
	return snapshot, err
}

// seen is the newest state of the ledger that a resource knows of.
type seen struct {
	Lineage string `json:"lineage"`
	Serial  int64  `json:"serial"`
}

// Private state of resources that live in a ledger.
const (
	privateSnapshot = "ledger"
	privateSeen     = "ledger_seen"
)

// privateReader and privateWriter are the framework's private state.
type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// carried is the snapshot in private state; false where there is none.
func carried(ctx context.Context, private privateReader) (snapshot ledger.Snapshot, last seen, ok bool, diags diag.Diagnostics) {
	text, found := private.GetKey(ctx, privateSnapshot)
	diags.Append(found...)
	mark, found := private.GetKey(ctx, privateSeen)
	diags.Append(found...)
	if diags.HasError() || len(text) == 0 {
		return snapshot, last, false, diags
	}
	if err := errors.Join(json.Unmarshal(text, &snapshot), json.Unmarshal(mark, &last)); err != nil {
		diags.AddError("Invalid private state", "What Terraform carried of the ledger can't be read: "+err.Error()+". Plan again with refresh.")
		return snapshot, last, false, diags
	}
	return snapshot, last, true, diags
}

// carry writes the snapshot that the next plan sees.
func carry(ctx context.Context, private privateWriter, snapshot ledger.Snapshot, last seen) diag.Diagnostics {
	mark, err := json.Marshal(last)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Private state can't be written", err.Error())}
	}
	diags := private.SetKey(ctx, privateSnapshot, []byte(snapshotText(snapshot)))
	diags.Append(private.SetKey(ctx, privateSeen, mark)...)
	return diags
}

// newest is what was seen of a ledger: it goes back for no snapshot.
func newest(snapshot ledger.Snapshot, last seen) seen {
	if snapshot.Behind(last.Lineage, last.Serial) {
		return last
	}
	return seen{snapshot.Lineage, snapshot.Serial}
}
