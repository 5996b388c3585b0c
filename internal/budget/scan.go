package budget

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"
)

const (
	// scanWindow is the size of the window on the input. Larger is not
	// faster; smaller makes more system calls.
	scanWindow = 64 << 10
	// scanKeep is the most that one retained value may take.
	scanKeep = 64 << 20
	// scanDepth is how deep containers may nest, as in encoding/json.
	scanDepth = 10000
)

var (
	errTruncated = errors.New("the input ends in the middle of a value")
	errTooLarge  = fmt.Errorf("one value is larger than %d MiB", scanKeep>>20)
)

// syntaxError says at which byte the input stops being JSON. It never quotes
// the input, which may be a secret.
type syntaxError struct {
	offset int64
	want   string
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("not JSON at byte %d: %s expected", e.offset, e.want)
}

// scanner reads JSON (RFC 8259, UTF-8) forward through a window that does not
// grow, and validates all of it, also what it skips: a plan that is broken
// where nobody looks is a broken plan. Names may repeat, since they do in
// real plans; who reads an object decides whether that matters there.
//
// It is written by hand because skipping is what it does for nine bytes out
// of ten, and a tokenizer that hands out every token costs two to ten times
// the CPU (see the benchmarks). Its slow twin is encoding/json, in the tests.
type scanner struct {
	src  io.Reader
	buf  []byte
	pos  int
	end  int
	base int64 // offset in the input of buf[0]
	mark int   // start of what must be kept, or -1
	done bool  // src has ended
	err  error // src has failed
	// stack has one bit for each open container: 1 for an object.
	stack [scanDepth/64 + 1]uint64
}

func newScanner(src io.Reader) *scanner {
	return &scanner{src: src, buf: make([]byte, scanWindow), mark: -1}
}

func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

func (s *scanner) syntax(want string) error {
	return &syntaxError{s.offset(), want}
}

// fill gets more input behind end. It reports false at the end of the input,
// on a read error, and when what must be kept is too large.
func (s *scanner) fill() bool {
	if s.done || s.err != nil {
		return false
	}
	keep := s.pos
	if s.mark >= 0 && s.mark < keep {
		keep = s.mark
	}
	if keep > 0 {
		copy(s.buf, s.buf[keep:s.end])
		s.base += int64(keep)
		s.pos -= keep
		s.end -= keep
		if s.mark >= 0 {
			s.mark -= keep
		}
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= scanKeep {
			s.err = errTooLarge
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for tries := 0; ; tries++ {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		if err == io.EOF {
			s.done = true
			return n > 0
		}
		if err != nil {
			s.err = err
			return false
		}
		if n > 0 {
			return true
		}
		if tries > 100 {
			s.err = io.ErrNoProgress
			return false
		}
	}
}

// more makes sure that at least one byte is there.
func (s *scanner) more() error {
	if s.pos < s.end || s.fill() {
		return nil
	}
	if s.err != nil {
		return s.err
	}
	return errTruncated
}

// space skips white space and returns the byte after it without consuming it.
func (s *scanner) space() (byte, error) {
	for {
		for s.pos < s.end {
			c := s.buf[s.pos]
			if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				return c, nil
			}
			s.pos++
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// skipValue consumes one value.
func (s *scanner) skipValue() error {
	depth, after := 0, false
	for {
		depth, after = s.skim(depth, after)
		if after {
			var err error
			if depth, err = s.afterValue(depth); err != nil || depth == 0 {
				return err
			}
			after = false
			continue
		}
		c, err := s.space()
		if err != nil {
			return err
		}
		switch c {
		case '{', '[':
			s.pos++
			if depth == scanDepth {
				return s.syntax("fewer nested values")
			}
			open, err := s.openContainer(c, depth)
			if err != nil {
				return err
			}
			if open {
				depth++
				continue
			}
			after = true
		case '"':
			s.pos++
			if err := s.skipString(); err != nil {
				return err
			}
			after = true
		default:
			if err := s.skipScalar(c); err != nil {
				return err
			}
			after = true
		}
	}
}

// openContainer is called behind an opening bracket. It consumes up to the
// first value and reports true, or up to the closing bracket of an empty
// container and reports false.
func (s *scanner) openContainer(c byte, depth int) (bool, error) {
	next, err := s.space()
	if err != nil {
		return false, err
	}
	if c == '[' {
		if next == ']' {
			s.pos++
			return false, nil
		}
		s.stack[depth/64] &^= 1 << (depth % 64)
		return true, nil
	}
	if next == '}' {
		s.pos++
		return false, nil
	}
	s.stack[depth/64] |= 1 << (depth % 64)
	return true, s.skipKey()
}

// afterValue consumes what follows a value inside depth containers: closing
// brackets, or a comma and in an object the next key. It returns the depth at
// which the next value starts, 0 when all is closed.
func (s *scanner) afterValue(depth int) (int, error) {
	for depth > 0 {
		c, err := s.space()
		if err != nil {
			return 0, err
		}
		top := depth - 1
		object := s.stack[top/64]&(1<<(top%64)) != 0
		switch {
		case c == ',':
			s.pos++
			if object {
				return depth, s.skipKey()
			}
			return depth, nil
		case object && c == '}' || !object && c == ']':
			s.pos++
			depth--
		case object:
			return 0, s.syntax(`"," or "}"`)
		default:
			return 0, s.syntax(`"," or "]"`)
		}
	}
	return 0, nil
}

// skipKey consumes a key and its colon.
func (s *scanner) skipKey() error {
	c, err := s.space()
	if err != nil {
		return err
	}
	if c != '"' {
		return s.syntax("a key")
	}
	s.pos++
	if err := s.skipString(); err != nil {
		return err
	}
	return s.colon()
}

func (s *scanner) colon() error {
	c, err := s.space()
	if err != nil {
		return err
	}
	if c != ':' {
		return s.syntax(`":"`)
	}
	s.pos++
	return nil
}

// skipString consumes the rest of a string whose opening quote is consumed.
func (s *scanner) skipString() error {
	for {
		s.pos += plain(s.buf[s.pos:s.end])
		if s.pos == s.end {
			if err := s.more(); err != nil {
				return err
			}
			continue
		}
		switch c := s.buf[s.pos]; {
		case c == '"':
			s.pos++
			return nil
		case c == '\\':
			if _, err := s.escape(); err != nil {
				return err
			}
		case c < ' ':
			return s.syntax("an escaped control character")
		default:
			if _, err := s.rune(); err != nil {
				return err
			}
		}
	}
}

// plain is the number of leading bytes that are printable ASCII other than a
// quote or a backslash. It looks at eight bytes at a time.
func plain(b []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote := w ^ ones*'"'
		slash := w ^ ones*'\\'
		// In each term the lowest byte that is flagged is exact; borrows
		// only disturb those above it, and only the lowest is used.
		hit := (((quote - ones) &^ quote) | ((slash - ones) &^ slash) | ((w - ones*' ') &^ w) | w) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}
