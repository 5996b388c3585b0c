package budget

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
)

// Fingerprint is what makes two plans the same to a reviewer: every
// (address, deposed key, action), whatever order and format they come in, and,
// with a key, a digest of the values on both sides of every change.
//
// The digest of the values is keyed because values are often easy to guess:
// without the key, a digest is no way to find out what they are. Drift and
// unchanged resources are no part of it.
type Fingerprint struct {
	key    []byte
	rows   [][sha256.Size]byte
	values [][sha256.Size]byte
}

// NewFingerprint starts a fingerprint. Without a key, values are left out.
func NewFingerprint(key []byte) *Fingerprint { return &Fingerprint{key: key} }

// Around makes the reader deliver what the fingerprint needs, and takes in
// each row before it goes on to yield.
func (f *Fingerprint) Around(want *Want, yield func(*Change) error) func(*Change) error {
	want.Digest = len(f.key) > 0
	return func(c *Change) error {
		if err := f.add(c); err != nil {
			return err
		}
		return yield(c)
	}
}

func (f *Fingerprint) add(c *Change) error {
	if c.Kind == Drift || c.Kind == NoOp && !c.Importing && !c.Moved() {
		return nil
	}
	h := sha256.New()
	writeText(h, c.Kind.String())
	writeText(h, c.Address)
	writeText(h, c.Deposed)
	previous := ""
	if c.Moved() {
		previous = c.Previous
	}
	writeText(h, previous)
	if c.Importing {
		writeText(h, "import")
	}
	row := [sha256.Size]byte(h.Sum(nil))
	f.rows = append(f.rows, row)
	if len(f.key) == 0 {
		return nil
	}
	mac := hmac.New(sha256.New, f.key)
	mac.Write(row[:])
	before, after, err := c.values.sides()
	if err != nil {
		return &Refusal{Code: Malformed, Why: "the values of a change can't be read", Do: "make the plan again", Cause: err}
	}
	before.digest(mac)
	after.digest(mac)
	f.values = append(f.values, [sha256.Size]byte(mac.Sum(nil)))
	return nil
}

// writeText writes a text so that it can't run into the next.
func writeText(h hash.Hash, s string) {
	h.Write(binary.AppendUvarint(nil, uint64(len(s))))
	h.Write([]byte(s))
}

// digest writes a value in a form of its own, in which an absent member is a
// null one and the order of members does not count.
func (n *node) digest(h hash.Hash) {
	h.Write([]byte{byte(n.kind)})
	switch n.kind {
	case scalarNode, stringNode:
		writeText(h, n.text)
	case listNode:
		for _, item := range n.items {
			item.digest(h)
		}
	case objectNode:
		for _, key := range unionKeys(n, n) {
			if m := n.member(key); m.kind != nullNode {
				writeText(h, key)
				m.digest(h)
			}
		}
	}
	h.Write([]byte{0xff})
}

// Changes is the digest of the rows.
func (f *Fingerprint) Changes() []byte { return multiset(f.rows, sha256.New()) }

// Values is the keyed digest of the rows with their values; nil without a key.
func (f *Fingerprint) Values() []byte {
	if len(f.key) == 0 {
		return nil
	}
	return multiset(f.values, hmac.New(sha256.New, f.key))
}

// Rows is how many changes there are.
func (f *Fingerprint) Rows() int { return len(f.rows) }

// multiset digests digests whatever their order.
func multiset(rows [][sha256.Size]byte, h hash.Hash) []byte {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	for i := range sorted {
		h.Write(sorted[i][:])
	}
	return h.Sum(nil)
}
