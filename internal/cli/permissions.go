package cli

import (
	"context"
	"flag"
	"fmt"

	"github.com/kready-io/terraform-provider-kready/internal/permissions"
)

const permissionsUsage = `Usage: kready permissions -cloud aws|azure -for plan|apply [flags]

Prints the policy that kready itself needs: an IAM policy for "aws iam create-policy",
or a role for "az role definition create". It calls nothing.`

// permissions prints the least that kready needs to be allowed.
func (app App) permissions(_ context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("permissions", flag.ContinueOnError)
	cloud := flags.String("cloud", "", "`cloud`: aws or azure")
	purpose := flags.String("for", "", "`purpose`: plan (looks only) or apply")
	var scope permissions.Scope
	flags.StringVar(&scope.Account, "account", "", "AWS account or Azure subscription `id` (default: any)")
	flags.StringVar(&scope.Region, "region", "", "AWS `region` (default: any)")
	flags.StringVar(&scope.RolePath, "role-path", "", "`path` of the IAM roles that kready makes, aws.role_path of the blueprint (default: /)")
	flags.StringVar(&scope.Partition, "partition", "", "AWS `partition` (default: aws)")
	if code, done := parse(flags, cio, args, permissionsUsage); done {
		return code
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(cio.Err, "kready permissions: takes flags only, got %q\n", flags.Args())
		return exitUsage
	}
	policy, err := permissions.Policy(*cloud, *purpose, scope)
	if err != nil {
		fmt.Fprintf(cio.Err, "kready permissions: %v; see kready permissions -h\n", err)
		return exitUsage
	}
	fmt.Fprintln(cio.Out, policy)
	return exitOK
}
