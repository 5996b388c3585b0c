package budget

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// intact reads the rest of the archive to its checksums: terraform would not
// apply a plan whose state or configuration is damaged, so that a verdict on
// it would be one on nothing.
func intact(archive *zip.Reader) error {
	buf := make([]byte, 16<<10)
	for _, f := range archive.File {
		if f.Name == "tfplan" {
			continue
		}
		body, err := f.Open()
		if err != nil {
			return err
		}
		if f.Name == "tfstate" || f.Name == "tfstate-prev" {
			err = wholeState(body)
		}
		if err == nil {
			// Hidden, so that the buffer is used rather than another one made.
			_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{body}, buf)
		}
		if err = errors.Join(err, body.Close()); err != nil {
			return fmt.Errorf("member %s: %w", printable(f.Name), err)
		}
	}
	return nil
}

// wholeState makes sure that a state is one: a JSON object with a version,
// and nothing behind it.
func wholeState(body io.Reader) error {
	s := newScanner(body)
	versioned := false
	err := s.object(func(key []byte) error {
		versioned = versioned || string(key) == "version"
		return s.skipValue()
	})
	if err != nil {
		return err
	}
	switch _, err := s.space(); {
	case err == nil:
		return s.syntax("the end")
	case err != errTruncated: // the end, where it belongs
		return err
	case !versioned:
		return errState
	}
	return nil
}

var errState = errors.New("it is no state")

// toolOf tells which of the two tools wrote a plan, or "". The plan itself
// doesn't say, but the lock file in it starts with who keeps it.
func toolOf(archive *zip.Reader) (string, error) {
	for _, f := range archive.File {
		if f.Name != ".terraform.lock.hcl" {
			continue
		}
		body, err := f.Open()
		if err != nil {
			return "", planFileRefusal(err)
		}
		defer body.Close()
		head := make([]byte, 4096)
		n, err := io.ReadFull(body, head)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return "", planFileRefusal(err)
		}
		switch head = head[:n]; {
		case bytes.Contains(head, []byte(`"tofu init"`)), bytes.Contains(head, []byte("registry.opentofu.org")):
			return "opentofu", nil
		case bytes.Contains(head, []byte(`"terraform init"`)), bytes.Contains(head, []byte("registry.terraform.io")):
			return "terraform", nil
		}
	}
	return "", nil
}

// atLeast compares the first two numbers of a version.
func atLeast(version string, major, minor int) bool {
	a, rest, _ := strings.Cut(version, ".")
	b, _, _ := strings.Cut(rest, ".")
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil {
		return true // a version that can't be read is taken for a new one, which has to say that it is complete
	}
	return x > major || x == major && y >= minor
}
