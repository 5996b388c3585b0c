package generate

import (
	"fmt"
	"net/netip"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// judgeTogether finds what no blueprint shows alone: two clusters of one name,
// and networks that could never be joined because their ranges overlap. Pod
// ranges that no route leads to may repeat.
func judgeTogether(blueprints []Blueprint, outcomes []blueprint.Outcome) []Problem {
	var problems []Problem
	for j, b := range blueprints {
		for i, a := range blueprints[:j] {
			if a.Spec.Name == b.Spec.Name {
				problems = append(problems, b.problem(blueprint.Finding{
					Severity: blueprint.SeverityError, Path: "name", Rule: "names-unique", Summary: "another blueprint has this name",
					Detail: fmt.Sprintf("%q stands at %s, too. Everything that kready makes is named after its cluster: give each its own.", b.Spec.Name, a.At("")),
				}))
				continue
			}
			if finding, found := overlap(a, b, outcomes[i], outcomes[j]); found {
				problems = append(problems, b.problem(finding))
			}
		}
	}
	return problems
}

// overlap judges the ranges of two networks. Two networks of development may
// be worlds of their own; one of production has to be reached from somewhere.
func overlap(a, b Blueprint, designA, designB blueprint.Outcome) (blueprint.Finding, bool) {
	rangeA, rangeB := networkRange(designA), networkRange(designB)
	if !rangeA.IsValid() || !rangeB.IsValid() || !rangeA.Overlaps(rangeB) {
		return blueprint.Finding{}, false
	}
	finding := blueprint.Finding{
		Severity: blueprint.SeverityError, Path: "network.cidr", Rule: "networks-overlap",
		Summary: fmt.Sprintf("%s overlaps the network of %q", rangeB, a.Spec.Name),
		Detail: fmt.Sprintf("%s is at %s. Networks that overlap can never be joined, nor reached through one VPN. "+
			"Give each its own range: of a kready_cidr_pool, or with cidrsubnet() out of one local.", rangeA, a.At("network.cidr")),
	}
	if a.Spec.Stage == blueprint.StageDevelopment && b.Spec.Stage == blueprint.StageDevelopment {
		finding.Severity = blueprint.SeverityWarning
		finding.Detail += " Relaxed because both are in development; in production this is an error."
	}
	return finding, true
}

func networkRange(outcome blueprint.Outcome) netip.Prefix {
	if outcome.Design.Network == nil {
		return netip.Prefix{}
	}
	prefix, err := netip.ParsePrefix(outcome.Design.Network.CIDR)
	if err != nil {
		return netip.Prefix{} // said by the blueprint's own rules
	}
	return prefix
}
