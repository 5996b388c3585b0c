package provider

import (
	"errors"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// summaries are the headlines of error kinds, in the order in which they are
// tested. This is the only place that turns an error kind into words.
var summaries = []struct {
	kind    error
	summary string
	todo    string
}{
	{cloud.ErrRealm, "Another account, subscription or sandbox", ""},
	{cloud.ErrOwned, "Somebody else's object", ""},
	{cloud.ErrLeftovers, "Kubernetes left objects behind", "Delete the Services, Ingresses and claims that made them, or set on_destroy = { leftovers = \"sweep\" }, apply, and destroy again."},
	{cloud.ErrNotEmpty, "Not empty", "Empty it first, or set force_destroy, apply, and try again."},
	{cloud.ErrQuota, "Quota exceeded", "Ask the cloud to raise the quota, then apply again: kready carries on where it stopped."},
	{cloud.ErrDenied, "Access denied", "Check which identity the provider uses and what it may do."},
	{cloud.ErrThrottled, "Throttled by the cloud", "Apply again, with less -parallelism if it happens often."},
	{cloud.ErrTimeout, "Not finished in time", "Apply again: kready finds what is there and carries on."},
	{cloud.ErrConflict, "Conflict in the cloud", "Apply again when the other operation is done."},
	{cloud.ErrInvalid, "Refused by the cloud", ""},
	{cloud.ErrUnsupported, "Not supported yet", ""},
	{cloud.ErrNotFound, "Not found", ""},
}

// explain turns an error into a headline and a text: what failed, why, what
// to do.
func explain(what string, err error) (summary, detail string) {
	summary = what
	todo := cloud.Todo(err)
	for _, s := range summaries {
		if errors.Is(err, s.kind) {
			summary = what + ": " + strings.ToLower(s.summary[:1]) + s.summary[1:]
			if todo == "" {
				todo = s.todo
			}
			break
		}
	}
	detail = err.Error()
	if todo != "" {
		detail += "\n\n" + todo
	}
	return summary, detail
}

// addFindings reports what the blueprint found, each at its attribute.
// Unchanged specifications draw warnings only; Resolve has seen to that.
func addFindings(diags *diag.Diagnostics, findings []blueprint.Finding) {
	for _, f := range findings {
		where := attributePath(f.Path)
		detail := f.Detail
		if f.Path != "" {
			detail = f.Path + ": " + detail
		}
		if f.Severity == blueprint.SeverityError {
			diags.AddAttributeError(where, f.Summary, detail)
		} else {
			diags.AddAttributeWarning(where, f.Summary, detail)
		}
	}
}

// attributePath parses a path in HCL form, such as
// node_pools["apps"].taints[0].key, as far as it can.
func attributePath(s string) path.Path {
	result := path.Empty()
	first := true
	for s != "" {
		switch s[0] {
		case '.':
			s = s[1:]
		case '[':
			end := strings.IndexByte(s, ']')
			if strings.HasPrefix(s, `["`) {
				quoted, err := strconv.QuotedPrefix(s[1:])
				if err != nil || !strings.HasPrefix(s[1+len(quoted):], "]") {
					return result
				}
				key, err := strconv.Unquote(quoted)
				if err != nil {
					return result
				}
				result, s = result.AtMapKey(key), s[2+len(quoted):]
				continue
			}
			if end < 0 {
				return result
			}
			index, err := strconv.Atoi(s[1:end])
			if err != nil {
				return result
			}
			result, s = result.AtListIndex(index), s[end+1:]
		default:
			end := strings.IndexAny(s, ".[")
			if end < 0 {
				end = len(s)
			}
			if first {
				result, first = path.Root(s[:end]), false
			} else {
				result = result.AtName(s[:end])
			}
			s = s[end:]
		}
	}
	return result
}
