package budget

import "unicode/utf8"

// rune consumes one rune that is not ASCII.
func (s *scanner) rune() (rune, error) {
	for !utf8.FullRune(s.buf[s.pos:s.end]) && s.fill() {
	}
	r, n := utf8.DecodeRune(s.buf[s.pos:s.end])
	if r == utf8.RuneError && n <= 1 {
		if s.err != nil {
			return 0, s.err
		}
		return 0, s.syntax("UTF-8")
	}
	s.pos += n
	return r, nil
}

// escape consumes one escape sequence. A lone surrogate comes out as U+FFFD,
// as in encoding/json.
func (s *scanner) escape() (rune, error) {
	s.pos++
	if err := s.more(); err != nil {
		return 0, err
	}
	c := s.buf[s.pos]
	s.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return s.hex4()
	}
	s.pos--
	return 0, s.syntax("an escape sequence")
}

func (s *scanner) hex4() (rune, error) {
	var r rune
	for range 4 {
		if err := s.more(); err != nil {
			return 0, err
		}
		c := s.buf[s.pos]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, s.syntax("a hexadecimal digit")
		}
		r = r<<4 | rune(c)
		s.pos++
	}
	return r, nil
}

// skipScalar consumes true, false, null or a number, which starts with c.
func (s *scanner) skipScalar(c byte) error {
	switch c {
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}

func (s *scanner) literal(want string) error {
	for i := range len(want) {
		if err := s.more(); err != nil {
			return err
		}
		if s.buf[s.pos] != want[i] {
			return s.syntax(want)
		}
		s.pos++
	}
	return nil
}

// number consumes a number. What ends it is left for the caller to judge.
func (s *scanner) number() error {
	if s.buf[s.pos] == '-' {
		s.pos++
	}
	n, first, err := s.digits()
	if err != nil {
		return err
	}
	if n == 0 {
		return s.syntax("a value")
	}
	if first == '0' && n > 1 {
		return s.syntax("a number without leading zeros")
	}
	if s.at('.') {
		s.pos++
		if n, _, err = s.digits(); err != nil {
			return err
		} else if n == 0 {
			return s.syntax("a digit")
		}
	}
	if s.at('e') || s.at('E') {
		s.pos++
		if s.at('+') || s.at('-') {
			s.pos++
		}
		if n, _, err = s.digits(); err != nil {
			return err
		} else if n == 0 {
			return s.syntax("a digit")
		}
	}
	return s.err
}

// at reports whether the next byte is c; at the end of the input it is not.
func (s *scanner) at(c byte) bool {
	return (s.pos < s.end || s.fill()) && s.buf[s.pos] == c
}

func (s *scanner) digits() (n int, first byte, err error) {
	for s.pos < s.end || s.fill() {
		c := s.buf[s.pos]
		if c < '0' || c > '9' {
			break
		}
		if n == 0 {
			first = c
		}
		n++
		s.pos++
	}
	return n, first, s.err
}
