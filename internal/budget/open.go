package budget

import (
	"bytes"
	"io"

	"golang.org/x/text/encoding/unicode"
)

// File is an open plan. A plan file has to be read from its end, so it needs
// ReaderAt and Size; JSON is read forward through Reader.
type File struct {
	Reader   io.Reader
	ReaderAt io.ReaderAt // may be nil when the input is known not to be a plan file
	Size     int64
}

// Sniff says whether head, the first bytes of an input, starts a plan file.
func Sniff(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// ReadPlan recognises the input by its content, calls yield with each row, and
// returns what the plan says about itself. Its errors are Refusals, or what
// yield returned.
func ReadPlan(f File, want *Want, yield func(*Change) error) (*Plan, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(f.Reader, head)
	head = head[:n]
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, refusal(err)
	}
	if Sniff(head) {
		if f.ReaderAt == nil {
			return nil, refuse(Unreadable, "give the plan file by its name", "a plan file can't be read from a pipe")
		}
		return readPlanFile(f.ReaderAt, f.Size, want, yield)
	}
	if n == 0 {
		return nil, refuse(NotAPlan, "check that the command that made it succeeded", "the input is empty")
	}
	text, err := decoded(head, f.Reader)
	if err != nil {
		return nil, err
	}
	return readJSON(newScanner(text), want, yield)
}

// decoded strips a byte order mark and turns UTF-16, which PowerShell's ">"
// writes, into UTF-8.
func decoded(head []byte, rest io.Reader) (io.Reader, error) {
	all := io.MultiReader(bytes.NewReader(head), rest)
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return io.MultiReader(bytes.NewReader(head[3:]), rest), nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")), len(head) > 1 && head[0] != 0 && head[1] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(all), nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")), len(head) > 1 && head[0] == 0 && head[1] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Reader(all), nil
	}
	return all, nil
}

// readJSON tells a plan from a stream by the first key of the first object,
// and makes sure that nothing but wrapper lines follows a plan.
func readJSON(s *scanner, want *Want, yield func(*Change) error) (*Plan, error) {
	more, err := skipWrapper(s)
	if err != nil {
		return nil, refusal(err)
	}
	if !more || s.buf[s.pos] != '{' {
		return nil, refuse(NotAPlan, "give the plan file, the output of `terraform show -json PLANFILE`, or that of `terraform plan -json`",
			"this is neither a plan file nor JSON")
	}
	stream, err := s.startsStream()
	if err != nil {
		return nil, refusal(err)
	}
	if stream {
		return readStream(s, want, yield)
	}
	plan, err := readShow(s, want, yield)
	if err != nil {
		return nil, err
	}
	more, err = skipWrapper(s)
	if err != nil {
		return nil, refusal(err)
	}
	if more {
		return nil, refuse(TrailingBytes, "keep one plan a file, and nothing else in it", "something follows the plan at byte %d", s.offset())
	}
	return plan, nil
}

// startsStream looks at the first key without consuming it: those of a stream
// start with "@" or are "type" or "terraform".
func (s *scanner) startsStream() (bool, error) {
	s.mark = s.pos
	defer func() { s.pos, s.mark = s.mark, -1 }()
	s.pos++
	c, err := s.space()
	if err != nil {
		return false, err
	}
	if c != '"' {
		return false, nil
	}
	key, err := s.text(nil)
	if err != nil {
		return false, err
	}
	return bytes.HasPrefix(key, []byte("@")) || string(key) == "type", nil
}
