package budget

import "strings"

// streamReader reads `terraform plan -json`: one JSON object a line. The
// stream is made for people to watch; it knows less than the plan does, and a
// line can get lost. So its rows have to add up to its own summary.
type streamReader struct {
	s     *scanner
	want  *Want
	yield func(*Change) error
	plan  Plan
	rows  rowReader

	line    message
	lines   int
	tally   Counts
	summary *summary
	failed  bool // a line at level "error"
	foreign bool // lines of an apply or a test
	defers  int
}

// message is what matters of one line.
type message struct {
	level, typ string
	version    string
	tool       string
	change     bool
	summary    *summary
	outputs    []output
	diagnostic string // its summary
}

type output struct{ name, action string }

// summary is the change_summary, in Terraform's words: remove is destroy.
type summary struct {
	add, change, remove, imports int64
	hasImports                   bool
	operation                    string
}

func readStream(s *scanner, want *Want, yield func(*Change) error) (*Plan, error) {
	r := &streamReader{s: s, want: want, yield: yield}
	r.plan = Plan{Input: Stream, Complete: true}
	r.rows = rowReader{s: s, want: want, intern: map[string]string{}, from: Stream}
	for {
		more, err := skipWrapper(s)
		if err != nil {
			return nil, refusal(err)
		}
		if !more {
			break
		}
		if err := r.read(); err != nil {
			return nil, refusal(err)
		}
	}
	if err := r.judge(); err != nil {
		return nil, err
	}
	return &r.plan, nil
}

