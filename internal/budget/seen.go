package budget

import "hash/maphash"

// seen is the set of row identities met so far, as 64-bit hashes: eight to
// sixteen bytes a row, the one thing that grows with a plan. Two different
// rows with one hash (one chance in 10^8 for a million rows) are taken for a
// duplicate, so that the mistake is a refusal.
type seen struct {
	seed  maphash.Seed
	slots []uint64
	used  int
	zero  bool
}

// add reports whether the row was not there yet.
func (s *seen) add(address, deposed string) bool {
	if s.slots == nil {
		s.seed = maphash.MakeSeed()
		s.slots = make([]uint64, 1<<10)
	}
	h := maphash.String(s.seed, address)
	if deposed != "" {
		h ^= maphash.String(s.seed, deposed) * 0x9e3779b97f4a7c15
	}
	if h == 0 {
		fresh := !s.zero
		s.zero = true
		return fresh
	}
	if s.used >= len(s.slots)/4*3 {
		old := s.slots
		s.slots = make([]uint64, 2*len(old))
		for _, h := range old {
			if h != 0 {
				s.put(h)
			}
		}
	}
	if !s.put(h) {
		return false
	}
	s.used++
	return true
}

func (s *seen) put(h uint64) bool {
	for i := h & uint64(len(s.slots)-1); ; i = (i + 1) & uint64(len(s.slots)-1) {
		switch s.slots[i] {
		case 0:
			s.slots[i] = h
			return true
		case h:
			return false
		}
	}
}
