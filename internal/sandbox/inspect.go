package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Object is one thing that exists in the sandbox, as `kready sandbox show`
// prints it.
type Object struct {
	Cloud   string            `json:"cloud"`
	Type    string            `json:"type"` // "ec2/vpc"
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Region  string            `json:"region,omitempty"`
	Account string            `json:"account,omitempty"` // empty: the one that callers are in by themselves
	Tags    map[string]string `json:"tags"`
	Pending bool              `json:"pending,omitempty"`
}

// Remover is an API that can delete an object as the cloud itself would, with
// what goes along with it. Without it, Remove takes the object alone.
type Remover interface {
	Remove(tx *Tx, object Object) error
}

// Planter is an API that can make things behind Terraform's back.
type Planter interface {
	// Plants says what can be planted, each with its arguments.
	Plants() map[string]string
	// Plant makes it and returns what was made.
	Plant(tx *Tx, what string, arguments map[string]string) ([]Object, error)
}

// Objects lists what exists, oldest first within each type. What is hidden or
// pending is left out unless all is set.
func (s *Sandbox) Objects(all bool) ([]Object, error) {
	var out []Object
	err := s.Update(func(tx *Tx) error {
		out = tx.Objects(all)
		return nil
	})
	return out, err
}

// Objects lists what exists, sorted by cloud and type, oldest first within.
func (tx *Tx) Objects(all bool) []Object {
	var kinds []kind
	for k := range tx.data().shelves {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int {
		return strings.Compare(a.cloud+"\x00"+a.name+"\x00"+a.account, b.cloud+"\x00"+b.name+"\x00"+b.account)
	})
	out := []Object{}
	for _, k := range kinds {
		for _, r := range tx.data().shelves[k].order {
			if all || !r.meta.Hidden && !r.meta.Pending {
				out = append(out, r.object(k))
			}
		}
	}
	return out
}

func (r *record) object(k kind) Object {
	name := r.meta.Name
	if name == "" {
		name = r.meta.Tags["Name"]
	}
	tags := r.meta.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	return Object{
		Cloud: k.cloud, Type: k.name, ID: r.meta.ID, Name: name,
		Region: r.meta.Region, Account: k.account, Tags: tags, Pending: r.meta.Pending,
	}
}

// ErrNoObject says that no object has the id, or more than one has.
var ErrNoObject = errors.New("no such object in the sandbox")

// find returns the one object with that id; "type:id" or "region:id" narrows
// the search when an id is not unique.
func (tx *Tx) find(id string) (kind, *record, error) {
	var kinds []kind
	var found []*record
	for k, s := range tx.data().shelves {
		for _, r := range s.order {
			if r.meta.ID == id || k.name+":"+r.meta.ID == id || r.meta.Region+":"+r.meta.ID == id {
				kinds, found = append(kinds, k), append(found, r)
			}
		}
	}
	switch len(found) {
	case 1:
		return kinds[0], found[0], nil
	case 0:
		return kind{}, nil, fmt.Errorf("%w: %s; `kready sandbox show -all` lists the ids", ErrNoObject, id)
	}
	var which []string
	for i, r := range found {
		which = append(which, kinds[i].name+":"+r.meta.ID)
	}
	slices.Sort(which)
	return kind{}, nil, fmt.Errorf("%w: %s means %d objects (%s); say type:id", ErrNoObject, id, len(found), strings.Join(which, ", "))
}

// Remove deletes an object behind Terraform's back, with what the cloud would
// delete along with it. It overrides every protection that the cloud has.
func (s *Sandbox) Remove(id string) (Object, error) {
	var removed Object
	err := s.Update(func(tx *Tx) error {
		k, r, err := tx.find(id)
		if err != nil {
			return err
		}
		removed = r.object(k)
		for _, api := range s.options.APIs {
			if remover, ok := api.(Remover); ok && api.Cloud() == k.cloud {
				var err error
				tx.Inside(k.account, func() { err = remover.Remove(tx, removed) })
				return err
			}
		}
		tx.remove(k, r.meta.Region, r.meta.ID)
		return nil
	})
	return removed, err
}

