package budget

import (
	"hash/maphash"
	"slices"
)

// seen is the set of row identities met so far, as 64-bit hashes: about twelve
// bytes a row, the one thing that grows with a plan. Two different rows of one
// hash (one chance in 10^8 for half a million rows) are taken for a duplicate,
// so that the mistake is a refusal, and the next run has another seed.
//
// It is an extendible hash table: pages of one kilobyte, of which one is split
// when it is full. Nothing is ever moved to a larger place, which would leave
// holes in the heap as large as what is in it.
type seen struct {
	seed  maphash.Seed
	depth uint        // of the directory, in bits of the hash
	pages []*seenPage // by the topmost depth bits; several may share a page
}

// seenPage is one page: the hashes that agree in their topmost depth bits.
type seenPage struct {
	depth  uint
	used   int
	hashes [126]uint64
}

// add reports whether the row was not there yet.
func (s *seen) add(address, deposed string) bool {
	if s.pages == nil {
		s.seed = maphash.MakeSeed()
		s.pages = []*seenPage{{}}
	}
	h := maphash.String(s.seed, address)
	if deposed != "" {
		h ^= maphash.String(s.seed, deposed) * 0x9e3779b97f4a7c15
	}
	page := s.page(h)
	if slices.Contains(page.hashes[:page.used], h) {
		return false
	}
	for page.used == len(page.hashes) {
		s.split(h)
		page = s.page(h)
	}
	page.hashes[page.used] = h
	page.used++
	return true
}

func (s *seen) page(h uint64) *seenPage {
	return s.pages[h>>(64-s.depth)] // a shift by 64 gives 0
}

// split makes two pages of the one that h belongs to.
func (s *seen) split(h uint64) {
	old := s.page(h)
	if old.depth == s.depth {
		twice := make([]*seenPage, 0, 2*len(s.pages))
		for _, p := range s.pages {
			twice = append(twice, p, p)
		}
		s.pages, s.depth = twice, s.depth+1
	}
	old.depth++
	high := &seenPage{depth: old.depth}
	hashes := old.hashes
	old.used = 0
	for _, x := range hashes {
		to := old
		if x>>(64-old.depth)&1 == 1 {
			to = high
		}
		to.hashes[to.used] = x
		to.used++
	}
	// Of the entries that point at the old page, the upper half is the new one's.
	span := uint64(1) << (s.depth - old.depth)
	first := (h>>(64-old.depth) | 1) * span
	for i := first; i < first+span; i++ {
		s.pages[i] = high
	}
}
