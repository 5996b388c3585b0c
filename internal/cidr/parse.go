package cidr

import (
	"fmt"
	"net/netip"
	"strings"
)

// ParseError says why a text is not a range, and which text was probably meant.
type ParseError struct {
	Text string
	// Reason is what is wrong with it, without a full stop.
	Reason string
	// Suggestion is a valid range near it, or empty if there is none to guess.
	Suggestion string
}

// Error names the text, the reason and the suggestion.
func (e *ParseError) Error() string {
	message := fmt.Sprintf("%q is not a range: %s", e.Text, e.Reason)
	if e.Suggestion != "" {
		message += fmt.Sprintf("; did you mean %q?", e.Suggestion)
	}
	return message
}

// Parse reads a range in CIDR notation, strictly: an address, a slash and a
// prefix length, with no bit set behind the prefix. Clouds silently round host
// bits down, so that the range in the configuration and the range in the cloud
// differ for ever; here they are refused, with the canonical form suggested.
// The error is always a *[ParseError].
func Parse(text string) (netip.Prefix, error) {
	prefix, refused := parse(text)
	if refused != nil {
		return netip.Prefix{}, refused
	}
	return prefix, nil
}

func parse(text string) (netip.Prefix, *ParseError) {
	fail := func(suggestion, reason string, args ...any) (netip.Prefix, *ParseError) {
		return netip.Prefix{}, &ParseError{Text: text, Reason: fmt.Sprintf(reason, args...), Suggestion: suggestion}
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return fail("", "it is empty")
	}
	if address, err := netip.ParseAddr(trimmed); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return fail(netip.PrefixFrom(address, address.BitLen()).String(), "it is an address without a prefix length")
	}
	prefix, err := netip.ParsePrefix(trimmed)
	if err != nil {
		return fail("", "%s", strings.TrimPrefix(err.Error(), fmt.Sprintf("netip.ParsePrefix(%q): ", trimmed)))
	}
	if prefix.Addr().Is4In6() {
		if prefix.Bits() < 96 {
			return fail("", "it is an IPv4 address dressed as IPv6")
		}
		plain := netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96).Masked()
		return fail(plain.String(), "it is an IPv4 range dressed as IPv6")
	}
	if masked := prefix.Masked(); masked != prefix {
		return fail(masked.String(), "%s has bits set behind its /%d", prefix.Addr(), prefix.Bits())
	}
	if trimmed != text {
		return fail(prefix.String(), "it has white space around it")
	}
	return prefix, nil
}

// MustParse is [Parse] for constants; it panics on anything [Parse] refuses.
func MustParse(text string) netip.Prefix {
	prefix, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return prefix
}

// ParseAt is [Parse] for an attribute: what it refuses is a [Problem] at path.
func ParseAt(path, text string) (netip.Prefix, []Problem) {
	prefix, refused := parse(text)
	if refused != nil {
		return prefix, []Problem{parseProblem(path, refused)}
	}
	return prefix, nil
}

// ParseListAt is [ParseAt] for a list; the element i is named path[i]. Elements
// that were refused are left out.
func ParseListAt(path string, texts []string) ([]netip.Prefix, []Problem) {
	var problems []Problem
	prefixes := make([]netip.Prefix, 0, len(texts))
	for i, text := range texts {
		prefix, bad := ParseAt(fmt.Sprintf("%s[%d]", path, i), text)
		if problems = append(problems, bad...); bad == nil {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes, problems
}

func parseProblem(path string, err *ParseError) Problem {
	todo := "Write an address, a slash and a prefix length, such as 10.64.0.0/16."
	if err.Suggestion != "" {
		todo = fmt.Sprintf("Write %q if that is the range you mean.", err.Suggestion)
	}
	return refuse(path, fmt.Sprintf("%q is not a range", err.Text), "%s. %s", upperFirst(err.Reason), todo)
}

func upperFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// canonical reports whether prefix is valid and has no bits behind its length.
func canonical(prefix netip.Prefix) bool {
	return prefix.IsValid() && prefix.Masked() == prefix && !prefix.Addr().Is4In6()
}
