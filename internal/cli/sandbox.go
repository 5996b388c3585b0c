package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const sandboxUsage = `Usage: kready sandbox SUBCOMMAND [flags] [arguments]

Looks into the embedded clouds, and does to them what nobody would do to real
ones. All subcommands take -state PATH, by default ` + sandbox.DefaultPath + `.

Subcommands:

    show      print what exists
    get       print one object as it is stored
    journal   print the calls made
    serve     answer other clients (cloud CLIs, SDKs) on loopback
    delete    delete an object behind Terraform's back
    mutate    change one field of an object behind Terraform's back
    plant     make what Kubernetes leaves behind
    fault     make calls go wrong: fault add, fault list, fault clear
    set       change a setting or quota; without arguments, print them
    advance   move the simulated clock forward
    reset     begin again with an empty cloud

"kready sandbox SUBCOMMAND -h" prints the flags of one.
`

// openSandboxFunc opens the sandbox whose state is kept at path.
type openSandboxFunc = func(path string) (*sandbox.Sandbox, error)

// sandbox is kready sandbox.
func (app App) sandbox(ctx context.Context, cio IO, args []string) int {
	return sandboxCommand(ctx, cio, args, app.OpenSandbox)
}

// sandboxCommand dispatches the subcommands of kready sandbox.
func sandboxCommand(ctx context.Context, cio IO, args []string, open openSandboxFunc) int {
	if len(args) == 0 {
		fmt.Fprint(cio.Err, sandboxUsage)
		return exitUsage
	}
	verbs := map[string]func(context.Context, *sandboxRun) error{
		"show": sandboxShow, "get": sandboxGet, "journal": sandboxJournal, "serve": sandboxServe, "delete": sandboxDelete,
		"mutate": sandboxMutate, "plant": sandboxPlant, "fault": sandboxFault, "set": sandboxSet, "advance": sandboxAdvance,
		"reset": sandboxReset,
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		fmt.Fprint(cio.Out, sandboxUsage)
		return exitOK
	}
	verb, ok := verbs[name]
	if !ok {
		fmt.Fprintf(cio.Err, "kready sandbox: there is no subcommand %q; \"kready sandbox help\" lists those there are\n", name)
		return exitUsage
	}
	r := &sandboxRun{IO: cio, open: open, args: rest, flags: flag.NewFlagSet("sandbox "+name, flag.ContinueOnError)}
	r.flags.StringVar(&r.state, "state", sandbox.DefaultPath, "the sandbox's state `file`")
	err := verb(ctx, r)
	switch {
	case errors.Is(err, errParsed):
		return r.code
	case err != nil:
		return fail(cio, "sandbox "+name, err)
	}
	return exitOK
}

// sandboxRun is one call of a subcommand.
type sandboxRun struct {
	IO
	open  openSandboxFunc
	flags *flag.FlagSet
	args  []string
	state string
	code  int // with errParsed
}

// errParsed says that the flags ended the call: help, or a misunderstanding
// that is already printed.
var errParsed = errors.New("flags ended the call")

// parse reads flags, which may stand before, between and behind the arguments,
// and wants from least to most arguments; most below 0 means any number.
func (r *sandboxRun) parse(usage string, least, most int) error {
	var plain []string
	rest := r.args
	for {
		code, done := parse(r.flags, r.IO, rest, usage)
		if done {
			r.code = code
			return errParsed
		}
		rest = r.flags.Args()
		if len(rest) == 0 {
			break
		}
		plain, rest = append(plain, rest[0]), rest[1:]
	}
	r.args = plain
	if len(plain) < least || most >= 0 && len(plain) > most {
		fmt.Fprintf(r.Err, "%s\n\nGot %d arguments: %q\n", usage, len(plain), plain)
		r.code = exitUsage
		return errParsed
	}
	return nil
}

// existing opens the sandbox if its file is there. A misspelt -state must not
// make a new cloud, in which nothing is found.
func (r *sandboxRun) existing() (box *sandbox.Sandbox, found bool, err error) {
	if _, err := os.Stat(r.state); errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	box, err = r.open(r.state)
	return box, err == nil, err
}

