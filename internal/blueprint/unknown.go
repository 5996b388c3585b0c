package blueprint

import "strings"

const (
	unknownMark = "\x00unknown:"
	unknownEnd  = "\x00"
)

// Unknown stands for the value of an input that is not known yet. The provider
// puts it in the place of each unknown string leaf of a spec; path is the
// attribute's path, for messages. NUL can't occur in a real value.
//
// Where a design depends on such a value it holds a sentinel too, and whoever
// shows the design turns it back into "not known yet":
//
//   - a string that holds a sentinel is unknown;
//   - a list of strings with a sentinel among its elements is unknown as a
//     whole, because its length and order depend on the value;
//   - a map with a sentinel among its keys is unknown as a whole.
func Unknown(path string) string { return unknownMark + path + unknownEnd }

// IsUnknown tells whether s is, or was made from, an input that is not known
// yet.
func IsUnknown(s string) bool { return strings.Contains(s, unknownMark) }

// unknownPath returns the path of the input that s waits for.
func unknownPath(s string) string {
	_, rest, _ := strings.Cut(s, unknownMark)
	path, _, _ := strings.Cut(rest, unknownEnd)
	return path
}

// firstUnknown returns the first sentinel among texts, or "".
func firstUnknown(texts ...string) string {
	for _, text := range texts {
		if IsUnknown(text) {
			return text
		}
	}
	return ""
}
