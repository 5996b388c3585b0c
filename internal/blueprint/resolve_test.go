package blueprint

import (
	"reflect"
	"testing"
)

// priorOf is what Terraform would carry to the next plan.
func priorOf(spec Spec, outcome Outcome) *Prior {
	return &Prior{Spec: spec, Design: outcome.Design, Incarnation: "5f2c", DesignVersion: outcome.DesignVersion, Held: outcome.Held}
}

// The documentation's first example resolves without a word: a new user sees
// neither an error nor noise.
func TestQuickstartIsSilent(t *testing.T) {
	outcome := Resolve(quickstart(), nil)
	for _, finding := range outcome.Findings {
		t.Errorf("%s %s [%s]: %s. %s", finding.Severity, finding.Path, finding.Rule, finding.Summary, finding.Detail)
	}
}

// A spec that has not changed gives the design that stands, so that a second
// plan is empty.
func TestUnchangedIsVerbatim(t *testing.T) {
	first := Resolve(quickstart(), nil)
	second := Resolve(quickstart(), priorOf(quickstart(), first))
	if !reflect.DeepEqual(first.Design, second.Design) || !reflect.DeepEqual(first.Held, second.Held) {
		t.Error("the second outcome differs from the first")
	}
	if first.Capacity != second.Capacity {
		t.Errorf("capacity differs: %+v and %+v", first.Capacity, second.Capacity)
	}
}
