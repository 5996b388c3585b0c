package blueprint

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// FuzzResolve feeds any two specs, one after the other: Resolve must not
// panic, must give the same outcome for the same input, must take back what it
// gave, and must name each problem completely. Specs are long: run it with
// -fuzzminimizetime 1x, or it spends its time on making them shorter.
func FuzzResolve(f *testing.F) {
	seed := func(change func(*Spec)) string {
		spec := quickstart()
		change(&spec)
		text, err := json.Marshal(spec)
		if err != nil {
			f.Fatal(err)
		}
		return string(text)
	}
	base := seed(func(*Spec) {})
	f.Add(base, base)
	f.Add(base, seed(func(s *Spec) { s.Network.Zones = append(s.Network.Zones, "eu-west-1d") }))
	f.Add(base, seed(func(s *Spec) { s.Network.CIDR = "10.0.0.0/28"; s.Region = "" }))
	f.Add(base, seed(func(s *Spec) { s.Network.CIDR = Unknown("network.cidr") }))
	f.Add(base, seed(func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.0.0/24", "x"}} }))
	f.Add(base, seed(func(s *Spec) { s.Network.Egress = EgressIsolated; s.Autoscaling = AutoscalingKarpenter }))
	f.Add(seed(func(s *Spec) { s.Cloud = "azure" }), `{}`)
	f.Add(base, seed(func(s *Spec) { *s = azureQuickstart() })) // the other cloud
	f.Add(seed(func(s *Spec) { *s = azureQuickstart() }), seed(func(s *Spec) {
		*s = azureQuickstart()
		s.Network.Egress, s.Network.Pods, s.Capacity = EgressIsolated, &PodsSpec{Mode: "routable"}, nil
	}))
	f.Add(`{"cloud":"aws","node_pools":{"a":{"max_size":2000000000,"max_pods":-1}}}`, `{"cloud":"aws","network":{"cidr":"::/0","zones":["",""]}}`)
	f.Fuzz(func(t *testing.T, first, second string) {
		var before, after Spec
		if json.Unmarshal([]byte(first), &before) != nil || json.Unmarshal([]byte(second), &after) != nil {
			return
		}
		outcome := Resolve(before, nil)
		complete(t, outcome)
		if again := Resolve(before, nil); !reflect.DeepEqual(outcome, again) {
			t.Fatal("two outcomes of the same spec differ")
		}
		prior := priorOf(before, outcome)
		if same := Resolve(before, prior); !reflect.DeepEqual(same.Design, outcome.Design) || HasErrors(same.Findings) {
			t.Fatalf("an unchanged spec changed its design, or is refused: %v", errorsOf(same.Findings))
		}
		complete(t, Resolve(after, prior))
		var hostile Prior
		if json.Unmarshal([]byte(second), &hostile.Design) == nil {
			hostile.Held = map[string]string{"subnet/a": second, "": "10.0.0.0/8"}
			complete(t, Resolve(before, &hostile))
		}
	})
}

// complete fails where a finding says less than it must.
func complete(t *testing.T, outcome Outcome) {
	t.Helper()
	for _, f := range outcome.Findings {
		if f.Rule == "" || f.Summary == "" || f.Detail == "" || f.Severity != SeverityError && f.Severity != SeverityWarning {
			t.Errorf("incomplete: %+v", f)
		}
		if strings.Contains(f.Detail, "%!") || strings.Contains(f.Summary, "%!") {
			t.Errorf("broken format: %+v", f)
		}
	}
	if !slices.IsSortedFunc(outcome.Findings, func(a, b Finding) int { return strings.Compare(a.Path, b.Path) }) {
		t.Error("the findings are not sorted")
	}
	Digest(outcome.Design)
	Count(Design{}, outcome.Design)
}
