package budget

// rowReader reads rows of show-JSON into one reused Change.
type rowReader struct {
	s      *scanner
	want   *Want
	seen   seen
	intern map[string]string
	c      Change
	addr   address
	keep   rowValues
	from   Input
}

// rowValues are the buffers for the values of one row.
type rowValues struct {
	before, after, unknown, beforeSecret, afterSecret []byte
}

func (r *rowReader) reset() *Change {
	r.c = Change{from: r.from, parsed: &r.addr}
	return &r.c
}

// word reads a string that repeats from row to row without allocating it anew.
func (r *rowReader) word() (string, error) {
	if null, err := r.s.null(); null || err != nil {
		return "", err
	}
	var room [128]byte
	b, err := r.s.text(room[:0])
	if err != nil {
		return "", err
	}
	w, ok := r.intern[string(b)]
	if !ok {
		w = string(b)
		if len(r.intern) < 10000 {
			r.intern[w] = w
		}
	}
	return w, nil
}

// read reads one resource change.
func (r *rowReader) read() (*Change, error) {
	c := r.reset()
	var once keyOnce
	err := r.s.object(func(key []byte) (err error) {
		if err := once.check(key, rowKeys); err != nil {
			return err
		}
		switch string(key) {
		case "address":
			if c.Address, err = r.s.string(); err == nil {
				err = r.locate()
			}
		case "previous_address":
			c.Previous, err = r.s.string()
		case "deposed":
			c.Deposed, err = r.s.string()
		case "provider_name":
			c.Provider, err = r.word()
		case "action_reason":
			c.Reason, err = r.word()
		case "index_unknown":
			c.Unbounded, err = r.s.bool()
		case "change":
			err = r.change()
		default:
			err = r.s.skipValue()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !once.had("address", rowKeys) || !once.had("change", rowKeys) {
		return nil, refuse(Malformed, "make the plan again", "a row of the plan has no address or no change")
	}
	return c, settle(c)
}

// drifted reads one element of resource_drift. Terraform 1.0 left the address
// out of it, and drift is only counted, so that type and name will do.
func (r *rowReader) drifted() (*Change, error) {
	c := r.reset()
	name := ""
	err := r.s.object(func(key []byte) (err error) {
		switch string(key) {
		case "address":
			c.Address, err = r.s.string()
		case "type":
			c.Type, err = r.word()
		case "name":
			name, err = r.s.string()
		case "provider_name":
			c.Provider, err = r.word()
		default:
			err = r.s.skipValue()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	c.Kind = Drift
	if c.Address == "" {
		c.Address = c.Type + "." + name
	}
	return c, r.locate()
}

// locate fills in what follows from the address.
func (r *rowReader) locate() error {
	return r.c.locate(&r.addr)
}

func (c *Change) locate(a *address) error {
	if err := a.parse(c.Address); err != nil {
		return refuse(Malformed, "make the plan again", "the plan has a row with an address that is none: %q", printable(c.Address))
	}
	c.parsed = a
	c.Module, c.Type, c.Data = a.module, a.typ, a.mode == "data"
	return nil
}

// settle applies the rules that all readers share to a row that is complete.
func settle(c *Change) error {
	if c.Data && c.Kind != Read && c.Kind != NoOp {
		return refuse(UnknownAction, "make the plan again", "%s is a data source, and yet the plan wants to %s it", printable(c.Address), c.Kind)
	}
	if c.Previous == c.Address {
		c.Previous = ""
	}
	if c.Deposed == "" {
		return nil
	}
	switch c.Kind {
	case Delete:
		c.Kind = DeposedDelete
	case NoOp, Forget:
	default:
		return refuse(UnknownAction, "make the plan again", "%s is a deposed object, and yet the plan wants to %s it", printable(c.Address), c.Kind)
	}
	return nil
}

// change reads the "change" object of a row or an output.
func (r *rowReader) change() error {
	c := &r.c
	r.keep.clear()
	var once keyOnce
	// Terraform writes the actions first. Where they come later, values are
	// kept in case they turn out to be needed.
	known, needed := false, c.Address == "" || r.want.needsValues(c.Type)
	err := r.s.object(func(key []byte) (err error) {
		if err := once.check(key, changeKeys); err != nil {
			return err
		}
		keep := needed && (!known || !c.Kind.unchanged())
		switch string(key) {
		case "actions":
			c.Kind, err = r.actions()
			known = true
		case "importing":
			c.Importing, err = r.present()
		case "before":
			r.keep.before, err = r.value(keep, r.keep.before)
		case "after":
			r.keep.after, err = r.value(keep, r.keep.after)
		case "after_unknown":
			r.keep.unknown, err = r.value(keep, r.keep.unknown)
		case "before_sensitive":
			r.keep.beforeSecret, err = r.value(keep, r.keep.beforeSecret)
		case "after_sensitive":
			r.keep.afterSecret, err = r.value(keep, r.keep.afterSecret)
		default:
			err = r.s.skipValue()
		}
		return err
	})
	if err != nil {
		return err
	}
	if !known {
		return refuse(UnknownAction, "make the plan again", "a row of the plan has no actions")
	}
	if needed {
		c.values = values{
			encoding: jsonValues, before: r.keep.before, after: r.keep.after, unknown: r.keep.unknown,
			beforeSecret: r.keep.beforeSecret, afterSecret: r.keep.afterSecret,
		}
	}
	return nil
}

// unchanged says that before and after are the same.
func (k Kind) unchanged() bool { return k == NoOp }

func (v *rowValues) clear() {
	v.before, v.after, v.unknown = v.before[:0], v.after[:0], v.unknown[:0]
	v.beforeSecret, v.afterSecret = v.beforeSecret[:0], v.afterSecret[:0]
}

func (r *rowReader) value(keep bool, dst []byte) ([]byte, error) {
	if !keep {
		return dst, r.s.skipValue()
	}
	return r.s.raw(dst)
}

// present consumes a value and reports whether it was anything but null.
func (r *rowReader) present() (bool, error) {
	if null, err := r.s.null(); null || err != nil {
		return false, err
	}
	return true, r.s.skipValue()
}

// actions reads the list of actions.
func (r *rowReader) actions() (Kind, error) {
	var room [64]byte
	joined := room[:0]
	err := r.s.array(func() error {
		var err error
		if len(joined) > 0 {
			joined = append(joined, '/')
		}
		if len(joined) > len(room) {
			return refuse(UnknownAction, "make the plan again", "a row of the plan has a long list of actions")
		}
		joined, err = r.s.text(joined)
		return err
	})
	if err != nil {
		return 0, err
	}
	kind, ok := actionKind(string(joined))
	if !ok {
		where := r.c.Address
		if where == "" {
			where = "a row"
		}
		return 0, refuse(UnknownAction, "use a version of kready that knows it",
			"%s has the actions %q, which this version does not know", printable(where), printable(string(joined)))
	}
	return kind, nil
}

// actionKind is the kind of a list of actions, joined by "/".
func actionKind(actions string) (Kind, bool) {
	switch actions {
	case "no-op":
		return NoOp, true
	case "create":
		return Create, true
	case "read":
		return Read, true
	case "update":
		return Update, true
	case "delete":
		return Delete, true
	case "delete/create", "create/delete":
		return Replace, true
	case "forget":
		return Forget, true
	case "create/forget", "forget/create": // Terraform writes the one, OpenTofu the other
		return CreateForget, true
	}
	return 0, false
}

// keyOnce refuses a key that comes twice, since readers of JSON differ in
// which of the two they take. Only keys that mean something here are watched.
type keyOnce uint16

var (
	rowKeys    = []string{"address", "previous_address", "deposed", "provider_name", "action_reason", "index_unknown", "change", "type", "mode"}
	changeKeys = []string{"actions", "importing", "before", "after", "after_unknown", "before_sensitive", "after_sensitive"}
)

func (o *keyOnce) check(key []byte, watched []string) error {
	for i, w := range watched {
		if string(key) == w {
			if *o&(1<<i) != 0 {
				return refuse(Malformed, "make the plan again", "a row of the plan has %q twice", w)
			}
			*o |= 1 << i
			break
		}
	}
	return nil
}

func (o keyOnce) had(key string, watched []string) bool {
	for i, w := range watched {
		if key == w {
			return o&(1<<i) != 0
		}
	}
	return false
}
