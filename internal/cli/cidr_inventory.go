package cli

import (
	"context"
	"flag"
	"fmt"
	"text/tabwriter"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// cidrInventory is "kready cidr inventory": exit code 1 says that networks
// overlap.
func (app App) cidrInventory(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("cidr inventory", flag.ContinueOnError)
	var (
		w       where
		regions words
		subnets bool
	)
	flags.StringVar(&w.cloud, "cloud", "aws", "`cloud` to look into: aws or azure")
	flags.Var(&regions, "region", "`region` to look into; may be repeated")
	flags.StringVar(&w.sandbox, "sandbox", "", "look into the embedded clouds whose state is in `file`, not at a real account")
	flags.StringVar(&w.profile, "profile", "", "AWS `profile` of the shared configuration")
	flags.StringVar(&w.subscription, "subscription", "", "Azure `subscription`")
	flags.BoolVar(&subnets, "subnets", false, "list subnets too")
	if code, done := parse(flags, cio, args, "Usage: kready cidr inventory -region REGION [-region REGION …] [-subnets] [flags]\n\nLists the ranges of all networks, secondary ranges and peered networks included, and the networks that overlap. Exit code 1 if some do."); done {
		return code
	}
	if len(regions) == 0 || flags.NArg() > 0 {
		fmt.Fprintln(cio.Err, "kready cidr inventory: at least one -region must be given, and flags only")
		return exitUsage
	}
	w.owner = "kready" // reading needs no owner, opening a cloud does
	var ranges []cloud.NetworkRange
	for _, region := range regions {
		w.region = region
		opened, err := w.open(ctx, cio, app)
		if err != nil {
			return unusable(cio, "cidr inventory", err)
		}
		inventory, ok := opened.(cloud.Inventory)
		if !ok {
			return unusable(cio, "cidr inventory", fmt.Errorf("this version of kready can't list the ranges of -cloud %s", w.cloud))
		}
		found, err := inventory.Ranges(ctx)
		if err != nil {
			return unusable(cio, "cidr inventory", err)
		}
		ranges = append(ranges, found...)
	}
	return printInventory(cio, ranges, subnets)
}

// printInventory prints a table of ranges and the pairs that overlap.
func printInventory(cio IO, ranges []cloud.NetworkRange, subnets bool) int {
	table := tabwriter.NewWriter(cio.Out, 0, 0, 2, ' ', 0)
	var networks []cidr.Range
	for _, r := range ranges {
		if r.Kind == cloud.RangeSubnet && !subnets {
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.CIDR, r.Kind, r.Region, r.ID, r.Name, r.Owner)
		if prefix, err := cidr.Parse(r.CIDR); err == nil && r.Kind != cloud.RangeSubnet {
			networks = append(networks, cidr.Range{CIDR: prefix, Owner: r.Region + " " + r.Network})
		}
	}
	if err := table.Flush(); err != nil {
		return unusable(cio, "cidr inventory", err)
	}
	code := exitOK
	for _, pair := range cidr.Overlaps(networks) {
		if pair.Outer.Owner != pair.Inner.Owner {
			fmt.Fprintf(cio.Out, "%s overlaps %s\n", pair.Inner, pair.Outer)
			code = exitFailed
		}
	}
	return code
}
