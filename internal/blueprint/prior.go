package blueprint

// Prior is what an earlier apply settled, out of Terraform's state. Resolving
// against it keeps every range, zone slot and name that it holds.
type Prior struct {
	Spec          Spec
	Design        Design
	Incarnation   string // the blueprint's random birth mark
	DesignVersion int    // which defaults the design was made with
	// Held are ranges by component key that are not given to another key:
	// those in use, and those of keys that were removed.
	Held map[string]string
}

// Protected tells whether what was settled refuses to be destroyed.
func (p Prior) Protected() bool {
	for _, section := range sections(p.Design) {
		if section.In().OnDestroy.Protected {
			return true
		}
	}
	return false
}

// Empty tells whether a design has no section at all.
func (d Design) Empty() bool { return len(sections(d)) == 0 }

// Where is the scope of a design's first section: that of the network, where
// it has one.
func (d Design) Where() Scope {
	all := sections(d)
	for _, object := range []string{"network", "cluster", "registry", "vault"} {
		if section, ok := all[object]; ok {
			return section.In()
		}
	}
	return Scope{}
}

// Outcome is what resolving a spec gives.
type Outcome struct {
	Design        Design
	Capacity      CapacityReport
	Findings      []Finding // sorted by path, then rule; errors and warnings
	DesignVersion int
	Held          map[string]string
	// Waits are the paths of unknown inputs that checks have to wait for,
	// sorted. With any, the findings are not final.
	Waits []string
	// CapacityWaits names the unknown input for which the capacity report has
	// to wait; empty where the report holds.
	CapacityWaits string
}