// must opens the sandbox, which has to be there.
func (r *sandboxRun) must() (*sandbox.Sandbox, error) {
	box, found, err := r.existing()
	if err == nil && !found {
		return nil, fmt.Errorf("there is no sandbox at %s; -state says where it is", r.state)
	}
	return box, err
}

func sandboxReset(_ context.Context, r *sandboxRun) error {
	keep := r.flags.Bool("keep-realm", false, "stay the same cloud: everything in it is gone, and states made with it still belong to it")
	err := r.parse("Usage: kready sandbox reset [flags]\n\nBegins again with an empty cloud. It is another cloud, with another id: states made with the old\none are refused, as after a change of account. Faults, settings and journal go as well.", 0, 0)
	if err != nil {
		return err
	}
	if *keep {
		box, err := r.must()
		if err != nil {
			return err
		}
		return box.Reset(true)
	}
	return sandbox.Erase(r.state)
}

func sandboxDelete(_ context.Context, r *sandboxRun) error {
	err := r.parse("Usage: kready sandbox delete [flags] ID…\n\nDeletes objects behind Terraform's back, each with what the cloud deletes along, whatever protects\nthem. An id that is not unique is written type:id, as in ec2/vpc:vpc-0abc.", 1, -1)
	if err != nil {
		return err
	}
	box, err := r.must()
	if err != nil {
		return err
	}
	for _, id := range r.args {
		o, err := box.Remove(id)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "deleted %s %s\n", o.Type, o.ID)
	}
	return nil
}

func sandboxMutate(_ context.Context, r *sandboxRun) error {
	err := r.parse("Usage: kready sandbox mutate [flags] ID FIELD VALUE\n\nChanges one field of an object, as \"kready sandbox get\" prints it: tags.Name, rules.0.description.\nThe value is JSON, or else a string; null removes the field.", 3, 3)
	if err != nil {
		return err
	}
	box, err := r.must()
	if err != nil {
		return err
	}
	o, err := box.Mutate(r.args[0], r.args[1], r.args[2])
	if err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "changed %s of %s %s\n", r.args[1], o.Type, o.ID)
	return nil
}

func sandboxPlant(_ context.Context, r *sandboxRun) error {
	cloudName := r.flags.String("cloud", "aws", "the `cloud` to plant in")
	err := r.parse("Usage: kready sandbox plant [flags] WHAT [NAME=VALUE…]\n\nMakes what Kubernetes, or another team, leaves in a cloud without Terraform: load-balancer, volume,\nnetwork-interface, security-group (cluster=NAME), transit-gateway; on Azure load-balancer, volume,\nvirtual-network, image (registry=NAME), secret (vault=NAME).", 1, -1)
	if err != nil {
		return err
	}
	arguments, err := pairs(r.args[1:])
	if err != nil {
		return err
	}
	box, err := r.open(r.state)
	if err != nil {
		return err
	}
	planted, err := box.Plant(*cloudName, r.args[0], arguments)
	if err != nil {
		return err
	}
	for _, o := range planted {
		fmt.Fprintf(r.Out, "planted %s %s\n", o.Type, o.ID)
	}
	return nil
}

func pairs(args []string) (map[string]string, error) {
	out := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not NAME=VALUE", arg)
		}
		out[name] = value
	}
	return out, nil
}

func sandboxSet(_ context.Context, r *sandboxRun) error {
	err := r.parse("Usage: kready sandbox set [flags] [NAME=VALUE…]\n\nChanges settings of the cloud; an empty value returns to the default. Without arguments, prints those\nthat are not at their default.\n\n    quota/aws/vpc/L-F678F1CE=20            VPCs per region\n    quota/aws/eu-west-1/ec2/L-0263D0A3=20  elastic IP addresses, in one region\n    steps=0                                every long operation is over at once\n    steps/ec2/nat-gateway=5                polls that one kind of operation takes\n    aws/ec2/read_after_write=2             describes that miss what was just made", 0, -1)
	if err != nil {
		return err
	}
	values, err := pairs(r.args)
	if err != nil {
		return err
	}
	box, err := r.open(r.state)
	if err != nil {
		return err
	}
	if len(values) == 0 {
		return printSettings(r, box)
	}
	for name, value := range values {
		if err := box.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}
