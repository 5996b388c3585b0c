package cidr

import "net/netip"

// A subtree is named by the index of its node. Two indexes have no node: a
// subtree that is wholly free, and one that is wholly taken.
const (
	free uint32 = iota
	full
	firstNode
)

// node is a subtree that is partly free and partly taken.
type node struct {
	sizes sizes     // lengths of the maximal free ranges below
	kids  [2]uint32 // the half with bit 0, the half with bit 1
}

// tree is the free space of one supernet.
type tree struct {
	prefix netip.Prefix
	start  key
	bits   int // prefix length of the supernet
	width  int // 32 or 128
	top    uint32
	nodes  []node // the first two are never used, see free and full
	spare  uint32 // list of nodes to use again, linked by kids[0]; 0 ends it
}

func newTree(prefix netip.Prefix) *tree {
	return &tree{
		prefix: prefix,
		start:  keyOf(prefix.Addr()),
		bits:   prefix.Bits(),
		width:  prefix.Addr().BitLen(),
		nodes:  make([]node, firstNode),
	}
}

// fitting returns the length of the smallest free range that holds one of length bits.
func (t *tree) fitting(bits int) (int, bool) {
	switch {
	case bits < t.bits || bits > t.width || t.top == full:
		return 0, false
	case t.top == free:
		return t.bits, true
	}
	length := t.nodes[t.top].sizes.fitting(bits)
	return length, length > 0
}

// sizesAt returns the sizes below the subtree at, whose root has depth bits.
func (t *tree) sizesAt(at uint32, depth int) sizes {
	if at == free {
		return sizeOf(depth)
	}
	return t.nodes[at].sizes // of full: empty
}

// lowest returns the start of the lowest maximal free range of exactly that length, which must exist.
func (t *tree) lowest(length int) key {
	start, at := t.start, t.top
	if length == t.bits {
		return start
	}
	size := sizeOf(length)
	for depth := t.bits; depth < length; depth++ {
		left := t.nodes[at].kids[0]
		if t.sizesAt(left, depth+1).meets(size) {
			at = left
			continue
		}
		at = t.nodes[at].kids[1]
		start = start.set(depth)
	}
	return start
}

// allocate takes the first bits of the lowest maximal free range of that length.
func (t *tree) allocate(length, bits int) key {
	start := t.lowest(length)
	t.set(start, bits, full)
	return start
}

// state returns free or full if all of the range is, else the index of a node.
func (t *tree) state(start key, bits int) uint32 {
	at := t.top
	for depth := t.bits; depth < bits && at >= firstNode; depth++ {
		at = t.nodes[at].kids[start.bit(depth)]
	}
	return at
}

// set makes all of a range, which must be inside the supernet, free or full.
func (t *tree) set(start key, bits int, to uint32) {
	var path [128]uint32
	at, depth := t.top, t.bits
	for ; depth < bits; depth++ {
		if at == to {
			return // a larger range is that already
		}
		if at < firstNode {
			at = t.newNode(at)
		}
		path[depth] = at
		at = t.nodes[at].kids[start.bit(depth)]
	}
	t.drop(at)
	at = to
	for depth--; depth >= t.bits; depth-- {
		node := &t.nodes[path[depth]]
		node.kids[start.bit(depth)] = at
		if node.kids[0] == node.kids[1] { // both free or both full
			t.recycle(path[depth])
			continue
		}
		below := t.sizesAt(node.kids[0], depth+1).or(t.sizesAt(node.kids[1], depth+1))
		if below == node.sizes {
			return // nothing above can change; a new node never gets here
		}
		node.sizes = below
		at = path[depth]
	}
	t.top = at
}

// newNode returns a node both of whose halves are what.
func (t *tree) newNode(what uint32) uint32 {
	fresh := node{kids: [2]uint32{what, what}}
	if t.spare == 0 {
		t.nodes = append(t.nodes, fresh)
		return uint32(len(t.nodes) - 1)
	}
	at := t.spare
	t.spare = t.nodes[at].kids[0]
	t.nodes[at] = fresh
	return at
}

// drop recycles all nodes of a subtree.
func (t *tree) drop(at uint32) {
	if at < firstNode {
		return
	}
	kids := t.nodes[at].kids
	t.drop(kids[0])
	t.drop(kids[1])
	t.recycle(at)
}

func (t *tree) recycle(at uint32) {
	t.nodes[at] = node{kids: [2]uint32{t.spare, 0}}
	t.spare = at
}
