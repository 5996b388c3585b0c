package budget

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The saved plan is a zip archive; its member "tfplan" is one protocol buffers
// message. The format is private to the two tools, so everything here is
// strict: the version has to be the known one, and so have all enumerations.
// Field numbers: planfile.proto of Terraform (internal/plans/planproto) and
// of OpenTofu (internal/plans/internal/planproto); version 3 since Terraform
// 0.15, in all of Terraform 1.5 to 1.16 and OpenTofu 1.6 to 1.12.
const (
	planFormat = 3

	planVersion         = 1
	planResourceChanges = 3
	planOutputChanges   = 4
	planTargets         = 5
	planExcludes        = 6 // OpenTofu
	planBackend         = 13
	planTool            = 14
	planMode            = 17
	planDrift           = 18
	planErrored         = 20
	planTimestamp       = 21
	planApplyable       = 25
	planComplete        = 26
	planDeferred        = 27
	planStateStore      = 29
	planInvocations     = 30
	planDeferredActions = 31
	planActionTargets   = 32

	// maxMember is the most of one field of the message that is held: one
	// change, with all its values.
	maxMember = 64 << 20
)

// planMembers have to be in the archive for Terraform to apply it.
var planMembers = []string{"tfplan", "tfstate", "tfstate-prev"}

type planFileReader struct {
	want  *Want
	yield func(*Change) error
	plan  Plan
	seen  seen
	c     Change
	addr  address
	intrn map[string]string
	vals  [][]byte

	version            uint64
	timestamp          string
	backend, store     bool
	errored            bool
	applies, completes bool
	drift              [][]byte
	charged, deferred  int
	field              []byte
}

func readPlanFile(at io.ReaderAt, size int64, want *Want, yield func(*Change) error) (*Plan, error) {
	const again = "make it again with `terraform plan -out=FILE`"
	archive, err := zip.NewReader(at, size)
	if err != nil {
		return nil, &Refusal{Code: Truncated, Why: "the plan file is cut short or broken", Do: again, Cause: err}
	}
	members := map[string]*zip.File{}
	for _, f := range archive.File {
		if members[f.Name] != nil {
			return nil, refuse(Malformed, again, "the plan file has two members %q", printable(f.Name))
		}
		members[f.Name] = f
	}
	if members["tfplan"] == nil {
		return nil, refuse(NotAPlan, "give the file that `terraform plan -out=FILE` wrote", "this is a zip archive, but not a plan file")
	}
	for _, name := range planMembers {
		if members[name] == nil {
			return nil, refuse(Malformed, again, "the plan file has no member %s", name)
		}
	}
	r := &planFileReader{want: want, yield: yield, intrn: map[string]string{}}
	r.plan = Plan{Input: PlanFile, HasNoOps: true, HasConfig: true}
	if err := r.message(members["tfplan"]); err != nil {
		return nil, planFileRefusal(err)
	}
	if err := r.judge(archive); err != nil {
		return nil, err
	}
	if err := intact(archive); err != nil {
		return nil, planFileRefusal(err)
	}
	if want.Config != nil {
		if err := readConfig(archive, want.Config); err != nil {
			return nil, err
		}
	}
	return &r.plan, nil
}

var errWire = errors.New("not a protocol buffers message")

func planFileRefusal(err error) error {
	const again = "make it again with `terraform plan -out=FILE`"
	var r *Refusal
	switch {
	case errors.As(err, &r):
		return r
	case err == errTooLarge:
		return refusal(err)
	case err == io.ErrUnexpectedEOF || err == io.EOF:
		return &Refusal{Code: Truncated, Why: "the plan file is cut short", Do: again}
	}
	return &Refusal{Code: Malformed, Why: "the plan file is broken", Do: again, Cause: err}
}

// message reads the fields of the plan one by one, so that only one change is
// held at a time.
func (r *planFileReader) message(f *zip.File) error {
	body, err := f.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	in := bufio.NewReaderSize(body, 16<<10)
	for {
		tag, err := binary.ReadUvarint(in)
		if err == io.EOF {
			// The archive verifies its checksum on the way to EOF.
			return nil
		}
		if err != nil {
			return err
		}
		num, typ := protowire.DecodeTag(tag)
		if num < 1 {
			return errWire
		}
		switch typ {
		case protowire.VarintType:
			v, err := binary.ReadUvarint(in)
			if err != nil {
				return err
			}
			if err := r.number(num, v); err != nil {
				return err
			}
		case protowire.BytesType:
			if err := r.member(in, num); err != nil {
				return err
			}
		case protowire.Fixed32Type:
			_, err = in.Discard(4)
		case protowire.Fixed64Type:
			_, err = in.Discard(8)
		default:
			return errWire
		}
		if err != nil {
			return err
		}
	}
}

