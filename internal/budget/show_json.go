package budget

import (
	"bytes"
	"errors"
	"strings"
)

// showReader reads `terraform show -json PLANFILE`, the format that Terraform
// documents as "plan representation".
type showReader struct {
	s     *scanner
	want  *Want
	yield func(*Change) error

	plan Plan
	rows rowReader

	format   string // format_version
	version  string // terraform_version
	have     map[string]bool
	errored  bool
	deferred int
	charged  int // rows that are more than observed
	applies  triState
}

type triState uint8

const (
	unsaid triState = iota
	no
	yes
)

func tri(b bool) triState {
	if b {
		return yes
	}
	return no
}

// planSections are the keys that only a plan has. One of them has to be
// there, or it isn't one.
var planSections = []string{"planned_values", "resource_changes", "resource_drift", "output_changes",
	"deferred_changes", "deferred_action_invocations", "action_invocations"}

// knownSections are those that hold no planned change.
var knownSections = map[string]bool{
	"variables": true, "planned_values": true, "proposed_unknown": true, "prior_state": true,
	"relevant_attributes": true, "checks": true, "timestamp": true,
}

func readShow(s *scanner, want *Want, yield func(*Change) error) (*Plan, error) {
	r := &showReader{s: s, want: want, yield: yield, have: map[string]bool{}}
	r.plan = Plan{Input: ShowJSON, Complete: true, HasNoOps: true}
	r.rows = rowReader{s: s, want: want, intern: map[string]string{}, from: ShowJSON}
	if err := s.object(r.section); err != nil {
		return nil, refusal(err)
	}
	if err := r.judge(); err != nil {
		return nil, err
	}
	return &r.plan, nil
}

// refusal turns what the scanner or a yield returned into a Refusal.
func refusal(err error) error {
	const again = "make it again with `terraform show -json PLANFILE` and let the command finish"
	var refused *Refusal
	if errors.As(err, &refused) {
		return err
	}
	var broken *syntaxError
	if errors.As(err, &broken) {
		return &Refusal{Code: Malformed, Why: "the plan is broken", Do: again, Cause: err}
	}
	switch err {
	case errTruncated:
		return &Refusal{Code: Truncated, Why: "the plan is cut short", Do: again, Cause: err}
	case errTooLarge:
		return &Refusal{Code: TooLarge, Why: "the plan can't be held", Do: "check the plan file itself instead of its JSON", Cause: err}
	}
	return &Refusal{Code: Unreadable, Why: "the plan can't be read", Do: "check the file and try again", Cause: err}
}

func (r *showReader) section(key []byte) error {
	name := string(key)
	if r.have[name] {
		return refuse(Malformed, "make it again with `terraform show -json PLANFILE`", "the plan has two sections %q", printable(name))
	}
	if null, err := r.s.null(); null || err != nil {
		return err
	}
	r.have[name] = true
	var err error
	switch name {
	case "format_version":
		r.format, err = r.s.string()
	case "terraform_version":
		r.version, err = r.s.string()
	case "resource_changes":
		err = r.s.array(r.row)
	case "resource_drift":
		err = r.s.array(r.driftRow)
	case "deferred_changes":
		err = r.s.array(r.deferredRow)
	case "deferred_action_invocations":
		err = r.s.array(r.deferredInvocation)
	case "output_changes":
		err = r.outputs()
	case "action_invocations":
		err = r.s.array(func() error { return r.invocation(Action) })
	case "configuration":
		err = r.configuration()
	case "applyable":
		var b bool
		b, err = r.s.bool()
		r.applies = tri(b)
	case "complete":
		r.plan.Complete, err = r.s.bool()
	case "errored":
		r.errored, err = r.s.bool()
	default:
		if !knownSections[name] {
			r.noteSection(name)
		}
		err = r.s.skipValue()
	}
	return err
}

// noteSection keeps a section that this reader was not written for. Those
// whose name says that they hold changes are refused in judge.
func (r *showReader) noteSection(name string) {
	if notPlan[name] == "" {
		r.plan.Notes = append(r.plan.Notes, "the plan has a section "+printable(name)+" that this version doesn't know")
	}
}

