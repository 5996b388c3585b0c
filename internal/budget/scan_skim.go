package budget

import (
	"encoding/binary"
	"math/bits"
)

// skim is the fast part of skipValue. It goes on from a position before a
// value or, with after set, behind one, as long as what it meets is plain:
// no white space, no escapes, nothing but ASCII in strings, integers, and all
// of a token inside the window. It stops in front of the first token that is
// not, with the depth and state reached, and leaves that one to the careful
// part. What it passes, it has validated.
func (s *scanner) skim(depth int, after bool) (int, bool) {
	// One byte of slack, so that the byte behind a token can be looked at.
	b, i := s.buf[:s.end], s.pos
	for i+1 < len(b) {
		if after {
			if depth == 0 {
				break
			}
			top := depth - 1
			object := s.stack[top/64]&(1<<(top%64)) != 0
			switch c := b[i]; {
			case c == ',' && object:
				k := skimKey(b, i+1)
				if k < 0 {
					s.pos = i
					return depth, after
				}
				i, after = k, false
			case c == ',':
				i, after = i+1, false
			case c == '}' && object, c == ']' && !object:
				i, depth = i+1, top
			default:
				s.pos = i
				return depth, after
			}
			continue
		}
		k := -1
		switch c := b[i]; c {
		case '"':
			k = skimString(b, i+1)
		case '{':
			if depth == scanDepth {
				break
			}
			if b[i+1] == '}' {
				k = i + 2
			} else if key := skimKey(b, i+1); key >= 0 {
				s.stack[depth/64] |= 1 << (depth % 64)
				i, depth = key, depth+1
				continue
			}
		case '[':
			if depth == scanDepth {
				break
			}
			if b[i+1] == ']' {
				k = i + 2
			} else {
				s.stack[depth/64] &^= 1 << (depth % 64)
				i, depth = i+1, depth+1
				continue
			}
		case 't':
			if i+4 <= len(b) && string(b[i:i+4]) == "true" {
				k = i + 4
			}
		case 'n':
			if i+4 <= len(b) && string(b[i:i+4]) == "null" {
				k = i + 4
			}
		case 'f':
			if i+5 <= len(b) && string(b[i:i+5]) == "false" {
				k = i + 5
			}
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			k = skimInteger(b, i)
		}
		if k < 0 {
			break
		}
		i, after = k, true
	}
	s.pos = i
	return depth, after
}

// skimString returns the position behind the closing quote of a plain string
// whose content starts at i, or -1.
func skimString(b []byte, i int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote := w ^ ones*'"'
		slash := w ^ ones*'\\'
		hit := (((quote - ones) &^ quote) | ((slash - ones) &^ slash) | ((w - ones*' ') &^ w) | w) & highs
		if hit == 0 {
			continue
		}
		if i += bits.TrailingZeros64(hit) / 8; b[i] == '"' {
			return i + 1
		}
		return -1
	}
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\' || c < ' ' || c >= 0x80:
			return -1
		}
	}
	return -1
}

// skimKey returns the position behind a plain key and its colon, or -1.
func skimKey(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	k := skimString(b, i+1)
	if k < 0 || k >= len(b) || b[k] != ':' {
		return -1
	}
	return k + 1
}

// skimInteger returns the position behind an integer that a comma or a
// closing bracket follows, or -1.
func skimInteger(b []byte, i int) int {
	start := i
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	if i == len(b) || b[i] != ',' && b[i] != ']' && b[i] != '}' || b[start] == '0' && i > start+1 {
		return -1
	}
	return i
}