// RemoveObject takes one object off its shelf and nothing else.
func (tx *Tx) RemoveObject(o Object) bool {
	return tx.remove(kind{o.Cloud, o.Type, o.Account}, o.Region, o.ID)
}

// Plant makes something behind Terraform's back, such as the load balancer
// that a controller in the cluster would have made.
func (s *Sandbox) Plant(cloud, what string, arguments map[string]string) ([]Object, error) {
	var planted []Object
	err := s.Update(func(tx *Tx) error {
		for _, api := range s.options.APIs {
			planter, ok := api.(Planter)
			if !ok || api.Cloud() != cloud {
				continue
			}
			if _, known := planter.Plants()[what]; !known {
				return fmt.Errorf("plant %s: %s does not know it; it knows %s", what, cloud, plants(planter))
			}
			var err error
			planted, err = planter.Plant(tx, what, arguments)
			return err
		}
		return fmt.Errorf("plant %s: nothing can be planted in a cloud %q", what, cloud)
	})
	return planted, err
}

func plants(p Planter) string {
	var names []string
	for name := range p.Plants() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Read returns one object as it is stored.
func (s *Sandbox) Read(id string) (Object, json.RawMessage, error) {
	var object Object
	var raw json.RawMessage
	err := s.Update(func(tx *Tx) error {
		k, r, err := tx.find(id)
		if err != nil {
			return err
		}
		object, raw = r.object(k), bytes.Clone(r.raw)
		return nil
	})
	return object, raw, err
}

// Mutate changes one field of an object as it is stored, behind Terraform's
// back: "cidr", "tags.Name", "rules.0.cidr". The value is JSON; what is not
// valid JSON is taken as a string, and null removes the field.
func (s *Sandbox) Mutate(id, field, value string) (Object, error) {
	var object Object
	err := s.Update(func(tx *Tx) error {
		k, r, err := tx.find(id)
		if err != nil {
			return err
		}
		raw, err := mutate(r.raw, strings.Split(field, "."), value)
		if err != nil {
			return fmt.Errorf("mutate %s: %w", id, err)
		}
		changed := &record{raw: raw}
		if err := json.Unmarshal(raw, &changed.meta); err != nil {
			return fmt.Errorf("mutate %s: %w", id, err)
		}
		if changed.meta.ID != r.meta.ID || changed.meta.Region != r.meta.Region || changed.meta.Sequence != r.meta.Sequence {
			return fmt.Errorf("mutate %s: id, region and sequence are not changed in place", id)
		}
		tx.put(k, changed)
		object = changed.object(k)
		return nil
	})
	return object, err
}

// Set changes a setting of the cloud, such as a quota.
func (s *Sandbox) Set(name, value string) error {
	return s.Update(func(tx *Tx) error { tx.Set(name, value); return nil })
}

// Settings lists the settings that are not at their default.
func (s *Sandbox) Settings() (map[string]string, error) {
	out := map[string]string{}
	err := s.Update(func(tx *Tx) error {
		for name, value := range tx.data().Settings {
			out[name] = value
		}
		return nil
	})
	return out, err
}

// Reset empties the store. It becomes another cloud, with another realm,
// unless keepRealm is set; faults, settings, clock and journal go as well.
func (s *Sandbox) Reset(keepRealm bool) error {
	return s.Update(func(tx *Tx) error {
		old := tx.data()
		fresh := newData(0)
		if keepRealm {
			fresh.Realm, fresh.Seed, fresh.Sequence = old.Realm, old.Seed, old.Sequence
		}
		s.store.data = fresh
		tx.undo = append(tx.undo, func() { s.store.data = old })
		tx.dirty = true
		err := os.Remove(s.JournalPath())
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}
