// Package permissions says what kready itself must be allowed to do: every
// action that its calls need, for planning and for applying. The tables are
// held to the calls that the adapters really make, in both directions: a call
// that is not in them fails a test, and so does a line that no call needs.
//
// It is pure: a table, and the policies written from it.
package permissions

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// What the rights are for.
const (
	Plan  = "plan"  // looks only
	Apply = "apply" // looks, makes, changes and deletes
)

// Scope narrows a policy. Empty fields stand for everything.
type Scope struct {
	Partition string // "aws", "aws-cn", "aws-us-gov"; empty: "aws"
	Account   string // 12 digits, or the subscription's id
	Region    string
	RolePath  string // path of the roles that kready makes, such as "/platform/"
}

// implied is an action that no call is named after: the cloud demands it of
// whoever makes another call.
type implied struct {
	action string
	by     string // the action that brings it
	why    string
}

// Clouds are those that there are tables of.
func Clouds() []string { return []string{"aws", "azure"} }

// Actions lists, sorted, the actions that kready calls by name.
func Actions(cloud, purpose string) []string {
	list := slices.Clone(awsReads)
	if cloud == "azure" {
		list = slices.Clone(azureReads)
	}
	if purpose == Apply {
		writes := awsWrites
		if cloud == "azure" {
			writes = azureWrites
		}
		list = append(list, writes...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Demanded lists, sorted, what [Actions] lists and what the cloud asks for beside
// it of whoever makes those calls.
func Demanded(cloud, purpose string) []string {
	if cloud == "azure" {
		return withImplied(Actions(cloud, purpose), azureImplied)
	}
	return withImplied(Actions(cloud, purpose), awsImplied)
}

// Policy writes the policy of a cloud for a purpose, as its own tools take it:
// an IAM policy, or a custom role of Azure.
func Policy(cloud, purpose string, scope Scope) (string, error) {
	if purpose != Plan && purpose != Apply {
		return "", fmt.Errorf("-for %q is neither %q nor %q", purpose, Plan, Apply)
	}
	switch cloud {
	case "aws":
		return encoded(awsPolicy(purpose, scope)), nil
	case "azure":
		return encoded(azureRole(purpose, scope)), nil
	}
	return "", fmt.Errorf("-cloud %q is none of %s", cloud, strings.Join(Clouds(), ", "))
}

// withImplied adds what the cloud demands beside the calls.
func withImplied(actions []string, table []implied) []string {
	for _, more := range table {
		if slices.Contains(actions, more.by) {
			actions = append(actions, more.action)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

func encoded(document any) string {
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		panic("permissions: " + err.Error()) // texts, lists and maps only
	}
	return string(text)
}
