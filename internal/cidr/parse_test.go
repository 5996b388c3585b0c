package cidr

import (
	"errors"
	"strings"
	"testing"
)

// Proves that everything but a canonical range is refused, with the nearest
// range that is accepted as the suggestion.
func TestParse(t *testing.T) {
	for text, suggestion := range map[string]string{
		"10.64.0.1/16":        "10.64.0.0/16",
		"100.64.0.0/8":        "100.0.0.0/8", // printed by a vendor's guide, means /10
		"10.64.0.0":           "10.64.0.0/32",
		" 10.64.0.0/16 ":      "10.64.0.0/16",
		"fd00::1/64":          "fd00::/64",
		"FD00::/8":            "",
		"::ffff:10.0.0.0/104": "10.0.0.0/8",
		"::ffff:0:0/64":       "none",
		"10.64.0.0/33":        "none",
		"10.064.0.0/16":       "none",
		"10.64.0/16":          "none",
		"fe80::1%eth0/64":     "none",
		"/16":                 "none",
		"":                    "none",
		"shop-eu":             "none",
	} {
		prefix, err := Parse(text)
		if suggestion == "" {
			if err != nil || !canonical(prefix) {
				t.Errorf("%q is refused: %v", text, err)
			}
			continue
		}
		var refused *ParseError
		if !errors.As(err, &refused) {
			t.Errorf("%q is accepted as %s", text, prefix)
			continue
		}
		if suggestion == "none" {
			suggestion = ""
		}
		if refused.Suggestion != suggestion {
			t.Errorf("%q suggests %q, want %q", text, refused.Suggestion, suggestion)
		}
		if refused.Suggestion != "" {
			if _, err := Parse(refused.Suggestion); err != nil {
				t.Errorf("the suggestion for %q is refused: %v", text, err)
			}
		}
	}
}

// Proves that a list names the element at fault and keeps the others.
func TestParseListAt(t *testing.T) {
	prefixes, problems := ParseListAt(`reserved["onprem"]`, []string{"10.0.0.0/8", "10.1.0.1/16", "x"})
	if len(prefixes) != 1 || len(problems) != 2 || problems[0].Path != `reserved["onprem"][1]` || !HasErrors(problems) {
		t.Fatalf("got %v, %v", prefixes, problems)
	}
	if text := problems[0].Error(); !strings.Contains(text, `Write "10.1.0.0/16"`) {
		t.Errorf("%q does not say what to write", text)
	}
}

// FuzzParse proves that what is accepted is canonical and that every suggestion is accepted.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"10.0.0.1/8", "fd00::/8", "::ffff:1.2.3.4/100", "1.2.3.4", " 0.0.0.0/0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		prefix, err := Parse(text)
		if err == nil {
			if again, err := Parse(prefix.String()); err != nil || again != prefix || !canonical(prefix) {
				t.Errorf("%q became %s, which is not canonical", text, prefix)
			}
			return
		}
		var refused *ParseError
		if !errors.As(err, &refused) {
			t.Fatalf("%q was refused with a %T", text, err)
		}
		if refused.Suggestion != "" {
			if _, err := Parse(refused.Suggestion); err != nil {
				t.Errorf("the suggestion for %q is refused: %v", text, err)
			}
		}
	})
}
