package budget

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Allowance is how much of one kind a line lets through.
type Allowance struct {
	Named     bool // written down; what is not named is 0
	Unlimited bool
	Count     int64
	Percent   float64 // of the resources in scope; 0: Count is the number
	Pos       Position
}

// Selector says which changes a line is about. Each list that is not empty
// has to match; in a list, one match is enough. An empty selector matches all.
type Selector struct {
	Types     []string   // wildcards on resource types
	Modules   []*Pattern // modules, with all that is in them
	Addresses []*Pattern
	Providers []string            // source addresses, or the end of them: hashicorp/aws
	Changed   []*AttributePattern // every changed attribute is one of these
}

func (s *Selector) empty() bool {
	return len(s.Types)+len(s.Modules)+len(s.Addresses)+len(s.Providers)+len(s.Changed) == 0
}

// Line is one line of an account: what it is about and what it lets through.
type Line struct {
	Label  string // budget "production", limit "node pools", freeze "year end", total
	Pos    Position
	Select Selector
	Allow  [kinds]Allowance
	// Floor is the least that a percentage comes out as.
	Floor int64
}

// Window is when a freeze holds: once, from From until Until, or every week
// on Days, from Start to End of the day (past midnight when End is earlier).
type Window struct {
	From, Until time.Time
	Days        []time.Weekday
	Start, End  time.Duration // since midnight
	Zone        *time.Location
}

// Freeze caps what may happen during a window, on top of all other lines.
type Freeze struct {
	Line
	Windows []Window
}

// Exception lets named changes of exactly named resources through until it
// expires, past every line and past protect.
type Exception struct {
	Name      string
	Addresses []string // as Change.Name writes them
	Kinds     []Kind
	Reason    string
	Expires   time.Time
	Pos       Position
}

// Score is a weighted sum with a ceiling.
type Score struct {
	Max     int64
	Default int64 // weight of what no Weight names; never 0
	Weights []Weight
	Pos     Position
}

// Weight is what one change of a kind adds to the score, where it matches.
type Weight struct {
	Label  string
	Select Selector
	Of     map[Kind]int64
	Pos    Position
}

// ObjectMap names an attribute whose keys are objects of their own.
type ObjectMap struct {
	Type string // wildcard on the resource type
	Path []string
}

// Budget is what one run, or one stack, may change. The zero Budget lets
// nothing through.
type Budget struct {
	Line
	Name    string
	Matches []string // wildcards on stack paths; none: any stack

	Limits      []*Line
	Protect     []*Pattern
	ProtectFrom []Kind // nil: whatever destroys
	Exceptions  []*Exception
	Freezes     []*Freeze
	Score       *Score
	Total       *Line // for all plans of a run together; nil: the same lines again
	Objects     []ObjectMap

	AllowIncomplete bool
	AllowDeferred   bool

	// Digest is a SHA-256 of the text that the budget was read from.
	Digest [32]byte
}

// protects reports whether protect forbids a kind.
func (b *Budget) protects(k Kind) bool {
	if b.ProtectFrom == nil {
		return k.Destroys()
	}
	return slices.Contains(b.ProtectFrom, k)
}

// pure are the types of kready that make nothing in a cloud.
var pure = []string{"kready_cidr_*", "kready_cluster_blueprint"}

// objectPath is where a resource type keeps its object map, or nil. kready's
// own resources plan it key by key.
func (b *Budget) objectPath(resourceType string) []string {
	for _, m := range b.Objects {
		if glob(m.Type, resourceType) {
			return m.Path
		}
	}
	if !strings.HasPrefix(resourceType, "kready_") {
		return nil
	}
	for _, p := range pure {
		if glob(p, resourceType) {
			return nil
		}
	}
	return kreadyObjects
}

var kreadyObjects = []string{"objects"}

// looksInto reports whether a line asks what changes in resources of a type.
func (b *Budget) looksInto(resourceType string) bool {
	asks := func(s *Selector) bool {
		return len(s.Changed) > 0 && (len(s.Types) == 0 || slices.ContainsFunc(s.Types, func(t string) bool { return glob(t, resourceType) }))
	}
	for _, l := range b.Limits {
		if asks(&l.Select) {
			return true
		}
	}
	for _, f := range b.Freezes {
		if asks(&f.Select) {
			return true
		}
	}
	if b.Score != nil {
		for i := range b.Score.Weights {
			if asks(&b.Score.Weights[i].Select) {
				return true
			}
		}
	}
	return false
}

// Budgets are the budgets of one file, in its order.
type Budgets struct {
	Name    string
	Budgets []*Budget
}

// Choose picks the budget of that name or, without a name, the first whose
// match fits the stack. A stack is the slash-separated path of the plan's
// folder below the folder of the budget file.
func (f *Budgets) Choose(name, stack string) (*Budget, error) {
	var names []string
	for _, b := range f.Budgets {
		names = append(names, fmt.Sprintf("%q", b.Name))
		if name != "" {
			if b.Name == name {
				return b, nil
			}
			continue
		}
		if len(b.Matches) == 0 || slices.ContainsFunc(b.Matches, func(m string) bool { return matchStack(m, stack) }) {
			return b, nil
		}
	}
	if name != "" {
		return nil, refuse(NoBudget, "choose one of "+strings.Join(names, ", "), "%s has no budget %q", f.Name, name)
	}
	return nil, refuse(NoBudget, "add a budget whose match fits it, or choose one with -name: "+strings.Join(names, ", "),
		"%s has no budget for the stack %q", f.Name, printable(stack))
}

// matchStack matches a stack path; "**" is any number of folders.
func matchStack(pattern, stack string) bool {
	return matchSegments(strings.Split(strings.Trim(pattern, "/"), "/"), strings.Split(strings.Trim(stack, "/"), "/"))
}

func matchSegments(pattern, segments []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := range len(segments) + 1 {
				if matchSegments(pattern[1:], segments[i:]) {
					return true
				}
			}
			return false
		}
		if len(segments) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], segments[0]); err != nil || !ok {
			return false
		}
		pattern, segments = pattern[1:], segments[1:]
	}
	return len(segments) == 0
}

// active reports whether the window is open.
func (w *Window) active(now time.Time) bool {
	if len(w.Days) == 0 {
		return !now.Before(w.From) && now.Before(w.Until)
	}
	now = now.In(w.Zone)
	day := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute + time.Duration(now.Second())*time.Second
	today, yesterday := slices.Contains(w.Days, now.Weekday()), slices.Contains(w.Days, (now.Weekday()+6)%7)
	if w.Start < w.End {
		return today && day >= w.Start && day < w.End
	}
	// Past midnight, the window belongs to the day on which it opened.
	return today && day >= w.Start || yesterday && day < w.End
}

// open reports whether the freeze holds.
func (f *Freeze) open(now time.Time) bool {
	return slices.ContainsFunc(f.Windows, func(w Window) bool { return w.active(now) })
}

// GCPercent is how far the heap of a process that only judges a plan may grow
// between two collections, for runtime/debug.SetGCPercent: it holds little
// and makes a lot of short-lived garbage, so collecting often costs next to
// nothing and keeps it small.
const GCPercent = 10
