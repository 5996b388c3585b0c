package budget

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Rule says which part of a budget a finding is about.
type Rule string

// The rules. They are stable: reports use them as identifiers.
const (
	OverBudget  Rule = "over-budget" // the budget, or a limit in it
	OverTotal   Rule = "over-total"  // what all plans of a run do together
	OverScore   Rule = "over-score"  // the weighted sum
	Protected   Rule = "protected"   // protect
	FrozenPlans Rule = "freeze"      // a freeze window
)

// Finding is one line that does not hold.
type Finding struct {
	Rule    Rule
	Line    string   // its label
	Kind    Kind     // of the changes; for OverScore, Create
	Pos     Position // where the line, or the number in it, is written
	Used    int64
	Allowed int64
	Rows    []Sample // at most 100 of them
	Do      string   // what to do
}

// More is how many rows the finding does not name.
func (f *Finding) More() int64 {
	if f.Rule == OverScore {
		return 0
	}
	return max(0, f.Used-int64(len(f.Rows)))
}

// LineUse is how far one line was used.
type LineUse struct {
	Line      string
	Kind      Kind
	Used      int64
	Allowed   int64
	Unlimited bool
}

// ExceptionUse is what went through by an exception.
type ExceptionUse struct {
	Name, Reason string
	Kind         Kind
	Used         int64
	Rows         []Sample
}

// Verdict is what came of one plan, or of all plans of a run.
type Verdict struct {
	Budget     string
	Counts     Counts
	Findings   []Finding
	Uses       []LineUse
	Exceptions []ExceptionUse
	Score      int64
	ScoreMax   int64 // -1: no score
	Notes      []string
}

// Within says that every line held.
func (v *Verdict) Within() bool { return len(v.Findings) == 0 }

// allowed is the number that an allowance comes out as.
func (a *account) allowed(k Kind) (n int64, unlimited bool) {
	al := a.line.Allow[k]
	if al.Percent > 0 {
		return max(a.line.Floor, int64(math.Floor(al.Percent/100*float64(a.scope)+1e-9))), false
	}
	return al.Count, al.Unlimited
}