func (r *showReader) driftRow() error {
	c, err := r.rows.drifted()
	if err != nil {
		return err
	}
	return r.yield(c)
}

// row reads one element of resource_changes.
func (r *showReader) row() error {
	c, err := r.rows.read()
	if err != nil {
		return err
	}
	if !r.rows.seen.add(c.Address, c.Deposed) {
		return duplicate(c)
	}
	if !c.Kind.Observed() {
		r.charged++
	}
	return r.yield(c)
}

func duplicate(c *Change) error {
	return refuse(DuplicateRow, "make the plan again; if it happens again, report it to whoever made the plan",
		"the plan lists %s twice", printable(c.Name()))
}

func (r *showReader) deferredRow() error {
	found := false
	err := r.s.object(func(key []byte) error {
		if string(key) != "resource_change" {
			return r.s.skipValue()
		}
		c, err := r.rows.read()
		if err != nil {
			return err
		}
		found = true
		c.Kind, c.Importing, c.Previous = Deferred, false, ""
		c.Unbounded = c.Unbounded || c.parsed.index.kind == anyIndex
		return r.yield(c)
	})
	if err == nil && !found {
		err = refuse(Malformed, "make the plan again", "a deferred change has no resource_change")
	}
	r.deferred++
	return err
}

func (r *showReader) deferredInvocation() error {
	found := false
	err := r.s.object(func(key []byte) error {
		if string(key) != "action_invocation" {
			return r.s.skipValue()
		}
		found = true
		return r.invocation(Deferred)
	})
	if err == nil && !found {
		err = refuse(Malformed, "make the plan again", "a deferred action has no action_invocation")
	}
	r.deferred++
	return err
}

