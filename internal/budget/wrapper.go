package budget

import "strings"

// skipWrapper consumes white space and the lines that CI actions print around
// the output of terraform, and reports whether something else follows.
func skipWrapper(s *scanner) (bool, error) {
	for {
		c, err := s.space()
		if err == errTruncated {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		wrapped, err := s.wrapperLine(c)
		if err != nil || !wrapped {
			return true, err
		}
	}
}

// wrapperLine consumes a line "[command]…", "::command…" or "%0A" (an escaped
// line feed that the action of setup-terraform leaves behind).
func (s *scanner) wrapperLine(c byte) (bool, error) {
	var want string
	switch c {
	case '[':
		want = "[command]"
	case ':':
		want = "::"
	case '%':
		want = "%0A"
	default:
		return false, nil
	}
	for s.end-s.pos < len(want) && s.fill() {
	}
	if s.err != nil {
		return false, s.err
	}
	if !strings.HasPrefix(string(s.buf[s.pos:min(s.end, s.pos+len(want))]), want) {
		return false, nil
	}
	if c == '%' {
		s.pos += len(want)
		return true, nil
	}
	for {
		for s.pos < s.end {
			s.pos++
			if s.buf[s.pos-1] == '\n' {
				return true, nil
			}
		}
		if !s.fill() {
			if s.err != nil {
				return false, s.err
			}
			return true, nil
		}
	}
}
