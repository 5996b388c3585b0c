package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// cidrOrphans is "kready cidr orphans": exit code 1 says that there are some.
func cidrOrphans(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("cidr orphans", flag.ContinueOnError)
	var (
		place  string
		states words
	)
	flags.StringVar(&place, "ledger", "", ledgerUsage)
	flags.Var(&states, "state", stateUsage+"; once for each state that uses the ledger")
	if code, done := parse(flags, cio, args, "Usage: kready cidr orphans -ledger PLACE -state FILE [-state FILE …]\n\nLists the records of a ledger that none of the states has: left by a state that is gone for good, or by a run that was killed and never repeated. Exit code 1 if there are any."); done {
		return code
	}
	if place == "" || len(states) == 0 || flags.NArg() > 0 {
		fmt.Fprintln(cio.Err, "kready cidr orphans: -ledger and at least one -state must be given, and nothing else")
		return exitUsage
	}
	var known []shown
	for _, path := range states {
		found, err := readShown(cio, path)
		if err != nil {
			return unusable(cio, "cidr orphans", err)
		}
		known = append(known, found)
	}
	snapshot, _, err := readLedger(ctx, cio, place)
	if err != nil {
		return unusable(cio, "cidr orphans", err)
	}
	var orphans []ledger.Record
	for _, r := range snapshot.Records {
		held := false
		for i := range known {
			held = held || known[i].has(r)
		}
		if !held {
			orphans = append(orphans, r)
		}
	}
	if err := printRecords(cio.Out, orphans); err != nil {
		return unusable(cio, "cidr orphans", err)
	}
	if len(orphans) > 0 {
		return exitFailed
	}
	return exitOK
}

func readLedger(ctx context.Context, cio IO, place string) (ledger.Snapshot, ledger.Ledger, error) {
	opened, err := openLedger(cio, place)
	if err != nil {
		return ledger.Snapshot{}, nil, err
	}
	snapshot, err := opened.Read(ctx)
	if err == nil && snapshot.Serial == 0 {
		// A misspelt file looks like a ledger that nobody has used yet.
		fmt.Fprintln(cio.Err, "kready: nothing was ever written to this ledger; is it the one that you mean?")
	}
	return snapshot, opened, err
}

func printRecords(out io.Writer, records []ledger.Record) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range records {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.CIDR, r.Kind, r.Owner, r.Key, r.Cluster, r.Time.Format("2006-01-02T15:04:05Z"))
	}
	return table.Flush()
}

// cidrRelease is "kready cidr release".
func cidrRelease(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("cidr release", flag.ContinueOnError)
	var (
		place, owner, key string
		living, yes       bool
	)
	flags.StringVar(&place, "ledger", "", ledgerUsage)
	flags.StringVar(&owner, "owner", "", "`owner` of the ranges")
	flags.StringVar(&key, "key", "", "`key` of one range; all of the owner's without it")
	flags.BoolVar(&living, "living", false, "also release ranges that are given, not only those in quarantine: only for a state that is gone for good, with nothing left in the ranges")
	flags.BoolVar(&yes, "yes", false, "do it; without it, only list what would be released")
	if code, done := parse(flags, cio, args, "Usage: kready cidr release -ledger PLACE -owner OWNER [-key KEY] [-living] [-yes]\n\nGives ranges back, so that others may have them."); done {
		return code
	}
	if place == "" || owner == "" || flags.NArg() > 0 {
		fmt.Fprintln(cio.Err, "kready cidr release: -ledger and -owner must be given, and flags only")
		return exitUsage
	}
	snapshot, opened, err := readLedger(ctx, cio, place)
	if err != nil {
		return unusable(cio, "cidr release", err)
	}
	var change ledger.Change
	for _, r := range snapshot.Owned(owner) {
		if (key == "" || r.Key == key) && (living || r.Kind == ledger.KindTombstone) {
			change.Drop = append(change.Drop, r)
		}
	}
	if err := printRecords(cio.Out, change.Drop); err != nil {
		return unusable(cio, "cidr release", err)
	}
	switch {
	case len(change.Drop) == 0:
		fmt.Fprintln(cio.Err, "kready cidr release: the ledger has nothing like that to release; living ranges need -living")
		return exitFailed
	case !yes:
		fmt.Fprintln(cio.Err, "Nothing was released: add -yes to do it.")
		return exitOK
	}
	if _, err := opened.Commit(ctx, change); err != nil {
		return fail(cio, "cidr release", err)
	}
	return exitOK
}
