package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// runPins is "kready pins": what a pool has to be told to give each key the
// range that it had.
func runPins(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("pins", flag.ContinueOnError)
	var state, pool, place, owner string
	flags.StringVar(&state, "state", "", stateUsage)
	flags.StringVar(&pool, "pool", "", "`address` of the pool in the state, if it has several")
	flags.StringVar(&place, "ledger", "", ledgerUsage)
	flags.StringVar(&owner, "owner", "", "`owner` of the pool, with -ledger")
	if code, done := parse(flags, cio, args, "Usage: kready pins -state FILE [-pool ADDRESS] | -ledger PLACE -owner OWNER\n\nPrints the allocations of a pool with each range pinned, as HCL: what rebuilds a lost state, or a second pool with the same ranges."); done {
		return code
	}
	var (
		blocks map[string]string
		err    error
	)
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("takes flags only, got %q", flags.Args())
	case state != "" && place == "":
		blocks, err = pinsOfState(cio, state, pool)
	case place != "" && owner != "" && state == "":
		blocks, err = pinsOfLedger(ctx, cio, place, owner)
	default:
		err = errors.New("give -state, or -ledger and -owner")
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
