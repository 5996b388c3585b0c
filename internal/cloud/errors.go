package cloud

import (
	"errors"
	"fmt"
	"strings"
)

// Kinds of errors; test with errors.Is.
var (
	// ErrNotFound: the object definitely does not exist in this realm.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the cloud refuses because of another object or operation.
	ErrConflict = errors.New("conflict")
	// ErrQuota: a limit of the account is reached.
	ErrQuota = errors.New("quota exceeded")
	// ErrDenied: the credentials may not do this, or are missing or expired.
	ErrDenied = errors.New("access denied")
	// ErrThrottled: too many requests, after all retries.
	ErrThrottled = errors.New("throttled")
	// ErrInvalid: the cloud refuses the request's content.
	ErrInvalid = errors.New("invalid request")
	// ErrOwned: the object exists and somebody else made it.
	ErrOwned = errors.New("owned by somebody else")
	// ErrLeftovers: Kubernetes left objects behind that block the delete.
	ErrLeftovers = errors.New("left behind by Kubernetes")
	// ErrNotEmpty: the thing still holds images, secrets or the like.
	ErrNotEmpty = errors.New("not empty")
	// ErrTimeout: an operation did not end in time; it may still succeed.
	ErrTimeout = errors.New("timed out")
	// ErrRealm: this is another account, subscription or sandbox.
	ErrRealm = errors.New("another account, subscription or sandbox")
	// ErrUnsupported: this version of kready can't do it.
	ErrUnsupported = errors.New("not supported yet")
)

// Error says what failed, on what, why, and what to do.
type Error struct {
	Kind      error  // one of the kinds above
	Operation string // "ec2 CreateSubnet"
	Object    string // "subnet/nodes-eu-west-1a of shop-eu"
	Reason    string // the cloud's own words, code first
	Todo      string // what the person can do
	Err       error  // cause, may be nil
}

// Error implements error in one line: operation, object, reason.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Operation != "" {
		b.WriteString(e.Operation)
		b.WriteString(": ")
	}
	if e.Object != "" {
		b.WriteString(e.Object)
		b.WriteString(": ")
	}
	switch {
	case e.Reason != "":
		b.WriteString(e.Reason)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	case e.Kind != nil:
		b.WriteString(e.Kind.Error())
	}
	return b.String()
}

// Unwrap lets errors.Is find both the kind and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Kind != nil {
		errs = append(errs, e.Kind)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// Todo returns what the person can do about err, or "".
func Todo(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Todo
	}
	return ""
}

// Owned makes the error for an object that somebody else made.
func Owned(object, owner, incarnation string, ref Ref) error {
	return &Error{
		Kind:   ErrOwned,
		Object: object,
		Reason: fmt.Sprintf("exists and belongs to owner %q, incarnation %q; this configuration is owner %q, incarnation %q",
			owner, incarnation, ref.Owner, ref.Incarnation),
		Todo: "If this is a copy of another configuration, give the cluster another name. " +
			"If the state that made it is lost, run `kready adopt` and follow what it prints.",
	}
}
