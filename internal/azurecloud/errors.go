package azurecloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// callError is what the SDK says of a call, and which call it was.
type callError struct {
	method string
	kind   kind
	err    error
}

func (e *callError) Error() string { return e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// called notes which call failed; nil stays nil.
func called(err error, method string, k kind) error {
	if err == nil {
		return nil
	}
	return &callError{method, k, err}
}

// wrap turns an error of the SDK into one of the contract: the operation is
// "Microsoft.Network PUT virtualNetworks", the reason is Azure's code and words.
// object is the component and whose it is, as [ofCluster] makes it. An error of
// the contract passes unchanged; nil stays nil.
func wrap(err error, object string) error {
	if err == nil {
		return nil
	}
	var ours *cloud.Error
	if errors.As(err, &ours) {
		if ours.Object == "" {
			ours.Object = object
		}
		return err
	}
	wrapped := &cloud.Error{Object: object, Err: err}
	var call *callError
	var k kind
	method := ""
	if errors.As(err, &call) {
		k, method = call.kind, call.method
		namespace, short, _ := strings.Cut(k.name, "/")
		wrapped.Operation = namespace + " " + method + " " + short
	}
	var answer *azcore.ResponseError
	var login *azidentity.AuthenticationFailedError
	switch {
	case errors.As(err, &answer):
		code, words := told(answer)
		wrapped.Reason = strings.TrimPrefix(code+": "+words, ": ")
		wrapped.Kind = kindOfError(answer.StatusCode, code, words)
		wrapped.Todo = todoFor(wrapped.Kind, k, method, code)
		if told := quotaTodo(code, words); told != "" && wrapped.Kind == cloud.ErrQuota {
			wrapped.Todo = told
		}
	case errors.Is(err, context.Canceled):
		wrapped.Kind, wrapped.Reason = cloud.ErrTimeout, "interrupted"
		wrapped.Todo = "Apply again: kready finds what exists and carries on."
	case errors.Is(err, context.DeadlineExceeded):
		wrapped.Kind, wrapped.Reason = cloud.ErrTimeout, "no answer within the time allowed"
		wrapped.Todo = "Apply again: kready finds what exists and carries on. If it needs longer, raise timeouts."
	case errors.As(err, &login), strings.Contains(err.Error(), "failed to acquire a token"):
		wrapped.Kind, wrapped.Reason = cloud.ErrDenied, "no usable login: "+firstLine(err.Error())
		wrapped.Todo = "Log in (az login), or give a service principal in AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET; with use_oidc, AZURE_FEDERATED_TOKEN_FILE."
	default:
		wrapped.Reason = firstLine(err.Error())
		wrapped.Todo = "Check the network between here and Azure, then apply again: kready finds what exists and carries on."
	}
	return wrapped
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// told is what an answer says: the code, and the words for people. AKS answers
// without the usual wrapper, and wraps causes in details.
func told(answer *azcore.ResponseError) (code, words string) {
	code = answer.ErrorCode
	var body document
	if answer.RawResponse != nil {
		if raw, err := runtime.Payload(answer.RawResponse); err == nil {
			_ = json.Unmarshal(raw, &body) // no JSON: nothing more to say
		}
	}
	told := body
	if inner, ok := at(body, "error").(map[string]any); ok {
		told = inner
	}
	words = text(told, "message")
	for _, detail := range entries(told, "details") {
		if inner := text(detail, "message"); inner != "" && !strings.Contains(words, inner) {
			words += " " + strings.TrimPrefix(text(detail, "code")+": ", ": ") + inner
		}
	}
	if code == "" {
		code = text(told, "code")
	}
	if words == "" {
		words = fmt.Sprintf("HTTP %d", answer.StatusCode)
	}
	return code, strings.Join(strings.Fields(words), " ")
}

// codeOf returns Azure's error code, or "".
func codeOf(err error) string {
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return ""
	}
	code, _ := told(answer)
	return code
}

// statusOf returns the HTTP status of a failed call, or 0.
func statusOf(err error) int {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) {
		return answer.StatusCode
	}
	return 0
}

// isCode tells whether Azure answered with one of the codes.
func isCode(err error, codes ...string) bool {
	got := codeOf(err)
	for _, code := range codes {
		if strings.EqualFold(got, code) {
			return true
		}
	}
	return false
}

// isNotFound tells whether Azure said that the object does not exist: 404 to
// what was asked for. A name that a body refers to is answered in the same way
// to a write, which is why writes are retried and not believed.
func isNotFound(err error) bool {
	if errors.Is(err, cloud.ErrNotFound) {
		return true
	}
	return statusOf(err) == http.StatusNotFound && !isCode(err, "SubscriptionNotFound", "InvalidResourceNamespace", "InvalidResourceType")
}

