package budget

import (
	"fmt"
	"slices"
	"time"
)

// samples is how many rows a line remembers for each kind, to name them in
// reports. The numbers are always of all.
const samples = 100

// Sample is one row as reports name it.
type Sample struct {
	Name     string
	Address  string
	Type     string
	Previous string
	Reason   string
}

// account is what was charged to one line.
type account struct {
	line  *Line
	used  Counts
	scope int64 // existing resources it is about, for percentages
	named [kinds][]Sample
}

func (a *account) charge(k Kind, c *Change) {
	a.used[k]++
	if len(a.named[k]) < samples {
		a.named[k] = append(a.named[k], sample(c))
	}
}

func sample(c *Change) Sample {
	return Sample{Name: printable(c.Name()), Address: c.Address, Type: c.Type, Previous: printable(c.Previous), Reason: printable(c.Reason)}
}

// Charge says to which line one change went. It is what explain prints.
type Charge struct {
	Change *Change // valid during the call
	Kind   Kind
	// To is the label of the line: budget "x", limit "y", exception "z",
	// protect, or "" for a kind that is only observed.
	To  string
	Pos Position
	// Freezes are the labels of the open freezes it was charged to as well.
	Freezes []string
}

// Evaluation holds the rows of one plan to a budget. Feed it with Add, as a
// yield of [ReadPlan]; then ask Finish.
type Evaluation struct {
	budget *Budget
	now    time.Time
	// OnCharge, when set, is told of every charge.
	OnCharge func(Charge)

	counts    Counts
	own       account
	limits    []account
	freezes   []account // the open ones
	excepted  []account // by exception
	protected []violation
	protect   int64
	score     int64
	scored    account
	doubtful  int64 // deletes in a stream that may be of deposed objects
	doubtLine map[*account]int64

	patterns []*Pattern
	wide     []bool
	hits     []bool
	previous address
	conf     address
	diff     differences
}

type violation struct {
	pattern *Pattern
	kind    Kind
	sample  Sample
}

// NewEvaluation starts an evaluation. Now decides on freezes and exceptions.
func NewEvaluation(b *Budget, now time.Time) *Evaluation {
	e := &Evaluation{budget: b, now: now, own: account{line: &b.Line}, doubtLine: map[*account]int64{}}
	for _, l := range b.Limits {
		e.limits = append(e.limits, account{line: l})
	}
	for _, f := range b.Freezes {
		if f.open(now) {
			e.freezes = append(e.freezes, account{line: &f.Line})
		}
	}
	e.excepted = make([]account, len(b.Exceptions))
	e.scored.line = &Line{Label: "score"}
	e.collectPatterns()
	return e
}

// collectPatterns gives each pattern a place in hits.
func (e *Evaluation) collectPatterns() {
	add := func(wide bool, lists ...[]*Pattern) {
		for _, list := range lists {
			for _, p := range list {
				e.patterns, e.wide, e.hits = append(e.patterns, p), append(e.wide, wide), append(e.hits, false)
			}
		}
	}
	b := e.budget
	add(true, b.Protect)
	for _, l := range b.Limits {
		add(false, l.Select.Modules, l.Select.Addresses)
	}
	for _, f := range b.Freezes {
		add(false, f.Select.Modules, f.Select.Addresses)
	}
	if b.Score != nil {
		for i := range b.Score.Weights {
			add(false, b.Score.Weights[i].Select.Modules, b.Score.Weights[i].Select.Addresses)
		}
	}
}

// Want is what the evaluation needs from the reader.
func (e *Evaluation) Want() *Want {
	w := &Want{
		AllowIncomplete: e.budget.AllowIncomplete, AllowDeferred: e.budget.AllowDeferred,
		Objects: e.budget.objectPath, Values: e.budget.looksInto,
	}
	if len(e.patterns) > 0 {
		w.Config = e.configured
	}
	return w
}

// configured marks the patterns that mean a resource of the configuration.
func (e *Evaluation) configured(text string) {
	if e.conf.parse(text) != nil {
		return
	}
	for i, p := range e.patterns {
		if !e.hits[i] && p.configured(&e.conf, e.wide[i]) {
			e.hits[i] = true
		}
	}
}

// Add charges one row.
func (e *Evaluation) Add(c *Change) error {
	e.diff = differences{values: &c.values}
	if c.parsed != nil && (c.Kind != Output) {
		e.markHits(c)
	}
	e.inScope(c)
	if err := e.addKind(c, c.Kind); err != nil {
		return err
	}
	if c.Importing {
		if err := e.addKind(c, Import); err != nil {
			return err
		}
	}
	if c.Moved() {
		if err := e.addKind(c, Move); err != nil {
			return err
		}
	}
	if c.Kind == Update && c.Object == "" {
		return e.addObjects(c)
	}
	return nil
}

// markHits remembers which patterns mean something in this plan.
func (e *Evaluation) markHits(c *Change) {
	e.previous = address{modules: e.previous.modules[:0]}
	hasPrevious := c.Moved() && e.previous.parse(c.Previous) == nil
	for i, p := range e.patterns {
		if !e.hits[i] {
			e.hits[i] = p.match(c.parsed, e.wide[i]) || hasPrevious && p.match(&e.previous, e.wide[i])
		}
	}
}

