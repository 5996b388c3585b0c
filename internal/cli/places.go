package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// places are the accounts and regions that a subcommand looks into.
type places struct {
	clouds, regions, profiles, subscriptions, named words
	sandbox                                         string
}

func (p *places) register(flags *flag.FlagSet) {
	flags.Var(&p.clouds, "cloud", "`cloud` of -region: aws (the default) or azure")
	flags.Var(&p.regions, "region", "`region` to look into; may be repeated")
	flags.Var(&p.profiles, "profile", "AWS `profile` of the shared configuration, which may take a role of another account; may be repeated: every region is looked up in each")
	flags.Var(&p.subscriptions, "subscription", "Azure `subscription`; may be repeated: every region is looked up in each")
	flags.Var(&p.named, "place", "one place, as `CLOUD/REGION[@ACCOUNT]` with an AWS profile or an Azure subscription as account, such as aws/eu-west-1@prod; may be repeated, for both clouds in one list")
	flags.StringVar(&p.sandbox, "sandbox", "", "look into the embedded clouds whose state is in `file`, not at a real account")
}

// given reports whether the flags name a place.
func (p *places) given() bool { return len(p.regions)+len(p.named) > 0 }

// list is every place that the flags name.
func (p *places) list() ([]where, error) {
	var all []where
	cloudWord := "aws"
	switch len(p.clouds) {
	case 0:
	case 1:
		cloudWord = p.clouds[0]
	default:
		return nil, errors.New("-cloud may be given once; name places of several clouds with -place")
	}
	accounts := p.profiles
	if cloudWord == "azure" {
		accounts = p.subscriptions
	}
	if len(accounts) == 0 {
		accounts = words{""}
	}
	for _, account := range accounts {
		for _, region := range p.regions {
			all = append(all, p.where(cloudWord, region, account))
		}
	}
	for _, text := range p.named {
		place, account, _ := strings.Cut(text, "@")
		word, region, ok := strings.Cut(place, "/")
		if !ok || word == "" || region == "" {
			return nil, fmt.Errorf("-place %q is not of the form CLOUD/REGION[@ACCOUNT], such as aws/eu-west-1@prod", text)
		}
		all = append(all, p.where(word, region, account))
	}
	return all, nil
}

func (p *places) where(cloudWord, region, account string) where {
	// Reading needs no owner, opening a cloud does.
	w := where{cloud: cloudWord, region: region, sandbox: p.sandbox, owner: "kready"}
	if cloudWord == "azure" {
		w.subscription = account
	} else {
		w.profile = account
	}
	return w
}

// ranges lists what is in use in all places, one after the other, so that no
// account is throttled by kready itself. Places that fail are named all at
// once: a list with a hole would call free what is taken.
func (p *places) ranges(ctx context.Context, cio IO, app App) ([]cloud.NetworkRange, error) {
	all, err := p.list()
	if err != nil {
		return nil, err
	}
	var (
		ranges []cloud.NetworkRange
		failed []error
	)
	for _, w := range all {
		found, err := w.ranges(ctx, cio, app)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", w.cloud, w.region, err))
		}
		ranges = append(ranges, found...)
	}
	return ranges, errors.Join(failed...)
}

func (w *where) ranges(ctx context.Context, cio IO, app App) ([]cloud.NetworkRange, error) {
	opened, err := w.open(ctx, cio, app)
	if err != nil {
		return nil, err
	}
	inventory, ok := opened.(cloud.Inventory)
	if !ok {
		return nil, fmt.Errorf("this version of kready can't list the ranges of %s", w.cloud)
	}
	return inventory.Ranges(ctx)
}
