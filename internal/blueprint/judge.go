package blueprint

import (
	"fmt"
	"strconv"
	"strings"
)

// JudgeUpgrade looks at the step from the Kubernetes version that runs to the
// one that is planned. Resolve judges the step between two specs; a realizer
// judges again, because the blueprint may be ahead of an upgrade that failed.
func JudgeUpgrade(running, planned string) []Finding {
	from, fromOK := minorOf(running)
	to, toOK := minorOf(planned)
	if !fromOK || !toOK || to <= from+1 {
		return nil
	}
	next := strings.TrimSuffix(running, strconv.Itoa(from)) + strconv.Itoa(from+1)
	return []Finding{{
		Severity: SeverityError,
		Path:     "design.kubernetes_version",
		Rule:     "version-step",
		Summary:  "Kubernetes minors can't be skipped",
		Detail:   fmt.Sprintf("%s runs, %s is planned. Upgrade one minor at a time: plan and apply %s first.", running, planned, next),
	}}
}

// NewerMinor tells whether a is a later Kubernetes minor than b; false where
// either can't be read.
func NewerMinor(a, b string) bool {
	left, leftOK := minorOf(a)
	right, rightOK := minorOf(b)
	return leftOK && rightOK && left > right
}

// minorOf reads the minor of "1.34", "1.34.2" or "v1.34".
func minorOf(version string) (minor int, ok bool) {
	rest, found := strings.CutPrefix(strings.TrimPrefix(version, "v"), "1.")
	if !found {
		return 0, false
	}
	digits, _, _ := strings.Cut(rest, ".")
	minor, err := strconv.Atoi(digits)
	return minor, err == nil && minor >= 0
}