// invocation reads one action invocation and yields it as a row of that kind.
func (r *showReader) invocation(kind Kind) error {
	c := r.rows.reset()
	c.Kind = kind
	err := r.s.object(func(key []byte) (err error) {
		switch string(key) {
		case "address":
			c.Address, err = r.s.string()
		case "provider_name":
			c.Provider, err = r.rows.word()
		default:
			err = r.s.skipValue()
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := r.rows.locate(); err != nil {
		return err
	}
	if kind == Action {
		r.charged++
	}
	return r.yield(c)
}

// outputs reads output_changes, an object of changes by name.
func (r *showReader) outputs() error {
	return r.s.object(func(key []byte) error {
		c := r.rows.reset()
		c.Address = "output." + string(key)
		if err := r.rows.change(); err != nil {
			return err
		}
		if c.Kind == NoOp {
			return nil
		}
		c.Kind = Output
		return r.yield(c)
	})
}

// judge says whether what was read may be judged at all.
func (r *showReader) judge() error {
	for _, name := range notPlanOrder {
		if r.have[name] {
			return notPlanRefusal(notPlan[name])
		}
	}
	isPlan := false
	for _, name := range planSections {
		isPlan = isPlan || r.have[name]
	}
	if !isPlan {
		return notPlanRefusal(NotAPlan)
	}
	major, _, _ := strings.Cut(r.format, ".")
	switch {
	case r.format == "":
		return refuse(UnknownFormat, "use the whole output of `terraform show -json PLANFILE`; a redacted or filtered plan is not enough",
			"the plan has no format_version")
	case major != "0" && major != "1":
		return refuse(UnknownFormat, "use a version of kready that knows it", "the plan has format_version %q; known are 0.x and 1.x", printable(r.format))
	}
	for name := range r.have {
		if hidesChanges(name) {
			return refuse(UnknownFormat, "use a version of kready that knows it",
				"the plan has a section %q that this version can't count", printable(name))
		}
	}
	r.plan.Version, r.plan.HasConfig = r.version, r.have["configuration"]
	return judgeFlags(&r.plan, r.want, r.errored, r.applies, r.charged, r.deferred)
}

// hidesChanges tells a section in which Terraform would put planned effects:
// so far all of them have been called so.
func hidesChanges(name string) bool {
	switch name {
	case "resource_changes", "output_changes", "deferred_changes", "action_invocations", "deferred_action_invocations":
		return false
	}
	return strings.HasSuffix(name, "_changes") || strings.HasSuffix(name, "_invocations") || strings.HasPrefix(name, "deferred_")
}

// judgeFlags applies what all plans say about themselves, whatever they were
// read from.
func judgeFlags(p *Plan, want *Want, errored bool, applies triState, charged, deferred int) error {
	switch {
	case errored:
		return refuse(ErroredPlan, "mend what `terraform plan` reported and plan again", "planning failed, so the plan holds only some of the changes")
	case deferred > 0 && !want.AllowDeferred:
		return refuse(DeferredChanges, "plan again once the rest is applied, or allow it with allow_deferred and a number for deferred",
			"the plan puts off %d changes whose extent is not known yet", deferred)
	case !p.Complete && !want.AllowIncomplete && deferred == 0:
		return refuse(IncompletePlan, "plan without -target, or allow it with allow_incomplete", "the plan covers only a part of the configuration")
	case applies == no && charged > 0:
		return refuse(NotApplicable, "plan again", "the plan has changes, and yet says that it can't be applied")
	}
	return nil
}

// notPlan names keys of other documents that people hand to a gate.
var notPlan = map[string]Code{
	"remote_plan_format": IsBookmark, "encrypted_data": IsEncrypted, "encryption_version": IsEncrypted,
	"values": IsState, "lineage": IsState, "serial": IsState,
	"provider_schemas": NotAPlan, "metadata_functions": NotAPlan,
}

var notPlanOrder = []string{"remote_plan_format", "encrypted_data", "encryption_version", "values", "lineage", "serial", "provider_schemas"}

func notPlanRefusal(code Code) error {
	switch code {
	case IsBookmark:
		return refuse(code, "get the plan with `terraform show -json FILE > plan.json` (logged in to that organization) and check plan.json",
			"this is a bookmark of a run that HCP Terraform keeps, not the plan itself")
	case IsEncrypted:
		return refuse(code, "get the plan with `tofu show -json FILE` where the key is, and check that",
			"this plan is encrypted by OpenTofu")
	case IsState:
		return refuse(code, "give `terraform show` the plan file: `terraform show -json PLANFILE`",
			"this is a state, not a plan: it says nothing of changes")
	}
	return refuse(NotAPlan, "give the output of `terraform show -json PLANFILE`, of `terraform plan -json`, or the plan file itself",
		"this is JSON, but not a plan")
}

// configuration tells the evaluation which resources are configured.
func (r *showReader) configuration() error {
	if r.want.Config == nil {
		return r.s.skipValue()
	}
	return r.s.object(func(key []byte) error {
		if string(key) != "root_module" {
			return r.s.skipValue()
		}
		return r.configModule("", 0)
	})
}

func (r *showReader) configModule(prefix string, depth int) error {
	if depth > 1000 {
		return refuse(Malformed, "make the plan again", "the configuration nests more than a thousand modules")
	}
	return r.s.object(func(key []byte) error {
		switch string(key) {
		case "resources":
			return r.s.array(func() error { return r.configResource(prefix) })
		case "module_calls":
			return r.s.object(func(key []byte) error {
				call := prefix + "module." + string(key) + "."
				return r.s.object(func(key []byte) error {
					if string(key) != "module" {
						return r.s.skipValue()
					}
					return r.configModule(call, depth+1)
				})
			})
		}
		return r.s.skipValue()
	})
}

func (r *showReader) configResource(prefix string) error {
	return r.s.object(func(key []byte) error {
		if string(key) != "address" {
			return r.s.skipValue()
		}
		address, err := r.s.string()
		if err == nil {
			r.want.Config(prefix + address)
		}
		return err
	})
}

// printable makes text from an input fit for one line of a report.
func printable(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		s = string(bytes.ToValidUTF8([]byte(s[:most]), nil)) + "…"
	}
	return s
}
