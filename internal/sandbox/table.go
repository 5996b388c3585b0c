package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Meta is what every object has; a service's types embed it. Region and ID
// together are the key within a table. Region is empty where the cloud's ids
// are unique everywhere (IAM, Azure resource ids).
type Meta struct {
	ID     string            `json:"id"`
	Region string            `json:"region,omitempty"`
	Name   string            `json:"name,omitempty"` // empty: the tag Name, if any
	Tags   map[string]string `json:"tags,omitempty"`

	// Pending marks what the cloud still holds although its owner deleted it:
	// a key scheduled for deletion, a soft-deleted vault. Shown only with -all.
	Pending bool `json:"pending,omitempty"`

	// Hidden marks what a user would not call an object of theirs: idempotency
	// tokens, version documents, service-linked roles. Shown only with -all.
	Hidden bool `json:"hidden,omitempty"`

	// Account is the account that the object is in; empty for the one that
	// callers are in by themselves. Put sets it.
	Account string `json:"account,omitempty"`

	// Sequence orders objects by birth; Put sets it.
	Sequence uint64 `json:"sequence"`
}

// Base returns the embedded Meta.
func (m *Meta) Base() *Meta { return m }

// Entity is what a table can hold: a pointer to a struct that embeds Meta.
type Entity interface{ Base() *Meta }

// Progress is how far a long operation has come, counted in polls of its own
// object.
type Progress struct {
	Left int `json:"left,omitempty"`
}

// Poll takes one step. It reports whether the operation is over (done), and
// whether this step changed anything (moved), in which case the object must
// be put back.
func (p *Progress) Poll() (done, moved bool) {
	if p.Left <= 0 {
		return true, false
	}
	p.Left--
	return p.Left == 0, true
}

// Table is the objects of one type. It holds no state of its own: make one as
// a package variable and pass each call the transaction. T must be a struct
// that embeds Meta.
//
// Values are shared within this process: change one only to Put it back in
// the same transaction.
type Table[T any] struct {
	kind kind
	wide bool // one for all accounts
}

// NewTable names a table. The type is "service/thing", as in "ec2/vpc".
func NewTable[T any](cloud, name string) Table[T] {
	if _, ok := any(new(T)).(Entity); !ok {
		panic(fmt.Sprintf("sandbox: table %s: %T does not embed Meta", name, *new(T)))
	}
	return Table[T]{kind: kind{cloud: cloud, name: name}}
}

// NewWideTable names a table that all accounts share, because what is in it
// belongs to two of them or to none.
func NewWideTable[T any](cloud, name string) Table[T] {
	table := NewTable[T](cloud, name)
	table.wide = true
	return table
}

// in is the table's kind in the transaction's account.
func (t Table[T]) in(tx *Tx) kind {
	k := t.kind
	if !t.wide {
		k.account = tx.account
	}
	return k
}

// Anywhere returns the object with that id in that region, whatever account it
// is in.
func (t Table[T]) Anywhere(tx *Tx, region, id string) (*T, bool) {
	for k, s := range tx.data().shelves {
		if k.cloud != t.kind.cloud || k.name != t.kind.name {
			continue
		}
		if r := s.byKey[key(region, id)]; r != nil {
			return t.value(tx, r), true
		}
	}
	return nil, false
}

// Type is the table's name.
func (t Table[T]) Type() string { return t.kind.name }

// Get returns the object with that id in that region.
func (t Table[T]) Get(tx *Tx, region, id string) (*T, bool) {
	r := tx.data().shelf(t.in(tx)).byKey[key(region, id)]
	if r == nil {
		return nil, false
	}
	return t.value(tx, r), true
}

// List returns the objects of a region, oldest first; region "*" means all.
func (t Table[T]) List(tx *Tx, region string) []*T {
	order := tx.data().shelf(t.in(tx)).order
	out := make([]*T, 0, len(order))
	for _, r := range order {
		if region == "*" || r.meta.Region == region {
			out = append(out, t.value(tx, r))
		}
	}
	return out
}

// Where returns the objects of a region for which keep is true, oldest first.
func (t Table[T]) Where(tx *Tx, region string, keep func(*T) bool) []*T {
	return slices.DeleteFunc(t.List(tx, region), func(v *T) bool { return !keep(v) })
}

// First returns the oldest object of a region for which match is true.
func (t Table[T]) First(tx *Tx, region string, match func(*T) bool) (*T, bool) {
	for _, r := range tx.data().shelf(t.in(tx)).order {
		if region == "*" || r.meta.Region == region {
			if v := t.value(tx, r); match(v) {
				return v, true
			}
		}
	}
	return nil, false
}

// Put adds the object, or replaces the one with the same region and id.
func (t Table[T]) Put(tx *Tx, v *T) {
	meta := base(v)
	if meta.ID == "" {
		panic("sandbox: put " + t.kind.name + " without an id")
	}
	k := t.in(tx)
	if meta.Sequence > 0 { // it stays where it was made, whoever changes it
		k.account = meta.Account
	}
	meta.Account = k.account
	if old := tx.data().shelf(k).byKey[key(meta.Region, meta.ID)]; old != nil {
		meta.Sequence = old.meta.Sequence
	} else {
		tx.advance()
		meta.Sequence = tx.data().Sequence
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sandbox: encode %s %s: %v", t.kind.name, meta.ID, err))
	}
	tx.put(k, &record{meta: *meta, raw: raw, value: v})
}

// base is the Meta of an object; NewTable proved that it has one.
func base[T any](v *T) *Meta {
	entity, ok := any(v).(Entity)
	if !ok {
		panic(fmt.Sprintf("sandbox: %T does not embed Meta", v))
	}
	return entity.Base()
}

// Delete removes the object and reports whether it was there.
func (t Table[T]) Delete(tx *Tx, region, id string) bool {
	return tx.remove(t.in(tx), region, id)
}

func (t Table[T]) value(tx *Tx, r *record) *T {
	v, ok := r.value.(*T)
	if !ok {
		v = new(T)
		if err := json.Unmarshal(r.raw, v); err != nil {
			panic(fmt.Sprintf("sandbox: decode %s %s: %v", t.kind.name, r.meta.ID, err))
		}
		r.value = v
	}
	tx.read = append(tx.read, r)
	return v
}
