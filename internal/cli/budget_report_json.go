package cli

import (
	"encoding/json"
	"io"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// reportSchema names the form of the JSON report. Fields are only added under
// one name; anything else gets a new one.
const reportSchema = "kready.budget.report/v1"

type jsonReport struct {
	Schema   string      `json:"schema"`
	Verdict  string      `json:"verdict"` // within, over, cannot_judge
	ExitCode int         `json:"exit_code"`
	Advisory bool        `json:"advisory"`
	Approved string      `json:"approved,omitempty"`
	Receipt  string      `json:"receipt,omitempty"`
	Plans    []jsonPlan  `json:"plans"`
	Totals   []jsonTotal `json:"totals"`
}

type jsonPlan struct {
	Path     string        `json:"path"`
	Verdict  string        `json:"verdict"`
	Budget   *jsonBudget   `json:"budget"`
	Plan     *jsonAbout    `json:"plan"`
	Refusal  *jsonRefusal  `json:"refusal"`
	Judgment *jsonJudgment `json:"judgment"`
}

type jsonBudget struct {
	Name string `json:"name"`
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

type jsonAbout struct {
	Input    string `json:"input"` // tfplan, json, stream
	Tool     string `json:"tool,omitempty"`
	Version  string `json:"version,omitempty"`
	Mode     string `json:"mode,omitempty"`
	Complete bool   `json:"complete"`
}

type jsonRefusal struct {
	Code  string `json:"code"`
	Why   string `json:"why"`
	Do    string `json:"do"`
	Cause string `json:"cause,omitempty"`
}

type jsonTotal struct {
	Budget   string        `json:"budget"`
	Verdict  string        `json:"verdict"`
	Judgment *jsonJudgment `json:"judgment"`
}

type jsonJudgment struct {
	Counts     map[string]int64 `json:"counts"` // every kind, also those at 0
	Findings   []jsonFinding    `json:"findings"`
	Lines      []jsonLine       `json:"lines"`
	Exceptions []jsonException  `json:"exceptions"`
	Score      *jsonScore       `json:"score"`
	Notes      []string         `json:"notes"`
}

type jsonFinding struct {
	Rule    string    `json:"rule"`
	Line    string    `json:"line"`
	Kind    string    `json:"kind,omitempty"`
	File    string    `json:"file,omitempty"`
	At      int       `json:"at,omitempty"`
	Column  int       `json:"column,omitempty"`
	Used    int64     `json:"used"`
	Allowed int64     `json:"allowed"`
	Rows    []jsonRow `json:"rows"`
	More    int64     `json:"more"`
	Do      string    `json:"do"`
}

type jsonRow struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	Type     string `json:"type,omitempty"`
	Previous string `json:"previous,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

type jsonLine struct {
	Line      string `json:"line"`
	Kind      string `json:"kind"`
	Used      int64  `json:"used"`
	Allowed   int64  `json:"allowed"`
	Unlimited bool   `json:"unlimited"`
}

type jsonException struct {
	Name   string    `json:"name"`
	Reason string    `json:"reason"`
	Kind   string    `json:"kind"`
	Used   int64     `json:"used"`
	Rows   []jsonRow `json:"rows"`
}

type jsonScore struct {
	Score int64 `json:"score"`
	Max   int64 `json:"max"`
}

// reportJSON writes the report for programs.
func reportJSON(w io.Writer, r *result, _ string) error {
	doc := jsonReport{
		Schema: reportSchema, Verdict: r.word(), ExitCode: r.exit(), Advisory: r.advisory,
		Approved: r.approved, Receipt: r.receipt, Plans: []jsonPlan{}, Totals: []jsonTotal{},
	}
	for i := range r.plans {
		doc.Plans = append(doc.Plans, planJSON(&r.plans[i]))
	}
	for _, t := range r.totals {
		word := wordWithin
		if !t.Within() {
			word = wordOver
		}
		doc.Totals = append(doc.Totals, jsonTotal{t.Budget, word, judgmentJSON(t)})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}

func planJSON(j *judgement) jsonPlan {
	p := jsonPlan{Path: j.path, Verdict: j.word()}
	if b := j.budget; b != nil {
		p.Budget = &jsonBudget{b.Name, b.Pos.File, b.Pos.Line}
	}
	if x := j.refusal; x != nil {
		p.Refusal = &jsonRefusal{Code: string(x.Code), Why: x.Why, Do: x.Do}
		if x.Cause != nil {
			p.Refusal.Cause = x.Cause.Error()
		}
		return p
	}
	p.Plan = &jsonAbout{string(j.plan.Input), j.plan.Tool, j.plan.Version, j.plan.Mode, j.plan.Complete}
	p.Judgment = judgmentJSON(j.verdict)
	return p
}

func judgmentJSON(v *budget.Verdict) *jsonJudgment {
	out := &jsonJudgment{
		Counts: map[string]int64{}, Findings: []jsonFinding{}, Lines: []jsonLine{},
		Exceptions: []jsonException{}, Notes: append([]string{}, v.Notes...),
	}
	for _, k := range budget.Kinds() {
		out.Counts[k.String()] = v.Counts[k]
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		jf := jsonFinding{
			Rule: string(f.Rule), Line: f.Line, Kind: f.Kind.String(), File: f.Pos.File, At: f.Pos.Line, Column: f.Pos.Column,
			Used: f.Used, Allowed: f.Allowed, Rows: rowsJSON(f.Rows), More: f.More(), Do: f.Do,
		}
		if f.Rule == budget.OverScore {
			jf.Kind = ""
		}
		out.Findings = append(out.Findings, jf)
	}
	for _, u := range v.Uses {
		out.Lines = append(out.Lines, jsonLine{u.Line, u.Kind.String(), u.Used, u.Allowed, u.Unlimited})
	}
	for _, x := range v.Exceptions {
		out.Exceptions = append(out.Exceptions, jsonException{x.Name, x.Reason, x.Kind.String(), x.Used, rowsJSON(x.Rows)})
	}
	if v.ScoreMax >= 0 {
		out.Score = &jsonScore{v.Score, v.ScoreMax}
	}
	return out
}

func rowsJSON(rows []budget.Sample) []jsonRow {
	out := []jsonRow{}
	for _, r := range rows {
		out = append(out, jsonRow{r.Name, r.Address, r.Type, r.Previous, r.Reason})
	}
	return out
}
