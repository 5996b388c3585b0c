package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const faultUsage = `Usage: kready sandbox fault add [flags]
       kready sandbox fault list [flags]
       kready sandbox fault clear [flags]

Makes calls go wrong. A rule counts the calls that it matches, and fires on
call number -nth and the -times that follow. Patterns know * and ?.

    kready sandbox fault add -operation CreateNatGateway -status 503 -code ServiceUnavailable
    kready sandbox fault add -service eks -operation 'Describe*' -delay 2s -times 3
    kready sandbox fault add -operation CreateCluster -drop after
    kready sandbox fault add -write -nth 17 -crash after`

func sandboxFault(_ context.Context, r *sandboxRun) error {
	var f sandbox.Fault
	var delay time.Duration
	r.flags.StringVar(&f.Cloud, "cloud", "", "`pattern` of the cloud")
	r.flags.StringVar(&f.Service, "service", "", "`pattern` of the service, as in the journal")
	r.flags.StringVar(&f.Operation, "operation", "", "`pattern` of the operation")
	r.flags.StringVar(&f.Region, "region", "", "`pattern` of the region")
	r.flags.BoolVar(&f.Write, "write", false, "match only calls that may change something")
	r.flags.StringVar(&f.Contains, "contains", "", "match only calls whose URL or body holds this `text`")
	r.flags.IntVar(&f.Nth, "nth", 1, "first matching `call` that goes wrong")
	r.flags.IntVar(&f.Times, "times", 1, "how `many` in a row go wrong; -1: all from then on")
	r.flags.IntVar(&f.Status, "status", 0, "answer with this HTTP `status` instead")
	r.flags.StringVar(&f.Code, "code", "", "the error `code` of that answer")
	r.flags.StringVar(&f.Message, "message", "", "the `message` of that answer")
	r.flags.DurationVar(&delay, "delay", 0, "wait before anything else")
	r.flags.StringVar(&f.Drop, "drop", "", "break the connection, `before|after` the call is run")
	r.flags.StringVar(&f.Crash, "crash", "", "kill the process that serves the call, `before|after` it is run")
	if err := r.parse(faultUsage, 1, 1); err != nil {
		return err
	}
	f.Delay = sandbox.Duration(delay)
	box, err := r.open(r.state)
	if err != nil {
		return err
	}
	switch r.args[0] {
	case "add":
		added, err := box.AddFault(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "fault %d: %s\n", added.ID, describeFault(added))
		return nil
	case "list":
		faults, err := box.Faults()
		for _, f := range faults {
			fmt.Fprintf(r.Out, "fault %d: %s; matched %d, fired %d\n", f.ID, describeFault(f), f.Seen, f.Fired)
		}
		return err
	case "clear":
		return box.ClearFaults()
	default:
		return fmt.Errorf("%q is not add, list or clear", r.args[0])
	}
}

// describeFault is a rule in one line.
func describeFault(f sandbox.Fault) string {
	var what []string
	for _, part := range []struct{ name, value string }{
		{"cloud", f.Cloud}, {"service", f.Service}, {"operation", f.Operation}, {"region", f.Region}, {"containing", f.Contains},
	} {
		if part.value != "" {
			what = append(what, part.name+" "+part.value)
		}
	}
	if f.Write {
		what = append(what, "writes")
	}
	if len(what) == 0 {
		what = []string{"every call"}
	}
	var how []string
	if f.Delay > 0 {
		how = append(how, "waits "+time.Duration(f.Delay).String())
	}
	if f.Status > 0 {
		how = append(how, strings.TrimSpace(fmt.Sprintf("answers %d %s", f.Status, f.Code)))
	}
	if f.Drop != "" {
		how = append(how, "drops the connection "+f.Drop)
	}
	if f.Crash != "" {
		how = append(how, "crashes "+f.Crash)
	}
	times := fmt.Sprintf("from call %d, %d times", max(1, f.Nth), max(1, f.Times))
	if f.Times < 0 {
		times = fmt.Sprintf("from call %d on", max(1, f.Nth))
	}
	return strings.Join(what, ", ") + ": " + strings.Join(how, ", ") + ", " + times
}
