package awsapi

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// constraints collects what is wrong with a request's members, as AWS's own
// front end does before an operation sees them: all at once, in one message.
type constraints struct{ found []string }

func (c *constraints) add(member string, value any, rule string) {
	c.found = append(c.found, fmt.Sprintf("Value '%v' at '%s' failed to satisfy constraint: Member must %s", value, member, rule))
}

// required is a member that must be there.
func (c *constraints) required(member, value string) {
	if value == "" {
		c.found = append(c.found, fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", member))
	}
}

// length bounds a text, in characters.
func (c *constraints) length(member, value string, low, high int) {
	switch n := utf8.RuneCountInString(value); {
	case n < low:
		c.add(member, value, fmt.Sprintf("have length greater than or equal to %d", low))
	case n > high:
		c.add(member, clip(value), fmt.Sprintf("have length less than or equal to %d", high))
	}
}

// clip keeps a message readable when its value is not.
func clip(value string) string {
	if len(value) <= 256 {
		return value
	}
	return strings.ToValidUTF8(value[:256], "") + "…"
}

// pattern holds a text against a model's pattern, which means all of it.
func (c *constraints) pattern(member, value string, p *regexp.Regexp) {
	if !p.MatchString(value) {
		c.add(member, clip(value), "satisfy regular expression pattern: "+strings.TrimSuffix(strings.TrimPrefix(p.String(), "^(?:"), ")$"))
	}
}

// matching compiles a model's pattern so that it must match the whole text.
func matching(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }

// oneOf holds a text against an enumeration; empty means not given.
func (c *constraints) oneOf(member, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		c.add(member, clip(value), "satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
	}
}

// number bounds a number.
func (c *constraints) number(member string, value, low, high int) {
	switch {
	case value < low:
		c.add(member, value, "have value greater than or equal to "+strconv.Itoa(low))
	case value > high:
		c.add(member, value, "have value less than or equal to "+strconv.Itoa(high))
	}
}

// err is the service's validation error, or nil when nothing is wrong.
func (c *constraints) err(code string) error {
	if len(c.found) == 0 {
		return nil
	}
	plural := ""
	if len(c.found) > 1 {
		plural = "s"
	}
	return fail(http.StatusBadRequest, code, "%d validation error%s detected: %s", len(c.found), plural, strings.Join(c.found, "; "))
}

// page cuts a list at a marker. A marker is the position to go on from; a list
// that changes between two pages may repeat or miss what changed, as AWS's do.
func page[T any](values []T, marker string, size int) (cut []T, next string, ok bool) {
	start := 0
	if marker != "" {
		n, err := strconv.Atoi(marker)
		if err != nil || n < 0 || n > len(values) {
			return nil, "", false
		}
		start = n
	}
	if size <= 0 || start+size >= len(values) {
		return values[start:], "", true
	}
	return values[start : start+size], strconv.Itoa(start + size), true
}
