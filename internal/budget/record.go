package budget

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Recorder writes down what plans do as the budget that exactly admits them:
// it lets each of them through, and no number in it can be lowered without
// stopping one of them.
type Recorder struct {
	byAddress bool
	empty     *Budget
	most      map[string]*Counts // by type or address: the most of any plan
	current   map[string]*Counts
	total     map[string]*Counts
	plans     int

	incomplete, deferred bool
}

// NewRecorder starts a recorder that keeps one limit for each resource type,
// or for each address. Allowances and object maps are taken from like.
func NewRecorder(byAddress bool, like *Budget) *Recorder {
	return &Recorder{
		byAddress: byAddress, empty: like,
		most: map[string]*Counts{}, total: map[string]*Counts{},
	}
}

// Plan starts the next plan: what it returns charges the rows of that plan.
func (r *Recorder) Plan() *Evaluation {
	r.current = map[string]*Counts{}
	r.plans++
	e := NewEvaluation(r.empty, time.Time{})
	e.OnCharge = func(c Charge) {
		if c.Kind.Observed() {
			return
		}
		key := c.Change.Type
		if r.byAddress {
			key = c.Change.Address
		}
		if r.current[key] == nil {
			r.current[key] = &Counts{}
		}
		r.current[key][c.Kind]++
	}
	return e
}

// Done takes in a plan that was read to its end.
func (r *Recorder) Done(p *Plan) {
	r.incomplete = r.incomplete || !p.Complete
	for key, counts := range r.current {
		if r.most[key] == nil {
			r.most[key], r.total[key] = &Counts{}, &Counts{}
		}
		for k, n := range counts {
			r.most[key][k] = max(r.most[key][k], n)
			r.total[key][k] += n
			r.deferred = r.deferred || Kind(k) == Deferred && n > 0
		}
	}
}

// Write writes the budget as HCL.
func (r *Recorder) Write(name, comment string) []byte {
	f := hclwrite.NewEmptyFile()
	for line := range strings.Lines(comment) {
		f.Body().AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + strings.TrimSpace(line) + "\n")}})
	}
	body := f.Body().AppendNewBlock("budget", []string{name}).Body()
	if r.incomplete {
		body.SetAttributeValue("allow_incomplete", cty.True)
	}
	if r.deferred {
		body.SetAttributeValue("allow_deferred", cty.True)
	}
	var keys []string
	for key := range r.most {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		body.AppendNewline()
		limit := body.AppendNewBlock("limit", []string{key}).Body()
		selector := "types"
		if r.byAddress {
			selector = "addresses"
		}
		limit.SetAttributeValue(selector, cty.ListVal([]cty.Value{cty.StringVal(key)}))
		setCounts(limit, r.most[key])
	}
	if r.plans > 1 && len(keys) > 0 {
		sum := Counts{}
		for _, counts := range r.total {
			sum.Add(counts)
		}
		body.AppendNewline()
		setCounts(body.AppendNewBlock("total", nil).Body(), &sum)
	}
	return hclwrite.Format(f.Bytes())
}

func setCounts(body *hclwrite.Body, counts *Counts) {
	for k, n := range counts {
		if n > 0 {
			body.SetAttributeValue(kindNames[k], cty.NumberIntVal(n))
		}
	}
}

// Summary says in one line what was recorded.
func (r *Recorder) Summary() string {
	sum := Counts{}
	for _, counts := range r.total {
		sum.Add(counts)
	}
	var parts []string
	for k, n := range sum {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", kindNames[k], n))
		}
	}
	if len(parts) == 0 {
		return "no changes"
	}
	return strings.Join(parts, ", ")
}
