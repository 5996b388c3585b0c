package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Tx is one transaction on the store: everything that one request sees and
// changes. It is good only until the function that received it returns.
type Tx struct {
	box   *Sandbox
	dirty bool
	// account is whose objects tables show; see [Tx.Inside].
	account string
	fresh   bool // the store was made by this transaction
	undo    []func()
	read    []*record // whose value was handed out
}

func (tx *Tx) data() *data { return tx.box.store.data }

// Now is the simulated time, UTC, to the millisecond.
func (tx *Tx) Now() time.Time {
	return tx.box.options.Now().Add(tx.data().Offset).UTC().Truncate(time.Millisecond)
}

// Realm is the id of this cloud.
func (tx *Tx) Realm() string { return tx.data().Realm }

// Account is the account whose objects tables show; empty for the one that
// callers are in by themselves.
func (tx *Tx) Account() string { return tx.account }

// Inside runs fn with another account's objects in the tables.
func (tx *Tx) Inside(account string, fn func()) {
	before := tx.account
	tx.account = account
	defer func() { tx.account = before }()
	fn()
}

// Hex returns n new hex digits, the same ones for the same seed and history:
// the part after the dash of "vpc-0a1b2c3d4e5f67890" is Hex(17).
func (tx *Tx) Hex(n int) string {
	var out strings.Builder
	for out.Len() < n {
		tx.advance()
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], tx.data().Seed)
		binary.BigEndian.PutUint64(b[8:], tx.data().Sequence)
		sum := sha256.Sum256(b[:])
		out.WriteString(hex.EncodeToString(sum[:]))
	}
	return out.String()[:n]
}

// UUID returns a new random-looking UUID (version 4), seeded as Hex is.
func (tx *Tx) UUID() string {
	h := []byte(tx.Hex(32))
	h[12], h[16] = '4', "89ab"[h[16]%4]
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

// Number returns a new number from 0 to n-1, seeded as Hex is.
func (tx *Tx) Number(n uint64) uint64 {
	v, _ := strconv.ParseUint(tx.Hex(15), 16, 64) // hex digits always parse
	return v % n
}

func (tx *Tx) advance() {
	d := tx.data()
	before, dirty := d.Sequence, tx.dirty
	tx.undo = append(tx.undo, func() { d.Sequence, tx.dirty = before, dirty })
	d.Sequence++
	tx.dirty = true
}

// Setting is a behaviour of the cloud that a person or a test may set, such
// as "quota/aws/vpc/L-F678F1CE", or def when nobody did.
func (tx *Tx) Setting(name, def string) string {
	if v, ok := tx.data().Settings[name]; ok {
		return v
	}
	return def
}

// SettingInt is Setting for numbers; what is not a number is def.
func (tx *Tx) SettingInt(name string, def int) int {
	n, err := strconv.Atoi(tx.Setting(name, ""))
	if err != nil {
		return def
	}
	return n
}

// Set changes a setting; an empty value returns it to its default.
func (tx *Tx) Set(name, value string) {
	settings := tx.data().Settings
	before, had := settings[name]
	if value == before && (had || value == "") {
		return
	}
	tx.undo = append(tx.undo, func() {
		if had {
			settings[name] = before
		} else {
			delete(settings, name)
		}
	})
	if value == "" {
		delete(settings, name)
	} else {
		settings[name] = value
	}
	tx.dirty = true
}

// Steps returns the progress of a new long operation: how many polls of its
// own object it takes. The setting "steps/<name>" overrides def, and "steps"
// overrides it for all.
func (tx *Tx) Steps(name string, def int) Progress {
	return Progress{Left: max(0, tx.SettingInt("steps/"+name, tx.SettingInt("steps", def)))}
}

func (tx *Tx) put(k kind, r *record) {
	s := tx.data().shelf(k)
	old := s.put(r)
	tx.dirty = true
	tx.undo = append(tx.undo, func() {
		s.remove(r.meta.Region, r.meta.ID)
		if old != nil {
			s.put(old)
		}
	})
	if old != nil {
		tx.read = append(tx.read, old)
	}
	tx.read = append(tx.read, r)
}

func (tx *Tx) remove(k kind, region, id string) bool {
	s := tx.data().shelf(k)
	old := s.remove(region, id)
	if old == nil {
		return false
	}
	tx.dirty = true
	tx.undo = append(tx.undo, func() { s.put(old) })
	return true
}

// rollback undoes everything, last change first, and forgets the values that
// were handed out, since they may have been changed.
func (tx *Tx) rollback() {
	for i := len(tx.undo) - 1; i >= 0; i-- {
		tx.undo[i]()
	}
	for _, r := range tx.read {
		r.value = nil
	}
	tx.undo, tx.read, tx.dirty = nil, nil, false
}

func (tx *Tx) commit() error {
	if tx.box.options.Strict {
		tx.verify()
	}
	if !tx.dirty && !tx.fresh {
		return nil
	}
	if err := tx.box.store.save(); err != nil {
		tx.rollback()
		tx.box.store.identity = nil // whatever is on disk now: read it again
		return err
	}
	return nil
}

// verify panics when a value that was handed out no longer encodes to what is
// stored: somebody changed it and did not put it back.
func (tx *Tx) verify() {
	for _, r := range tx.read {
		current := tx.holds(r)
		if !current || r.value == nil {
			continue
		}
		now, errNow := json.Marshal(r.value)
		stored := reflect.New(reflect.TypeOf(r.value).Elem()).Interface()
		errStored := json.Unmarshal(r.raw, stored)
		then, errThen := json.Marshal(stored)
		if err := errors.Join(errNow, errStored, errThen); err != nil || !bytes.Equal(now, then) {
			panic(fmt.Sprintf("sandbox: %s was changed and not put back: %v\nstored %s\nnow    %s", r.meta.ID, err, then, now))
		}
	}
}

func (tx *Tx) holds(r *record) bool {
	for _, s := range tx.data().shelves {
		if s.byKey[key(r.meta.Region, r.meta.ID)] == r {
			return true
		}
	}
	return false
}
