package cidr

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

var (
	// ErrOutside means that a range is not inside one supernet of the space.
	ErrOutside = errors.New("outside every supernet")
	// ErrTaken means that some of a range is not free.
	ErrTaken = errors.New("not wholly free")
	// ErrFree means that some of a range that was to be released is free already.
	ErrFree = errors.New("not wholly taken")
)

// Space is the free space of one or more supernets, of either family.
//
// Each supernet is a binary trie whose nodes know the set of sizes of the free
// ranges below them, so that the best fit (the smallest free range that is
// large enough, the lowest of several) is found by walking down once. A whole
// free or whole taken subtree has no nodes at all: memory follows the number of
// boundaries between free and taken, and neighbours coalesce by themselves.
// Each operation takes O(prefix bits below the supernet), plus O(supernets) for
// Allocate and Peek.
//
// A Space is not safe for concurrent use.
type Space struct {
	trees []*tree // ordered by address, IPv4 first
}

// NewSpace returns a Space in which all of supernets is free. It refuses ranges
// with host bits and supernets that overlap. A range never spans two supernets,
// even if they are neighbours: pass the range that holds both instead.
func NewSpace(supernets ...netip.Prefix) (*Space, error) {
	space := &Space{}
	for _, supernet := range supernets {
		if !canonical(supernet) {
			return nil, fmt.Errorf("supernet %s is not a canonical range: mask it first", supernet)
		}
		space.trees = append(space.trees, newTree(supernet))
	}
	slices.SortFunc(space.trees, func(a, b *tree) int { return Compare(a.prefix, b.prefix) })
	for i := 1; i < len(space.trees); i++ {
		if a, b := space.trees[i-1].prefix, space.trees[i].prefix; a.Overlaps(b) {
			return nil, fmt.Errorf("supernets %s and %s overlap: keep one of them", a, b)
		}
	}
	return space, nil
}

// Allocate takes the best fit of length bits and returns it, or false if none
// is free. It looks in the supernets named by among; without any, in every IPv4
// supernet, or in every IPv6 supernet if the space has no IPv4.
func (s *Space) Allocate(bits int, among ...netip.Prefix) (netip.Prefix, bool) {
	tree, length := s.best(bits, among)
	if tree == nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(tree.allocate(length, bits).address(tree.width), bits), true
}

// Peek returns what Allocate would return, and takes nothing.
func (s *Space) Peek(bits int, among ...netip.Prefix) (netip.Prefix, bool) {
	tree, length := s.best(bits, among)
	if tree == nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(tree.lowest(length).address(tree.width), bits), true
}

// Take takes exactly range prefix, which must be wholly free: ErrOutside or
// ErrTaken otherwise, and nothing is taken.
func (s *Space) Take(prefix netip.Prefix) error {
	tree := s.treeOf(prefix)
	if tree == nil {
		return fmt.Errorf("take %s: %w", prefix, ErrOutside)
	}
	start := keyOf(prefix.Addr())
	if tree.state(start, prefix.Bits()) != free {
		return fmt.Errorf("take %s: %w", prefix, ErrTaken)
	}
	tree.set(start, prefix.Bits(), full)
	return nil
}

// Exclude takes whatever of prefix lies in the supernets and is still free. It
// is for reserved ranges, which may overlap each other and lie partly or wholly
// outside.
func (s *Space) Exclude(prefix netip.Prefix) {
	for _, tree := range s.trees {
		if !tree.prefix.Overlaps(prefix) {
			continue
		}
		if tree.prefix.Bits() > prefix.Bits() {
			tree.set(tree.start, tree.bits, full)
			continue
		}
		tree.set(keyOf(prefix.Addr()), prefix.Bits(), full)
	}
}

// Release frees range prefix, all of which must be taken: ErrOutside or ErrFree
// otherwise, and nothing is freed.
func (s *Space) Release(prefix netip.Prefix) error {
	tree := s.treeOf(prefix)
	if tree == nil {
		return fmt.Errorf("release %s: %w", prefix, ErrOutside)
	}
	start := keyOf(prefix.Addr())
	if tree.state(start, prefix.Bits()) != full {
		return fmt.Errorf("release %s: %w", prefix, ErrFree)
	}
	tree.set(start, prefix.Bits(), free)
	return nil
}

// IsFree reports whether all of prefix is free and inside one supernet.
func (s *Space) IsFree(prefix netip.Prefix) bool {
	tree := s.treeOf(prefix)
	return tree != nil && tree.state(keyOf(prefix.Addr()), prefix.Bits()) == free
}

// SupernetOf returns the supernet that holds prefix, or false if none does.
func (s *Space) SupernetOf(prefix netip.Prefix) (netip.Prefix, bool) {
	if tree := s.treeOf(prefix); tree != nil {
		return tree.prefix, true
	}
	return netip.Prefix{}, false
}

// Clone returns an independent copy, for trying out a change.
func (s *Space) Clone() *Space {
	copied := &Space{trees: make([]*tree, len(s.trees))}
	for i, original := range s.trees {
		duplicate := *original
		duplicate.nodes = slices.Clone(original.nodes)
		copied.trees[i] = &duplicate
	}
	return copied
}

// best returns the tree with the best fit for bits and the length of the free
// range there, or nil.
func (s *Space) best(bits int, among []netip.Prefix) (*tree, int) {
	var chosen *tree
	longest := -1
	for _, tree := range s.trees {
		if len(among) > 0 && !slices.Contains(among, tree.prefix) {
			continue
		}
		if len(among) == 0 && tree.width != s.trees[0].width {
			break // IPv6 behind IPv4: see Allocate
		}
		if length, ok := tree.fitting(bits); ok && length > longest {
			chosen, longest = tree, length
		}
	}
	return chosen, longest
}

func (s *Space) treeOf(prefix netip.Prefix) *tree {
	if !canonical(prefix) {
		return nil
	}
	after, found := slices.BinarySearchFunc(s.trees, prefix.Addr(), func(t *tree, address netip.Addr) int {
		return t.prefix.Addr().Compare(address)
	})
	if !found {
		after--
	}
	if after < 0 || !Contains(s.trees[after].prefix, prefix) {
		return nil
	}
	return s.trees[after]
}
