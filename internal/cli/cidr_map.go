package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// spaceFlags name an address space: a pool of a state, or a ledger.
type spaceFlags struct {
	state, pool, ledger string
	cidrs               words
}

func (f *spaceFlags) register(flags *flag.FlagSet) {
	flags.StringVar(&f.state, "state", "", stateUsage)
	flags.StringVar(&f.pool, "pool", "", "`address` of the pool in the state, if it has several")
	flags.StringVar(&f.ledger, "ledger", "", ledgerUsage)
	flags.Var(&f.cidrs, "cidr", "`range` of the shared space to look at, with -ledger; may be repeated")
}

// open reads the address space.
func (f *spaceFlags) open(ctx context.Context, cio IO) (cidr.PoolRequest, cidr.PoolState, error) {
	switch {
	case f.state != "" && f.ledger == "":
		found, err := readShown(cio, f.state)
		if err != nil {
			return cidr.PoolRequest{}, cidr.PoolState{}, err
		}
		pool, err := found.pool(f.pool)
		if err != nil {
			return cidr.PoolRequest{}, cidr.PoolState{}, err
		}
		return pool.plan()
	case f.ledger != "" && f.state == "" && len(f.cidrs) > 0:
		snapshot, _, err := readLedger(ctx, cio, f.ledger)
		if err != nil {
			return cidr.PoolRequest{}, cidr.PoolState{}, err
		}
		return ledgerPlan(snapshot, f.cidrs)
	}
	return cidr.PoolRequest{}, cidr.PoolState{}, errors.New("give -state, or -ledger and -cidr")
}

// forecast says what "kready cidr map" foretells.
type forecast struct {
	bits    int
	perYear float64
	now     time.Time
}

// cidrMap is "kready cidr map".
func cidrMap(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("cidr map", flag.ContinueOnError)
	var (
		space  spaceFlags
		f      forecast
		format string
	)
	space.register(flags)
	flags.StringVar(&format, "format", "text", "`format`: text or svg")
	flags.IntVar(&f.bits, "bits", 0, "prefix `length` of the ranges that are taken in future")
	flags.Float64Var(&f.perYear, "per-year", 0, "`number` of such ranges a year: says when the space is full")
	if code, done := parse(flags, cio, args, "Usage: kready cidr map -state FILE [-pool ADDRESS] | -ledger PLACE -cidr RANGE [-format svg] [-bits N -per-year N]\n\nDraws who holds what, what is reserved, what is free, and what will be full when."); done {
		return code
	}
	if flags.NArg() > 0 || format != "text" && format != "svg" || f.perYear < 0 || (f.bits == 0) != (f.perYear == 0) {
		fmt.Fprintln(cio.Err, "kready cidr map: takes flags only, -format text or svg, and -bits together with -per-year")
		return exitUsage
	}
	f.now = cio.Now()
	request, state, err := space.open(ctx, cio)
	if err != nil {
		return unusable(cio, "cidr map", err)
	}
	if f.bits != 0 && !slices.ContainsFunc(slices.Collect(maps.Values(request.Supernets)), f.fits) {
		return unusable(cio, "cidr map", fmt.Errorf("-bits %d: no range of the space could hold a /%d", f.bits, f.bits))
	}
	segments, err := cidr.Map(request, state)
	if err != nil {
		return unusable(cio, "cidr map", err)
	}
	usage, err := usageOf(request, segments)
	if err != nil {
		return unusable(cio, "cidr map", err)
	}
	if format == "svg" {
		err = renderMapSVG(cio.Out, segments, usage, f)
	} else {
		err = renderMapText(cio.Out, segments, usage, f)
	}
	if err != nil {
		return unusable(cio, "cidr map", err)
	}
	return exitOK
}

// unusable prints why a subcommand could not do what was asked.
func unusable(cio IO, command string, err error) int {
	fmt.Fprintf(cio.Err, "kready %s: %v\n", command, err)
	return exitUsage
}

// usageOf is how full each supernet is, ordered by address.
func usageOf(request cidr.PoolRequest, segments []cidr.Segment) ([]cidr.Usage, error) {
	var supernets []netip.Prefix
	for _, prefix := range request.Supernets {
		supernets = append(supernets, prefix)
	}
	space, err := cidr.NewSpace(supernets...)
	if err != nil {
		return nil, err
	}
	for _, s := range segments {
		if s.Kind != cidr.SegmentFree {
			space.Exclude(s.CIDR)
		}
	}
	return space.Usage(), nil
}

// fits reports whether a supernet could hold a range of that length at all.
func (f forecast) fits(supernet netip.Prefix) bool {
	return f.bits >= supernet.Bits() && f.bits <= supernet.Addr().BitLen()
}

// text says how full a supernet is, and when it will be.
func (f forecast) text(usage cidr.Usage) string {
	said := fmt.Sprintf("%s: %.1f %% taken, free: %s", usage.Supernet, usage.Utilization*100, orNothing(usage.FreeText()))
	if f.perYear == 0 || !f.fits(usage.Supernet) {
		return said
	}
	fits := usage.Fits(f.bits)
	years, _ := new(big.Float).Quo(new(big.Float).SetInt(fits), big.NewFloat(f.perYear)).Float64()
	said = fmt.Sprintf("%s; %s more /%d fit, at %g a year it is full in %.1f years", said, fits, f.bits, f.perYear, years)
	if years < 200 {
		said += f.now.AddDate(0, int(years*12), 0).Format(", in January 2006")
	}
	return said
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// renderMapText prints one segment a line, each supernet under its headline.
func renderMapText(out io.Writer, segments []cidr.Segment, usage []cidr.Usage, f forecast) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, u := range usage {
		fmt.Fprintf(out, "%s\n", f.text(u))
		for _, s := range segments {
			if cidr.Contains(u.Supernet, s.CIDR) {
				fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", s.CIDR, bar(u.Supernet, s), s.Kind, s.Owner)
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// barWidth is how many characters a supernet is drawn with.
const barWidth = 32

// bar draws where in its supernet a segment lies.
func bar(supernet netip.Prefix, s cidr.Segment) string {
	from, to := share(supernet, s.CIDR)
	first := int(from * barWidth)
	width := max(int(to*barWidth)-first, 1)
	mark := "█"
	if s.Kind == cidr.SegmentFree {
		mark = "░"
	}
	return strings.Repeat("·", first) + strings.Repeat(mark, width) + strings.Repeat("·", max(barWidth-first-width, 0))
}

// share is where in its supernet a range begins and ends, 0 to 1.
func share(supernet, prefix netip.Prefix) (from, to float64) {
	start := new(big.Int).SetBytes(supernet.Addr().AsSlice())
	at := new(big.Int).SetBytes(prefix.Addr().AsSlice())
	size := new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(supernet.Addr().BitLen()-supernet.Bits()))) //nolint:gosec // 0 to 128.
	from, _ = new(big.Float).Quo(new(big.Float).SetInt(at.Sub(at, start)), size).Float64()
	return from, from + 1/float64(uint64(1)<<min(prefix.Bits()-supernet.Bits(), 62))
}