// isKind tells whether an error of the contract is of a kind.
func isKind(err, kind error) bool { return errors.Is(err, kind) }

// unlessNotFound is err, or nil where it only says that the object is gone.
func unlessNotFound(err error) error {
	if isNotFound(err) {
		return nil
	}
	return err
}

// rightsLooks is how often a cluster is tried while its identity's roles don't
// count yet: ten minutes with the default poll, which is what Azure asks for.
// Source: learn.microsoft.com, troubleshoot Azure RBAC, 2026-08.
const rightsLooks = 24

// patience is how often a write is tried that failed in a way that passes by
// itself: another operation on the same thing, what was made a moment ago and
// is not seen everywhere yet, rights that were given a moment ago and don't
// count yet. 1 is for what doesn't pass.
func patience(k kind, method string, err error) int {
	code := strings.ToLower(codeOf(err))
	switch {
	case isCode(err, "AnotherOperationInProgress", "RetryableError", "ReferencedResourceNotProvisioned",
		"ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity", "StorageAccountOperationInProgress"),
		code == "operationnotallowed" && inProgress(err): // AKS says it to much else as well
		return busyLooks
	case method == http.MethodPut && k.name == roleAssignments.name && code == "principalnotfound":
		return freshLooks
	case method == http.MethodPut && k.name == clusters.name && strings.Contains(code, "missingpermission"):
		return rightsLooks
	}
	return 1
}

// inProgress tells whether Azure's words speak of something under way.
func inProgress(err error) bool {
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return false
	}
	_, words := told(answer)
	words = strings.ToLower(words)
	return strings.Contains(words, "in progress") || strings.Contains(words, "in-progress") || strings.Contains(words, "another operation")
}

// kindOfError judges an answer by its code, and then by its status.
func kindOfError(status int, code, words string) error {
	lower := strings.ToLower(code)
	switch {
	case strings.Contains(lower, "quota"), strings.Contains(lower, "limitreached"), strings.Contains(lower, "limitexceeded"),
		strings.Contains(lower, "skunotavailable"), strings.Contains(strings.ToLower(words), "exceeding approved"):
		return cloud.ErrQuota
	case status == http.StatusTooManyRequests, strings.Contains(lower, "throttl"), lower == "toomanyrequests":
		return cloud.ErrThrottled
	case status == http.StatusUnauthorized, status == http.StatusForbidden, lower == "authorizationfailed", lower == "linkedauthorizationfailed",
		strings.Contains(lower, "missingpermission"), lower == "requestdisallowedbypolicy":
		return cloud.ErrDenied
	case status == http.StatusNotFound:
		return cloud.ErrNotFound
	case status == http.StatusConflict, status == http.StatusPreconditionFailed, strings.Contains(lower, "inuse"), strings.Contains(lower, "inprogress"),
		lower == "scopelocked":
		return cloud.ErrConflict
	case status >= 500:
		return nil
	}
	return cloud.ErrInvalid
}

// todoFor says what the person can do about a kind of error.
func todoFor(kind error, k kind, method, code string) string {
	switch kind {
	case nil:
		return "Azure itself failed. Apply again: kready finds what exists and carries on."
	case cloud.ErrConflict:
		if strings.EqualFold(code, "ScopeLocked") {
			return "A lock stands in the way. Remove the lock that Azure names, or turn deletion_protection off where kready made it; then apply again."
		}
		return "Wait until the other operation is over, or remove what is in the way, then apply again."
	case cloud.ErrQuota:
		return "Ask for a higher quota of what Azure names (portal: Quotas, or az quota update), choose another VM size or region, or remove what is no longer used; then apply again."
	case cloud.ErrDenied:
		if strings.EqualFold(code, "RequestDisallowedByPolicy") {
			return "An Azure Policy forbids it. Ask whoever owns the policy that Azure names for an exemption, or change the setting that it forbids; then apply again."
		}
		return fmt.Sprintf("Give the login the permission %s (a role that holds it, on the resource group), and log in again so that it counts; then apply again.", permission(k, method))
	case cloud.ErrThrottled:
		return "The subscription's request quota is used up by many callers at once. Apply again later, or with a lower -parallelism."
	case cloud.ErrNotFound:
		return "What Azure names does not exist, or not yet. Apply again; if it stays so, check the ids in the configuration."
	case cloud.ErrInvalid:
		return "Azure refuses the request's content. Change the setting that its message names and plan again."
	}
	return ""
}

// permission is the action of Azure's access control that a call needs:
// "Microsoft.Network/virtualNetworks/write".
func permission(k kind, method string) string {
	verb := "read"
	switch method {
	case http.MethodPut, http.MethodPatch:
		verb = "write"
	case http.MethodDelete:
		verb = "delete"
	case http.MethodPost:
		verb = "action"
	}
	return k.name + "/" + verb
}
