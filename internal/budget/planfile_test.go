package budget

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// planDescriptor describes the part of the plan message that is read, for the
// slow twin: the protocol buffers library on a descriptor.
func planDescriptor(t testing.TB) protoreflect.MessageDescriptor {
	t.Helper()
	optional, repeated := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	field := func(name string, number int32, typ descriptorpb.FieldDescriptorProto_Type, message string, label *descriptorpb.FieldDescriptorProto_Label) *descriptorpb.FieldDescriptorProto {
		f := &descriptorpb.FieldDescriptorProto{Name: proto.String(name), Number: proto.Int32(number), Type: typ.Enum(), Label: label}
		if message != "" {
			f.TypeName = proto.String(".t." + message)
		}
		return f
	}
	const (
		text   = descriptorpb.FieldDescriptorProto_TYPE_STRING
		bytes  = descriptorpb.FieldDescriptorProto_TYPE_BYTES
		number = descriptorpb.FieldDescriptorProto_TYPE_UINT64
		flag   = descriptorpb.FieldDescriptorProto_TYPE_BOOL
		inner  = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	)
	message := func(name string, fields ...*descriptorpb.FieldDescriptorProto) *descriptorpb.DescriptorProto {
		return &descriptorpb.DescriptorProto{Name: proto.String(name), Field: fields}
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("plan.proto"), Package: proto.String("t"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			message("Plan", field("version", 1, number, "", optional), field("resource_changes", 3, inner, "Row", repeated), field("errored", 20, flag, "", optional), field("complete", 26, flag, "", optional)),
			message("Row", field("addr", 13, text, "", optional), field("deposed_key", 7, text, "", optional), field("change", 9, inner, "Change", optional)),
			message("Change", field("action", 1, number, "", optional), field("values", 2, inner, "Value", repeated)),
			message("Value", field("msgpack", 1, bytes, "", optional)),
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().ByName("Plan")
}

// planTwin counts a plan message with the protocol buffers library.
func planTwin(d protoreflect.MessageDescriptor, b []byte) (counts Counts, ok bool) {
	m := dynamicpb.NewMessage(d)
	if proto.Unmarshal(b, m) != nil {
		return counts, false
	}
	get := func(m protoreflect.Message, name protoreflect.Name) protoreflect.Value {
		return m.Get(m.Descriptor().Fields().ByName(name))
	}
	if get(m, "version").Uint() != planFormat || get(m, "errored").Bool() {
		return counts, false
	}
	rows := get(m, "resource_changes").List()
	for i := range rows.Len() {
		r := rows.Get(i).Message()
		kind, _, known := planAction(get(get(r, "change").Message(), "action").Uint())
		var a address
		if !known || a.parse(get(r, "addr").String()) != nil {
			return counts, false
		}
		if a.mode == "data" && (kind == Delete || kind == Forget) {
			continue
		}
		if kind == Delete && get(r, "deposed_key").String() != "" {
			kind = DeposedDelete
		}
		counts[kind]++
	}
	return counts, true
}

// memberOf is the text of one member of a plan file.
func memberOf(t testing.TB, plan []byte, name string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(plan), int64(len(plan)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzPlanFile changes the message inside a plan file and mends the archive
// around it. Nothing may crash the reader; and what it lets pass, the
// protocol buffers library has to take as well, and count the same.
func FuzzPlanFile(f *testing.F) {
	d := planDescriptor(f)
	for _, name := range []string{"everything", "deposed", "errored", "target", "objects", "destroy"} {
		for _, tool := range tools {
			f.Add(memberOf(f, fixture(f, tool+"/"+name+".plan.bin"), "tfplan"))
		}
	}
	f.Add([]byte(binaryPlan(binaryRow("aws_x.a", 10))))
	f.Fuzz(func(t *testing.T, message []byte) {
		_, got, err := read(zipped(message, "", ""), &Want{AllowIncomplete: true, Digest: true})
		if err != nil {
			var r *Refusal
			if !errors.As(err, &r) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		want, ok := planTwin(d, message)
		if !ok {
			t.Fatal("the twin refuses what passed")
		}
		for k := range kinds {
			switch k {
			case Import, Move, Drift, Output, Action, Deferred: // not in the twin
			default:
				if got[k] != want[k] {
					t.Fatalf("%s: %d, and %d by the twin", k, got[k], want[k])
				}
			}
		}
	})
}

// FuzzPlanArchive changes the file itself. Whatever passes is a plan in which
// every row is as it was: the checksums of the archive see to that.
func FuzzPlanArchive(f *testing.F) {
	whole := fixture(f, "terraform-1.11/everything.plan.bin")
	for at := 0; at < len(whole); at += 13 {
		f.Add(at, byte(0x41))
	}
	_, want, err := read(whole, &Want{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at int, with byte) {
		if at < 0 || at >= len(whole) {
			return
		}
		changed := bytes.Clone(whole)
		changed[at] ^= with
		_, got, err := read(changed, &Want{})
		var r *Refusal
		switch {
		case err == nil && got != want:
			t.Fatalf("byte %d: %v passes as %v", at, want, got)
		case err != nil && !errors.As(err, &r):
			t.Fatalf("not a refusal: %v", err)
		}
	})
}

// TestSkipMsgpackAgreesWithDecoding proves that stepping over a value and
// decoding it end at the same byte, or both fail.
func TestSkipMsgpackAgreesWithDecoding(t *testing.T) {
	for _, b := range msgpackSeeds {
		rest, err := skipMsgpack(b, 0)
		_, rest2, err2 := decodeMsgpack(b, 0)
		if (err == nil) != (err2 == nil) || len(rest) != len(rest2) {
			t.Errorf("%x: %d left (%v), and %d (%v)", b, len(rest), err, len(rest2), err2)
		}
	}
}

var msgpackSeeds = [][]byte{
	{}, {0xc0}, {0xc1}, {0x00}, {0xff}, {0x81, 0xa1, 'a', 0x01}, {0x81, 0xa1, 'a'}, {0x92, 0xc4, 0x01, '"', 0x05}, {0x92, 0x01}, {0xd9, 0x02, 'a', 'b', 0xc0}, {0xd9, 0x02, 'a'},
	{0xda, 0, 1, 'a'}, {0xdb, 0, 0, 0, 1, 'a'}, {0xdc, 0, 1, 0xc3}, {0xdd, 0, 0, 0, 1, 0xc2}, {0xde, 0, 1, 0xa1, 'a', 0xc0}, {0xdf, 0, 0, 0, 1, 0xa1, 'a', 0xc0}, {0xdd, 0xff, 0xff, 0xff, 0xff},
	{0xca, 0, 0, 0, 0}, {0xcb, 0, 0, 0, 0, 0, 0, 0, 0}, {0xcc, 1}, {0xcd, 0, 1}, {0xce, 0, 0, 0, 1}, {0xcf, 0, 0, 0, 0, 0, 0, 0, 1}, {0xd0, 1}, {0xd1, 0, 1}, {0xd2, 0, 0, 0, 1}, {0xd3, 0, 0, 0, 0, 0, 0, 0, 1}, {0xd3, 0},
	{0xd4, 0, 0}, {0xd8, 0}, {0xc7, 3, 12, 0x81, 1, 0xc2}, {0xc7, 3, 12}, {0xc8, 0, 0, 1}, {0xc9, 0, 0, 0, 0, 1}, {0xc5, 0, 1, 1}, {0xc6, 0, 0, 0, 1, 1},
}

// FuzzMsgpack does the same for any bytes.
func FuzzMsgpack(f *testing.F) {
	for _, b := range msgpackSeeds {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rest, err := skipMsgpack(b, 0)
		_, rest2, err2 := decodeMsgpack(b, 0)
		if err2 == errDeep {
			return
		}
		if (err == nil) != (err2 == nil) || len(rest) != len(rest2) {
			t.Fatalf("%x: %d left (%v), and %d (%v)", b, len(rest), err, len(rest2), err2)
		}
	})
}
