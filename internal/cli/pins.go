package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// pins is "kready pins": what a pool has to be told to give each key the
// range that it had.
func (app App) pins(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("pins", flag.ContinueOnError)
	var (
		state, pool, place, owner string
		in                        places
		supernets                 words
	)
	flags.StringVar(&state, "state", "", stateUsage)
	flags.StringVar(&pool, "pool", "", "`address` of the pool in the state, if it has several")
	flags.StringVar(&place, "ledger", "", ledgerUsage)
	flags.StringVar(&owner, "owner", "", "`owner` of the pool, with -ledger; with -region, only networks that this owner of a provider block made")
	flags.Var(&supernets, "cidr", "with -region, only ranges inside this `range`; may be repeated")
	in.register(flags)
	if code, done := parse(flags, cio, args, "Usage: kready pins -state FILE [-pool ADDRESS] | -ledger PLACE -owner OWNER | -region REGION [-cidr RANGE] [-owner OWNER]\n\n"+
		"Prints the allocations of a pool with each range pinned, as HCL: what rebuilds a lost state, or a second pool with the same ranges.\n"+
		"With -region or -place it looks at the tags of the networks that kready made. A network knows its cluster and not its key in the pool: where they differ, write the key."); done {
		return code
	}
	var (
		blocks map[string]string
		err    error
	)
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("takes flags only, got %q", flags.Args())
	case state != "" && place == "" && !in.given():
		blocks, err = pinsOfState(cio, state, pool)
	case place != "" && owner != "" && state == "" && !in.given():
		blocks, err = pinsOfLedger(ctx, cio, place, owner)
	case in.given() && state == "" && place == "":
		var ranges []cloud.NetworkRange
		if ranges, err = in.ranges(ctx, cio, app); err == nil {
			blocks, err = pinsOfTags(ranges, owner, supernets)
		}
	default:
		err = errors.New("give -state, or -ledger and -owner, or -region or -place")
	}
	if err != nil {
		return unusable(cio, "pins", err)
	}
	fmt.Fprint(cio.Out, renderPins(blocks))
	return exitOK
}

func pinsOfState(cio IO, path, address string) (map[string]string, error) {
	found, err := readShown(cio, path)
	if err != nil {
		return nil, err
	}
	pool, err := found.pool(address)
	if err != nil {
		return nil, err
	}
	_, state, err := pool.plan()
	blocks := map[string]string{}
	for key, block := range state.Blocks {
		blocks[key] = block.CIDR.String()
	}
	return blocks, err
}

func pinsOfLedger(ctx context.Context, cio IO, place, owner string) (map[string]string, error) {
	snapshot, _, err := readLedger(ctx, cio, place)
	if err != nil {
		return nil, err
	}
	blocks := map[string]string{}
	for _, r := range snapshot.Owned(owner) {
		if r.Kind == ledger.KindAllocation {
			blocks[r.Key] = r.CIDR.String()
		}
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("the ledger has no allocation of %q", owner)
	}
	return blocks, nil
}

// pinsOfTags are the ranges of the networks that kready made, by cluster. A
// second range of a cluster has a key of its own. Ranges of 100.64.0.0/10 are
// private to each network, and so no pool's, unless a supernet asks for them.
func pinsOfTags(ranges []cloud.NetworkRange, owner string, supernets []string) (map[string]string, error) {
	var inside []netip.Prefix
	for _, text := range supernets {
		prefix, err := cidr.Parse(text)
		if err != nil {
			return nil, err
		}
		inside = append(inside, prefix)
	}
	blocks, holders, count := map[string]string{}, map[string]string{}, map[string]int{}
	for _, r := range cloud.Networks(ranges) {
		prefix, err := cidr.Parse(r.CIDR)
		wanted := func(outer netip.Prefix) bool { return cidr.Contains(outer, prefix) }
		switch {
		case err != nil || r.Kind != cloud.RangeNetwork || r.Cluster == "" || owner != "" && r.Owner != owner:
			continue
		case len(inside) > 0 && !slices.ContainsFunc(inside, wanted), len(inside) == 0 && wanted(cidr.SharedSpace()):
			continue
		}
		if other := holders[r.Cluster]; other != "" && other != r.String() {
			return nil, fmt.Errorf("two networks are of cluster %q: %s and %s; name one with -owner, -region or -cidr", r.Cluster, other, r)
		}
		holders[r.Cluster] = r.String()
		key := r.Cluster
		if count[key]++; count[key] > 1 {
			key = fmt.Sprintf("%s-%d", key, count[key])
		}
		blocks[key] = r.CIDR
	}
	if len(blocks) == 0 {
		return nil, errors.New("no network there carries the tags of kready; look into other regions or accounts, or import the ranges: terraform import ADDRESS KEY=RANGE,…")
	}
	return blocks, nil
}

// renderPins is a map of allocations in HCL, aligned as terraform fmt does.
func renderPins(blocks map[string]string) string {
	var keys []string
	width := 0
	for key := range blocks {
		keys = append(keys, key)
		width = max(width, len([]rune(quoteHCL(key))))
	}
	slices.Sort(keys)
	var text strings.Builder
	text.WriteString("allocations = {\n")
	for _, key := range keys {
		quoted := quoteHCL(key)
		fmt.Fprintf(&text, "  %s%s = { cidr = %q }\n", quoted, strings.Repeat(" ", width-len([]rune(quoted))), blocks[key])
	}
	text.WriteString("}\n")
	return text.String()
}

// quoteHCL quotes a key; a template in it stays text.
func quoteHCL(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}
