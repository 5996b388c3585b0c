package cli

import (
	"context"
	"flag"
	"fmt"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// cidrExplain is "kready cidr explain".
func cidrExplain(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("cidr explain", flag.ContinueOnError)
	var space spaceFlags
	space.register(flags)
	if code, done := parse(flags, cio, args, "Usage: kready cidr explain -state FILE [-pool ADDRESS] | -ledger PLACE -cidr RANGE  NAME\n\nSays why the range of NAME lies where it lies. NAME is a key of the pool, or OWNER/KEY in a ledger."); done {
		return code
	}
	if flags.NArg() != 1 {
		fmt.Fprintf(cio.Err, "kready cidr explain: takes one name, got %q\n", flags.Args())
		return exitUsage
	}
	request, state, err := space.open(ctx, cio)
	if err != nil {
		return unusable(cio, "cidr explain", err)
	}
	said, err := cidr.Explain(request, state, flags.Arg(0))
	if err != nil {
		fmt.Fprintf(cio.Err, "kready cidr explain: %v\n", err)
		return exitFailed
	}
	for _, sentence := range said {
		fmt.Fprintln(cio.Out, sentence)
	}
	return exitOK
}
