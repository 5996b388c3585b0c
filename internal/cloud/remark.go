package cloud

import "strings"

// Remark adds to a word of a design what the design has no word for, in
// brackets: "interface (private DNS off)". No design that is wanted ever holds
// a remark, so it always shows as a difference. It is never put on a field that
// can't change in place.
func Remark(word string, remarks ...string) string {
	var told []string
	for _, r := range remarks {
		if r != "" {
			told = append(told, r)
		}
	}
	switch {
	case len(told) == 0:
		return word
	case word == "":
		return "(" + strings.Join(told, "; ") + ")"
	}
	return word + " (" + strings.Join(told, "; ") + ")"
}

// WithoutRemark is the word alone.
func WithoutRemark(word string) string {
	plain, _, _ := strings.Cut(word, " (")
	return plain
}
