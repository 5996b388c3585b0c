package cidr

import (
	"fmt"
	"strconv"
)

// Severity says whether a [Problem] stops the plan.
type Severity int

const (
	// Error stops the plan: what was asked for can't be had or would break.
	Error Severity = iota
	// Warning lets the plan go on: it works today and is likely to hurt later.
	Warning
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Problem is one thing that is wrong with a request. Functions of this package
// return all problems at once, in a fixed order.
type Problem struct {
	Severity Severity
	// Path names the attribute at fault, as HCL would: allocations["shop-eu"].prefix_length.
	Path string
	// Summary says what is wrong, in one line without a full stop.
	Summary string
	// Detail says why, and what to do about it.
	Detail string
}

// Error makes a Problem usable as an error.
func (p Problem) Error() string {
	text := p.Summary
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Detail != "" {
		text += ". " + p.Detail
	}
	return text
}

// HasErrors reports whether any of problems stops the plan.
func HasErrors(problems []Problem) bool {
	for _, problem := range problems {
		if problem.Severity == Error {
			return true
		}
	}
	return false
}

// refuse builds an Error.
func refuse(path, summary, detail string, args ...any) Problem {
	return Problem{Severity: Error, Path: path, Summary: summary, Detail: fmt.Sprintf(detail, args...)}
}

// warn builds a Warning.
func warn(path, summary, detail string, args ...any) Problem {
	return Problem{Severity: Warning, Path: path, Summary: summary, Detail: fmt.Sprintf(detail, args...)}
}

// at returns the path of the element of a map attribute.
func at(attribute, key string) string {
	return attribute + "[" + strconv.Quote(key) + "]"
}
