package budget

import (
	"strings"
	"unicode"

	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of ResourceInstanceChange, Change, OutputChange and
// ActionInvocationInstance.
const (
	rowDeposed  = 7
	rowProvider = 8
	rowChange   = 9
	rowReason   = 12
	rowAddress  = 13
	rowPrevious = 14

	changeAction       = 1
	changeValues       = 2
	changeBeforeSecret = 3
	changeAfterSecret  = 4
	changeImporting    = 5

	invocationAddress  = 1
	invocationProvider = 2
)

// actionReasons are the reasons by number, in show-JSON's words.
var actionReasons = []string{
	"", "replace_because_tainted", "replace_by_request", "replace_because_cannot_update",
	"delete_because_no_resource_config", "delete_because_wrong_repetition", "delete_because_count_index",
	"delete_because_each_key", "delete_because_no_module", "replace_by_triggers",
	"read_because_config_unknown", "read_because_dependency_pending", "delete_because_no_move_target",
	"read_because_check_nested",
}

// planAction is the kind of an action by its number, and how many values come
// with it. 4 was never used, 9 is Terraform's, 10 OpenTofu's.
func planAction(n uint64) (kind Kind, values int, ok bool) {
	switch n {
	case 0:
		return NoOp, 1, true
	case 1:
		return Create, 1, true
	case 2:
		return Read, 2, true
	case 3:
		return Update, 2, true
	case 5:
		return Delete, 1, true
	case 6, 7:
		return Replace, 2, true
	case 8:
		return Forget, 1, true
	case 9, 10:
		return CreateForget, 2, true
	}
	return 0, 0, false
}

// change passes on one resource change.
func (r *planFileReader) change(b []byte) error {
	c, err := r.row(b)
	if err != nil {
		return err
	}
	if c.Data && (c.Kind == Delete || c.Kind == Forget) {
		return nil // a data source that goes away; show-JSON leaves it out, too
	}
	if err := settle(c); err != nil {
		return err
	}
	if !r.seen.add(c.Address, c.Deposed) {
		return duplicate(c)
	}
	if !c.Kind.Observed() {
		r.charged++
	}
	return r.yield(c)
}

// drifted keeps a drift row until the planning mode is known: rows that are
// only a move count as drift in a refresh-only plan, and nowhere else.
func (r *planFileReader) drifted(b []byte) error {
	c, err := r.row(b)
	if err != nil {
		return err
	}
	if c.Kind == NoOp {
		r.drift = append(r.drift, []byte(c.Address))
		return nil
	}
	return r.yieldDrift(c)
}

func (r *planFileReader) yieldDrift(c *Change) error {
	if c.Data && c.Kind == Delete {
		return nil
	}
	c.Kind, c.Importing, c.Previous = Drift, false, ""
	return r.yield(c)
}

func (r *planFileReader) passDrift() error {
	if r.plan.Mode != "refresh-only" {
		return nil
	}
	for _, address := range r.drift {
		r.c = Change{from: PlanFile, Address: string(address)}
		if err := r.c.locate(&r.addr); err != nil {
			return err
		}
		if err := r.yieldDrift(&r.c); err != nil {
			return err
		}
	}
	return nil
}

func (r *planFileReader) output(b []byte) error {
	r.c = Change{from: PlanFile}
	var inner []byte
	err := eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, _ uint64) error {
		switch {
		case num == 1 && typ == protowire.BytesType:
			r.c.Address = "output." + string(v)
		case num == 2 && typ == protowire.BytesType:
			inner = v
		}
		return nil
	})
	if err != nil {
		return err
	}
	if inner == nil {
		return errWire
	}
	if err := r.values(inner); err != nil {
		return err
	}
	if r.c.Kind == NoOp {
		return nil
	}
	r.c.Kind = Output
	return r.yield(&r.c)
}

func (r *planFileReader) deferredChange(b []byte) error {
	r.deferred++
	found := false
	err := eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, _ uint64) error {
		if num != 2 || typ != protowire.BytesType {
			return nil
		}
		c, err := r.row(v)
		if err != nil {
			return err
		}
		found = true
		c.Kind, c.Importing, c.Previous = Deferred, false, ""
		c.Unbounded = strings.Contains(c.Address, "[*]")
		return r.yield(c)
	})
	if err == nil && !found {
		err = errWire
	}
	return err
}

