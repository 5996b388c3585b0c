package budget

import "strings"

// Kind is a way in which a plan touches something. One row of a plan may be
// several: an import that is also updated is charged as both.
type Kind uint8

// The kinds, in the order in which reports list them.
const (
	Create        Kind = iota // a new object
	Update                    // changed in place
	Replace                   // destroyed and made again, in either order
	Delete                    // destroyed
	Forget                    // dropped from the state; the object lives on, unmanaged
	CreateForget              // a new object, while the old one is dropped from the state and lives on
	Import                    // taken into the state
	Move                      // known under another address than before
	DeposedDelete             // what an interrupted replacement left behind is destroyed
	Action                    // an action (Terraform 1.14) will be invoked
	Deferred                  // put off to a later plan, so its extent is unknown
	Read                      // a data source will be read during apply
	NoOp                      // listed, but unchanged
	Drift                     // changed outside of Terraform since the last run
	Output                    // a root output gets another value

	kinds // how many there are
)

// kindNames are the names in budget files and reports; flags write "-" for "_".
var kindNames = [kinds]string{
	Create: "create", Update: "update", Replace: "replace", Delete: "delete",
	Forget: "forget", CreateForget: "create_then_forget", Import: "import", Move: "move",
	DeposedDelete: "deposed_delete", Action: "action", Deferred: "deferred",
	Read: "read", NoOp: "no_op", Drift: "drift", Output: "output",
}

// String is the name of the kind in budget files and reports.
func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "unknown"
}

// Kinds lists every kind in report order.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// ParseKind finds the kind of that name. A "-" is read as "_".
func ParseKind(name string) (Kind, bool) {
	name = strings.ReplaceAll(name, "-", "_")
	for k, n := range kindNames {
		if n == name {
			return Kind(k), true
		}
	}
	return 0, false
}

// Observed says that the kind by itself changes no infrastructure: reads,
// unchanged rows, drift and outputs are counted, and held to a number only
// where a budget names one. Every other kind is 0 unless named.
func (k Kind) Observed() bool { return k >= Read && k < kinds }

// Destroys says that after such a change an object is gone, or no longer
// under anyone's care. It is what protect forbids unless told otherwise.
// A deferred change may yet turn out to be one.
func (k Kind) Destroys() bool {
	switch k {
	case Replace, Delete, Forget, CreateForget, DeposedDelete, Deferred:
		return true
	}
	return false
}

// Counts holds one number for each kind.
type Counts [kinds]int64

// Total is the number of changes: all kinds but those that are only observed.
func (c *Counts) Total() int64 {
	var n int64
	for k := range c {
		if !Kind(k).Observed() {
			n += c[k]
		}
	}
	return n
}

// Add adds other to c.
func (c *Counts) Add(other *Counts) {
	for k := range c {
		c[k] += other[k]
	}
}
