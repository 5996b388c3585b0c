package cli

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// cidrCommands lists what "kready cidr" has, in the order of its help.
func (app App) cidrCommands() []command {
	return []command{
		{"map", "draw who holds what in an address space, as text or SVG", cidrMap},
		{"explain", "say why a range lies where it lies", cidrExplain},
		{"orphans", "list what a ledger holds and no state has", cidrOrphans},
		{"inventory", "list the ranges that are in use in a cloud, and which overlap", app.cidrInventory},
		{"release", "give ranges of a ledger back, out of quarantine or for good", cidrRelease},
	}
}

// cidr is "kready cidr".
func (app App) cidr(ctx context.Context, cio IO, args []string) int {
	if len(args) > 0 {
		for _, c := range app.cidrCommands() {
			if c.name == args[0] {
				return c.run(ctx, cio, args[1:])
			}
		}
	}
	out, code := cio.Err, exitUsage
	if len(args) == 1 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]) {
		out, code = cio.Out, exitOK
	} else if len(args) > 0 {
		fmt.Fprintf(out, "kready cidr: there is no %q\n", args[0])
	}
	fmt.Fprint(out, "Usage: kready cidr map|explain|orphans|inventory|release [flags]\n\n")
	for _, c := range app.cidrCommands() {
		fmt.Fprintf(out, "    %-9s   %s\n", c.name, c.summary)
	}
	return code
}

// ledgerUsage describes the one flag that names a ledger of any kind.
const ledgerUsage = "`place` of the ledger: a file, postgres://…, s3://BUCKET/KEY (add ?region=, profile= or endpoint_url=), or the https URL of an Azure blob"

// openLedger opens the ledger that a flag names.
func openLedger(cio IO, place string) (ledger.Ledger, error) {
	config, err := ledgerConfig(place)
	if err != nil {
		return nil, err
	}
	return ledger.Open(config, ledger.Options{Now: cio.Now, Random: cio.Random})
}

func ledgerConfig(place string) (ledger.Config, error) {
	scheme, _, found := strings.Cut(place, "://")
	if !found {
		return ledger.Config{Path: place}, nil
	}
	switch scheme {
	case "postgres", "postgresql":
		return ledger.Config{Postgres: place}, nil
	case "s3":
		address, err := url.Parse(place)
		if err != nil || address.Host == "" || len(address.Path) < 2 {
			return ledger.Config{}, fmt.Errorf("-ledger %q is not of the form s3://BUCKET/KEY", place)
		}
		query := address.Query()
		return ledger.Config{S3: &ledger.S3Config{
			Bucket: address.Host, Key: address.Path[1:],
			Region: query.Get("region"), Profile: query.Get("profile"), EndpointURL: query.Get("endpoint_url"),
		}}, nil
	case "https":
		address, err := url.Parse(place)
		if err != nil {
			return ledger.Config{}, fmt.Errorf("-ledger is not a URL")
		}
		container, blob, ok := strings.Cut(strings.TrimPrefix(address.Path, "/"), "/")
		if !ok || blob == "" {
			return ledger.Config{}, fmt.Errorf("-ledger is not of the form https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB")
		}
		address.Path = "/" + container
		return ledger.Config{AzureBlob: &ledger.BlobConfig{ContainerURL: address.String(), Blob: blob}}, nil
	}
	return ledger.Config{}, fmt.Errorf("-ledger: there are no ledgers of kind %q; use a file, postgres://, s3:// or https://", scheme)
}

// words is a flag that may be given several times.
type words []string

// String implements flag.Value.
func (w *words) String() string { return strings.Join(*w, ",") }

// Set implements flag.Value.
func (w *words) Set(s string) error {
	*w = append(*w, s)
	return nil
}

var _ flag.Value = (*words)(nil)