func (r *planFileReader) invocation(b []byte, kind Kind) error {
	r.c = Change{from: PlanFile, Kind: kind}
	err := eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, _ uint64) error {
		switch {
		case num == invocationAddress && typ == protowire.BytesType:
			r.c.Address = string(v)
		case num == invocationProvider && typ == protowire.BytesType:
			r.c.Provider = r.provider(v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.c.locate(&r.addr); err != nil {
		return err
	}
	if kind == Action {
		r.charged++
	}
	return r.yield(&r.c)
}

// row reads a ResourceInstanceChange into the reused Change.
func (r *planFileReader) row(b []byte) (*Change, error) {
	r.c = Change{from: PlanFile}
	c := &r.c
	var inner []byte
	err := eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, n uint64) error {
		if num == rowReason && typ == protowire.VarintType {
			if n >= uint64(len(actionReasons)) {
				return refuse(UnknownFormat, "use -via-show, which lets terraform read it", "the plan file has the action reason %d, which is not known", n)
			}
			c.Reason = actionReasons[n]
			return nil
		}
		if typ != protowire.BytesType {
			return nil
		}
		switch num {
		case rowAddress:
			c.Address = string(v)
		case rowPrevious:
			c.Previous = string(v)
		case rowDeposed:
			c.Deposed = string(v)
		case rowProvider:
			c.Provider = r.provider(v)
		case rowChange:
			inner = v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := c.locate(&r.addr); err != nil {
		return nil, err
	}
	var previous address
	if inner == nil || c.Provider == "" || c.Deposed != "" && len(c.Deposed) != 8 ||
		c.Previous != "" && previous.parse(c.Previous) != nil {
		return nil, errWire
	}
	return c, r.values(inner)
}

// provider is the source address in `provider["SOURCE"].alias`, behind any
// module address; "" when it is not of that form.
func (r *planFileReader) provider(b []byte) string {
	if p, ok := r.intrn[string(b)]; ok {
		return p
	}
	text := string(b)
	_, rest, ok := strings.Cut(text, `provider["`)
	source, tail, closed := strings.Cut(rest, `"]`)
	if !ok || !closed || tail != "" && tail[0] != '.' || !goodSource(source) {
		source = ""
	}
	if len(r.intrn) < 10000 {
		r.intrn[text] = source
	}
	return source
}

// goodSource reports whether a provider's source address is one: three parts
// of letters, digits, dashes and underscores (and dots in the first).
func goodSource(source string) bool {
	parts := strings.Split(source, "/")
	for i, part := range parts {
		if part == "" || strings.Trim(part, "-_") != part || strings.ContainsFunc(part, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && (i > 0 || r != '.' && r != ':')
		}) {
			return false
		}
	}
	return len(parts) == 3 || source == "terraform.io/builtin/terraform"
}

// values reads a Change message into the row.
func (r *planFileReader) values(b []byte) error {
	c := &r.c
	r.vals = r.vals[:0]
	var action uint64
	var secret [][]string
	err := eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, n uint64) error {
		switch {
		case num == changeAction && typ == protowire.VarintType:
			action = n
		case num == changeValues && typ == protowire.BytesType:
			value, err := dynamicValue(v)
			r.vals = append(r.vals, value)
			return err
		case (num == changeBeforeSecret || num == changeAfterSecret) && typ == protowire.BytesType && r.want.needsValues(c.Type):
			path, err := wirePath(v)
			secret = append(secret, path)
			return err
		case num == changeImporting && typ == protowire.BytesType:
			c.Importing = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	kind, count, ok := planAction(action)
	if !ok {
		return refuse(UnknownAction, "use -via-show, which lets terraform read it, or a version of kready that knows it",
			"%s has the action %d, which this version does not know", printable(c.Address), action)
	}
	if len(r.vals) != count {
		return errWire
	}
	c.Kind = kind
	if r.want.needsValues(c.Type) || r.want.Digest {
		c.values = values{encoding: msgpackValues, secretPaths: secret}
		c.values.before, c.values.after = r.vals[0], r.vals[count-1]
		switch kind {
		case Create:
			c.values.before = nil
		case Delete, Forget:
			c.values.after = nil
		}
	}
	return nil
}

// dynamicValue is the MessagePack in a DynamicValue, which has to be whole.
func dynamicValue(b []byte) ([]byte, error) {
	var value []byte
	err := eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, _ uint64) error {
		if num == 1 && typ == protowire.BytesType {
			value = v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	rest, err := skipMsgpack(value, 0)
	if err != nil || len(rest) > 0 {
		return nil, errMsgpack
	}
	return value, nil
}

// wirePath reads a Path: attribute names, and element keys as their text.
func wirePath(b []byte) ([]string, error) {
	var path []string
	err := eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, _ uint64) error {
		if num != 1 || typ != protowire.BytesType {
			return nil
		}
		return eachField(v, func(num protowire.Number, typ protowire.Type, v []byte, _ uint64) error {
			if num == 1 && typ == protowire.BytesType {
				path = append(path, string(v))
			} else {
				path = append(path, "*")
			}
			return nil
		})
	})
	return path, err
}
