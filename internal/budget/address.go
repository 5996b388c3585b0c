package budget

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// index is the instance key of one step of an address.
type index struct {
	kind  indexKind
	value string // the digits of a number, the meaning of a string
}

type indexKind uint8

const (
	noIndex indexKind = iota
	numberIndex
	stringIndex
	anyIndex // [*]: in deferred rows an instance key not known yet, in patterns any
)

// step is one module call of an address.
type step struct {
	name  string
	index index
}

// address is a parsed resource, output or action address. It is reused from
// row to row, so that reading a plan does not allocate for it.
type address struct {
	modules []step
	module  string // the text of the module part
	mode    string // "", "data", "action", "ephemeral"
	typ     string
	name    string
	index   index
}

var errAddress = errors.New("not an address")

// parse reads text as Terraform writes absolute addresses of resource
// instances and action invocations.
func (a *address) parse(text string) error {
	*a = address{modules: a.modules[:0]}
	rest := text
	for {
		word, after := splitName(rest)
		if word != "module" || !strings.HasPrefix(after, ".") {
			break
		}
		var call step
		var err error
		call.name, after = splitName(after[1:])
		if call.name == "" {
			return errAddress
		}
		if call.index, after, err = splitIndex(after); err != nil {
			return err
		}
		a.modules = append(a.modules, call)
		a.module = text[:len(text)-len(after)]
		if !strings.HasPrefix(after, ".") {
			return errAddress
		}
		rest = after[1:]
	}
	word, after := splitName(rest)
	if (word == "data" || word == "action" || word == "ephemeral") && strings.HasPrefix(after, ".") {
		if next, tail := splitName(after[1:]); next != "" && strings.HasPrefix(tail, ".") {
			a.mode, word, after = word, next, tail
		}
	}
	a.typ = word
	if a.typ == "" || !strings.HasPrefix(after, ".") {
		return errAddress
	}
	a.name, after = splitName(after[1:])
	if a.name == "" {
		return errAddress
	}
	var err error
	if a.index, after, err = splitIndex(after); err != nil {
		return err
	}
	if after != "" {
		return errAddress
	}
	return nil
}

// splitName cuts the identifier that text starts with.
func splitName(text string) (name, rest string) {
	for i, r := range text {
		if r == '.' || r == '[' || r == ']' || r == '"' || r == '*' || r <= ' ' || r == utf8.RuneError {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

// splitIndex cuts the instance key that text starts with, if any.
func splitIndex(text string) (index, string, error) {
	if !strings.HasPrefix(text, "[") {
		return index{}, text, nil
	}
	if rest, ok := strings.CutPrefix(text, "[*]"); ok {
		return index{kind: anyIndex}, rest, nil
	}
	if !strings.HasPrefix(text, `["`) {
		digits, rest, ok := strings.Cut(text[1:], "]")
		if _, err := strconv.ParseUint(digits, 10, 63); !ok || err != nil {
			return index{}, "", errAddress
		}
		return index{numberIndex, digits}, rest, nil
	}
	for i := 2; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			key, err := unquoteKey(text[2:i])
			if err != nil || !strings.HasPrefix(text[i+1:], "]") {
				return index{}, "", errAddress
			}
			return index{stringIndex, key}, text[i+2:], nil
		}
	}
	return index{}, "", errAddress
}

// unquoteKey undoes the escapes that Terraform writes into instance keys:
// those of HCL strings, in which "${" and "%{" are doubled.
func unquoteKey(s string) (string, error) {
	if !strings.ContainsAny(s, `\$%`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case (c == '$' || c == '%') && strings.HasPrefix(s[i+1:], string(c)+"{"):
			b.WriteString(s[i+1 : i+3])
			i += 2
		case c != '\\':
			b.WriteByte(c)
		case i+1 == len(s):
			return "", errAddress
		default:
			i++
			n := map[byte]int{'u': 4, 'U': 8}[s[i]]
			if n == 0 {
				plain, ok := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\\': '\\'}[s[i]]
				if !ok {
					return "", errAddress
				}
				b.WriteByte(plain)
				continue
			}
			if i+n >= len(s) {
				return "", errAddress
			}
			r, err := strconv.ParseUint(s[i+1:i+1+n], 16, 32)
			if err != nil {
				return "", errAddress
			}
			b.WriteRune(rune(r))
			i += n
		}
	}
	return b.String(), nil
}

// quoteKey writes a key as Terraform does inside the brackets of an address.
func quoteKey(key string) string {
	r := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", "$${", "%{", "%%{")
	return `"` + r.Replace(key) + `"`
}

// ModuleCalls are the names of the module calls that an address goes through,
// from the root; nil when it is no address.
func ModuleCalls(text string) []string {
	var a address
	if a.parse(text) != nil {
		return nil
	}
	var calls []string
	for _, m := range a.modules {
		calls = append(calls, m.name)
	}
	return calls
}

// BlockName is TYPE.NAME of an address, or data.TYPE.NAME; "" when it is no
// address.
func BlockName(text string) string {
	var a address
	if a.parse(text) != nil {
		return ""
	}
	name := a.typ + "." + a.name
	if a.mode != "" {
		name = a.mode + "." + name
	}
	return name
}
