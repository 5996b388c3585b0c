package budget

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
)

var errMsgpack = errors.New("a value in it is not MessagePack")

// msgpackDepth bounds the recursion on values.
const msgpackDepth = 2000

// msgpackItem is one decoded head: what it is and what follows it.
type msgpackItem struct {
	kind  msgpackKind
	body  []byte // of strings, binaries and extensions
	count int    // of arrays, and of the pairs of maps
	text  string // of scalars, unique within their kind
}

type msgpackKind uint8

const (
	msgpackNil msgpackKind = iota
	msgpackScalar
	msgpackString
	msgpackBinary
	msgpackArray
	msgpackMap
	msgpackExtension
)

// msgpackHead decodes the head of a value and, of one that has no members,
// all of it.
func msgpackHead(b []byte) (it msgpackItem, rest []byte, err error) {
	if len(b) == 0 {
		return it, nil, errMsgpack
	}
	c := b[0]
	switch {
	case c <= 0x7f:
		return msgpackItem{kind: msgpackScalar, text: strconv.Itoa(int(c))}, b[1:], nil
	case c >= 0xe0:
		return msgpackItem{kind: msgpackScalar, text: strconv.Itoa(int(int8(c)))}, b[1:], nil
	case c <= 0x8f:
		return msgpackItem{kind: msgpackMap, count: int(c & 0x0f)}, b[1:], nil
	case c <= 0x9f:
		return msgpackItem{kind: msgpackArray, count: int(c & 0x0f)}, b[1:], nil
	case c <= 0xbf:
		return msgpackBytes(msgpackString, b[1:], uint64(c&0x1f))
	}
	switch c {
	case 0xc0:
		return msgpackItem{}, b[1:], nil
	case 0xc2, 0xc3:
		return msgpackItem{kind: msgpackScalar, text: strconv.FormatBool(c == 0xc3)}, b[1:], nil
	case 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3:
		return msgpackNumber(c, b[1:])
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		return msgpackBytes(msgpackExtension, b[1:], 1+1<<(c-0xd4))
	}
	var kind msgpackKind
	var width int
	switch c {
	case 0xc4, 0xc5, 0xc6:
		kind, width = msgpackBinary, 1<<(c-0xc4)
	case 0xc7, 0xc8, 0xc9:
		kind, width = msgpackExtension, 1<<(c-0xc7)
	case 0xd9, 0xda, 0xdb:
		kind, width = msgpackString, 1<<(c-0xd9)
	case 0xdc, 0xdd:
		kind, width = msgpackArray, 2<<(c-0xdc)
	case 0xde, 0xdf:
		kind, width = msgpackMap, 2<<(c-0xde)
	default:
		return it, nil, errMsgpack
	}
	n, rest, err := bigEndian(b[1:], width)
	if err != nil {
		return it, nil, err
	}
	switch kind {
	case msgpackArray, msgpackMap:
		if n > uint64(len(rest)) { // every member takes at least a byte
			return it, nil, errMsgpack
		}
		return msgpackItem{kind: kind, count: int(n)}, rest, nil
	case msgpackExtension:
		n++ // its type
	}
	return msgpackBytes(kind, rest, n)
}

func msgpackBytes(kind msgpackKind, b []byte, n uint64) (msgpackItem, []byte, error) {
	if n > uint64(len(b)) {
		return msgpackItem{}, nil, errMsgpack
	}
	return msgpackItem{kind: kind, body: b[:n]}, b[n:], nil
}

func msgpackNumber(c byte, b []byte) (msgpackItem, []byte, error) {
	width := map[byte]int{0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8}[c]
	n, rest, err := bigEndian(b, width)
	if err != nil {
		return msgpackItem{}, nil, err
	}
	var text string
	switch {
	case c == 0xca:
		text = strconv.FormatFloat(float64(math.Float32frombits(uint32(n))), 'g', -1, 64)
	case c == 0xcb:
		text = strconv.FormatFloat(math.Float64frombits(n), 'g', -1, 64)
	case c < 0xd0:
		text = strconv.FormatUint(n, 10)
	default:
		shift := 64 - 8*width
		text = strconv.FormatInt(int64(n<<shift)>>shift, 10)
	}
	return msgpackItem{kind: msgpackScalar, text: text}, rest, nil
}

func bigEndian(b []byte, width int) (uint64, []byte, error) {
	if len(b) < width {
		return 0, nil, errMsgpack
	}
	switch width {
	case 1:
		return uint64(b[0]), b[1:], nil
	case 2:
		return uint64(binary.BigEndian.Uint16(b)), b[2:], nil
	case 4:
		return uint64(binary.BigEndian.Uint32(b)), b[4:], nil
	}
	return binary.BigEndian.Uint64(b), b[8:], nil
}

// skipMsgpack steps over one value. It allocates nothing.
func skipMsgpack(b []byte, depth int) ([]byte, error) {
	todo := 1
	for ; todo > 0; todo-- {
		if len(b) == 0 || depth > msgpackDepth {
			return nil, errMsgpack
		}
		// The frequent short forms first.
		switch c := b[0]; {
		case c <= 0x7f, c >= 0xe0, c == 0xc0, c == 0xc2, c == 0xc3:
			b = b[1:]
		case c >= 0xa0 && c <= 0xbf:
			n := 1 + int(c&0x1f)
			if n > len(b) {
				return nil, errMsgpack
			}
			b = b[n:]
		case c >= 0xca && c <= 0xd3:
			n := 1 + int([]byte{4, 8, 1, 2, 4, 8, 1, 2, 4, 8}[c-0xca])
			if n > len(b) {
				return nil, errMsgpack
			}
			b = b[n:]
		default:
			it, rest, err := msgpackHead(b)
			if err != nil {
				return nil, err
			}
			b = rest
			switch it.kind {
			case msgpackArray:
				todo += it.count
			case msgpackMap:
				todo += 2 * it.count
			}
		}
	}
	return b, nil
}
