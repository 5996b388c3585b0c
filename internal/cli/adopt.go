package cli

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// adopt prints what a blueprint needs to take back a cluster whose state is
// lost: its birth mark, and the ranges that it stands in. It changes nothing.
func (app App) adopt(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("adopt", flag.ContinueOnError)
	var w where
	w.register(flags)
	if code, done := parse(flags, cio, args, "Usage: kready adopt -region REGION -cluster NAME [flags]\n\n"+
		"Looks at a cluster that kready made and whose state is lost, and prints what its\n"+
		"blueprint needs to take it back. It changes nothing."); done {
		return code
	}
	if err := w.check(flags); err != nil {
		fmt.Fprintf(cio.Err, "kready adopt: %v\n", err)
		return exitUsage
	}
	c, err := w.open(ctx, cio, app)
	if err != nil {
		return fail(cio, "adopt", err)
	}
	realm, err := c.Realm(ctx)
	if err != nil {
		return fail(cio, "adopt", err)
	}
	ref := cloud.Ref{Region: w.region, Cluster: w.cluster, Part: "network", Owner: w.owner}
	network, err := c.Network().Find(ctx, ref, blueprint.NetworkDesign{})
	if err != nil {
		return fail(cio, "adopt", err)
	}
	if network.Incarnation == "" {
		fmt.Fprintf(cio.Err, "kready adopt: the network of %s carries no birth mark (tag %s): kready did not make it\n", w.cluster, cloud.TagIncarnation)
		return exitFailed
	}
	fmt.Fprintf(cio.Out, "# %s in %s/%s belongs to owner %q.\n"+
		"# 1. Let the provider block say owner = %q.\n"+
		"# 2. Write this into the blueprint, and apply: what stands is adopted.\n\n"+
		"incarnation = %q\npins = {\n", w.cluster, realm, w.region, network.Owner, network.Owner, network.Incarnation)
	pins := map[string]string{}
	for key, subnet := range network.Design.Subnets {
		pins["subnet/"+key] = subnet.CIDR
	}
	width := 0
	for key := range pins {
		width = max(width, len(key))
	}
	for _, key := range slices.Sorted(maps.Keys(pins)) {
		fmt.Fprintf(cio.Out, "  %-*s = %q\n", width+2, fmt.Sprintf("%q", key), pins[key])
	}
	fmt.Fprint(cio.Out, "}\n")
	return exitOK
}
