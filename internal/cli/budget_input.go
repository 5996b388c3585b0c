package cli

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// planInput opens plans: from files, from standard input, or through
// terraform show.
type planInput struct {
	viaShow   bool
	terraform string
}

func (p *planInput) register(flags *flag.FlagSet) {
	flags.BoolVar(&p.viaShow, "via-show", false, "let terraform read the plan file (terraform show -json), for versions that kready does not know")
	flags.StringVar(&p.terraform, "terraform", "terraform", "`program` for -via-show: terraform or tofu, run in the plan's folder as its own configuration demands")
}

// openPlan is an open plan, and how to close it.
type openPlan struct {
	budget.File
	digest hash.Hash // of the bytes read through Reader; nil unless asked for
	close  func() error
}

// open opens one plan. With digest, the bytes are hashed on the way.
func (p *planInput) open(ctx context.Context, cio IO, name string, digest bool) (*openPlan, error) {
	if p.viaShow {
		return p.show(ctx, name, digest)
	}
	if name == "-" {
		return openStdin(cio.In, digest)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable("the plan", err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err != nil {
		return nil, unreadable("the plan "+name, errors.Join(err, f.Close()))
	}
	o := &openPlan{File: budget.File{Reader: f}, close: f.Close}
	if info.Mode().IsRegular() {
		o.ReaderAt, o.Size = f, info.Size()
	}
	o.hash(digest)
	return o, nil
}

func (o *openPlan) hash(wanted bool) {
	if wanted {
		o.digest = sha256.New()
		o.Reader = io.TeeReader(o.Reader, o.digest)
	}
}

// sum is the SHA-256 of all bytes of the input. A plan file is read by its
// directory, so it is hashed from front to back here.
func (o *openPlan) sum(p *budget.Plan) ([]byte, error) {
	if o.digest == nil {
		return nil, nil
	}
	if p.Input != budget.PlanFile {
		return o.digest.Sum(nil), nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(o.ReaderAt, 0, o.Size)); err != nil {
		return nil, unreadable("the plan", err)
	}
	return h.Sum(nil), nil
}

// openStdin reads standard input. A plan file has to be read from its end, so
// it goes to a temporary file that only this user can read.
func openStdin(in io.Reader, digest bool) (*openPlan, error) {
	buffered := bufio.NewReaderSize(in, 4096)
	head, err := buffered.Peek(4)
	if err != nil && err != io.EOF {
		return nil, unreadable("standard input", err)
	}
	o := &openPlan{File: budget.File{Reader: buffered}, close: func() error { return nil }}
	if budget.Sniff(head) {
		f, err := os.CreateTemp("", "kready-plan-*")
		if err != nil {
			return nil, unreadable("a temporary file", err)
		}
		o.close = func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
		if o.Size, err = io.Copy(f, buffered); err == nil {
			_, err = f.Seek(0, io.SeekStart)
		}
		if err != nil {
			return nil, unreadable("standard input", errors.Join(err, o.close()))
		}
		o.Reader, o.ReaderAt = f, f
	}
	o.hash(digest)
	return o, nil
}

// show reads a plan file through `terraform show -json`. The digest is that
// of the plan file, which is what will be applied.
func (p *planInput) show(ctx context.Context, name string, digest bool) (*openPlan, error) {
	if name == "-" {
		return nil, &budget.Refusal{Code: budget.Unreadable, Why: "-via-show can't read standard input", Do: "give the plan file by its name"}
	}
	before, err := fileSum(name)
	if err != nil {
		return nil, err
	}
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, p.terraform, "show", "-json", name)
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, showFailed(p.terraform, err, "")
	}
	o := &openPlan{File: budget.File{Reader: out}}
	o.close = func() error {
		_, unread := io.Copy(io.Discard, out) // or terraform waits for a reader
		if err := cmd.Wait(); err != nil {
			return showFailed(p.terraform, err, stderr.String())
		}
		if unread != nil {
			return unreadable("the output of "+p.terraform+" show", unread)
		}
		after, err := fileSum(name)
		if err == nil && string(after) != string(before) {
			err = &budget.Refusal{Code: budget.Unreadable, Why: "the plan file changed while it was read", Do: "check it again"}
		}
		return err
	}
	if digest {
		o.digest = fixedSum(before)
	}
	return o, nil
}

// showFailed passes on the first line of what terraform said.
func showFailed(program string, err error, said string) error {
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(strings.TrimLeft(line, "│╷╵ ")); line != "" {
			err = fmt.Errorf("%w: %s", err, line)
			break
		}
	}
	return &budget.Refusal{Code: budget.Unreadable, Why: program + " show -json failed", Do: "run it by hand to see why", Cause: err}
}

func fileSum(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable("the plan", err)
	}
	defer func() { _ = f.Close() }()
	return readerSum(f)
}

func readerSum(in io.Reader) ([]byte, error) {
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return nil, unreadable("the plan", err)
	}
	return h.Sum(nil), nil
}

// fixedSum is a hash that is known already.
type fixedSum []byte

func (f fixedSum) Write(p []byte) (int, error) { return len(p), nil }
func (f fixedSum) Sum(b []byte) []byte         { return append(b, f...) }
func (f fixedSum) Reset()                      {}
func (f fixedSum) Size() int                   { return len(f) }
func (f fixedSum) BlockSize() int              { return 1 }
