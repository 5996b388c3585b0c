package budget

import "slices"

// about reports whether a selector means the resource, whatever changes in it.
func (e *Evaluation) about(s *Selector, c *Change) bool {
	if c.parsed == nil {
		return s.empty()
	}
	if len(s.Types) > 0 && !slices.ContainsFunc(s.Types, func(t string) bool { return glob(t, c.Type) }) {
		return false
	}
	if len(s.Modules) > 0 && !e.anyMatch(s.Modules, c) || len(s.Addresses) > 0 && !e.anyMatch(s.Addresses, c) {
		return false
	}
	return len(s.Providers) == 0 || slices.ContainsFunc(s.Providers, func(p string) bool { return matchProvider(p, c.Provider) })
}

// anyMatch matches the address of a row, and the one it had before.
func (e *Evaluation) anyMatch(patterns []*Pattern, c *Change) bool {
	for _, p := range patterns {
		if p.match(c.parsed, false) || c.Moved() && e.previous.typ != "" && p.match(&e.previous, false) {
			return true
		}
	}
	return false
}

// selects is about, and what changes. Where the input can't tell, it refuses.
func (e *Evaluation) selects(s *Selector, label string, c *Change) (bool, error) {
	if c.from == Stream && (len(s.Providers) > 0 || len(s.Changed) > 0) {
		blind := *s
		blind.Providers, blind.Changed = nil, nil
		if !e.about(&blind, c) {
			return false, nil
		}
		what := "which attributes change"
		if len(s.Providers) > 0 {
			what = "the full address of a provider"
		}
		return false, refuse(CannotAnswer, "check the plan file or the output of `terraform show -json` instead",
			"%s needs to know %s, and a stream doesn't tell (%s)", label, what, printable(c.Address))
	}
	if !e.about(s, c) {
		return false, nil
	}
	if len(s.Changed) == 0 {
		return true, nil
	}
	if c.Kind != Update && c.Kind != Replace && c.Kind != CreateForget {
		return false, nil // all of it comes or goes
	}
	return e.diff.within(s.Changed)
}

// matchProvider compares source addresses from their end: hashicorp/aws is
// registry.terraform.io/hashicorp/aws.
func matchProvider(pattern, source string) bool {
	want, have := splitSlashes(pattern), splitSlashes(source)
	if len(want) > len(have) || source == "" {
		return false
	}
	have = have[len(have)-len(want):]
	for i := range want {
		if !glob(want[i], have[i]) {
			return false
		}
	}
	return true
}
