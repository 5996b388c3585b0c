package budget

import "fmt"

// Code names a reason for which a plan or a budget can't be judged. Codes are
// stable: they appear in JSON and SARIF reports.
type Code string

// The codes.
const (
	NotAPlan         Code = "not_a_plan"         // something else altogether
	IsState          Code = "state_not_plan"     // a state, which says nothing of changes
	IsBookmark       Code = "remote_bookmark"    // the plan itself is kept by HCP Terraform
	IsEncrypted      Code = "encrypted_plan"     // only OpenTofu with the key can read it
	UnknownFormat    Code = "unknown_format"     // a version this reader was not written for
	UnknownAction    Code = "unknown_action"     // an action this reader was not written for
	Malformed        Code = "malformed"          // broken, cut short or contradictory
	Truncated        Code = "truncated"          // the end is missing
	TrailingBytes    Code = "trailing_bytes"     // something follows the plan
	DuplicateRow     Code = "duplicate_row"      // two rows of one identity
	ErroredPlan      Code = "errored_plan"       // planning failed half way
	IncompletePlan   Code = "incomplete_plan"    // -target, or something was left out
	DeferredChanges  Code = "deferred_changes"   // changes of unknown extent
	NotApplicable    Code = "not_applicable"     // Terraform would not apply it
	NoSummary        Code = "no_summary"         // a stream that never got to its summary
	TooLarge         Code = "too_large"          // one change is larger than the reader holds
	CannotAnswer     Code = "cannot_answer"      // a rule that this kind of input can't answer
	UnmatchedProtect Code = "unmatched_protect"  // protection of something that isn't there
	BadBudget        Code = "bad_budget"         // the budget is wrong
	NoBudget         Code = "no_budget"          // there is no budget
	BadReceipt       Code = "bad_receipt"        // a receipt that can't be used
	Unreadable       Code = "unreadable"         // the operating system said no
	UnknownObjects   Code = "unknown_object_map" // an object map whose keys are not known yet
)

// Refusal says why no verdict is possible and what to do about it. It is the
// only kind of error that the readers return.
type Refusal struct {
	Code Code
	// Why is one sentence without a value of any attribute in it.
	Why string
	// Do is the next step for a person, in the imperative.
	Do string
	// Cause is the error underneath, if there is one.
	Cause error
}

// Error joins what failed and what to do.
func (r *Refusal) Error() string {
	msg := r.Why
	if r.Cause != nil {
		msg += ": " + r.Cause.Error()
	}
	if r.Do != "" {
		msg += "; " + r.Do
	}
	return msg
}

// Unwrap gives the error underneath.
func (r *Refusal) Unwrap() error { return r.Cause }

func refuse(code Code, do, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Why: fmt.Sprintf(format, args...), Do: do}
}