// inScope counts the row where a percentage is of it: resources that exist.
func (e *Evaluation) inScope(c *Change) {
	if c.Data || c.Deposed != "" || c.Importing {
		return
	}
	switch c.Kind {
	case NoOp, Update, Replace, Delete, Forget, CreateForget:
	default:
		return
	}
	e.own.scope++
	for i := range e.limits {
		if e.about(&e.limits[i].line.Select, c) {
			e.limits[i].scope++
		}
	}
	for i := range e.freezes {
		if e.about(&e.freezes[i].line.Select, c) {
			e.freezes[i].scope++
		}
	}
}

// addKind charges one kind of a row.
func (e *Evaluation) addKind(c *Change, k Kind) error {
	e.counts[k]++
	charge := Charge{Change: c, Kind: k}
	if i := e.exception(c, k); i >= 0 {
		e.excepted[i].charge(k, c)
		x := e.budget.Exceptions[i]
		charge.To, charge.Pos = fmt.Sprintf("exception %q", x.Name), x.Pos
		e.tell(charge)
		return nil
	}
	if p := e.protectedBy(c, k); p != nil {
		e.protect++
		if len(e.protected) < samples {
			e.protected = append(e.protected, violation{p, k, sample(c)})
		}
		charge.To, charge.Pos = "protect", p.Pos
		e.tell(charge)
		return nil
	}
	a, err := e.line(c, k)
	if err != nil {
		return err
	}
	if k.Observed() && !a.line.Allow[k].Named {
		e.tell(charge)
		return nil
	}
	a.charge(k, c)
	charge.To, charge.Pos = a.line.Label, a.line.Pos
	if at := a.line.Allow[k].Pos; at.Line > 0 {
		charge.Pos = at
	}
	if c.MaybeDeposed && k == Delete {
		if err := e.doubt(c); err != nil {
			return err
		}
	}
	if err := e.addFreezes(c, k, &charge); err != nil {
		return err
	}
	if err := e.addScore(c, k); err != nil {
		return err
	}
	e.tell(charge)
	return nil
}

func (e *Evaluation) tell(c Charge) {
	if e.OnCharge != nil {
		e.OnCharge(c)
	}
}

// doubt charges a delete that may be one of a deposed object to the line of
// such a delete as well, to see in Finish whether the doubt matters.
func (e *Evaluation) doubt(c *Change) error {
	e.doubtful++
	a, err := e.line(c, DeposedDelete)
	if err == nil {
		e.doubtLine[a]++
	}
	return err
}

// exception finds the exception that lets the change through, or -1. It is
// by the exact name of the row, never by its previous address.
func (e *Evaluation) exception(c *Change, k Kind) int {
	if len(e.budget.Exceptions) == 0 {
		return -1
	}
	name := c.Name()
	for i, x := range e.budget.Exceptions {
		if slices.Contains(x.Kinds, k) && e.now.Before(x.Expires) && slices.Contains(x.Addresses, name) {
			return i
		}
	}
	return -1
}

// protectedBy finds the protection that the change breaks. A protected
// resource may not be destroyed, nor leave its address for one that is not
// protected.
func (e *Evaluation) protectedBy(c *Change, k Kind) *Pattern {
	if c.parsed == nil || len(e.budget.Protect) == 0 {
		return nil
	}
	var here, before *Pattern
	for _, p := range e.budget.Protect {
		if here == nil && p.match(c.parsed, true) {
			here = p
		}
		if before == nil && c.Moved() && e.previous.typ != "" && p.match(&e.previous, true) {
			before = p
		}
	}
	switch {
	case e.budget.protects(k) && here != nil:
		return here
	case (e.budget.protects(k) || k == Move && here == nil) && before != nil:
		return before
	}
	return nil
}

// line finds the line that a kind of a change is charged to: the first limit
// that matches and names the kind, else the budget.
func (e *Evaluation) line(c *Change, k Kind) (*account, error) {
	for i := range e.limits {
		l := e.limits[i].line
		if !l.Allow[k].Named {
			continue
		}
		ok, err := e.selects(&l.Select, l.Label, c)
		if err != nil {
			return nil, err
		}
		if ok {
			return &e.limits[i], nil
		}
	}
	return &e.own, nil
}

func (e *Evaluation) addFreezes(c *Change, k Kind, charge *Charge) error {
	for i := range e.freezes {
		l := e.freezes[i].line
		if k.Observed() && !l.Allow[k].Named {
			continue
		}
		ok, err := e.selects(&l.Select, l.Label, c)
		if err != nil {
			return err
		}
		if ok {
			e.freezes[i].charge(k, c)
			charge.Freezes = append(charge.Freezes, l.Label)
		}
	}
	return nil
}

func (e *Evaluation) addScore(c *Change, k Kind) error {
	s := e.budget.Score
	if s == nil || k.Observed() {
		return nil
	}
	weight := s.Default
	for i := range s.Weights {
		w := &s.Weights[i]
		of, named := w.Of[k]
		if !named {
			continue
		}
		ok, err := e.selects(&w.Select, fmt.Sprintf("weight %q", w.Label), c)
		if err != nil {
			return err
		}
		if ok {
			weight = of
			break
		}
	}
	e.score += weight
	if weight > 0 {
		e.scored.charge(k, c)
	}
	return nil
}
