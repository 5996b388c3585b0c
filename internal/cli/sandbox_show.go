package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func sandboxShow(_ context.Context, r *sandboxRun) error {
	asJSON := r.flags.Bool("json", false, `print {"objects": [{"cloud", "type", "id", "name", "tags"}…]}`)
	all := r.flags.Bool("all", false, "with what the cloud keeps although it was deleted (scheduled keys, deleted secrets), what it keeps for itself, and what on_destroy kept")
	err := r.parse("Usage: kready sandbox show [flags]\n\nPrints what exists in the sandbox.", 0, 0)
	if err != nil {
		return err
	}
	objects := []sandbox.Object{}
	box, found, err := r.existing()
	if err != nil {
		return err
	}
	if found {
		if objects, err = box.Objects(*all); err != nil {
			return err
		}
	}
	kept := 0
	if !*all {
		before := len(objects)
		objects = withoutKept(objects)
		kept = before - len(objects)
	}
	if *asJSON {
		return writeJSON(r.IO, struct {
			Objects []sandbox.Object `json:"objects"`
		}{objects})
	}
	if kept > 0 {
		fmt.Fprintf(r.Err, "%d objects are left out that on_destroy kept; -all shows them.\n", kept)
	}
	if len(objects) == 0 {
		fmt.Fprintln(r.Err, "The sandbox is empty.")
		return nil
	}
	table := tabwriter.NewWriter(r.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "CLOUD\tTYPE\tREGION\tNAME\tID")
	for _, o := range objects {
		note := ""
		if o.Pending {
			note = " (pending deletion)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s%s\n", o.Cloud, o.Type, o.Region, o.Name, o.ID, note)
	}
	return table.Flush()
}

// withoutKept leaves out what on_destroy kept, and what stands inside of that.
func withoutKept(objects []sandbox.Object) []sandbox.Object {
	var kept []string
	for _, o := range objects {
		if o.Tags[cloud.TagKept] != "" {
			kept = append(kept, o.ID)
		}
	}
	return slices.DeleteFunc(objects, func(o sandbox.Object) bool {
		return slices.ContainsFunc(kept, func(id string) bool { return o.ID == id || strings.HasPrefix(o.ID, id+"/") })
	})
}

func sandboxGet(_ context.Context, r *sandboxRun) error {
	err := r.parse("Usage: kready sandbox get [flags] ID\n\nPrints one object as it is stored; \"kready sandbox mutate\" changes its fields.", 1, 1)
	if err != nil {
		return err
	}
	box, err := r.must()
	if err != nil {
		return err
	}
	o, raw, err := box.Read(r.args[0])
	if err != nil {
		return err
	}
	return writeJSON(r.IO, struct {
		Cloud  string          `json:"cloud"`
		Type   string          `json:"type"`
		Object json.RawMessage `json:"object"`
	}{o.Cloud, o.Type, raw})
}

func writeJSON(cio IO, value any) error {
	encoder := json.NewEncoder(cio.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func sandboxJournal(_ context.Context, r *sandboxRun) error {
	asJSON := r.flags.Bool("json", false, "print one JSON object a line")
	writes := r.flags.Bool("writes", false, "only calls that may change something")
	err := r.parse("Usage: kready sandbox journal [flags]\n\nPrints the calls made to the sandbox, oldest first. It holds no bodies, headers or secrets.", 0, 0)
	if err != nil {
		return err
	}
	box, found, err := r.existing()
	if err != nil || !found {
		return err
	}
	encoder := json.NewEncoder(r.Out)
	return box.Journal(func(e sandbox.Entry) error {
		switch {
		case *writes && !e.Write:
			return nil
		case *asJSON:
			return encoder.Encode(e)
		}
		status := strconv.Itoa(e.Status)
		if e.Status == 0 {
			status = "---"
		}
		_, err := fmt.Fprintf(r.Out, "%s  %s  %-22s %-36s %s %s\n", e.Time.Format(time.DateTime), status, e.Service+" "+e.Region, e.Operation, e.Object, e.Code)
		return err
	})
}

func printSettings(r *sandboxRun, box *sandbox.Sandbox) error {
	settings, err := box.Settings()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(r.Out, "%s=%s\n", name, settings[name])
	}
	return nil
}

func sandboxAdvance(_ context.Context, r *sandboxRun) error {
	err := r.parse("Usage: kready sandbox advance [flags] DURATION\n\nMoves the simulated clock forward: 90m, 192h.", 1, 1)
	if err != nil {
		return err
	}
	by, err := time.ParseDuration(r.args[0])
	if err != nil {
		return fmt.Errorf("%w; a duration is written 90m or 192h", err)
	}
	box, err := r.must()
	if err != nil {
		return err
	}
	return box.Advance(by)
}

func sandboxServe(ctx context.Context, r *sandboxRun) error {
	listen := r.flags.String("listen", "127.0.0.1:0", "the loopback `address` and port; port 0 takes a free one")
	err := r.parse("Usage: kready sandbox serve [flags]\n\nAnswers cloud CLIs and SDKs on loopback, http and https on the same port, until interrupted.", 0, 0)
	if err != nil {
		return err
	}
	box, err := r.open(r.state)
	if err != nil {
		return err
	}
	var printed error
	err = box.Serve(ctx, *listen, func(e sandbox.Endpoint) { printed = announce(r, box, e) })
	return errors.Join(err, printed)
}

// announce prints where the sandbox answers, as a shell reads it.
func announce(r *sandboxRun, box *sandbox.Sandbox, at sandbox.Endpoint) error {
	variables, err := box.Announce(at)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "# The sandbox answers on %s and %s\n# until it is interrupted. Any credential is taken; none is kept.\n", at.URL("http"), at.URL("https"))
	for _, v := range variables {
		if strings.HasPrefix(v.Name, "#") {
			fmt.Fprintln(&text, v.Name)
			continue
		}
		fmt.Fprintf(&text, "export %s=%s\n", v.Name, v.Value)
	}
	fmt.Fprintf(&text, "# Clients that speak https trust this authority, for example by\n# export AWS_CA_BUNDLE=%[1]s SSL_CERT_FILE=%[1]s\n", at.CA)
	_, err = io.WriteString(r.Out, text.String())
	return err
}
