package budget

// Input is a kind of input.
type Input string

// The kinds of input.
const (
	PlanFile Input = "tfplan" // a saved plan, as `terraform plan -out` writes it
	ShowJSON Input = "json"   // terraform show -json PLANFILE
	Stream   Input = "stream" // terraform plan -json
)

// Change is one row of a plan. A reader reuses it: it is valid only during
// the call that hands it over.
type Change struct {
	Address  string // module.db["eu"].aws_db_instance.main[0], output.url, action.aws_lambda_invoke.warm
	Previous string // the address before a move, or ""
	Module   string // module.db["eu"], or "" for the root module
	Type     string // aws_db_instance
	Provider string // registry.terraform.io/hashicorp/aws; a stream only knows "aws"
	Deposed  string // key of a deposed object, or ""
	Reason   string // why Terraform chose the action, in its own words
	Data     bool   // a data source

	Kind      Kind // never Import or Move: those come on top
	Importing bool

	// Object is the key of one object inside the resource, when this row was
	// derived from its object map; ObjectPath is the attribute that holds it.
	Object     string
	ObjectPath string

	// MaybeDeposed is set for a delete in a stream that could as well be the
	// delete of a deposed object: streams don't say.
	MaybeDeposed bool
	// Unbounded is set for a deferred row that stands for an unknown number
	// of instances.
	Unbounded bool

	from   Input
	values values // what the row changes, when the reader was asked for it
	parsed *address
}

// Name is how reports call the row: its address and, where there is one, the
// object inside it or the deposed key.
func (c *Change) Name() string {
	switch {
	case c.Object != "":
		return c.Address + "." + c.ObjectPath + "[" + quoteKey(c.Object) + "]"
	case c.Deposed != "":
		return c.Address + " (deposed " + c.Deposed + ")"
	}
	return c.Address
}

// Moved says that the row is known under a new address.
func (c *Change) Moved() bool { return c.Previous != "" && c.Previous != c.Address }

// Plan is what a reader knows of the plan as a whole once it has read it all.
type Plan struct {
	Input    Input
	Tool     string // "terraform", "opentofu" or "" where the input doesn't say
	Version  string // of the tool
	Mode     string // "normal", "destroy", "refresh-only"; "" where the input doesn't say
	Complete bool   // false only where the plan says so itself
	Targets  int    // how many -target addresses; plan files only
	Notes    []string

	HasConfig bool // the configuration was part of the input
	HasNoOps  bool // unchanged resources were part of the input
}

// Want says what the evaluation needs from a reader beyond the rows.
type Want struct {
	// Values tells for which resource types the changed values are needed;
	// nil: for none.
	Values func(resourceType string) bool
	// Digest is set when the values of every change are needed for a digest.
	Digest bool
	// Config is called with each resource address of the configuration
	// (without instance keys); nil: the configuration is skipped.
	Config func(address string)
	// AllowIncomplete and AllowDeferred let such plans through to the
	// evaluation.
	AllowIncomplete bool
	AllowDeferred   bool
	// Objects gives the attribute path of the object map of a resource type,
	// or nil.
	Objects func(resourceType string) []string
}

func (w *Want) needsValues(resourceType string) bool {
	return w.Digest || (w.Values != nil && w.Values(resourceType)) ||
		(w.Objects != nil && w.Objects(resourceType) != nil)
}
