package budget

import (
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// object reads an object and calls member with each key, which is valid only
// until the next call on the scanner; member has to consume the value.
func (s *scanner) object(member func(key []byte) error) error {
	c, err := s.space()
	if err != nil {
		return err
	}
	if c != '{' {
		return s.syntax("an object")
	}
	s.pos++
	if c, err = s.space(); err != nil {
		return err
	}
	if c == '}' {
		s.pos++
		return nil
	}
	var room [64]byte
	for {
		if c, err = s.space(); err != nil {
			return err
		}
		if c != '"' {
			return s.syntax("a key")
		}
		key, err := s.text(room[:0])
		if err != nil {
			return err
		}
		if err := s.colon(); err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
		if c, err = s.space(); err != nil {
			return err
		}
		s.pos++
		switch c {
		case ',':
		case '}':
			return nil
		default:
			s.pos--
			return s.syntax(`"," or "}"`)
		}
	}
}

// array reads an array and calls element before each element; element has to
// consume it.
func (s *scanner) array(element func() error) error {
	c, err := s.space()
	if err != nil {
		return err
	}
	if c != '[' {
		return s.syntax("an array")
	}
	s.pos++
	if c, err = s.space(); err != nil {
		return err
	}
	if c == ']' {
		s.pos++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if c, err = s.space(); err != nil {
			return err
		}
		s.pos++
		switch c {
		case ',':
		case ']':
			return nil
		default:
			s.pos--
			return s.syntax(`"," or "]"`)
		}
	}
}

// null consumes a null and reports true, or consumes nothing.
func (s *scanner) null() (bool, error) {
	c, err := s.space()
	if err != nil || c != 'n' {
		return false, err
	}
	return true, s.literal("null")
}

// text reads a string and appends its meaning to dst.
func (s *scanner) text(dst []byte) ([]byte, error) {
	c, err := s.space()
	if err != nil {
		return nil, err
	}
	if c != '"' {
		return nil, s.syntax("a string")
	}
	s.pos++
	for {
		n := plain(s.buf[s.pos:s.end])
		dst = append(dst, s.buf[s.pos:s.pos+n]...)
		if len(dst) > scanKeep {
			return nil, errTooLarge
		}
		s.pos += n
		if s.pos == s.end {
			if err := s.more(); err != nil {
				return nil, err
			}
			continue
		}
		switch c := s.buf[s.pos]; {
		case c == '"':
			s.pos++
			return dst, nil
		case c == '\\':
			if dst, err = s.escaped(dst); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, s.syntax("an escaped control character")
		default:
			r, err := s.rune()
			if err != nil {
				return nil, err
			}
			dst = utf8.AppendRune(dst, r)
		}
	}
}

// escaped appends the meaning of the escape sequence that starts here,
// joining surrogate pairs.
func (s *scanner) escaped(dst []byte) ([]byte, error) {
	r, err := s.escape()
	for err == nil && utf16.IsSurrogate(r) {
		if !s.at('\\') {
			r = utf8.RuneError
			break
		}
		var low rune
		if low, err = s.escape(); err != nil {
			break
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			r = pair
			break
		}
		dst = utf8.AppendRune(dst, utf8.RuneError)
		r = low
	}
	if err != nil {
		return nil, err
	}
	return utf8.AppendRune(dst, r), nil
}

// string reads a string, or null as "".
func (s *scanner) string() (string, error) {
	if null, err := s.null(); null || err != nil {
		return "", err
	}
	var room [256]byte
	b, err := s.text(room[:0])
	return string(b), err
}

// bool reads true, false, or null as false.
func (s *scanner) bool() (bool, error) {
	c, err := s.space()
	if err != nil {
		return false, err
	}
	switch c {
	case 't':
		return true, s.literal("true")
	case 'f':
		return false, s.literal("false")
	case 'n':
		return false, s.literal("null")
	}
	return false, s.syntax("true or false")
}

// raw consumes one value and appends its bytes to dst.
func (s *scanner) raw(dst []byte) ([]byte, error) {
	if _, err := s.space(); err != nil {
		return nil, err
	}
	outer := s.mark
	if outer < 0 {
		s.mark = s.pos
	}
	from := s.offset()
	if err := s.skipValue(); err != nil {
		return nil, err
	}
	start := int(from - s.base)
	dst = append(dst, s.buf[start:s.pos]...)
	if outer < 0 {
		s.mark = -1
	}
	return dst, nil
}

// integer reads a number that is a whole one.
func (s *scanner) integer() (int64, error) {
	c, err := s.space()
	if err != nil {
		return 0, err
	}
	if c < '0' || c > '9' {
		return 0, s.syntax("a whole number")
	}
	var n int64
	for s.pos < s.end || s.fill() {
		d := s.buf[s.pos]
		if d < '0' || d > '9' {
			break
		}
		if n > 1<<50 {
			return 0, s.syntax("a smaller number")
		}
		n = n*10 + int64(d-'0')
		s.pos++
	}
	if s.err != nil && s.err != io.EOF {
		return 0, s.err
	}
	return n, nil
}