// read reads one line and passes on the change in it.
func (r *streamReader) read() error {
	r.line = message{}
	r.lines++
	r.rows.reset()
	var once keyOnce
	err := r.s.object(func(key []byte) (err error) {
		if err := once.check(key, lineKeys); err != nil {
			return err
		}
		switch string(key) {
		case "@level":
			r.line.level, err = r.rows.word()
		case "type":
			r.line.typ, err = r.rows.word()
		case "terraform":
			r.line.tool = "terraform"
			r.line.version, err = r.s.string()
		case "tofu":
			r.line.tool = "opentofu"
			r.line.version, err = r.s.string()
		case "change":
			r.line.change = true
			err = r.change()
		case "changes":
			err = r.readSummary()
		case "outputs":
			err = r.readOutputs()
		case "diagnostic":
			err = r.s.object(func(key []byte) (err error) {
				if string(key) == "summary" {
					r.line.diagnostic, err = r.s.string()
					return err
				}
				return r.s.skipValue()
			})
		case "invocation", "action_invocation":
			err = r.invocation()
		default:
			err = r.s.skipValue()
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.pass()
}

var lineKeys = []string{"@level", "type", "terraform", "tofu", "change", "changes", "outputs", "invocation", "action_invocation"}

// pass judges a line once all of it is read: its type comes last.
func (r *streamReader) pass() error {
	if r.line.level == "error" {
		r.failed = true
	}
	c := &r.rows.c
	switch t := r.line.typ; t {
	case "version":
		r.plan.Tool, r.plan.Version = r.line.tool, r.line.version
	case "planned_change":
		return r.planned(c)
	case "resource_drift":
		if c.Address == "" {
			return r.incomplete(t)
		}
		c.Kind, c.Importing, c.Previous = Drift, false, ""
		return r.yield(c)
	case "deferred_change":
		r.defers++
		if c.Address == "" {
			return r.incomplete(t)
		}
		c.Kind, c.Importing, c.Previous, c.Unbounded = Deferred, false, "", true
		return r.yield(c)
	case "planned_action_invocation":
		if c.Address == "" {
			return r.incomplete(t)
		}
		c.Kind = Action
		return r.yield(c)
	case "change_summary":
		if r.line.summary == nil {
			return r.incomplete(t)
		}
		if r.line.summary.operation != "plan" {
			r.foreign = true
			return nil
		}
		if r.summary != nil {
			return refuse(Malformed, "give one stream a file", "the stream has two summaries")
		}
		r.summary = r.line.summary
	case "outputs":
		return r.passOutputs()
	case "diagnostic":
		// Both tools warn so, and a stream has no other sign of -target.
		if strings.Contains(r.line.diagnostic, "targeting is in effect") {
			r.plan.Complete = false
		}
	default:
		switch {
		case strings.HasPrefix(t, "test_"), strings.HasPrefix(t, "provision_"):
			// Not "apply_": the data sources that a plan reads announce
			// themselves with it.
			r.foreign = true
		case strings.HasPrefix(t, "planned_"), strings.HasPrefix(t, "deferred_"):
			return refuse(UnknownFormat, "check the plan file itself, or use a version of kready that knows it",
				"the stream has messages %q that this version can't count", printable(t))
		}
	}
	return nil
}

func (r *streamReader) incomplete(typ string) error {
	return refuse(Malformed, "check the plan file itself", "line %d of the stream is a %s without what it tells", r.lines, printable(typ))
}

// planned passes on one planned_change.
func (r *streamReader) planned(c *Change) error {
	if c.Address == "" || !r.line.change {
		return r.incomplete("planned_change")
	}
	if c.Kind == NoOp && !c.Importing && !c.Moved() {
		// Neither tool announces an unchanged resource. OpenTofu writes
		// forget-then-create this way, Terraform any action it has no word for.
		return refuse(UnknownAction, "check the plan file itself: `kready budget check PLANFILE`",
			"the stream announces %s without saying what happens to it", printable(c.Address))
	}
	if err := settle(c); err != nil {
		return err
	}
	if !r.rows.seen.add(c.Address, "") {
		return refuse(DuplicateRow, "check the plan file itself, which tells a deposed object from the current one",
			"the stream announces two changes of %s", printable(c.Address))
	}
	r.tally[c.Kind]++
	if c.Importing {
		r.tally[Import]++
	}
	c.MaybeDeposed = c.Kind == Delete && c.Reason == ""
	return r.yield(c)
}

func (r *streamReader) passOutputs() error {
	for _, o := range r.line.outputs {
		if o.action == "noop" || o.action == "" {
			continue
		}
		c := r.rows.reset()
		c.Address, c.Kind = "output."+o.name, Output
		if err := r.yield(c); err != nil {
			return err
		}
	}
	return nil
}

// change reads the change of a planned_change, resource_drift or
// deferred_change.
func (r *streamReader) change() error {
	c := &r.rows.c
	var once keyOnce
	return r.s.object(func(key []byte) (err error) {
		if err := once.check(key, streamChangeKeys); err != nil {
			return err
		}
		switch string(key) {
		case "resource":
			c.Address, err = r.resource(func(text string) { c.Provider = text })
			if err == nil {
				err = r.rows.locate()
			}
		case "previous_resource":
			c.Previous, err = r.resource(nil)
		case "action":
			var word string
			if word, err = r.rows.word(); err == nil {
				var ok bool
				if c.Kind, ok = streamKind(word); !ok {
					err = refuse(UnknownAction, "use a version of kready that knows it",
						"the stream has the action %q, which this version does not know", printable(word))
				}
			}
		case "reason":
			c.Reason, err = r.rows.word()
		case "importing":
			c.Importing, err = r.rows.present()
		default:
			err = r.s.skipValue()
		}
		return err
	})
}

var streamChangeKeys = []string{"resource", "previous_resource", "action", "reason", "importing"}

// streamKind is the kind of an action in the stream's own vocabulary. Move
// and import are what a change that is nothing else is called.
func streamKind(word string) (Kind, bool) {
	switch word {
	case "noop", "move", "import":
		return NoOp, true
	case "create":
		return Create, true
	case "read":
		return Read, true
	case "update":
		return Update, true
	case "replace":
		return Replace, true
	case "delete":
		return Delete, true
	case "remove":
		return Forget, true
	}
	return 0, false
}

// resource reads a resource address object.
func (r *streamReader) resource(provider func(string)) (string, error) {
	if null, err := r.s.null(); null || err != nil {
		return "", err
	}
	address := ""
	err := r.s.object(func(key []byte) (err error) {
		switch {
		case string(key) == "addr":
			address, err = r.s.string()
		case string(key) == "implied_provider" && provider != nil:
			var text string
			if text, err = r.rows.word(); err == nil {
				provider(text)
			}
		default:
			err = r.s.skipValue()
		}
		return err
	})
	return address, err
}

// invocation reads an action invocation, whose address is an object too.
func (r *streamReader) invocation() error {
	c := &r.rows.c
	return r.s.object(func(key []byte) (err error) {
		if k := string(key); k != "action" && k != "action_addr" {
			return r.s.skipValue()
		}
		if c.Address, err = r.resource(nil); err != nil || c.Address == "" {
			return err
		}
		return r.rows.locate()
	})
}

func (r *streamReader) readSummary() error {
	sum := &summary{}
	err := r.s.object(func(key []byte) (err error) {
		switch string(key) {
		case "add":
			sum.add, err = r.s.integer()
		case "change":
			sum.change, err = r.s.integer()
		case "remove":
			sum.remove, err = r.s.integer()
		case "import":
			sum.hasImports = true
			sum.imports, err = r.s.integer()
		case "operation":
			sum.operation, err = r.s.string()
		default:
			err = r.s.skipValue()
		}
		return err
	})
	r.line.summary = sum
	return err
}

func (r *streamReader) readOutputs() error {
	return r.s.object(func(key []byte) error {
		o := output{name: string(key)}
		err := r.s.object(func(key []byte) (err error) {
			if string(key) == "action" {
				o.action, err = r.rows.word()
				return err
			}
			return r.s.skipValue()
		})
		r.line.outputs = append(r.line.outputs, o)
		return err
	})
}

// judge says whether the stream may be judged.
func (r *streamReader) judge() error {
	switch {
	case r.foreign:
		return refuse(NotAPlan, "give the output of `terraform plan -json`", "this is the stream of an apply or a test, not of a plan")
	case r.failed:
		return refuse(ErroredPlan, "mend what `terraform plan` reported and plan again", "the stream reports an error, so its changes are not all there are")
	case r.summary == nil:
		return refuse(NoSummary, "let `terraform plan -json` finish and keep all of its output", "the stream ends before its summary")
	}
	sum, t := r.summary, &r.tally
	if sum.add != t[Create]+t[Replace] || sum.change != t[Update] || sum.remove != t[Delete]+t[Replace] ||
		sum.hasImports && sum.imports != t[Import] {
		return refuse(Malformed, "check the plan file itself: `kready budget check PLANFILE`",
			"the changes in the stream do not add up to its own summary")
	}
	return judgeFlags(&r.plan, r.want, false, unsaid, 0, r.defers)
}
