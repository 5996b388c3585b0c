package budget

import (
	"errors"
	"slices"
	"strconv"
)

// node is one value of an attribute, in a form that both encodings share. It
// lives while one change is looked at.
type node struct {
	kind  nodeKind
	text  string // scalars and strings
	keys  []string
	items []*node // members of an object, by keys; elements of a list
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	unknownNode
	scalarNode
	stringNode
	objectNode
	listNode
)

var (
	null    = &node{}
	unknown = &node{kind: unknownNode}

	errDeep = errors.New("a value nests too deep")
)

// maxNest bounds the recursion on values.
const maxNest = 1000

// member is a member of an object; what is absent is null.
func (n *node) member(key string) *node {
	if n.kind == objectNode {
		if i := slices.Index(n.keys, key); i >= 0 {
			return n.items[i]
		}
	}
	return null
}

// at follows a path. Below an unknown value all is unknown.
func (n *node) at(path []string) *node {
	for _, key := range path {
		if n.kind == unknownNode {
			return n
		}
		if n.kind == listNode { // a nested block of which there is one
			if len(n.items) != 1 {
				return null
			}
			n = n.items[0]
		}
		n = n.member(key)
	}
	return n
}

// sides are the values of a change before and after it.
func (v *values) sides() (before, after *node, err error) {
	switch v.encoding {
	case jsonValues:
		if before, err = jsonNode(v.before); err != nil {
			return nil, nil, err
		}
		if after, err = jsonNode(v.after); err != nil {
			return nil, nil, err
		}
		mask, err := jsonNode(v.unknown)
		if err != nil {
			return nil, nil, err
		}
		return before, overlay(after, mask), nil
	case msgpackValues:
		if before, err = msgpackNode(v.before); err == nil {
			after, err = msgpackNode(v.after)
		}
		return before, after, err
	}
	return null, null, nil
}

// jsonNode decodes one value; no bytes are null.
func jsonNode(raw []byte) (*node, error) {
	if len(raw) == 0 {
		return null, nil
	}
	s := &scanner{buf: raw, end: len(raw), done: true, mark: -1}
	return s.node(0)
}

func (s *scanner) node(depth int) (*node, error) {
	if depth > maxNest {
		return nil, errDeep
	}
	c, err := s.space()
	if err != nil {
		return nil, err
	}
	switch c {
	case '{':
		n := &node{kind: objectNode}
		err = s.object(func(key []byte) error {
			n.keys = append(n.keys, string(key))
			item, err := s.node(depth + 1)
			n.items = append(n.items, item)
			return err
		})
		return n, err
	case '[':
		n := &node{kind: listNode}
		err = s.array(func() error {
			item, err := s.node(depth + 1)
			n.items = append(n.items, item)
			return err
		})
		return n, err
	case '"':
		text, err := s.text(nil)
		return &node{kind: stringNode, text: string(text)}, err
	case 'n':
		return null, s.literal("null")
	}
	from := s.pos
	if err := s.skipScalar(c); err != nil {
		return nil, err
	}
	return &node{kind: scalarNode, text: string(s.buf[from:s.pos])}, nil
}

// overlay puts unknown wherever mask, an after_unknown, is true.
func overlay(n, mask *node) *node {
	switch mask.kind {
	case scalarNode:
		if mask.text == "true" {
			return unknown
		}
	case objectNode:
		if n.kind != objectNode {
			n = &node{kind: objectNode}
		}
		for i, key := range mask.keys {
			merged := overlay(n.member(key), mask.items[i])
			if at := slices.Index(n.keys, key); at >= 0 {
				n.items[at] = merged
			} else if merged.kind != nullNode {
				n.keys, n.items = append(n.keys, key), append(n.items, merged)
			}
		}
	case listNode:
		if n.kind != listNode {
			n = &node{kind: listNode}
		}
		for i, m := range mask.items {
			if i < len(n.items) {
				n.items[i] = overlay(n.items[i], m)
			} else {
				n.items = append(n.items, overlay(null, m))
			}
		}
	}
	return n
}

// msgpackNode decodes one value as Terraform serialises it: extensions are
// unknown values, and a value of dynamic type is a pair of its type, a
// binary, and itself.
func msgpackNode(raw []byte) (*node, error) {
	if len(raw) == 0 {
		return null, nil
	}
	n, _, err := decodeMsgpack(raw, 0)
	return n, err
}

func decodeMsgpack(b []byte, depth int) (*node, []byte, error) {
	if depth > maxNest {
		return nil, nil, errDeep
	}
	it, rest, err := msgpackHead(b)
	if err != nil {
		return nil, nil, err
	}
	switch it.kind {
	case msgpackNil:
		return null, rest, nil
	case msgpackExtension:
		return unknown, rest, nil
	case msgpackScalar:
		return &node{kind: scalarNode, text: it.text}, rest, nil
	case msgpackString, msgpackBinary:
		return &node{kind: stringNode, text: string(it.body)}, rest, nil
	case msgpackArray:
		if it.count == 2 {
			if typ, value, err := msgpackHead(rest); err == nil && typ.kind == msgpackBinary {
				return decodeMsgpack(value, depth+1)
			}
		}
		n := &node{kind: listNode}
		for range it.count {
			var item *node
			if item, rest, err = decodeMsgpack(rest, depth+1); err != nil {
				return nil, nil, err
			}
			n.items = append(n.items, item)
		}
		return n, rest, nil
	}
	n := &node{kind: objectNode}
	for range it.count {
		var key, item *node
		if key, rest, err = decodeMsgpack(rest, depth+1); err != nil {
			return nil, nil, err
		}
		if item, rest, err = decodeMsgpack(rest, depth+1); err != nil {
			return nil, nil, err
		}
		n.keys, n.items = append(n.keys, key.text), append(n.items, item)
	}
	return n, rest, nil
}

// same reports whether two values are equal. An unknown value equals nothing:
// it may turn out to be any.
func same(a, b *node) bool {
	if a.kind != b.kind || a.kind == unknownNode || a.text != b.text {
		return false
	}
	if a.kind == listNode {
		return slices.EqualFunc(a.items, b.items, same)
	}
	if a.kind != objectNode {
		return true
	}
	for _, key := range unionKeys(a, b) {
		if !same(a.member(key), b.member(key)) {
			return false
		}
	}
	return true
}

func unionKeys(a, b *node) []string {
	keys := append(slices.Clone(a.keys), b.keys...)
	slices.Sort(keys)
	return slices.Compact(keys)
}

// differ calls found with the path of each leaf in which the two sides
// differ, until found returns false.
func differ(a, b *node, path []string, found func([]string) bool) bool {
	if same(a, b) {
		return true
	}
	switch {
	case a.kind == objectNode && b.kind == objectNode:
		for _, key := range unionKeys(a, b) {
			if !differ(a.member(key), b.member(key), append(path, key), found) {
				return false
			}
		}
		return true
	case a.kind == listNode && b.kind == listNode:
		for i := range max(len(a.items), len(b.items)) {
			x, y := null, null
			if i < len(a.items) {
				x = a.items[i]
			}
			if i < len(b.items) {
				y = b.items[i]
			}
			if i >= len(a.items) || i >= len(b.items) {
				// An element came or went; that one of them is null is no
				// reason to call them the same.
				if !found(append(path, strconv.Itoa(i))) {
					return false
				}
				continue
			}
			if !differ(x, y, append(path, strconv.Itoa(i)), found) {
				return false
			}
		}
		return true
	}
	return found(path)
}