// Finish gives the verdict once all rows are added. It refuses where the
// input could not answer what the budget asks.
func (e *Evaluation) Finish(p *Plan) (*Verdict, error) {
	v := &Verdict{Budget: e.budget.Name, Counts: e.counts, Score: e.score, ScoreMax: -1}
	v.Notes = append(v.Notes, p.Notes...)
	if err := e.unmatched(v, p); err != nil {
		return nil, err
	}
	if err := e.percentages(p); err != nil {
		return nil, err
	}
	e.findProtected(v)
	accounts := append([]*account{&e.own}, pointers(e.limits)...)
	for _, a := range accounts {
		v.judge(a, OverBudget)
	}
	for _, a := range pointers(e.freezes) {
		v.judge(a, FrozenPlans)
	}
	if s := e.budget.Score; s != nil {
		v.judgeScore(s, e.score, &e.scored)
	}
	e.reportExceptions(v)
	if v.Within() && e.doubtful > 0 {
		if err := e.judgeDoubt(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func pointers(accounts []account) []*account {
	out := make([]*account, len(accounts))
	for i := range accounts {
		out[i] = &accounts[i]
	}
	return out
}

// judge compares one line with what it lets through.
func (v *Verdict) judge(a *account, rule Rule) {
	for k := range kinds {
		used := a.used[k]
		allowed, unlimited := a.allowed(k)
		if !a.line.Allow[k].Named && (used == 0 || k.Observed()) {
			continue
		}
		v.Uses = append(v.Uses, LineUse{a.line.Label, k, used, allowed, unlimited})
		if unlimited || used <= allowed {
			continue
		}
		pos := a.line.Pos
		if at := a.line.Allow[k].Pos; at.Line > 0 {
			pos = at
		}
		v.Findings = append(v.Findings, Finding{
			Rule: rule, Line: a.line.Label, Kind: k, Pos: pos, Used: used, Allowed: allowed,
			Rows: a.named[k], Do: advice(rule, k, used),
		})
	}
}

// advice is what a person can do about a line that is over.
func advice(rule Rule, k Kind, used int64) string {
	switch rule {
	case FrozenPlans:
		return "wait until the freeze is over, or add an exception"
	case OverTotal:
		return "split the run, or raise the total in the budget on the base branch"
	}
	raise := fmt.Sprintf("raise %s to %d", k, used)
	switch k {
	case Replace:
		return "find what forces the replacement (terraform plan marks it), add an exception for the addresses you mean, or " + raise
	case Delete, DeposedDelete:
		return "put back what should stay, add an exception for the addresses you mean, or " + raise
	case Forget, CreateForget:
		return "note that the object lives on with nobody's care; add an exception for it, or " + raise
	case Deferred:
		return "apply what is known first and plan again, or " + raise
	}
	return "make the change smaller, add an exception for the addresses you mean, or " + raise
}

func (v *Verdict) judgeScore(s *Score, score int64, a *account) {
	v.ScoreMax = s.Max
	if score <= s.Max {
		return
	}
	f := Finding{Rule: OverScore, Line: "score", Pos: s.Pos, Used: score, Allowed: s.Max,
		Do: "make the change smaller, or raise max of the score"}
	for k := range kinds {
		f.Rows = append(f.Rows, a.named[k][:min(len(a.named[k]), samples-len(f.Rows))]...)
	}
	v.Findings = append(v.Findings, f)
}

// findProtected makes one finding for each protection and kind.
func (e *Evaluation) findProtected(v *Verdict) {
	type key struct {
		p *Pattern
		k Kind
	}
	at := map[key]int{}
	for _, x := range e.protected {
		i, ok := at[key{x.pattern, x.kind}]
		if !ok {
			i = len(v.Findings)
			at[key{x.pattern, x.kind}] = i
			v.Findings = append(v.Findings, Finding{
				Rule: Protected, Line: fmt.Sprintf("protect %q", x.pattern.Text), Kind: x.kind, Pos: x.pattern.Pos,
				Do: "keep it, or add an exception that names its exact address",
			})
		}
		v.Findings[i].Used++
		v.Findings[i].Rows = append(v.Findings[i].Rows, x.sample)
	}
	if n := e.protect - int64(len(e.protected)); n > 0 {
		v.Findings[0].Used += n
	}
}

func (e *Evaluation) reportExceptions(v *Verdict) {
	for i, x := range e.budget.Exceptions {
		used := false
		for k := range kinds {
			if n := e.excepted[i].used[k]; n > 0 {
				used = true
				v.Exceptions = append(v.Exceptions, ExceptionUse{x.Name, x.Reason, k, n, e.excepted[i].named[k]})
			}
		}
		switch {
		case !e.now.Before(x.Expires):
			v.Notes = append(v.Notes, fmt.Sprintf("exception %q (%s) has expired; remove it", x.Name, x.Pos))
		case !used:
			v.Notes = append(v.Notes, fmt.Sprintf("exception %q (%s) let nothing through", x.Name, x.Pos))
		}
	}
}

// unmatched reports patterns that mean nothing in this plan or its
// configuration. A protection of one thing in particular that isn't there is
// a mistake in the budget, or a rename, and may mean that the thing is no
// longer protected: no verdict.
func (e *Evaluation) unmatched(v *Verdict, p *Plan) error {
	var lost []string
	do := "mend the pattern, or take it out once the thing is gone for good"
	for i, pattern := range e.patterns {
		switch {
		case e.hits[i]:
		case e.wide[i] && pattern.names():
			lost = append(lost, fmt.Sprintf("%q (%s)", pattern.Text, pattern.Pos))
			if !p.HasNoOps {
				do = "check the plan file or the output of `terraform show -json`: a stream doesn't list what stays as it is"
			}
		case p.HasNoOps:
			v.Notes = append(v.Notes, fmt.Sprintf("pattern %q (%s) matches nothing in the plan or the configuration", pattern.Text, pattern.Pos))
		}
	}
	if len(lost) > 0 {
		return refuse(UnmatchedProtect, do, "protect names what is neither in the plan nor in the configuration: %s", strings.Join(lost, ", "))
	}
	return nil
}

// percentages refuses them where unchanged resources are not listed.
func (e *Evaluation) percentages(p *Plan) error {
	if p.HasNoOps && p.Complete {
		return nil
	}
	for _, a := range append(append([]*account{&e.own}, pointers(e.limits)...), pointers(e.freezes)...) {
		for k := range kinds {
			if a.used[k] == 0 || a.line.Allow[k].Percent == 0 {
				continue
			}
			if !p.HasNoOps {
				return refuse(CannotAnswer, "check the plan file or the output of `terraform show -json` instead",
					"%s has a percentage for %s, and a stream doesn't list what stays as it is", a.line.Label, k)
			}
			return refuse(CannotAnswer, "plan without -target",
				"%s has a percentage for %s, and an incomplete plan doesn't list all resources", a.line.Label, k)
		}
	}
	return nil
}

// judgeDoubt refuses when the verdict hangs on whether the deletes of a
// stream are of deposed objects.
func (e *Evaluation) judgeDoubt() error {
	for a, n := range e.doubtLine {
		allowed, unlimited := a.allowed(DeposedDelete)
		if !unlimited && a.used[DeposedDelete]+n > allowed {
			return refuse(CannotAnswer, "check the plan file or the output of `terraform show -json` instead, or allow as many deposed_delete",
				"%d deletes may be of deposed objects, of which %s allows %d, and a stream doesn't tell", n, a.line.Label, allowed)
		}
	}
	return nil
}

func splitSlashes(s string) []string { return strings.Split(s, "/") }

func itoa(i int) string { return strconv.Itoa(i) }

// Run adds up the plans of one run, budget by budget.
type Run struct {
	sums []*sum
}

type sum struct {
	budget   *Budget
	plans    int
	counts   Counts
	accounts []*account // the budget's own line and its limits; or only the total
	score    int64
	scored   account
}

// Add takes in a finished evaluation.
func (r *Run) Add(e *Evaluation) {
	i := slices.IndexFunc(r.sums, func(s *sum) bool { return s.budget == e.budget })
	if i < 0 {
		s := &sum{budget: e.budget}
		if t := e.budget.Total; t != nil {
			s.accounts = []*account{{line: t}}
		} else {
			s.accounts = []*account{{line: e.own.line}}
			for j := range e.limits {
				s.accounts = append(s.accounts, &account{line: e.limits[j].line})
			}
		}
		r.sums = append(r.sums, s)
		i = len(r.sums) - 1
	}
	s := r.sums[i]
	s.plans++
	s.counts.Add(&e.counts)
	s.score += e.score
	s.scored.merge(&e.scored)
	for j, a := range append([]*account{&e.own}, pointers(e.limits)...) {
		if e.budget.Total != nil {
			j = 0
		}
		s.accounts[j].merge(a)
	}
}

func (a *account) merge(b *account) {
	a.used.Add(&b.used)
	a.scope += b.scope
	for k := range kinds {
		room := samples - len(a.named[k])
		a.named[k] = append(a.named[k], b.named[k][:min(len(b.named[k]), room)]...)
	}
}

// Verdicts gives one verdict for each budget that more than one plan was held
// to: what those plans do together. A budget without a total block lets all
// of them together do as much as one; a total block holds for a single plan,
// too.
func (r *Run) Verdicts() []*Verdict {
	var out []*Verdict
	for _, s := range r.sums {
		if s.plans < 2 && s.budget.Total == nil {
			continue
		}
		v := &Verdict{Budget: s.budget.Name, Counts: s.counts, Score: s.score, ScoreMax: -1}
		for _, a := range s.accounts {
			v.judge(a, OverTotal)
		}
		if sc := s.budget.Score; sc != nil {
			v.judgeScore(sc, s.score, &s.scored)
		}
		out = append(out, v)
	}
	return out
}
