package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// cidrInventory is "kready cidr inventory": exit code 1 says that networks
// overlap.
func (app App) cidrInventory(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("cidr inventory", flag.ContinueOnError)
	var (
		p       places
		subnets bool
	)
	p.register(flags)
	flags.BoolVar(&subnets, "subnets", false, "list subnets too")
	if code, done := parse(flags, cio, args, "Usage: kready cidr inventory -region REGION [-region REGION …] | -place CLOUD/REGION[@ACCOUNT] …  [-subnets] [flags]\n\nLists the ranges of all networks, secondary ranges and peered networks included, and the networks that overlap. Exit code 1 if some do."); done {
		return code
	}
	if !p.given() || flags.NArg() > 0 {
		fmt.Fprintln(cio.Err, "kready cidr inventory: at least one -region or -place must be given, and flags only")
		return exitUsage
	}
	ranges, err := p.ranges(ctx, cio, app)
	if err != nil {
		return unusable(cio, "cidr inventory", err)
	}
	return printInventory(cio, ranges, subnets)
}

// printInventory prints a table of ranges and the pairs that overlap.
func printInventory(cio IO, ranges []cloud.NetworkRange, subnets bool) int {
	table := tabwriter.NewWriter(cio.Out, 0, 0, 2, ' ', 0)
	for _, r := range ranges {
		if r.Kind == cloud.RangeSubnet && !subnets {
			continue
		}
		fmt.Fprintln(table, strings.TrimRight(strings.Join([]string{r.CIDR, r.Kind, r.Realm, r.Region, r.ID, r.Name, r.Owner}, "\t"), "\t"))
	}
	if err := table.Flush(); err != nil {
		return unusable(cio, "cidr inventory", err)
	}
	var networks []cidr.Range
	for _, r := range cloud.Networks(ranges) {
		if prefix, err := cidr.Parse(r.CIDR); err == nil {
			networks = append(networks, cidr.Range{CIDR: prefix, Owner: r.String()})
		}
	}
	code := exitOK
	for outer, inner := range cidr.EachOverlap(networks) {
		if outer.Owner != inner.Owner {
			fmt.Fprintf(cio.Out, "%s overlaps %s\n", inner, outer)
			code = exitFailed
		}
	}
	return code
}