// number takes a field that is a number or a flag.
func (r *planFileReader) number(num protowire.Number, v uint64) error {
	switch num {
	case planVersion:
		r.version = v
		if v != planFormat {
			return refuse(UnknownFormat, "use -via-show, which lets terraform read it, or a version of kready that knows it",
				"the plan file has format %d; known is %d", v, planFormat)
		}
	case planMode:
		modes := []string{"normal", "destroy", "refresh-only"}
		if v >= uint64(len(modes)) {
			return refuse(UnknownFormat, "use -via-show, which lets terraform read it", "the plan file has the planning mode %d, which is not known", v)
		}
		r.plan.Mode = modes[v]
	case planErrored:
		r.errored = v != 0
	case planApplyable:
		r.applies = v != 0
	case planComplete:
		r.completes = v != 0
	}
	return nil
}

// member takes a field that has a length.
func (r *planFileReader) member(in *bufio.Reader, num protowire.Number) error {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return err
	}
	form := wirePlan[num]
	if form == nil && num != planExcludes {
		// Discard takes an int, which is smaller than n may be.
		_, err = io.CopyN(io.Discard, in, int64(min(n, 1<<62)))
		return unexpected(err)
	}
	if n > maxMember {
		return errTooLarge
	}
	b, err := readInto(in, r.field[:0], int(n))
	r.field = b
	if err == nil {
		err = form.check(b)
	}
	if err != nil {
		return err
	}
	return r.take(num, b)
}

// readInto reads n bytes behind dst, believing n only as far as they come.
func readInto(in io.Reader, dst []byte, n int) ([]byte, error) {
	if cap(dst) >= n {
		dst = dst[:n]
		_, err := io.ReadFull(in, dst)
		return dst, unexpected(err)
	}
	buf := bytes.NewBuffer(dst)
	buf.Grow(min(n, 1<<20))
	m, err := io.CopyN(buf, in, int64(n))
	if err == nil && m < int64(n) {
		err = io.ErrUnexpectedEOF
	}
	return buf.Bytes(), unexpected(err)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *planFileReader) take(num protowire.Number, b []byte) error {
	switch num {
	case planResourceChanges:
		return r.change(b)
	case planDrift:
		return r.drifted(b)
	case planOutputChanges:
		return r.output(b)
	case planDeferred:
		return r.deferredChange(b)
	case planInvocations:
		return r.invocation(b, Action)
	case planDeferredActions:
		r.deferred++
		return eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, _ uint64) error {
			if num != 2 || typ != protowire.BytesType {
				return nil
			}
			return r.invocation(v, Deferred)
		})
	case planTargets, planExcludes, planActionTargets:
		r.plan.Targets++
	case planBackend:
		r.backend = true
	case planStateStore:
		r.store = true
	case planTool:
		r.plan.Version = string(b)
	case planTimestamp:
		r.timestamp = string(b)
	}
	return nil
}

// judge says whether the plan may be judged.
func (r *planFileReader) judge(archive *zip.Reader) error {
	const again = "make it again with `terraform plan -out=FILE`"
	if r.version == 0 {
		return refuse(UnknownFormat, again, "the plan file does not say its format")
	}
	if _, err := time.Parse(time.RFC3339, r.timestamp); err != nil || r.plan.Version == "" || r.backend == r.store {
		return refuse(Malformed, again, "the plan file lacks what terraform needs to apply it")
	}
	tool, err := toolOf(archive)
	if err != nil {
		return err
	}
	r.plan.Tool = tool
	if r.plan.Mode == "" {
		r.plan.Mode = "normal"
	}
	applies := unsaid
	r.plan.Complete = true
	switch silent := !r.applies && !r.completes; {
	case tool == "opentofu", tool == "" && silent:
		// OpenTofu has no such flags; targets are all that makes its plans incomplete.
	case atLeast(r.plan.Version, 1, 8):
		applies, r.plan.Complete = tri(r.applies), r.completes
	}
	if r.plan.Targets > 0 {
		r.plan.Complete = false
	}
	if err := r.passDrift(); err != nil {
		return planFileRefusal(err)
	}
	return judgeFlags(&r.plan, r.want, r.errored, applies, r.charged, r.deferred)
}

// eachField calls f with every field of a message. v is set for fields that
// have a length, n for numbers.
func eachField(b []byte, f func(num protowire.Number, typ protowire.Type, v []byte, n uint64) error) error {
	for len(b) > 0 {
		num, typ, k := protowire.ConsumeTag(b)
		if k < 0 {
			return errWire
		}
		b = b[k:]
		var v []byte
		var n uint64
		switch typ {
		case protowire.BytesType:
			v, k = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			n, k = protowire.ConsumeVarint(b)
		default:
			k = protowire.ConsumeFieldValue(num, typ, b)
		}
		if k < 0 {
			return errWire
		}
		b = b[k:]
		if err := f(num, typ, v, n); err != nil {
			return err
		}
	}
	return nil
}
