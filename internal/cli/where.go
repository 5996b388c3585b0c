package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// where is the flags of every subcommand that looks at a cluster.
type where struct {
	cloud, region, cluster string
	sandbox                string
	profile, subscription  string
	owner                  string
	// elsewhere opens another target, for the far side of a connection; nil:
	// there is none.
	elsewhere func(ctx context.Context, target string) (cloud.Cloud, error)
}

func (w *where) register(flags *flag.FlagSet) {
	flags.StringVar(&w.cloud, "cloud", "aws", "`cloud` that the cluster is in: aws or azure")
	flags.StringVar(&w.region, "region", "", "`region` that the cluster is in")
	flags.StringVar(&w.cluster, "cluster", "", "`name` of the cluster")
	flags.StringVar(&w.sandbox, "sandbox", "", "look into the embedded clouds whose state is in `file`, not at a real account")
	flags.StringVar(&w.profile, "profile", "", "AWS `profile` of the shared configuration")
	flags.StringVar(&w.subscription, "subscription", "", "Azure `subscription`")
	flags.StringVar(&w.owner, "owner", "kready", "`owner` as in the provider block")
}

// check names every flag that is missing.
func (w *where) check(flags *flag.FlagSet) error {
	var missing []string
	if w.region == "" {
		missing = append(missing, "-region")
	}
	if w.cluster == "" {
		missing = append(missing, "-cluster")
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s must be given", strings.Join(missing, " and "))
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("takes flags only, got %q", flags.Args())
	}
	return nil
}

// open opens the cloud that the flags name. It calls nothing yet.
func (w *where) open(ctx context.Context, cio IO, app App) (cloud.Cloud, error) {
	opener, ok := app.Clouds[w.cloud]
	if !ok {
		var words []string
		for word := range app.Clouds {
			words = append(words, word)
		}
		slices.Sort(words)
		return nil, fmt.Errorf("-cloud %q is none of %s", w.cloud, strings.Join(words, ", "))
	}
	target := cloud.Target{
		Region: w.region, Owner: w.owner, Profile: w.profile, SubscriptionID: w.subscription,
		Poll: cloud.DefaultPoll, Now: cio.Now, UserAgent: "kready/" + app.Version,
		Elsewhere: w.elsewhere,
	}
	if w.sandbox != "" {
		box, err := app.OpenSandbox(w.sandbox)
		if err != nil {
			return nil, err
		}
		target.Sandbox, target.Transport, target.Poll = true, box.Transport(), cloud.SandboxPoll
	}
	return opener(ctx, target)
}

// exitFailed is the code of a subcommand that was asked properly and whose
// answer is no.
const exitFailed = 1

// fail prints what failed, why and what to do.
func fail(cio IO, command string, err error) int {
	fmt.Fprintf(cio.Err, "kready %s: %v\n", command, err)
	if todo := cloud.Todo(err); todo != "" {
		fmt.Fprintln(cio.Err, todo)
	}
	return exitFailed
}

// parse reads flags; done tells that the caller returns code at once.
func parse(flags *flag.FlagSet, cio IO, args []string, usage string) (code int, done bool) {
	flags.SetOutput(cio.Err)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "%s\n\nFlags:\n", usage)
		flags.PrintDefaults()
	}
	for _, arg := range args {
		if arg == "-h" || arg == "-help" || arg == "--help" {
			flags.SetOutput(cio.Out)
		}
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK, true
	case err != nil:
		return exitUsage, true
	}
	return exitOK, false
}
